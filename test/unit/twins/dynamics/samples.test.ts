import { idOf, startClient, type Client } from './client';

/*
 * Exchanges printed in Microsoft's documentation of the Web API, replayed with the twin's own
 * tables: the shape of each answer (status, headers, names and order of properties) is the sample's.
 */
describe('documented samples', () => {
	let client: Client;

	beforeAll(async () => {
		client = await startClient();
	});

	afterAll(async () => {
		await client.twin.close();
	});

	it('pages as "Page results" shows (key column added, nextLink with a twice encoded cookie)', async () => {
		const answer = await client.call('GET', 'contacts?$select=fullname', undefined, {
			Prefer: 'odata.maxpagesize=2',
		});
		expect(answer.headers.get('odata-version')).toBe('4.0');
		expect(answer.headers.get('preference-applied')).toBe('odata.maxpagesize=2');
		expect(Object.keys(answer.json)).toEqual(['@odata.context', 'value', '@odata.nextLink']);
		expect(answer.json['@odata.context']).toMatch(
			/\/api\/data\/v9\.2\/\$metadata#contacts\(fullname\)$/,
		);
		expect(answer.json.value).toHaveLength(2);
		expect(Object.keys(answer.json.value[0])).toEqual(['@odata.etag', 'fullname', 'contactid']);
		expect(answer.json.value[0]['@odata.etag']).toMatch(/^W\/"\d+"$/);
		expect(answer.json['@odata.nextLink']).toMatch(
			/\/contacts\?\$select=fullname&\$skiptoken=%3Ccookie%20pagenumber=%222%22%20pagingcookie=%22%253ccookie%2520page%253d%25221%2522%253e%253ccontactid%2520last%253d%2522.*%253c%252fcookie%253e%22%20istracking=%22False%22%20\/%3E$/,
		);
	});

	it('tracks changes as "Use change tracking" shows (full rows, then deleted entities)', async () => {
		const first = await client.call(
			'GET',
			'accounts?$select=name,accountnumber,telephone1,fax',
			undefined,
			{
				Prefer: 'odata.track-changes',
			},
		);
		expect(Object.keys(first.json)).toEqual(['@odata.context', '@odata.deltaLink', 'value']);
		const link = first.json['@odata.deltaLink'] as string;
		expect(link).toMatch(
			/\/accounts\?\$select=name,accountnumber,telephone1,fax&\$deltatoken=\d+%21\d\d%2f\d\d%2f\d{4}%20\d\d%3a\d\d%3a\d\d$/,
		);
		const [one, other] = first.json.value as { accountid: string }[];
		await client.call('PATCH', `accounts(${one!.accountid})`, { fax: '10101' });
		await client.call('DELETE', `accounts(${other!.accountid})`);
		const delta = await client.call('GET', link);
		expect(delta.json['@odata.context']).toMatch(
			/#accounts\(name,accountnumber,telephone1,fax\)\/\$delta$/,
		);
		const rows = delta.json.value as Record<string, unknown>[];
		const changed = rows.find((row) => row.accountid === one!.accountid)!;
		expect(Object.keys(changed)).toEqual([
			'@odata.etag',
			'name',
			'accountnumber',
			'telephone1',
			'fax',
			'accountid',
		]);
		expect(rows.at(-1)).toEqual({
			'@odata.context': expect.stringMatching(/#accounts\/\$deletedEntity$/),
			id: other!.accountid,
			reason: 'deleted',
		});
	});

	it('upserts by alternate key as "Use upsert" shows (201 created, 200 updated)', async () => {
		const headers = { Prefer: 'return=representation', 'If-None-Match': 'null' };
		const path = "contacts(new_region='R3',new_code='3')?$select=contactid";
		const created = await client.call('PATCH', path, { lastname: '3:3' }, headers);
		expect(created.status).toBe(201);
		expect(created.headers.get('etag')).toBe(created.json['@odata.etag']);
		expect(created.headers.get('preference-applied')).toBe('return=representation');
		expect(created.headers.get('odata-entityid')).toBeNull();
		expect(created.json['@odata.context']).toMatch(/#contacts\(contactid\)\/\$entity$/);
		expect(Object.keys(created.json)).toEqual(['@odata.context', '@odata.etag', 'contactid']);
		const updated = await client.call('PATCH', path, { lastname: '3:4' }, headers);
		expect(updated.status).toBe(200);
		expect(updated.json.contactid).toBe(created.json.contactid);
	});

	it('creates many as "Bulk operations" shows (ids in order)', async () => {
		const answer = await client.call('POST', 'leads/Microsoft.Dynamics.CRM.CreateMultiple', {
			Targets: [
				{ lastname: 'sample 1', '@odata.type': 'Microsoft.Dynamics.CRM.lead' },
				{ lastname: 'sample 2', '@odata.type': 'Microsoft.Dynamics.CRM.lead' },
			],
		});
		expect(answer.status).toBe(200);
		expect(answer.json['@odata.context']).toMatch(
			/\$metadata#Microsoft\.Dynamics\.CRM\.CreateMultipleResponse$/,
		);
		const second = await client.call('GET', `leads(${answer.json.Ids[1]})?$select=lastname`);
		expect(second.json.lastname).toBe('sample 2');
	});

	it('upserts many as "Bulk operations" shows (204, by primary and by alternate key)', async () => {
		const own = idOf(await client.call('POST', 'leads', { lastname: 'sample' }));
		const type = 'Microsoft.Dynamics.CRM.lead';
		const answer = await client.call('POST', 'leads/Microsoft.Dynamics.CRM.UpsertMultiple', {
			Targets: [
				{ '@odata.type': type, lastname: 'UpdatedByPK', leadid: own },
				{
					'@odata.type': type,
					'@odata.id': "leads(new_marketoid='0000002')",
					lastname: 'CreatedByAK',
				},
			],
		});
		expect([answer.status, answer.text]).toEqual([204, '']);
		const byId = await client.call('GET', `leads(${own})?$select=lastname`);
		const byKey = await client.call('GET', "leads(new_marketoid='0000002')?$select=lastname");
		expect([byId.json.lastname, byKey.json.lastname]).toEqual(['UpdatedByPK', 'CreatedByAK']);
	});

	const missing = '00000000-0000-0000-0000-000000000001';

	it.each([
		[
			'If-Match: * on a row that is not there',
			'PATCH',
			`accounts(${missing})`,
			{ name: 'x' },
			{ 'If-Match': '*' },
			404,
			'0x80040217',
			`account With Id = ${missing} Does Not Exist`,
		],
		[
			'a text that is too long',
			'POST',
			'leads',
			{ subject: 'x'.repeat(301) },
			{},
			400,
			'0x80044331',
			"A validation error occurred.  The length of the 'subject' attribute of the 'lead' entity exceeded the maximum allowed length of '300'.",
		],
		[
			'a segment that is none',
			'GET',
			'Account',
			undefined,
			{},
			404,
			'0x8006088a',
			"Resource not found for the segment 'Account'.",
		],
		[
			'a property in the wrong case',
			'GET',
			'accounts?$select=Name',
			undefined,
			{},
			400,
			'0x0',
			"Could not find a property named 'Name' on type 'Microsoft.Dynamics.CRM.account'.",
		],
		[
			'a function called with POST',
			'POST',
			'WhoAmI',
			{},
			{},
			404,
			'',
			expect.stringMatching(
				/^No HTTP resource was found that matches the request URI '.*\/WhoAmI'\.$/,
			),
		],
		[
			'a filter while changes are tracked',
			'GET',
			'accounts?$filter=name eq null',
			undefined,
			{ Prefer: 'odata.track-changes' },
			400,
			'',
			'The "$filter" query parameter isn\'t supported when Change Tracking is enabled.',
		],
		[
			'a wrong navigation property',
			'POST',
			'contacts',
			{ 'parentcustomerid@odata.bind': `accounts(${missing})` },
			{},
			400,
			'0x80048d19',
			expect.stringMatching(
				/^Error identified in Payload provided by the user for Entity :'contacts'.*An undeclared property 'parentcustomerid' which only has property annotations in the payload but no property value was found in the payload\. In OData, only declared navigation properties and declared named streams can be represented as properties without values/,
			),
		],
	])('answers %s as documented', async (_, method, path, body, headers, status, code, message) => {
		const answer = await client.call(method, path, body, headers as Record<string, string>);
		expect(answer.status).toBe(status);
		expect(answer.json.error).toEqual({ code, message });
	});

	it('refuses to create over an existing row with If-None-Match: *', async () => {
		const id = idOf(await client.call('POST', 'accounts', { name: 'x' }));
		const answer = await client.call(
			'PATCH',
			`accounts(${id})`,
			{ name: 'y' },
			{ 'If-None-Match': '*' },
		);
		expect(answer.status).toBe(412);
		expect(answer.json.error.message).toBe('A record with matching key values already exists.');
	});

	it('refuses a write over a stale ETag', async () => {
		const id = idOf(await client.call('POST', 'accounts', { name: 'x' }));
		const before = await client.call('GET', `accounts(${id})?$select=name`);
		await client.call('PATCH', `accounts(${id})`, { name: 'y' });
		const answer = await client.call(
			'PATCH',
			`accounts(${id})`,
			{ name: 'z' },
			{
				'If-Match': before.json['@odata.etag'] as string,
			},
		);
		expect(answer.status).toBe(412);
		expect(answer.json.error).toEqual({
			code: '0x80060882',
			message: "The version of the existing record doesn't match the RowVersion property provided.",
		});
	});

	it('finds duplicates only when the header turns detection on', async () => {
		const person = { lastname: 'Doe', emailaddress1: 'double@example.com' };
		await client.call('POST', 'contacts', person);
		const silent = await client.call('POST', 'contacts', person);
		const loud = await client.call('POST', 'contacts', person, {
			'MSCRM.SuppressDuplicateDetection': 'false',
		});
		expect(silent.status).toBe(204);
		expect(loud.status).toBe(412);
		expect(loud.json.error).toEqual({
			code: '0x80040333',
			message:
				'A record was not created or updated because a duplicate of the current record already exists.',
		});
	});

	it('adds the documented keys to a plug-in error when annotations are asked for', async () => {
		await client.admin('POST', 'plugin', {
			table: 'lead',
			column: 'lastname',
			do: 'refuse',
			value: 'Trouble',
			message: 'Example Error Message.',
		});
		const answer = await client.call(
			'POST',
			'leads',
			{ lastname: 'Trouble' },
			{
				Prefer: 'odata.include-annotations="*"',
			},
		);
		expect(answer.status).toBe(400);
		expect(answer.json.error).toMatchObject({
			code: '0x80040265',
			message: 'Example Error Message.',
			'@Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus': expect.any(String),
			'@Microsoft.PowerApps.CDS.HelpLink':
				'http://go.microsoft.com/fwlink/?LinkID=398563&error=Microsoft.Crm.CrmException%3a80040265&client=platform',
			'@Microsoft.PowerApps.CDS.InnerError.Message': 'Example Error Message.',
		});
	});
});
