import { idOf, startClient, type Client } from './client';

describe('writing rows', () => {
	let client: Client;

	beforeAll(async () => {
		client = await startClient();
	});

	afterAll(async () => {
		await client.twin.close();
	});

	const create = async (set: string, body: object): Promise<string> =>
		idOf(await client.call('POST', set, body));

	const read = async (path: string, prefer?: string) =>
		(await client.call('GET', path, undefined, prefer === undefined ? {} : { Prefer: prefer }))
			.json;

	it('fills what the server fills (names, owner, times, defaults)', async () => {
		const id = await create('leads', { firstname: 'Ann', lastname: 'Bø', revenue: 10.005 });
		const row = await read(`leads(${id})`);
		expect(row).toMatchObject({
			fullname: 'Ann Bø',
			statecode: 0,
			statuscode: 1,
			donotemail: false,
			followemail: true,
			revenue: 10.01,
			revenue_base: 10.01,
			exchangerate: 1,
		});
		expect(row.createdon).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
		expect(row._ownerid_value).toBe(row._createdby_value);
		expect(row._owninguser_value).toBe(row._ownerid_value);
		expect(row._transactioncurrencyid_value).toEqual(expect.any(String));
		expect(row).not.toHaveProperty('owneridname');
		expect(row).not.toHaveProperty('new_secret');
	});

	it('keeps no empty texts', async () => {
		const id = await create('leads', { lastname: 'x', jobtitle: 'Boss' });
		await client.call('PATCH', `leads(${id})`, { jobtitle: '' });
		expect((await read(`leads(${id})?$select=jobtitle`)).jobtitle).toBeNull();
		expect((await client.call('GET', `leads(${id})/jobtitle`)).status).toBe(204);
	});

	it('passes over columns that are not valid for the operation', async () => {
		const id = await create('contacts', {
			lastname: 'x',
			fullname: 'Somebody Else',
			createdon: '2001-01-01T00:00:00Z',
			statecode: 1,
			new_createonly: 'first',
		});
		await client.call('PATCH', `contacts(${id})`, { new_createonly: 'second', new_computed: 'A' });
		const row = await read(`contacts(${id})`);
		expect(row).toMatchObject({
			fullname: 'x',
			statecode: 0,
			new_createonly: 'first',
			new_computed: null,
		});
		expect(row.createdon).not.toMatch(/^2001/);
	});

	it.each([
		[
			'a text for a number',
			{ leadsourcecode: 'Web' },
			'0x80048d19',
			"Cannot convert the literal 'Web' to the expected type 'Edm.Int32'.",
		],
		[
			'a number for a text',
			{ lastname: 5 },
			'0x80048d19',
			"Cannot convert the literal '5' to the expected type 'Edm.String'.",
		],
		[
			'a text for an amount',
			{ revenue: '5' },
			'0x80048d19',
			"'Edm.Decimal' because of conflict between input format string/number",
		],
		[
			'a time for a day',
			{ estimatedclosedate: '2026-01-01T00:00:00Z' },
			'0x80048d19',
			"to the expected type 'Edm.Date'.",
		],
		[
			'a day that is none',
			{ new_renewal: '2026-02-30' },
			'0x80048d19',
			"'2026-02-30' to the expected type 'Edm.Date'.",
		],
		[
			'a date before 1753',
			{ new_lastwebvisit: '1600-01-01T00:00:00Z' },
			'0x80040239',
			'Actual value: 01/01/1600 00:00:00, Minimum value supported: 01/01/1753',
		],
		[
			'an option that is none',
			{ leadqualitycode: 9 },
			'0x8004431a',
			"The value 9 of 'leadqualitycode' on record of type 'lead' is outside the valid range. Accepted Values: 1,2,3",
		],
		[
			'one of several options that is none',
			{ new_interests: '1,9' },
			'0x8004431a',
			"The value 9 of 'new_interests'",
		],
		[
			'a number out of range',
			{ numberofemployees: -1 },
			'0x8004432f',
			"of 'numberofemployees' on record of type 'lead' is outside the valid range",
		],
		[
			'an amount out of range',
			{ budgetamount: -5 },
			'0x80044330',
			"of 'budgetamount' on record of type 'lead'",
		],
		[
			'null for a required column',
			{ ownerid: null },
			'0x80040200',
			"Attribute 'ownerid' cannot be NULL",
		],
		[
			'a property that is none',
			{ shoesize: 44 },
			'0x80048d19',
			"Invalid property 'shoesize' was found in entity 'Microsoft.Dynamics.CRM.lead'.",
		],
		[
			'a lookup as a plain value',
			{ _parentaccountid_value: null },
			'0x80060888',
			'CRM do not support direct update of Entity Reference properties',
		],
		[
			'a lookup in the wrong case',
			{ 'ParentAccountId@odata.bind': null },
			'0x80048d19',
			"An undeclared property 'ParentAccountId'",
		],
	])('refuses %s', async (_, body, code, message) => {
		const answer = await client.call('POST', 'leads', body);
		expect(answer.status).toBe(400);
		expect(answer.json.error.code).toBe(code);
		expect(answer.json.error.message).toContain(message);
	});

	it('keeps dates as their behaviour says', async () => {
		const id = await create('leads', {
			lastname: 'x',
			new_renewal: '2026-03-29',
			new_lastwebvisit: '2026-03-29T01:30:00.750+02:00',
			new_eventstart: '2026-03-29T02:30:00',
		});
		expect(
			await read(`leads(${id})?$select=new_renewal,new_lastwebvisit,new_eventstart`),
		).toMatchObject({
			new_renewal: '2026-03-29',
			new_lastwebvisit: '2026-03-28T23:30:00Z',
			new_eventstart: '2026-03-29T02:30:00Z',
		});
	});

	it('shows formatted values and lookup annotations when asked for', async () => {
		const account = await create('accounts', { name: 'Contoso' });
		const id = await create('contacts', {
			lastname: 'x',
			annualincome: 1234.5,
			new_interests: '1,3',
			donotemail: true,
			birthdate: '1990-05-07',
			'parentcustomerid_account@odata.bind': `/accounts(${account})`,
		});
		const row = await read(
			`contacts(${id})?$select=annualincome,new_interests,donotemail,birthdate,_parentcustomerid_value`,
			'odata.include-annotations="*"',
		);
		const shown = '@OData.Community.Display.V1.FormattedValue';
		expect(row).toMatchObject({
			[`annualincome${shown}`]: '$1,234.50',
			[`new_interests${shown}`]: 'Webinars; Events',
			[`donotemail${shown}`]: 'Do Not Allow',
			[`birthdate${shown}`]: '5/7/1990',
			_parentcustomerid_value: account,
			[`_parentcustomerid_value${shown}`]: 'Contoso',
			'_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname': 'account',
			'_parentcustomerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty':
				'parentcustomerid_account',
		});
		const plain = await read(`contacts(${id})?$select=donotemail`);
		expect(Object.keys(plain)).toEqual([
			'@odata.context',
			'@odata.etag',
			'donotemail',
			'contactid',
		]);
	});

	it('sets and clears lookups, also of several targets and by alternate key', async () => {
		const account = await create('accounts', { name: 'A', accountnumber: 'X-77' });
		const id = await create('contacts', {
			lastname: 'x',
			'parentcustomerid_account@odata.bind': "accounts(accountnumber='X-77')",
		});
		const select = `contacts(${id})?$select=_parentcustomerid_value,_accountid_value`;
		expect(await read(select)).toMatchObject({
			_parentcustomerid_value: account,
			_accountid_value: account,
		});
		await client.call('PATCH', `contacts(${id})`, { parentcustomerid_account: null });
		expect(await read(select)).toMatchObject({
			_parentcustomerid_value: null,
			_accountid_value: null,
		});
		const gone = await client.call('PATCH', `contacts(${id})`, {
			'parentcustomerid_account@odata.bind': '/accounts(00000000-0000-0000-0000-000000000009)',
		});
		expect([gone.status, gone.json.error.code]).toEqual([404, '0x80040217']);
	});

	it('assigns to users and teams, but to nobody who cannot own', async () => {
		const id = await create('leads', { lastname: 'x' });
		const teams = await read("teams?$select=name&$filter=name eq 'Inside Sales'");
		await client.call('PATCH', `leads(${id})`, {
			'ownerid@odata.bind': `/teams(${teams.value[0].teamid})`,
		});
		expect(
			await read(`leads(${id})?$select=_ownerid_value,_owningteam_value,_owninguser_value`),
		).toMatchObject({
			_ownerid_value: teams.value[0].teamid,
			_owningteam_value: teams.value[0].teamid,
			_owninguser_value: null,
		});
		const users = await read("systemusers?$select=fullname&$filter=fullname eq '%23 App no-role'");
		const refused = await client.call('PATCH', `leads(${id})`, {
			'ownerid@odata.bind': `/systemusers(${users.value[0].systemuserid})`,
		});
		expect(refused.json.error.code).toBe('0x80042f09');
	});

	it('brings the default status with a state and refuses pairs that do not fit', async () => {
		const id = await create('leads', { lastname: 'x' });
		await client.call('PATCH', `leads(${id})`, { statecode: 2 });
		expect(await read(`leads(${id})?$select=statecode,statuscode`)).toMatchObject({
			statecode: 2,
			statuscode: 4,
		});
		const answer = await client.call('PATCH', `leads(${id})`, { statecode: 0, statuscode: 5 });
		expect(answer.json.error).toEqual({
			code: '0x80048408',
			message: `5 is not a valid status code for state code LeadState.Open on lead with Id ${id}.`,
		});
	});

	it('re-creates a deleted row with PATCH unless If-Match forbids it', async () => {
		const id = await create('leads', { lastname: 'x' });
		await client.call('DELETE', `leads(${id})`);
		const guarded = await client.call(
			'PATCH',
			`leads(${id})`,
			{ lastname: 'y' },
			{ 'If-Match': '*' },
		);
		expect(guarded.status).toBe(404);
		const plain = await client.call('PATCH', `leads(${id})`, { lastname: 'y' });
		expect([plain.status, idOf(plain)]).toEqual([204, id]);
	});

	it('holds alternate keys unique and refuses those that are not active or defined', async () => {
		await create('leads', { lastname: 'x', new_marketoid: '4711' });
		const twice = await client.call('POST', 'leads', { lastname: 'y', new_marketoid: '4711' });
		expect([twice.status, twice.json.error.code]).toEqual([412, '0x80060892']);
		const pending = await client.call('GET', "leads(new_externalkey='1')");
		expect(pending.json.error.code).toBe('0x8006088f');
		const none = await client.call('GET', "leads(lastname='x')");
		expect(none.json.error.code).toBe('0x80060890');
		const missing = await client.call('GET', "leads(new_marketoid='0')");
		expect([missing.status, missing.json.error.code]).toEqual([404, '0x80060891']);
		const plus = await client.call('GET', "leads(new_marketoid='a%2Bb')");
		expect(plus.status).toBe(400);
	});

	it('rolls CreateMultiple back as a whole', async () => {
		const type = 'Microsoft.Dynamics.CRM.lead';
		const answer = await client.call('POST', 'leads/Microsoft.Dynamics.CRM.CreateMultiple', {
			Targets: [
				{ '@odata.type': type, lastname: 'rolled back' },
				{ '@odata.type': type, leadsourcecode: 99 },
			],
		});
		expect(answer.json.error.code).toBe('0x8004431a');
		const found = await read("leads?$select=lastname&$filter=lastname eq 'rolled back'");
		expect(found.value).toEqual([]);
	});

	it('counts a row version up with every write, also of equal values', async () => {
		const id = await create('leads', { lastname: 'x' });
		const before = await read(`leads(${id})?$select=versionnumber`);
		await client.call('PATCH', `leads(${id})`, { lastname: 'x' });
		const after = await read(`leads(${id})?$select=versionnumber`);
		expect(after.versionnumber).toBeGreaterThan(before.versionnumber);
		expect(after['@odata.etag']).toBe(`W/"${after.versionnumber}"`);
	});

	it('takes a deleted row out of the lookups that led to it', async () => {
		const account = await create('accounts', { name: 'Gone' });
		const id = await create('leads', {
			lastname: 'x',
			'parentaccountid@odata.bind': `/accounts(${account})`,
		});
		await client.call('DELETE', `accounts(${account})`);
		expect(
			(await read(`leads(${id})?$select=_parentaccountid_value`))._parentaccountid_value,
		).toBeNull();
	});

	it('runs plug-ins, and leaves them out when told to bypass', async () => {
		await client.admin('POST', 'plugin', { table: 'contact', column: 'department', do: 'upper' });
		const shouted = await create('contacts', { lastname: 'x', department: 'sales' });
		const bypassed = await client.call(
			'POST',
			'contacts',
			{ lastname: 'x', department: 'sales' },
			{
				'MSCRM.BypassBusinessLogicExecution': 'CustomSync,CustomAsync',
			},
		);
		expect((await read(`contacts(${shouted})?$select=department`)).department).toBe('SALES');
		expect((await read(`contacts(${idOf(bypassed)})?$select=department`)).department).toBe('sales');
	});

	it('answers wrong methods with 405', async () => {
		const answer = await client.call('DELETE', 'leads');
		expect(answer.status).toBe(405);
		expect(answer.json.error.message).toBe(
			"The requested resource does not support http method 'DELETE'.",
		);
	});

	it('answers an unchanged row with 304', async () => {
		const id = await create('leads', { lastname: 'x' });
		const row = await read(`leads(${id})?$select=lastname`);
		const again = await client.call('GET', `leads(${id})?$select=lastname`, undefined, {
			'If-None-Match': row['@odata.etag'] as string,
		});
		expect([again.status, again.text]).toEqual([304, '']);
	});
});
