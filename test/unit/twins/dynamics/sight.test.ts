import { startClient, type Client } from './client';

describe('what a user of the Dynamics twin may not see', () => {
	let client: Client;
	let leads: string[];

	beforeEach(async () => {
		client = await startClient();
		leads = (
			(await client.call('GET', 'leads?$select=leadid')).json.value as Array<Record<string, string>>
		).map((row) => row.leadid!);
	});
	afterEach(async () => {
		await client.twin.close();
	});

	const hide = async (ids: string[], more: object = {}) =>
		await client.admin('POST', 'hide', { table: 'lead', ids, ...more });
	const asPerson = async () =>
		await client.signIn({
			grant_type: 'password',
			username: 'user1@twin.example',
			password: 'twin-password',
		});
	const listed = async (query = '') =>
		((await client.call('GET', `leads?$select=leadid${query}`)).json.value as unknown[]).length;

	it('leaves rows that are not shared out of lists and counts, and gives them back', async () => {
		await hide([leads[0]!, leads[1]!]);
		expect(await listed()).toBe(leads.length - 2);
		expect(await listed(`&$filter=leadid eq ${leads[0]}`)).toBe(0);
		expect((await client.call('GET', 'leads/$count')).text).toBe(String(leads.length - 2));
		await client.admin('POST', 'show', { table: 'lead', ids: leads });
		expect(await listed()).toBe(leads.length);
	});

	it.each([
		['GET', undefined, 'ReadAccess'],
		['PATCH', { jobtitle: 'x' }, 'WriteAccess'],
		['DELETE', undefined, 'DeleteAccess'],
	])('refuses %s of such a row: 403, not 404', async (method, body, right) => {
		await hide([leads[0]!]);
		const answer = await client.call(method, `leads(${leads[0]})`, body);
		expect([answer.status, answer.json.error.code]).toEqual([403, '0x80040220']);
		expect(answer.json.error.message).toContain(`AccessRights: ${right}`);
	});

	it('hides rows from those who are named alone (others still see them)', async () => {
		await hide([leads[0]!], { from: ['user1@twin.example'] });
		expect(await listed()).toBe(leads.length);
		await asPerson();
		expect(await listed()).toBe(leads.length - 1);
	});

	it('shows nothing of such a row through a lookup', async () => {
		const made = await client.call(
			'POST',
			'opportunities',
			{ name: 'x', 'originatingleadid@odata.bind': `/leads(${leads[0]})` },
			{ Prefer: 'return=representation' },
		);
		await hide([leads[0]!]);
		const row = await client.call(
			'GET',
			`opportunities(${made.json.opportunityid})?$expand=originatingleadid($select=fullname)`,
		);
		expect(row.json).toMatchObject({
			_originatingleadid_value: leads[0],
			originatingleadid: null,
		});
	});

	it('refuses a delta to whoever does not see the whole table, or filters it by choice', async () => {
		const first = await client.call('GET', 'leads?$select=jobtitle', undefined, {
			Prefer: 'odata.track-changes',
		});
		const link = first.json['@odata.deltaLink'] as string;
		await hide([leads[0]!]);
		await client.call('PATCH', `leads(${leads[1]})`, { jobtitle: 'seen' });
		const refused = await client.call('GET', link);
		expect([refused.status, refused.json.error.code]).toEqual([403, '0x80040220']);
		expect(refused.json.error.message).toContain('prvReadLead');

		await client.admin('POST', 'settings', { partialReaders: 'filtered' });
		await asPerson();
		await client.call('PATCH', `leads(${leads[0]})`, { jobtitle: 'not seen' });
		await client.signIn();
		const filtered = await client.call('GET', link);
		expect(filtered.json.value).toMatchObject([{ leadid: leads[1], jobtitle: 'seen' }]);
	});

	it('reads a secured column as null, whether by row, list, filter or change', async () => {
		await client.call('PATCH', `leads(${leads[0]})`, { jobtitle: 'Boss' });
		const first = await client.call('GET', 'leads?$select=jobtitle', undefined, {
			Prefer: 'odata.track-changes',
		});
		await client.admin('POST', 'secure', { table: 'lead', column: 'jobtitle' });
		await client.call('PATCH', `leads(${leads[0]})`, { firstname: 'Ann' });
		const row = await client.call('GET', `leads(${leads[0]})?$select=jobtitle`);
		expect([row.status, row.json.jobtitle]).toEqual([200, null]);
		expect((await client.call('GET', `leads(${leads[0]})/jobtitle`)).status).toBe(204);
		expect(await listed("&$filter=jobtitle eq 'Boss'")).toBe(0);
		const delta = await client.call('GET', first.json['@odata.deltaLink'] as string);
		expect(delta.json.value).toMatchObject([{ leadid: leads[0], jobtitle: null }]);
		await asPerson();
		expect((await client.call('GET', `leads(${leads[0]})`)).json.jobtitle).toBe('Boss');
	});

	it('refuses to write a secured column, unless that is allowed, and says so in the metadata', async () => {
		const secured = async () =>
			(
				await client.call(
					'GET',
					"EntityDefinitions(LogicalName='lead')/Attributes(LogicalName='jobtitle')?$select=IsSecured",
				)
			).json.IsSecured as boolean;
		expect(await secured()).toBe(false);
		await client.admin('POST', 'secure', { table: 'lead', column: 'jobtitle' });
		expect(await secured()).toBe(true);
		const update = await client.call('PATCH', `leads(${leads[0]})`, { jobtitle: 'x' });
		expect([update.status, update.json.error.code]).toEqual([403, '0x8004f507']);
		const create = await client.call('POST', 'leads', { lastname: 'x', jobtitle: 'x' });
		expect([create.status, create.json.error.code]).toEqual([403, '0x8004f502']);
		await client.admin('POST', 'secure', { table: 'lead', column: 'jobtitle', write: true });
		expect((await client.call('PATCH', `leads(${leads[0]})`, { jobtitle: 'x' })).status).toBe(204);
		await client.admin('POST', 'unsecure', { table: 'lead', column: 'jobtitle' });
		expect((await client.call('GET', `leads(${leads[0]})`)).json.jobtitle).toBe('x');
	});

	it('tells what is hidden, and begins anew with a reset', async () => {
		await hide([leads[0]!]);
		await client.admin('POST', 'secure', { table: 'lead', column: 'jobtitle' });
		expect((await client.admin('GET', 'sight')).json).toMatchObject({
			partialReaders: 'refused',
			rows: [{ table: 'lead', ids: [leads[0]] }],
			columns: [{ table: 'lead', column: 'jobtitle', read: false, write: false }],
		});
		await client.admin('POST', 'reset', {});
		expect((await client.admin('GET', 'sight')).json).toMatchObject({ rows: [], columns: [] });
	});

	it('lets a plug-in change another column in the same save, from what was written', async () => {
		const plugin = {
			table: 'lead',
			column: 'jobtitle',
			do: 'set',
			target: 'telephone1',
			value: 'plugin-{value}',
		};
		await client.admin('POST', 'plugin', plugin);
		await client.call('PATCH', `leads(${leads[0]})`, { jobtitle: 'CTO' });
		const row = (await client.call('GET', `leads(${leads[0]})`)).json;
		expect([row.jobtitle, row.telephone1]).toEqual(['CTO', 'plugin-CTO']);
		const wrong = await client.admin('POST', 'plugin', { ...plugin, target: 'nothing' });
		expect([wrong.status, wrong.json.error]).toEqual([400, 'There is no column nothing.']);
	});

	it('lets a plug-in store less of a text than was sent', async () => {
		const plugin = { table: 'lead', column: 'jobtitle', do: 'cut', value: '(' };
		await client.admin('POST', 'plugin', plugin);
		await client.call('PATCH', `leads(${leads[0]})`, { jobtitle: 'CTO (interim)' });
		expect((await client.call('GET', `leads(${leads[0]})`)).json.jobtitle).toBe('CTO ');
	});
});
