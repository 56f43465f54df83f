import { itemsIn } from './people/operate';
import { inLedger } from './scenario/lane';
import { startOneWayWorld, type OneWayWorld } from './scenario/oneWayWorld';
import { editSideBySide } from './scenario/sideBySide';

const FILE = 'companies-and-owners-sync.json';

describe('companies and owners, as the shipped workflow syncs them', () => {
	let one: OneWayWorld;
	beforeAll(async () => {
		one = await startOneWayWorld({ leads: 1, contacts: 1, people: 1 }, 90_000);
	});
	afterAll(async () => await one?.world.stop());

	const company = async (id: string) =>
		(await one.objects('companies')).find(({ externalCompanyId }) => externalCompanyId === id);
	const linkedCompanies = () =>
		inLedger(one.world.n8n, (ledger) =>
			ledger.prepare("select id from link where lane = 'companies' and state = 'active'").all(),
		).length;
	it('has everything it needs, as its checklist says', async () => {
		const items = await one.checklist(one.workflowOf(FILE));
		expect(items.filter(({ status }) => status !== 'ok')).toEqual([]);
		expect(items.map(({ check }) => check)).toEqual(
			expect.arrayContaining(['Permission Read-Write Company', 'Change tracking: User']),
		);
	});

	it('copies everything, follows an edit, leaves the company of a deleted account, and says how it stands', async () => {
		const { world, crm, objects, soon, statusOf } = one;
		const before = await crm.all('accounts?$select=name');
		const id = await crm.create('accounts', { name: 'Acme', telephone1: '1' });
		const workflow = one.workflowOf(FILE);
		await world.n8n.publish(workflow);
		const users = await crm.all('systemusers?$select=fullname');
		await soon('the first copy', async () => {
			const [companies, owners] = [await objects('companies'), await objects('salesPersons')];
			return companies.length === before.length + 1 && owners.length === users.length;
		});
		expect(await company(id)).toMatchObject({ company: 'Acme', mainPhone: '1' });

		await crm.update('accounts', id, { telephone1: '2' });
		await soon('the edit', async () => (await company(id))?.mainPhone === '2');
		await editSideBySide(one, 'Accounts', 'City', 'Oslo');

		await crm.delete('accounts', id);
		// Nothing is written for it, so that no table tells: the ledger does.
		await soon('the delete', async () => linkedCompanies() === before.length);
		expect(await company(id)).toMatchObject({ company: 'Acme' });
		await soon('the status', async () => (await statusOf('Companies'))?.status === 'Up to date');
		expect(await statusOf('Owners')).toMatchObject({
			status: 'Up to date',
			linkedInAll: users.length,
			needHelp: 0,
		});
		const failed = await world.n8n.executions({ workflowId: workflow, status: 'error', limit: 10 });
		expect(failed).toEqual([]);
	});

	it('R52: two syncs of one workflow: one is paused, the other goes on; what was edited meanwhile follows', async () => {
		const { world, crm, objects, soon, statusOf } = one;
		const [account] = await crm.all("accounts?$select=accountid&$filter=name ne 'Acme'");
		const [user] = await crm.all('systemusers?$select=systemuserid&$filter=isdisabled eq false');
		const [edited, of] = [String(account!.accountid), String(user!.systemuserid)];
		const owner = async () =>
			(await objects('salesPersons')).find((one) => one.externalSalesPersonId === of);
		await itemsIn(world, 'sync', 'pause', { lane: 'companies' });
		await crm.update('accounts', edited, { telephone1: '3' });
		await crm.update('systemusers', of, { lastname: 'Married' });
		await soon('the edit of the user', async () => (await owner())?.lastName === 'Married');
		await soon('the pause', async () =>
			Boolean(String((await statusOf('Companies'))?.status).startsWith('Paused')),
		);
		expect(await company(edited)).not.toMatchObject({ mainPhone: '3' });
		await itemsIn(world, 'sync', 'resume', { lane: 'companies' });
		await soon('the edit of the account', async () => (await company(edited))?.mainPhone === '3');
		await soon('the status', async () => (await statusOf('Companies'))?.status === 'Up to date');
	});
});
