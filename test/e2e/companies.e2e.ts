import { PEOPLE_PASSWORD, personName } from '../twins/dynamics/principals';
import { DynamicsVendor, type Row } from '../vendors/dynamics';
import { waitFor } from './harness/waiting';
import { startWorld, type World } from './harness/world';
import { inLedger } from './scenario/lane';
import { TwinControl } from './scenario/twinControl';

const FILE = 'companies-and-owners-sync.json';

describe('companies and owners, as the shipped workflow syncs them', () => {
	let world: World;
	let crm: DynamicsVendor;
	let marketo: TwinControl;

	beforeAll(async () => {
		world = await startWorld({
			fast: true,
			twins: ['--leads', '1', '--contacts', '1', '--people', '1'],
		});
		const { line } = world.twins;
		marketo = new TwinControl(line.marketo.url);
		crm = new DynamicsVendor({
			...line.dynamics,
			person: { name: personName(1), password: PEOPLE_PASSWORD },
		});
	});
	afterAll(async () => await world?.stop());

	const objects = async (name: 'companies' | 'salesPersons'): Promise<Row[]> =>
		(await marketo.get<{ records: Row[] }>(`objects/${name}?limit=10000`)).records;
	const company = async (id: string) =>
		(await objects('companies')).find(({ externalCompanyId }) => externalCompanyId === id);
	const statusOf = async (lane: string): Promise<Row | undefined> =>
		(await world.n8n.dataTableRows('Sync status')).find((row) => row.lane === lane);
	const linkedCompanies = () =>
		inLedger(world.n8n, (ledger) =>
			ledger.prepare("select id from link where lane = 'companies' and state = 'active'").all(),
		).length;
	const soon = async (what: string, isSo: () => Promise<boolean>) =>
		void (await waitFor(isSo, { timeout: 30_000, interval: 200, what }));

	it('has everything it needs, as its checklist says', async () => {
		const { id } = world.workflows.find(({ file }) => file === FILE)!;
		const { data } = await world.n8n.runManually(id, 'Check the Setup');
		const items = data!.resultData.runData.Checklist![0]!.data!.main![0]!;
		const open = items.filter(({ json }) => json.status !== 'ok');
		expect(open.map(({ json }) => json)).toEqual([]);
		expect(items.map(({ json }) => json.check)).toEqual(
			expect.arrayContaining(['Permission Read-Write Company', 'Change tracking: User']),
		);
	});

	it('copies everything, follows an edit, leaves the company of a deleted account, and says how it stands', async () => {
		const before = await crm.all('accounts?$select=name');
		const id = await crm.create('accounts', { name: 'Acme', telephone1: '1' });
		const { id: workflow } = world.workflows.find(({ file }) => file === FILE)!;
		await world.n8n.publish(workflow);
		const users = await crm.all('systemusers?$select=fullname');
		await soon('the first copy', async () => {
			const [companies, owners] = [await objects('companies'), await objects('salesPersons')];
			return companies.length === before.length + 1 && owners.length === users.length;
		});
		expect(await company(id)).toMatchObject({ company: 'Acme', mainPhone: '1' });

		await crm.update('accounts', id, { telephone1: '2' });
		await soon('the edit', async () => (await company(id))?.mainPhone === '2');

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
});
