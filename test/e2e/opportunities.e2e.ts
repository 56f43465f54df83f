import { PEOPLE_PASSWORD, personName } from '../twins/dynamics/principals';
import { DynamicsVendor, type Row } from '../vendors/dynamics';
import { waitFor } from './harness/waiting';
import { startWorld, type World } from './harness/world';
import { TwinControl } from './scenario/twinControl';

const FILE = 'opportunities-sync.json';

describe('opportunities and their people, as the shipped workflow syncs them', () => {
	let world: World;
	let crm: DynamicsVendor;
	let marketo: TwinControl;

	beforeAll(async () => {
		world = await startWorld({
			fast: true,
			twins: ['--leads', '0', '--contacts', '1', '--people', '1'],
		});
		const { line } = world.twins;
		marketo = new TwinControl(line.marketo.url);
		await new TwinControl(line.dynamics.url).post('tables', {
			LogicalName: 'connection',
			ChangeTrackingEnabled: true,
		});
		crm = new DynamicsVendor({
			...line.dynamics,
			person: { name: personName(1), password: PEOPLE_PASSWORD },
		});
	});
	afterAll(async () => await world?.stop());

	const objects = async (name: 'opportunities' | 'roles'): Promise<Row[]> =>
		(await marketo.get<{ records: Row[] }>(`objects/${name}?limit=10000`)).records;
	const workflowOf = (file: string) => world.workflows.find((one) => one.file === file)!.id;
	const soon = async (what: string, isSo: () => Promise<boolean>) =>
		void (await waitFor(isSo, { timeout: 90_000, interval: 300, what }));

	it('has everything it needs, as its checklist says', async () => {
		const { data } = await world.n8n.runManually(workflowOf(FILE), 'Check the Setup');
		const items = data!.resultData.runData.Checklist![0]!.data!.main![0]!;
		const open = items.filter(({ json }) => json.status !== 'ok');
		expect(open.map(({ json }) => json)).toEqual([]);
		expect(items.map(({ json }) => json.check)).toEqual(
			expect.arrayContaining(['Permission Read-Write Opportunity', 'Change tracking: Connection']),
		);
	});

	it('copies opportunities, makes roles once their people are there, follows a win and a delete', async () => {
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
