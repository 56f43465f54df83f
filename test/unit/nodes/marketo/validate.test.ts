import type { INodeParameters } from 'n8n-workflow';

import { mappingOf } from '../../../../nodes/shared/mappingParameters';
import type { usage } from '../../../../apis/marketo/usage';
import type { Ledger } from '../../../../sync/ledger/ledger';
import { keepColumns, keptColumns } from '../../../../sync/ledger/columns';
import { pinMapping } from '../../../../sync/ledger/mappings';
import { PEOPLE } from '../../../../sync/operate/lanes';
import { startMarketoTwin, type MarketoTwin } from '../../../twins/marketo';
import { admin } from '../../apis/marketo/twinWire';
import { column } from '../../sync/column';
import { Sandbox } from '../../sync/operate/sandbox';
import { runNode } from './runNode';

jest.setTimeout(30_000);

let twin: MarketoTwin;
let ledger: Ledger;
let sandbox: Sandbox;
jest.mock('../../../../nodes/shared/ledger', () => ({ openNodeLedger: async () => ledger }));

/** Calls of today, where the test says how many; else as many as it made. */
let madeToday: number | undefined;
jest.mock('../../../../apis/marketo/usage', () => ({
	usage: async (...asked: Parameters<typeof usage>) => {
		const actual = jest.requireActual<{ usage: typeof usage }>('../../../../apis/marketo/usage');
		const days = await actual.usage(...asked);
		return madeToday === undefined ? days : [{ ...days[0]!, total: madeToday }];
	},
}));

beforeEach(async () => {
	madeToday = undefined;
	twin = await startMarketoTwin({ seed: 1, people: [], latencyMs: 0, port: 0 });
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

/** As the service of this name: `without-activity-read` and its like, or with every permission. */
async function validate(
	service?: string,
	lane?: string,
	resolve?: INodeParameters,
): Promise<Line[]> {
	const as = service ? { clientId: service, clientSecret: `secret-${service}` } : {};
	const signIn = { url: twin.url, clientId: twin.clientId, clientSecret: twin.clientSecret, ...as };
	const parameters = { resource: 'setup', operation: 'validate', ...(lane && { lane }) };
	return (await runNode(signIn, { parameters, resolve })).map(
		({ json }) => json as unknown as Line,
	);
}

async function prepare(): Promise<void> {
	const parts = ['fields', 'mappingFields', 'activityType'];
	await runNode(twin, { parameters: { resource: 'setup', operation: 'prepare', parts } });
}

const line = (lines: Line[], check: string) => lines.find((one) => one.check === check)!;
const notOk = (lines: Line[]) =>
	lines.filter(({ status }) => status !== 'ok').map(({ status, check }) => [status, check]);

describe('Validate Setup of Marketo', () => {
	// As the shipped workflow is set.
	beforeEach(() => void (process.env.EXECUTIONS_DATA_SAVE_ON_SUCCESS = 'none'));
	afterAll(() => void delete process.env.EXECUTIONS_DATA_SAVE_ON_SUCCESS);

	it('finds everything in order after Prepare, and writes nothing', async () => {
		await prepare();
		await admin(twin, 'DELETE', 'calls');
		const lines = await validate();
		expect(notOk(lines)).toEqual([]);
		expect(lines.map(({ check }) => check)).toEqual([
			'Sign-in',
			'Permission Read-Only Lead',
			'Permission Read-Write Lead',
			'Permission Read-Only Activity',
			'Permission Read-Write Activity',
			'Permission Read-Only Activity Metadata',
			'Permission Read-Write Activity Metadata',
			'Permission Read-Write Schema Custom Field',
			'Native CRM sync',
			'Person fields of the sync',
			'Person fields of the default mapping',
			'Activity type',
			'Calls today',
			'Field mapping',
			'Memory of the sync',
			'Executions that n8n keeps',
		]);
		expect(new Set(lines.map(({ system }) => system))).toEqual(new Set(['Marketo']));
		const { log } = await admin<{ log: Array<{ method: string; records: number }> }>(
			twin,
			'GET',
			'calls',
		);
		expect(log.filter(({ method, records }) => method === 'POST' && records > 0)).toEqual([]);
	});

	it('says before Prepare what it will make, what is to do first', async () => {
		const lines = await validate();
		expect(notOk(lines)).toEqual([
			['to do', 'Person fields of the sync'],
			['warning', 'Person fields of the default mapping'],
			['warning', 'Activity type'],
		]);
		expect(lines[0]).toMatchObject({
			status: 'to do',
			found: expect.stringMatching(/^Missing: Dynamics Lead ID, /) as string,
			remedy: 'Execute the Marketo node with resource Setup, operation Prepare',
		});
	});

	it('says how a field that is in the way is to be moved', async () => {
		const field = { displayName: 'Dynamics Lead ID', name: 'otherLeadId', dataType: 'string' };
		await createField(field);
		expect(line(await validate(), 'Person fields of the sync')).toMatchObject({
			status: 'to do',
			found: expect.stringContaining('Another field conflicts with Dynamics Lead ID') as string,
			remedy: expect.stringContaining('Rename it in Marketo') as string,
		});
	});

	it.each([
		['lead-read', ['Read-Only Lead', 'Read-Write Lead']],
		['lead-write', ['Read-Write Lead']],
		['activity-read', ['Read-Only Activity', 'Read-Write Activity']],
		['activity-write', ['Read-Write Activity']],
		['activity-metadata-read', ['Read-Only Activity Metadata']],
	])('names the permissions that %s lacks, and goes on', async (lacking, names) => {
		await prepare();
		const lines = await validate(`without-${lacking}`);
		const lacked = lines.filter(({ found }) => found === 'The role of the API user lacks it');
		expect(lacked.map(({ check }) => check)).toEqual(
			expect.arrayContaining(names.map((name) => `Permission ${name}`)),
		);
		for (const { status, remedy } of lacked)
			expect([status, remedy]).toEqual(['to do', expect.stringContaining('Access API')]);
		expect(line(lines, 'Calls today').status).toBe('ok');
	});

	it('asks for what only Prepare needs until it has run', async () => {
		const check = 'Permission Read-Write Schema Custom Field';
		expect(line(await validate('without-schema-custom-field'), check).status).toBe('to do');
		await prepare();
		expect(line(await validate('without-schema-custom-field'), check)).toMatchObject({
			status: 'ok',
			found: 'The role lacks it; only Prepare needs it, and that has run',
		});
	});

	it("says that Marketo's own sync is on (it refuses writes with 1018), or that the role cannot tell", async () => {
		await prepare();
		const check = 'Native CRM sync';
		expect(line(await validate('without-opportunity'), check)).toMatchObject({
			status: 'warning',
			found: expect.stringContaining('Read-Only Opportunity') as string,
		});
		await admin(twin, 'POST', 'options', { nativeSync: true });
		expect(line(await validate(), check)).toMatchObject({
			status: 'warning',
			found: expect.stringContaining('names none of them') as string,
		});
	});

	it('has that as something to do only where the mapping ties people to companies or sales persons', async () => {
		await prepare();
		await admin(twin, 'POST', 'options', { nativeSync: true });
		const pair = (column: string, field: string) => ({
			contactToMarketo: {
				rows: [{ column: { mode: 'id', value: column }, field: { mode: 'id', value: field } }],
			},
		});
		const found = async (resolve?: INodeParameters) =>
			notOk(await validate(undefined, undefined, resolve));
		// Company and owner as fields of the person: nothing else is written.
		expect(await found(pair('parentcustomerid.account.name', 'company'))).toEqual([
			['warning', 'Native CRM sync'],
		]);
		const tied = pair('accountid', 'externalCompanyId');
		expect(await found(tied)).toEqual([['to do', 'Native CRM sync']]);
		await pinMapping(ledger.db, PEOPLE, { hash: 'h', mapping: mappingOf(tied) }, 0);
		expect(await found()).toEqual(expect.arrayContaining([['to do', 'Native CRM sync']]));
		expect(await found(pair('jobtitle', 'title'))).toEqual(
			expect.arrayContaining([['warning', 'Native CRM sync']]),
		);
	});

	it('warns where few of the usual calls are left today', async () => {
		const check = 'Calls today';
		expect(line(await validate(), check)).toMatchObject({
			status: 'ok',
			found: expect.stringMatching(
				/^\d+ made; 49,9\d\d left of 50,000, as the credential says$/,
			) as string,
		});
		madeToday = 45_000;
		expect(line(await validate(), check)).toMatchObject({
			status: 'warning',
			found:
				'45,000 made; 5,000 left of 50,000, as the credential says. First copies stop at 35,000, what people change at 45,000, and continue the next day',
		});
	});

	it('says in one line why nobody could sign in, and that nothing else was checked', async () => {
		const lines = await validate('nobody');
		expect(lines[0]).toMatchObject({ status: 'to do', check: 'Sign-in' });
		expect(lines[0]!.remedy).not.toBe('');
		expect(new Set(lines.slice(1).map(({ found }) => found))).toEqual(
			new Set(['Not checked without a sign-in']),
		);
	});

	it('says that one check could not be made, and makes the others', async () => {
		await prepare();
		const match = { path: '/activities/external/types.json' };
		await admin(twin, 'POST', 'fail', { match, times: -1, code: '1077', message: 'No.' });
		expect(notOk(await validate())).toEqual([['warning', 'Activity type']]);
	});

	it.each([
		['502', { status: 502 }, 'warning'],
		['611 (what Marketo also says to a write of nothing)', { code: '611', message: 'No.' }, 'ok'],
		['603', { code: '603', message: 'No.' }, 'to do'],
	])('takes %s to the probe of a permission for what it tells', async (_, answer, status) => {
		const match = { method: 'POST', path: '/activities/external.json' };
		await admin(twin, 'POST', 'fail', { match, times: -1, ...answer });
		expect(line(await validate(), 'Permission Read-Write Activity').status).toBe(status);
	});

	it('names a row of the last run whose field is not there', async () => {
		await prepare();
		const row = { id: 'fax>gone', column: 'fax', field: 'gone', direction: 'both' as const };
		const table = { rows: [row], ifBothChanged: 'native', emptyValues: 'copy' } as const;
		const mapping = { lead: { ...table, rows: [row] }, contact: { ...table, rows: [] } };
		await pinMapping(ledger.db, PEOPLE, { hash: 'h', mapping }, 0);
		await keepColumns(ledger, 'lead', [column('text', { name: 'fax' })]);
		expect(line(await validate(), 'Field mapping')).toMatchObject({
			status: 'to do',
			found: 'Skipped for leads: fax>gone. Marketo field gone does not exist (anymore)',
		});
	});

	it('says that the memory of the sync is about another subscription', async () => {
		await sandbox.run();
		expect(line(await validate(), 'Memory of the sync')).toMatchObject({
			status: 'to do',
			found: expect.stringContaining('This sync belongs to the Marketo subscription') as string,
		});
	});

	it('says what to set where n8n keeps healthy runs, with values: an import from a file leaves that out', async () => {
		delete process.env.EXECUTIONS_DATA_SAVE_ON_SUCCESS;
		expect(line(await validate(), 'Executions that n8n keeps')).toMatchObject({
			status: 'warning',
			remedy: expect.stringMatching(
				/"Save successful production executions" to "Do not save"/,
			) as string,
		});
	});

	it('renews the fields that the lists of the mapping show', async () => {
		await prepare();
		await validate();
		expect([...(await keptColumns(ledger.db, 'person')).keys()]).toContain('dynamicsLeadId');
	});
});

async function createField(field: object): Promise<void> {
	const query = `grant_type=client_credentials&client_id=${twin.clientId}&client_secret=${twin.clientSecret}`;
	const token = (await (await fetch(`${twin.url}/identity/oauth/token?${query}`)).json()) as {
		access_token: string;
	};
	await fetch(`${twin.url}/rest/v1/leads/schema/fields.json`, {
		method: 'POST',
		headers: {
			Authorization: `Bearer ${token.access_token}`,
			'Content-Type': 'application/json',
		},
		body: JSON.stringify({ input: [field] }),
	});
}

describe('Validate Setup of Marketo, for companies and owners', () => {
	it('asks for what they need, and for no fields of people', async () => {
		const lines = await validate(undefined, 'companies');
		expect(notOk(lines)).toEqual([]);
		expect(lines.map(({ check }) => check)).toEqual([
			'Sign-in',
			'Permission Read-Only Company',
			'Permission Read-Write Company',
			'Native CRM sync',
			'Fields',
			'Calls today',
			'Field mapping',
			'Memory of the sync',
		]);
		expect((await keptColumns(ledger.db, 'company')).has('billingCity')).toBe(true);
		const owners = await validate(undefined, 'owners');
		expect(line(owners, 'Permission Read-Write Sales Person').status).toBe('ok');
	});

	it('names the permissions that the role lacks', async () => {
		const lines = await validate('without-company', 'companies');
		expect(line(lines, 'Permission Read-Write Company')).toMatchObject({
			status: 'to do',
			found: 'The role of the API user lacks it',
		});
		expect(notOk(await validate('without-company', 'owners'))).toEqual([]);
	});

	it("says that Marketo's own CRM sync is on or has left them read-only, and how to do without", async () => {
		await admin(twin, 'POST', 'options', { nativeSync: true });
		const lines = await validate(undefined, 'companies');
		expect(notOk(lines)).toEqual([['to do', 'Native CRM sync']]);
		const { found, remedy } = line(lines, 'Native CRM sync');
		expect(found).toContain('1018');
		expect(remedy).toContain('Owner: Email');
	});
});
