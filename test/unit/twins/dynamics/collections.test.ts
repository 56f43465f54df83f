import { idOf, startClient, type Client } from './client';

describe('the rows behind a row of the Dynamics twin', () => {
	let client: Client;
	let account: string;

	beforeAll(async () => {
		client = await startClient();
	});
	afterAll(async () => {
		await client.twin.close();
	});
	beforeEach(async () => {
		account = idOf(await client.call('POST', 'accounts', { name: 'Contoso' }));
	});

	const BEHIND = 'contact_customer_accounts';
	const names = async (query = '$select=lastname') =>
		(
			(await client.call('GET', `accounts(${account})/${BEHIND}?${query}`)).json.value as Array<
				Record<string, string>
			>
		).map((row) => row.lastname);
	const makeContact = async (lastname: string) =>
		idOf(await client.call('POST', `accounts(${account})/${BEHIND}`, { lastname }));

	it('makes, reads, counts, filters and pages them', async () => {
		for (const name of ['One', 'Two', 'Three']) await makeContact(name);
		expect((await names()).sort()).toEqual(['One', 'Three', 'Two']);
		expect(
			await names("$select=lastname&$filter=startswith(lastname,'T')&$orderby=lastname"),
		).toEqual(['Three', 'Two']);
		expect((await client.call('GET', `accounts(${account})/${BEHIND}/$count`)).text).toBe('3');
		const page = await client.call(
			'GET',
			`accounts(${account})/${BEHIND}?$select=lastname`,
			undefined,
			{ Prefer: 'odata.maxpagesize=2' },
		);
		const next = await client.call('GET', page.json['@odata.nextLink'] as string, undefined, {
			Prefer: 'odata.maxpagesize=2',
		});
		expect([page.json.value.length, next.json.value.length]).toEqual([2, 1]);
	});

	it('shows them with the row, chosen, filtered, sorted and counted off', async () => {
		for (const name of ['One', 'Two', 'Three']) await makeContact(name);
		const shown = async (options: string) =>
			(
				(
					await client.call(
						'GET',
						`accounts(${account})?$select=name&$expand=${BEHIND}(${options})`,
					)
				).json[BEHIND] as Array<Record<string, string>>
			).map((row) => row.lastname);
		expect(await shown('$select=lastname;$orderby=lastname desc')).toEqual(['Two', 'Three', 'One']);
		expect(
			await shown("$select=lastname;$filter=startswith(lastname,'T');$orderby=lastname;$top=1"),
		).toEqual(['Three']);
		const listed = await client.call(
			'GET',
			`accounts?$filter=accountid eq ${account}&$expand=${BEHIND}($select=lastname)`,
		);
		expect(listed.json.value[0][BEHIND]).toHaveLength(3);
		const wrong = await client.call('GET', `accounts(${account})?$expand=${BEHIND}($skip=1)`);
		expect(wrong.json.error.code).toBe('0x80060888');
	});

	it('puts rows in and takes them out by $ref', async () => {
		const contact = idOf(await client.call('POST', 'contacts', { lastname: 'Guest' }));
		const link = { '@odata.id': `${client.twin.url}/api/data/v9.2/contacts(${contact})` };
		const put = await client.call('POST', `accounts(${account})/${BEHIND}/$ref`, link);
		expect(put.status).toBe(204);
		expect(await names()).toEqual(['Guest']);
		await client.call('DELETE', `accounts(${account})/${BEHIND}(${contact})/$ref`);
		expect(await names()).toEqual([]);
	});

	it('knows no collection by another name', async () => {
		const answer = await client.call('GET', `accounts(${account})/no_such_relationship`);
		expect([answer.status, answer.json.error.code]).toEqual([404, '0x8006088a']);
	});

	it('makes linked rows along with a row, on either side of it, all or none', async () => {
		const made = idOf(
			await client.call('POST', 'accounts', {
				name: 'Fabrikam',
				primarycontactid: { lastname: 'First' },
				[BEHIND]: [{ lastname: 'Second' }, { lastname: 'Third' }],
			}),
		);
		const row = await client.call(
			'GET',
			`accounts(${made})?$select=name&$expand=primarycontactid($select=lastname)`,
		);
		expect(row.json.primarycontactid).toMatchObject({ lastname: 'First' });
		const behind = await client.call('GET', `accounts(${made})/${BEHIND}?$select=lastname`);
		expect(
			(behind.json.value as Array<Record<string, string>>).map((one) => one.lastname).sort(),
		).toEqual(['Second', 'Third']);
		const before = (await client.call('GET', 'accounts/$count')).text;
		const refused = await client.call('POST', 'accounts', {
			name: 'Nothing',
			[BEHIND]: [{ lastname: 'x'.repeat(60) }],
		});
		expect(refused.json.error.code).toBe('0x80044331');
		expect((await client.call('GET', 'accounts/$count')).text).toBe(before);
	});

	it('makes no linked rows along with an update', async () => {
		const answer = await client.call('PATCH', `accounts(${account})`, {
			primarycontactid: { lastname: 'First' },
		});
		expect([answer.status, answer.json.error.code]).toEqual([400, '0x80060888']);
	});
});
