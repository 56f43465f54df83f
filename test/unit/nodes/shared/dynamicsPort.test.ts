import { dataverse } from '../../../../apis/dataverse/client';
import { dynamicsPort } from '../../../../nodes/shared/dynamicsPort';
import { createWire } from '../../../../nodes/shared/send';
import {
	ComeBackLater,
	CursorExpired,
	SetUpProblem,
	type DynamicsMaker,
	type DynamicsRow,
} from '../../../../sync/ports';
import { startDynamicsTwin, type DynamicsTwin } from '../../../twins/dynamics';
import { PEOPLE_PASSWORD, personName, SYNC_USER_ID } from '../../../twins/dynamics/principals';
import { DynamicsVendor } from '../../../vendors/dynamics';
import { dynamicsNode, twinCredential } from '../dynamics/twin';
import { executeContext } from '../support/n8nContext';

const ORGANIZATION = '22222222-aaaa-4bbb-8ccc-000000000044';
const LEADS = 60;
const COLUMNS = ['firstname', 'leadsourcecode', 'ownerid', 'estimatedclosedate'];

let twin: DynamicsTwin;
let port: DynamicsMaker;

beforeAll(async () => {
	twin = await startDynamicsTwin({
		seed: 1,
		leads: LEADS,
		contacts: 10,
		opportunities: 40,
		organizationId: ORGANIZATION,
	});
});
afterAll(async () => await twin.close());
beforeEach(async () => {
	await twinPost('reset');
	port = await portAs();
});

async function portAs(
	credential: Record<string, string> = {},
	account?: string,
	now = Date.now(),
): Promise<DynamicsMaker> {
	const context = executeContext(dynamicsNode(twinCredential(twin, credential), {}));
	const wire = await createWire(context, 'microsoftDynamics365Api');
	// Waits cost no time here, but a wait that is too long still ends the call.
	const client = dataverse({ ...wire, now: () => now, sleep: async () => {} }, twin.url);
	return dynamicsPort(client, { account });
}

async function twinPost(what: string, body: object = {}): Promise<void> {
	const answer = await fetch(`${twin.url}/__twin/${what}`, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify(body),
	});
	expect(answer.status).toBe(200);
}

/** A column that somebody has added. */
const NUMBER = {
	LogicalName: 'new_number',
	SchemaName: 'new_Number',
	AttributeType: 'String',
	MaxLength: 40,
	IsCustomAttribute: true,
	DisplayName: { UserLocalizedLabel: { Label: 'Customer Number' } },
};

async function fetchRows(path: string): Promise<Array<Record<string, unknown>>> {
	const crm = new DynamicsVendor({
		...twin,
		person: { name: personName(1), password: PEOPLE_PASSWORD },
	});
	return await crm.all(path);
}

async function callsSince(work: () => Promise<unknown>): Promise<Array<{ path: string }>> {
	await fetch(`${twin.url}/__twin/calls`, { method: 'DELETE' });
	await work();
	const calls = (await (await fetch(`${twin.url}/__twin/calls`)).json()) as {
		log: Array<{ path: string; batch?: unknown }>;
	};
	return calls.log;
}

/** Reads a table to the end and gives the delta link. */
describe('writes that may not go out any more (R8)', () => {
	it('are not sent: they are tried again later', async () => {
		const { rows } = await port.readChanges('lead', COLUMNS, null, 500);
		const { id, version } = rows[0]!;
		const update = [{ table: 'lead', id, version, values: { firstname: 'Late' } }];
		let outcomes: unknown;
		const calls = await callsSince(async () => {
			outcomes = await port.update(update, async () => false);
		});
		expect(calls.filter(({ path }) => path.includes('$batch'))).toEqual([]);
		expect(outcomes).toMatchObject([{ kind: 'again' }]);
		expect(await port.update(update, async () => true)).toMatchObject([{ kind: 'ok' }]);
	});
});

async function readAll(pageSize = 500) {
	let link: string | null = null;
	const ids = new Set<string>();
	let pages = 0;
	for (;;) {
		const page = await port.readChanges('lead', COLUMNS, link, pageSize);
		pages++;
		for (const row of page.rows) ids.add(row.id);
		link = page.link;
		if (page.drained) return { link, ids, pages };
	}
}

async function oneLead() {
	const page = await port.readChanges('lead', COLUMNS, null, 5);
	return page.rows[0]!;
}

describe('readChanges', () => {
	it('reads everything page by page, then only what changed, then nothing', async () => {
		const first = await readAll(25);
		expect(first.ids.size).toBe(LEADS);
		expect(first.pages).toBeGreaterThan(1);

		const row = await oneLead();
		await port.update([
			{ table: 'lead', id: row.id, version: row.version, values: { firstname: 'Changed' } },
		]);
		const second = await port.readChanges('lead', COLUMNS, first.link, 500);
		expect(second).toMatchObject({ drained: true, deletedIds: [] });
		expect(second.rows).toHaveLength(1);
		expect(second.rows[0]).toMatchObject({
			table: 'lead',
			id: row.id,
			modifiedBy: (await port.whoAmI()).user,
			values: { firstname: 'Changed' },
		});
		expect(second.rows[0]!.version).not.toBe(row.version);
		expect(Math.abs(Date.parse(second.serverTime!) - Date.now())).toBeLessThan(60_000);

		const third = await port.readChanges('lead', COLUMNS, second.link, 500);
		expect(third).toMatchObject({ rows: [], deletedIds: [], drained: true });
	});

	it('gives lookups as bare ids, days as days and choices as numbers', async () => {
		const { rows } = await port.readChanges('lead', COLUMNS, null, 500);
		expect(rows.every(({ values }) => /^[\da-f-]{36}$/.test(String(values.ownerid)))).toBe(true);
		expect(rows.some(({ values }) => typeof values.leadsourcecode === 'number')).toBe(true);
		expect(Object.keys(rows[0]!.values).sort()).toEqual([...COLUMNS].sort());
	});

	it('says that a position has expired', async () => {
		const { link } = await readAll();
		await twinPost('expire', { what: 'deltaToken' });
		await expect(port.readChanges('lead', COLUMNS, link, 500)).rejects.toBeInstanceOf(
			CursorExpired,
		);
	});

	it('asks the lane to come back where the limit takes long (R40: it would hold the lease)', async () => {
		await port.describe('lead');
		await twinPost('fail', {
			match: { method: 'GET', path: '/leads' },
			times: 1,
			status: 429,
			retryAfter: 300,
		});
		const refused = port.readChanges('lead', COLUMNS, null, 500);
		await expect(refused).rejects.toBeInstanceOf(ComeBackLater);
		await expect(refused).rejects.toMatchObject({ afterMs: 300_000, reason: 'throttled' });
	});

	it('waits by itself where the limit is short', async () => {
		await twinPost('fail', {
			match: { method: 'GET', path: '/leads' },
			times: 1,
			status: 429,
			retryAfter: 2,
		});
		await expect(port.readChanges('lead', COLUMNS, null, 500)).resolves.toBeDefined();
	});

	it('stops the lane with a remedy where a column is gone', async () => {
		await expect(port.readChanges('lead', ['nosuchcolumn'], null, 500)).rejects.toMatchObject({
			name: 'SetUpProblem',
			message: expect.stringContaining('nosuchcolumn') as string,
			remedy: expect.stringMatching(/\w/) as string,
		});
	});

	it('stops the lane where nobody can sign in', async () => {
		port = await portAs({ clientSecret: 'wrong' });
		await expect(port.whoAmI()).rejects.toBeInstanceOf(SetUpProblem);
	});
});

describe('whoAmI', () => {
	const calls = async (work: () => Promise<unknown>) =>
		(await callsSince(work)).filter(({ path }) => path.endsWith('/WhoAmI')).length;
	const later = async (account: string | undefined, minutes: number) =>
		await (await portAs({}, account, Date.now() + minutes * 60_000)).whoAmI();

	it('tells the user and the organization', async () => {
		expect(await port.whoAmI()).toEqual({ user: SYNC_USER_ID, organization: ORGANIZATION });
		expect(port.url).toBe(twin.url);
	});

	it('is asked once in a quarter of an hour by all executions of an account (an idle round costs no call for it)', async () => {
		expect(await calls(async () => await later('one', 0))).toBe(1);
		expect(await calls(async () => await later('one', 14))).toBe(0);
		expect(await later('one', 14)).toEqual({ user: SYNC_USER_ID, organization: ORGANIZATION });
		expect(await calls(async () => await later('one', 16))).toBe(1);
	});

	it('is asked for each account, and never believed to be another one', async () => {
		await later('one', 0);
		expect(await calls(async () => await later('other', 0))).toBe(1);
		expect(await calls(async () => await later(undefined, 0))).toBe(1);
	});

	it('is asked again after a failure', async () => {
		const locked = await portAs({ clientSecret: 'wrong' }, 'locked out');
		await expect(locked.whoAmI()).rejects.toBeInstanceOf(SetUpProblem);
		expect(await calls(async () => await later('locked out', 0))).toBe(1);
	});
});

describe('readModifiedSince', () => {
	it('reads what was changed since a time, oldest first, page by page', async () => {
		const all = await port.readModifiedSince('lead', COLUMNS, '2000-01-01T00:00:00Z', null, 25);
		expect(all.rows).toHaveLength(25);
		expect(all.drained).toBe(false);
		const times = all.rows.map(({ modifiedOn }) => Date.parse(modifiedOn));
		expect(times).toEqual([...times].sort((a, b) => a - b));
		const more = await port.readModifiedSince(
			'lead',
			COLUMNS,
			'2000-01-01T00:00:00Z',
			all.link,
			25,
		);
		expect(more.rows.map(({ id }) => id)).not.toContain(all.rows[0]!.id);
		const none = await port.readModifiedSince('lead', COLUMNS, '2100-01-01T00:00:00Z', null, 25);
		expect(none).toMatchObject({ rows: [], drained: true });
	});
});

describe('readByIds', () => {
	it('reads all ids in one call; what is not there is absent', async () => {
		const { ids } = await readAll();
		const missing = '00000000-0000-4000-8000-000000000000';
		let rows: unknown[] = [];
		const calls = await callsSince(async () => {
			rows = await port.readByIds('lead', COLUMNS, [...ids, missing]);
		});
		expect(rows).toHaveLength(LEADS);
		expect(calls.filter(({ path }) => path.endsWith('/$batch'))).toHaveLength(1);
		await expect(port.readByIds('lead', COLUMNS, [])).resolves.toEqual([]);
	});
});

describe('update', () => {
	it('writes and reports what was stored, with the new version', async () => {
		const row = await oneLead();
		const [outcome] = await port.update([
			{
				table: 'lead',
				id: row.id,
				version: row.version,
				values: { firstname: 'New', estimatedclosedate: '2026-05-01', leadsourcecode: null },
			},
		]);
		expect(outcome).toMatchObject({
			kind: 'ok',
			id: row.id,
			values: { firstname: 'New', estimatedclosedate: '2026-05-01', leadsourcecode: null },
		});
		const [read] = await port.readByIds('lead', COLUMNS, [row.id]);
		expect(read).toMatchObject({
			version: (outcome as { version: string }).version,
			modifiedOn: (outcome as { modifiedOn: string }).modifiedOn,
		});
	});

	it('gives each record its own outcome', async () => {
		const [a, b, c, d] = (await port.readChanges('lead', COLUMNS, null, 10)).rows as [
			DynamicsRow,
			DynamicsRow,
			DynamicsRow,
			DynamicsRow,
		];
		await port.update([
			{ table: 'lead', id: b.id, version: b.version, values: { firstname: 'meanwhile' } },
		]);
		const outcomes = await port.update([
			{ table: 'lead', id: a.id, version: a.version, values: { firstname: 'fine' } },
			{ table: 'lead', id: b.id, version: b.version, values: { firstname: 'stale' } },
			{
				table: 'lead',
				id: '00000000-0000-4000-8000-000000000000',
				version: 'W/"1"',
				values: { firstname: 'x' },
			},
			{ table: 'lead', id: c.id, version: c.version, values: { firstname: 'x'.repeat(51) } },
			{ table: 'lead', id: d.id, version: d.version, values: { leadsourcecode: 4711 } },
		]);
		expect(outcomes.map(({ kind }) => kind)).toEqual([
			'ok',
			'changedMeanwhile',
			'missing',
			'refused',
			'refused',
		]);
		expect(outcomes[3]).toMatchObject({ refusal: { field: 'firstname', code: '0x80044331' } });
		expect(outcomes[4]).toMatchObject({ refusal: { field: 'leadsourcecode' } });
	});

	it('does not know what became of writes whose answer was lost, and does not repeat them', async () => {
		const row = await oneLead();
		await twinPost('fail', {
			match: { method: 'POST', path: '/$batch' },
			times: 1,
			afterEffect: true,
		});
		const outcomes = await port.update([
			{ table: 'lead', id: row.id, version: row.version, values: { firstname: 'Landed' } },
		]);
		expect(outcomes).toMatchObject([{ kind: 'unknown' }]);
		const [read] = await port.readByIds('lead', COLUMNS, [row.id]);
		expect(read!.values.firstname).toBe('Landed');
	});

	it('stops the lane where the role may not write at all', async () => {
		port = await portAs({
			clientId: '5ca1ab1e-0000-4000-8000-000000000005',
			clientSecret: 'no-lead-write',
		});
		const { rows } = await port.readChanges('lead', COLUMNS, null, 10);
		const updates = rows.slice(0, 3).map(({ id, version }) => ({
			table: 'lead' as const,
			id,
			version,
			values: { firstname: 'x' },
		}));
		await expect(port.update(updates)).rejects.toMatchObject({
			name: 'SetUpProblem',
			message: expect.stringContaining('prvWriteLead') as string,
		});
	});
});

describe('describe', () => {
	it('says types, lengths, choices and what can be written in the words of sync', async () => {
		const columns = await port.describe('lead');
		const named = (name: string) => columns.find((column) => column.name === name);
		expect(named('emailaddress1')).toMatchObject({
			type: 'email',
			maxLength: 100,
			canUpdate: true,
		});
		expect(named('estimatedclosedate')).toMatchObject({ type: 'date' });
		expect(named('createdon')).toMatchObject({ type: 'dateTime' });
		// Its digits are those of the row's currency.
		expect(named('revenue')).toMatchObject({ type: 'decimal' });
		expect(named('revenue')!.precision).toBeUndefined();
		expect(named('new_probability')).toMatchObject({ type: 'decimal', precision: 2 });
		expect(named('numberofemployees')).toMatchObject({ type: 'integer', min: 0 });
		expect(named('donotemail')).toMatchObject({ type: 'boolean' });
		expect(named('description')).toMatchObject({ type: 'longText' });
		expect(named('ownerid')).toMatchObject({ type: 'lookup', required: true });
		expect(named('leadid')).toMatchObject({ type: 'id', canUpdate: false });
		expect(named('leadsourcecode')!.options).toContainEqual({ value: 8, label: 'Web' });
		expect(named('fullname')).toMatchObject({ canCreate: false, canUpdate: false });
	});

	it('sees lookups also by what their rows are told by, as far as the tables have it', async () => {
		const columns = await port.describe('lead');
		const named = (name: string) => columns.find((column) => column.name === name);
		expect(named('ownerid.name')).toMatchObject({
			label: 'Owner: Name',
			type: 'text',
			canUpdate: true,
			required: true,
		});
		expect(named('ownerid.email')).toMatchObject({ label: 'Owner: Email', type: 'email' });
		expect(named('createdby.name')).toMatchObject({ canCreate: false, canUpdate: false });
		expect(named('parentaccountid.accountnumber')).toMatchObject({ canUpdate: true });
		expect(named('parentaccountid.isocurrencycode')).toBeUndefined();
		expect(named('firstname.name')).toBeUndefined();
	});

	it('sees settable lookups also by the text columns that people have added to their tables', async () => {
		await twinPost('tables', { value: [{ LogicalName: 'account', Attributes: [NUMBER] }] });
		const columns = await port.describe('lead');
		expect(columns.find(({ name }) => name === 'customerid.account.new_number')).toMatchObject({
			label: 'Customer: Customer Number',
			type: 'text',
			canUpdate: true,
		});
		expect(columns.filter(({ name }) => /^createdby\.systemuser\./.test(name))).toEqual([]);
	});

	it('asks anew each time (the ledger keeps the answer and says when it is too old)', async () => {
		await port.describe('lead');
		const calls = await callsSince(async () => await port.describe('lead'));
		// One for the table, one for the tables that its lookups point to.
		expect(calls).toHaveLength(2);
	});

	it('costs nothing when rows are read afterwards (an idle round pays for no metadata)', async () => {
		await port.describe('lead');
		const calls = await callsSince(async () => await port.readByIds('lead', ['fullname'], []));
		expect(calls).toHaveLength(0);
	});

	it('describes the tables that are asked for next by the same two calls, and each anew when asked again', async () => {
		const both = ['contact', 'lead'];
		const calls = await callsSince(async () => {
			for (const table of both) await port.describe(table, both);
		});
		expect(calls.map(({ path }) => path).filter((path) => path.includes('$batch'))).toHaveLength(2);
		await twinPost('tables', { value: [{ LogicalName: 'lead', Attributes: [NUMBER] }] });
		const names = (await port.describe('lead', both)).map(({ name }) => name);
		expect(names).toContain('new_number');
	});

	it('describes a table though one beside it is not there', async () => {
		const columns = await port.describe('lead', ['lead', 'new_nothing']);
		expect(columns.map(({ name }) => name)).toContain('lastname');
		await expect(port.describe('new_nothing', ['lead', 'new_nothing'])).rejects.toThrow();
	});
});

describe('a lookup by the name of its row', () => {
	const NAMES = ['fullname', 'customerid.name', 'ownerid.name'];

	it('is unknown, not empty, where the user may not read the table', async () => {
		const contacts = await await fetchRows('contacts?$select=contactid,fullname&$top=1');
		const { rows } = await port.readChanges('lead', NAMES, null, 1);
		const [lead] = rows;
		await port.update([{ ...lead!, values: { 'customerid.name': String(contacts[0]!.fullname) } }]);
		expect((await port.readByIds('lead', NAMES, [lead!.id]))[0]!.values).toMatchObject({
			'customerid.name': contacts[0]!.fullname,
		});
		port = await portAs({
			clientId: '5ca1ab1e-0000-4000-8000-000000000006',
			clientSecret: 'no-contact',
		});
		const [read] = await port.readByIds('lead', NAMES, [lead!.id]);
		expect(read!.values).toMatchObject({ fullname: lead!.values.fullname });
		expect(read!.values).not.toHaveProperty(['customerid.name']);
		const outcomes = await port.update([
			{ table: 'lead', id: lead!.id, version: read!.version, values: { 'customerid.name': 'Ida' } },
		]);
		expect(outcomes).toMatchObject([
			{
				kind: 'refused',
				refusal: {
					field: 'customerid.name',
					remedy: expect.stringMatching(/cannot read contact/) as string,
				},
			},
		]);
	});

	it('is told as it was asked for, and costs one call before the write', async () => {
		const { rows } = await port.readChanges('lead', NAMES, null, 2);
		let outcomes: Awaited<ReturnType<DynamicsMaker['update']>> = [];
		const updates = rows.map(({ id, version }, index) => ({
			table: 'lead' as const,
			id,
			version,
			values: { firstname: 'Ada', 'ownerid.name': index === 0 ? 'EVA LINDQVIST' : 'Nobody' },
		}));
		port = await portAs();
		const calls = await callsSince(async () => (outcomes = await port.update(updates)));
		expect(calls.filter(({ path }) => path.endsWith('$batch'))).toHaveLength(2);
		expect(outcomes).toMatchObject([
			{ kind: 'ok', values: { firstname: 'Ada', 'ownerid.name': 'Eva Lindqvist' } },
			{ kind: 'refused', refusal: { field: 'ownerid.name', code: 'noSuchRow' } },
		]);
		expect(outcomes[0]).not.toHaveProperty(['values', 'ownerid']);
	});
});

describe('rows of set-up, such as currencies, that a feed points to', () => {
	const CODE = 'transactioncurrencyid.isocurrencycode';
	/** Each page is an execution of its own. */
	const page = async (link: string | null) => {
		let read: Awaited<ReturnType<DynamicsMaker['readChanges']>> | undefined;
		const own = await portAs();
		const calls = await callsSince(async () => {
			read = await own.readChanges('opportunity', ['name', CODE], link, 20);
		});
		const asked = calls.filter(({ path }) => path.endsWith('/$batch')).length;
		return { ...read!, asked };
	};
	const codes = ({ rows }: Awaited<ReturnType<typeof page>>) =>
		rows.map(({ values }) => values[CODE]);

	it('are read once, and not again for its next pages', async () => {
		await port.describe('opportunity');
		const first = await page(null);
		const second = await page(first.link);
		expect([first.asked, second.asked]).toEqual([1, 0]);
		expect([...codes(first), ...codes(second)]).toEqual(Array.from({ length: 40 }, () => 'USD'));
	});

	it('are read again for a row that was saved since, and by another read', async () => {
		const crm = new DynamicsVendor({
			...twin,
			person: { name: personName(1), password: PEOPLE_PASSWORD },
		});
		let link = (await page(null)).link;
		for (let drained = false; !drained; ) ({ link, drained } = await page(link));
		await twinPost('clock', { advanceSeconds: 60 });
		const [{ transactioncurrencyid: currency }] = (await crm.all(
			'transactioncurrencies?$select=isocurrencycode',
		)) as [{ transactioncurrencyid: string }];
		await crm.update('transactioncurrencies', currency, { isocurrencycode: 'AUD' });
		const [one] = await crm.all('opportunities?$select=name&$top=1');
		await crm.update('opportunities', String(one!.opportunityid), { name: 'Edited' });
		const edited = await page(link);
		expect(codes(edited)).toEqual(['AUD']);
		expect(edited.asked).toBe(1);
		const again = await page(null);
		expect(again.asked).toBe(1);
		expect(codes(again)).toContain('AUD');
	});
});

describe('create', () => {
	const ID = 'aaaaaaaa-0000-5000-8000-000000000001';
	const lead = (id: string, values: Record<string, string>) => ({
		table: 'lead' as const,
		id,
		values,
		detectDuplicates: true,
	});

	it('makes rows in one call and tells what is stored and when it was made', async () => {
		let outcomes: Awaited<ReturnType<DynamicsMaker['create']>> = [];
		const calls = await callsSince(async () => {
			outcomes = await port.create([
				lead(ID, { lastname: 'Made', emailaddress1: 'made@x.test' }),
				lead(ID.replace(/1$/, '2'), { lastname: 'Two', leadsourcecode: 'nonsense' }),
			]);
		});
		expect(outcomes[0]).toMatchObject({
			kind: 'ok',
			id: ID,
			version: expect.any(String) as string,
			createdOn: expect.any(String) as string,
			values: { lastname: 'Made' },
		});
		expect(outcomes[1]).toMatchObject({ kind: 'refused', refusal: { field: 'leadsourcecode' } });
		expect(calls.filter(({ path }) => path.includes('$batch'))).toHaveLength(1);
	});

	it('takes a row that an earlier try made for its own (the answer was lost)', async () => {
		await port.create([lead(ID, { lastname: 'Made' })]);
		expect(await port.create([lead(ID, { lastname: 'Made' })])).toMatchObject([
			{ kind: 'ok', id: ID, values: { lastname: 'Made' } },
		]);
	});

	it('sets the owner, a user or a team', async () => {
		const { id } = await oneLead();
		const [row] = await port.readByIds('lead', ['ownerid'], [id]);
		const owner = `systemuser(${String(row!.values.ownerid)})`;
		expect(await port.create([lead(ID, { lastname: 'Owned', ownerid: owner })])).toMatchObject([
			{ kind: 'ok' },
		]);
	});
});

describe('readByMailbox', () => {
	const notRefused = (mailbox: string) => {
		throw new Error(`${mailbox} was refused`);
	};

	it('finds leads and contacts by e-mail in one call, whatever the case, with quotes in it', async () => {
		await port.create([
			{
				table: 'lead',
				id: 'aaaaaaaa-0000-5000-8000-000000000003',
				values: { lastname: "O'Hara", emailaddress1: "O'Hara@X.test" },
				detectDuplicates: false,
			},
		]);
		const columns = { lead: ['emailaddress1'], contact: ['emailaddress1'] };
		await port.readByMailbox(columns, ['warm@up.test'], notRefused);
		let rows: DynamicsRow[] = [];
		const calls = await callsSince(async () => {
			rows = await port.readByMailbox(columns, ["o'hara@x.test", 'nobody@x.test'], notRefused);
		});
		expect(rows).toMatchObject([{ table: 'lead', values: { emailaddress1: "O'Hara@X.test" } }]);
		expect(calls.filter(({ path }) => path.includes('$batch'))).toHaveLength(1);
	});

	it('finds the others where one is refused, in one call more (R46)', async () => {
		const columns = { lead: ['emailaddress1'], contact: ['emailaddress1'] };
		const email = 'good@x.test';
		await port.create([
			{
				table: 'lead',
				id: 'aaaaaaaa-0000-5000-8000-000000000004',
				values: { lastname: 'Good', emailaddress1: email },
				detectDuplicates: false,
			},
		]);
		await twinPost('settings', { refusedInFilters: ['bad@x.test'] });
		const refused: string[] = [];
		let rows: DynamicsRow[] = [];
		const calls = await callsSince(async () => {
			rows = await port.readByMailbox(columns, ['bad@x.test', email], (one, { reason }) =>
				refused.push(`${one}: ${reason}`),
			);
		});
		await twinPost('settings', { refusedInFilters: [] });
		expect(rows).toMatchObject([{ values: { emailaddress1: email } }]);
		expect(refused[0]).toMatch(/^bad@x.test: .*not valid/);
		expect(calls.filter(({ path }) => path.includes('$batch'))).toHaveLength(2);
	});
});
