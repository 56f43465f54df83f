import { startOneWayWorld, type OneWayWorld } from './scenario/oneWayWorld';
import { editSideBySide } from './scenario/sideBySide';

const FILE = 'opportunities-sync.json';

describe('opportunities and their people, as the shipped workflow syncs them', () => {
	let one: OneWayWorld;
	beforeAll(async () => {
		one = await startOneWayWorld({ leads: 0, contacts: 1, people: 1 }, 90_000);
		await one.dynamics.post('tables', {
			LogicalName: 'connection',
			ChangeTrackingEnabled: true,
		});
	});
	afterAll(async () => await one?.world.stop());

	it('has everything it needs, as its checklist says', async () => {
		const items = await one.checklist(one.workflowOf(FILE));
		expect(items.filter(({ status }) => status !== 'ok')).toEqual([]);
		expect(items.map(({ check }) => check)).toEqual(
			expect.arrayContaining(['Permission Read-Write Opportunity', 'Change tracking: Connection']),
		);
	});

	it('copies opportunities, makes roles once their people are there, follows a win and a delete', async () => {
		const { world, crm, objects, soon, workflowOf } = one;
		const [contact] = await crm.all('contacts?$select=lastname');
		const buyer = `/contacts(${String(contact!.contactid)})`;
		const id = await crm.create('opportunities', {
			name: 'Chairs',
			estimatedvalue: 100,
			'customerid_contact@odata.bind': buyer,
		});
		await crm.create('connections', {
			'record1id_opportunity@odata.bind': `/opportunities(${id})`,
			'record2id_contact@odata.bind': buyer,
		});
		await world.n8n.publish(workflowOf(FILE));
		await soon('the opportunity', async () => (await objects('opportunities')).length === 1);
		expect(await objects('opportunities')).toMatchObject([{ name: 'Chairs', amount: 100 }]);
		expect(await objects('roles')).toEqual([]);

		await world.n8n.publish(workflowOf('people-sync.json'));
		await soon('the roles', async () => (await objects('roles')).length === 2);
		expect((await objects('roles')).map(({ role }) => role).sort()).toEqual([
			'Potential Customer',
			'Stakeholder',
		]);

		await editSideBySide(one, 'Opportunities', 'Description', 'Twelve of them');

		await crm.act('WinOpportunity', {
			Status: 3,
			OpportunityClose: {
				subject: 'Won',
				actualrevenue: 90,
				'opportunityid@odata.bind': `/opportunities(${id})`,
			},
		});
		await soon('the win', async () => (await objects('opportunities'))[0]?.isWon === true);
		expect(await objects('opportunities')).toMatchObject([
			{ isClosed: true, amount: 90, stage: 'Won' },
		]);

		await crm.delete('opportunities', id);
		await soon('the delete', async () => (await objects('opportunities')).length === 0);
		expect(await objects('roles')).toEqual([]);
		const failed = await world.n8n.executions({
			workflowId: workflowOf(FILE),
			status: 'error',
			limit: 10,
		});
		expect(failed).toEqual([]);
	});
});
