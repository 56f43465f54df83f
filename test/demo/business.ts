import { waitFor } from '../e2e/harness/waiting';
import type { World } from '../e2e/harness/world';
import { inLedger, type PeopleLane } from '../e2e/scenario/lane';
import { TwinControl } from '../e2e/scenario/twinControl';
import { PEOPLE_PASSWORD, personName } from '../twins/dynamics/principals';
import { DynamicsVendor, type Row } from '../vendors/dynamics';

const PATIENCE = 30 * 60_000;
/** An opportunity for one of so many leads and contacts. */
const ONE_OF = 4;
const WON = 3;

/** What ties people to companies and owners, as `docs/companies-and-owners.md` says it. */
const TIES = {
	leadToMarketo: [
		['parentaccountid', 'externalCompanyId'],
		['owninguser', 'externalSalesPersonId'],
	],
	contactToMarketo: [
		['accountid', 'externalCompanyId'],
		['owninguser', 'externalSalesPersonId'],
	],
};

const bind = (lookup: string, set: string, id: unknown): Row => ({
	[`${lookup}@odata.bind`]: `/${set}(${String(id)})`,
});

/** Opportunities of some contacts and leads, every third of them won; answers how many. */
async function makeOpportunities(crm: DynamicsVendor): Promise<number> {
	const every = (rows: Row[]) => rows.filter((_, index) => index % ONE_OF === 0);
	const contacts = await crm.all(
		'contacts?$select=lastname,_parentcustomerid_value&$filter=_parentcustomerid_value ne null and statecode eq 0',
	);
	const leads = await crm.all('leads?$select=lastname,companyname&$filter=statecode eq 0');
	const made: string[] = [];
	const make = async (name: string, values: Row) => {
		const estimatedvalue = 5_000 + 1_250 * (made.length % 9);
		const id = await crm.create('opportunities', { name, estimatedvalue, ...values });
		made.push(id);
		return id;
	};
	for (const { contactid, lastname, _parentcustomerid_value: account } of every(contacts))
		await make(`Renewal ${String(lastname)}`, {
			...bind('customerid_account', 'accounts', account),
			...bind('parentcontactid', 'contacts', contactid),
		});
	const [account] = await crm.all('accounts?$select=name&$top=1');
	for (const { leadid, lastname } of every(leads)) {
		const customer = account ? bind('customerid_account', 'accounts', account.accountid) : {};
		const id = await make(`First order ${String(lastname)}`, customer);
		await crm.create('connections', {
			...bind('record1id_opportunity', 'opportunities', id),
			...bind('record2id_lead', 'leads', leadid),
		});
	}
	for (const id of made.filter((_, index) => index % 3 === 0))
		await crm.act('WinOpportunity', {
			Status: WON,
			OpportunityClose: { subject: 'Won', ...bind('opportunityid', 'opportunities', id) },
		});
	return made.length;
}

/** The sync of people with the rows that name each one's company and owner. */
async function tieToCompanies({ n8n }: World, { workflow }: PeopleLane): Promise<void> {
	const { name, nodes, connections, settings } = await n8n.workflow(workflow);
	const picked = (value: string) => ({ __rl: true, mode: 'list', value });
	const tied = nodes.map((node) => {
		if (!node.type.endsWith('.resolveSyncConflict')) return node;
		const parameters = { ...node.parameters };
		for (const [group, rows] of Object.entries(TIES)) {
			const { rows: before = [] } = (parameters[group] ?? {}) as { rows?: Row[] };
			const more = rows.map(([column, field]) => ({
				column: picked(column!),
				field: picked(field!),
			}));
			parameters[group] = { rows: [...before, ...more] } as never;
		}
		return { ...node, parameters };
	});
	await n8n.updateWorkflow(workflow, { name, nodes: tied, connections, settings });
	await n8n.publish(workflow);
}

/**
 * Publishes the syncs of companies, owners and opportunities, with some opportunities to show, and ties people to
 * their companies and owners; answers in words what is there then.
 */
export async function syncBusiness(
	world: World,
	people: PeopleLane,
	say: (message: string) => void,
): Promise<string> {
	const { n8n, twins, workflows } = world;
	const person = { name: personName(1), password: PEOPLE_PASSWORD };
	const crm = new DynamicsVendor({ ...twins.line.dynamics, person });
	const ran = async (lane: string) =>
		void (await waitFor(
			() =>
				inLedger(n8n, (ledger) =>
					ledger
						.prepare('select 1 from lane where name = ? and cycle > 0 and run is null')
						.get(lane),
				),
			{ timeout: PATIENCE, interval: 200, what: `the first run of ${lane}` },
		));
	const publish = async (name: string) =>
		await n8n.publish(workflows.find(({ file }) => file === name)!.id);
	say('Companies, owners and opportunities …');
	await new TwinControl(twins.line.dynamics.url).post('tables', {
		LogicalName: 'connection',
		ChangeTrackingEnabled: true,
	});
	await makeOpportunities(crm);
	await publish('companies-and-owners-sync.json');
	for (const lane of ['companies', 'owners']) await ran(lane);
	await tieToCompanies(world, people);
	await people.oneRun(PATIENCE);
	await publish('opportunities-sync.json');
	for (const lane of ['opportunities', 'roles']) await ran(lane);
	const marketo = new TwinControl(twins.line.marketo.url);
	const count = async (name: string) =>
		(await marketo.get<{ records: unknown[] }>(`objects/${name}?limit=100000`)).records.length;
	const [companies, owners] = [await count('companies'), await count('salesPersons')];
	const [opportunities, roles] = [await count('opportunities'), await count('roles')];
	return `${companies} companies, ${owners} sales persons, ${opportunities} opportunities with ${roles} roles`;
}
