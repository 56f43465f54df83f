import type { describe as describeTable } from '../../../../apis/dataverse/metadata/describe';
import { keepColumns, keptColumns } from '../../../../sync/ledger/columns';
import type { Ledger } from '../../../../sync/ledger/ledger';
import { changeLane, openLane } from '../../../../sync/ledger/lanes';
import { noteRunBy } from '../../../../sync/ledger/runBy';
import { pinMapping } from '../../../../sync/ledger/mappings';
import type { Direction, LaneMapping } from '../../../../sync/mapping';
import { PEOPLE } from '../../../../sync/operate/lanes';
import { startDynamicsTwin, type DynamicsTwin } from '../../../twins/dynamics';
import { column } from '../../sync/column';
import { Sandbox } from '../../sync/operate/sandbox';
import { runNode } from '../support/n8nContext';
import { dynamicsNode, twinCredential } from './twin';

jest.setTimeout(30_000);

let twin: DynamicsTwin;
let ledger: Ledger;
let sandbox: Sandbox;
jest.mock('../../../../nodes/shared/ledger', () => ({ openNodeLedger: async () => ledger }));

/** The table whose changes are not tracked; no environment lets that be switched off again. */
let untracked: string | undefined;
jest.mock('../../../../apis/dataverse/metadata/describe', () => ({
	describe: async (...asked: Parameters<typeof describeTable>) => {
		const module = '../../../../apis/dataverse/metadata/describe';
		const actual = jest.requireActual<{ describe: typeof describeTable }>(module);
		const table = await actual.describe(...asked);
		return { ...table, changeTracking: table.changeTracking && table.name !== untracked };
	},
}));

// A new one each time: column security and tables outlast the twin's reset.
beforeEach(async () => {
	untracked = undefined;
	twin = await startDynamicsTwin({ seed: 1, leads: 1, contacts: 1 });
	sandbox = await Sandbox.open();
	({ ledger } = sandbox);
});
afterEach(async () => await twin.close());

interface Line {
	status: string;
	system: string;
	check: string;
	found: string;
	remedy: string;
}

/** With more of the credential, as somebody else. */
async function validate(signIn: Record<string, string> = {}, lane?: string): Promise<Line[]> {
	const credential = twinCredential(twin, signIn);
	const parameters = { resource: 'setup', operation: 'validate', ...(lane && { lane }) };
	const node = dynamicsNode(credential, parameters);
	return (await runNode(node)) as unknown as Line[];
}

const app = (number: number, clientSecret: string) => ({
	clientId: `5ca1ab1e-0000-4000-8000-00000000000${number}`,
	clientSecret,
});

async function admin(call: string, body: object): Promise<void> {
	const headers = { 'Content-Type': 'application/json' };
	const request = { method: 'POST', headers, body: JSON.stringify(body) };
	const { status } = await fetch(`${twin.url}/__twin/${call}`, request);
	expect(status).toBe(200);
}

const line = (lines: Line[], check: string) => lines.find((one) => one.check === check)!;
const notOk = (lines: Line[]) =>
	lines.filter(({ status }) => status !== 'ok').map(({ status, check }) => [status, check]);

describe('Validate Setup of Dynamics 365', () => {
	it('finds everything in order with the rights of the connect page, by reading alone', async () => {
		const lines = await validate();
		expect(notOk(lines)).toEqual([]);
		expect(lines.map(({ check }) => check)).toEqual([
			'Sign-in',
			'User',
			'Security role',
			'Privileges: Lead',
			'Privileges: Contact',
			'Privileges: Account',
			'Privileges: User',
			'Privileges: Team',
			'Privileges: Business Unit',
			'Privileges: Currency',
			'Change tracking: Lead',
			'Change tracking: Contact',
			'Column security: Lead',
			'Column security: Contact',
			'Field mapping',
			'Memory of the sync',
			'Workflow that runs the sync',
			'First copy',
		]);
		expect(new Set(lines.map(({ system }) => system))).toEqual(new Set(['Dynamics 365']));
		const { log } = (await (await fetch(`${twin.url}/__twin/calls`)).json()) as {
			log: Array<{ method: string; path: string; parts?: Array<{ method: string }> }>;
		};
		const sent = log.flatMap(({ parts, method, path }) => parts ?? { method, path });
		expect(
			sent.filter((one) => one.method !== 'GET' && !JSON.stringify(one).includes('oauth2')),
		).toEqual([]);
	});

	it('names each privilege that is missing, by the name of the role editor and its own', async () => {
		const lines = await validate(app(4, 'read-only'));
		expect(line(lines, 'Privileges: Lead')).toMatchObject({
			status: 'to do',
			found:
				'Missing: Write (prvWriteLead), Create (prvCreateLead), Append (prvAppendLead), Append To (prvAppendToLead), Assign (prvAssignLead)',
			remedy: expect.stringContaining('on Lead at organization level') as string,
		});
		expect(line(lines, 'Privileges: Team')).toMatchObject({
			status: 'warning',
			found: 'Missing: Append To (prvAppendToTeam)',
		});
		expect(notOk(await validate(app(5, 'no-lead-write')))).toEqual([['to do', 'Privileges: Lead']]);
	});

	it.each([
		['Local', 'to do', 'no further than Business Unit'],
		['Basic', 'warning', 'no further than User, or comes through a team'],
	])(
		'says where a privilege does not reach the whole organization (change tracking needs that): %s is %s, since of those of teams Dynamics tells Basic only',
		async (depth, status, reach) => {
			const signIn = app(5, 'no-lead-write');
			await admin('principal', { ...signIn, lacks: [], depth });
			expect(line(await validate(signIn), 'Privileges: Contact')).toMatchObject({
				status,
				found: expect.stringContaining(`Read (prvReadContact) reaches ${reach}`) as string,
			});
		},
	);

	it('says that the user has no role', async () => {
		const nobody = app(8, 'without');
		await admin('principal', {
			...nobody,
			userId: '0c0ffee0-0000-4000-8000-000000000103',
			lacks: ['prv*'],
		});
		expect(line(await validate(nobody), 'Security role')).toMatchObject({
			status: 'to do',
			found: 'The user has no security role',
			remedy: expect.stringContaining('Security roles') as string,
		});
	});

	it('warns of a person in place of an application user (own edits are told by the user)', async () => {
		const person = {
			signInWith: 'password',
			username: 'user1@twin.example',
			password: 'twin-password',
		};
		expect(line(await validate(person), 'User')).toMatchObject({
			status: 'warning',
			found: expect.stringMatching(/^Alex Baker is a person/) as string,
		});
	});

	it('says which table does not track its changes', async () => {
		untracked = 'lead';
		const lines = await validate();
		expect(notOk(lines)).toEqual([['to do', 'Change tracking: Lead']]);
		expect(lines[0]!.remedy).toContain('Tables > Lead > Properties');
	});

	it('lists the columns that are closed to the user while no mapping is known', async () => {
		await admin('secure', { table: 'lead', column: 'jobtitle' });
		await admin('secure', { table: 'lead', column: 'mobilephone', read: true, write: true });
		expect(line(await validate(), 'Column security: Lead')).toMatchObject({
			status: 'warning',
			found: 'Job Title (jobtitle) cannot be read or written; this matters where they are mapped',
			remedy: expect.stringContaining('Column security profiles') as string,
		});
	});

	it.each([
		['jobtitle', 'both', 'to do'],
		['jobtitle', 'toMarketo', 'ok'],
		['telephone1', 'toMarketo', 'to do'],
		['fax', 'both', 'ok'],
	] as const)(
		'judges closed columns by the mapping: %s %s is %s',
		async (column, direction, status) => {
			await admin('secure', { table: 'lead', column: 'jobtitle', read: true });
			await admin('secure', { table: 'lead', column: 'telephone1', write: true });
			await pinMapping(ledger.db, PEOPLE, { hash: 'h', mapping: oneRow(column, direction) }, 0);
			expect(line(await validate(), 'Column security: Lead').status).toBe(status);
		},
	);

	it('asks for the right to delete where deletes of people are followed, and lets the sync go on without it', async () => {
		const signIn = app(5, 'no-lead-write');
		await admin('principal', { ...signIn, lacks: ['prvDeleteLead'] });
		const rights = async () => line(await validate(signIn), 'Privileges: Lead');
		expect(await rights()).toMatchObject({ status: 'ok' });
		const mapping = oneRow('fax', 'both');
		Object.assign(mapping.lead!, { whenPersonDeleted: 'delete' });
		await pinMapping(ledger.db, PEOPLE, { hash: 'h', mapping }, 0);
		expect(await rights()).toMatchObject({
			status: 'warning',
			found: 'Missing: Delete (prvDeleteLead)',
		});
		await admin('principal', { ...signIn, lacks: [] });
		expect(await rights()).toMatchObject({ status: 'ok' });
	});

	it('names another workflow that runs this sync, not its own', async () => {
		const check = 'Workflow that runs the sync';
		await openLane(ledger.db, PEOPLE, 0);
		await changeLane(ledger.db, PEOPLE, { workflow: '1' });
		expect(line(await validate(), check)).toMatchObject({ status: 'ok', found: 'This one' });
		await changeLane(ledger.db, PEOPLE, { workflow: 'w7' });
		expect(line(await validate(), check)).toMatchObject({
			status: 'warning',
			found: expect.stringContaining('the ID w7') as string,
			remedy: expect.stringContaining('Take Over') as string,
		});
		await noteRunBy(ledger.db, PEOPLE, { workflow: 'w7', name: 'Ours', keepsExecutions: false });
		expect(line(await validate(), check)).toMatchObject({
			found: expect.stringContaining('"Ours", with the ID w7') as string,
		});
	});

	it('says that the memory of the sync is about another environment, and leaves it alone', async () => {
		await sandbox.run();
		const before = await keptColumns(ledger.db, 'lead');
		expect(line(await validate(), 'Memory of the sync')).toMatchObject({
			status: 'to do',
			found: expect.stringContaining('This sync belongs to the Dynamics environment') as string,
		});
		expect(await keptColumns(ledger.db, 'lead')).toEqual(before);
	});

	it('names a row of the last run whose column is not there, and leaves one without a field to Marketo', async () => {
		const { lead, contact } = oneRow('new_gone', 'both');
		const mapping = {
			lead: lead!,
			contact: { ...contact!, rows: oneRow('fax', 'both').lead!.rows },
		};
		await pinMapping(ledger.db, PEOPLE, { hash: 'h', mapping }, 0);
		await keepColumns(ledger, 'person', [column('email', { name: 'email' })]);
		expect(line(await validate(), 'Field mapping')).toMatchObject({
			status: 'to do',
			found:
				'Skipped for leads: new_gone>field. Dynamics column lead.new_gone does not exist (anymore)',
			remedy: expect.stringContaining('Create it again, or remove the row') as string,
		});
	});

	it('renews the columns that the lists of the mapping show', async () => {
		await validate();
		expect((await keptColumns(ledger.db, 'contact')).size).toBeGreaterThan(100);
	});

	it('says in one line why nobody could sign in, and that nothing else was checked', async () => {
		const lines = await validate(app(2, 'no-user'));
		expect(lines[0]).toMatchObject({
			status: 'to do',
			check: 'Sign-in',
			found: expect.stringContaining('no application user') as string,
			remedy: expect.stringContaining('Application users') as string,
		});
		expect(new Set(lines.slice(1).map(({ found }) => found))).toEqual(
			new Set(['Not checked without a sign-in']),
		);
	});

	it('says that one check could not be made, and makes the others', async () => {
		const match = { path: 'RetrieveUserPrivileges' };
		await admin('fail', { match, times: -1, code: '0x80040220', message: 'No.' });
		await admin('secure', { table: 'contact', column: 'jobtitle' });
		const lines = await validate();
		expect(line(lines, 'Privileges: Lead')).toMatchObject({
			status: 'warning',
			found: expect.stringMatching(/^This could not be checked: /) as string,
		});
		expect(line(lines, 'Column security: Contact').status).toBe('warning');
		expect(line(lines, 'Change tracking: Contact').status).toBe('ok');
	});
});

function oneRow(column: string, direction: Direction): LaneMapping {
	const row = { id: `${column}>field`, column, field: 'field', direction };
	const table = { rows: [row], ifBothChanged: 'native', emptyValues: 'copy' } as const;
	return { lead: { ...table, rows: [row] }, contact: { ...table, rows: [] } };
}

describe('Validate Setup of Dynamics 365, for companies and owners', () => {
	it('asks for what they need: to read, and change tracking', async () => {
		const lines = await validate({}, 'companies');
		expect(notOk(lines)).toEqual([]);
		expect(lines.map(({ check }) => check)).toEqual([
			'Sign-in',
			'Security role',
			'Privileges: Account',
			'Change tracking: Account',
			'Column security: Account',
			'Field mapping',
			'Memory of the sync',
			'Workflow that runs the sync',
			'First copy',
		]);
		expect((await keptColumns(ledger.db, 'account')).has('address1_city')).toBe(true);
		expect(notOk(await validate({}, 'owners'))).toEqual([]);
		expect((await keptColumns(ledger.db, 'team')).has('name')).toBe(true);
	});

	it('names a table whose changes are not tracked', async () => {
		untracked = 'systemuser';
		expect(notOk(await validate({}, 'owners'))).toEqual([['to do', 'Change tracking: User']]);
	});
});
