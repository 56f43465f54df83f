import { idOf, startClient, type Client, type Loose } from './client';

describe('qualifying leads in the Dynamics twin', () => {
	let client: Client;
	let id: string;

	beforeAll(async () => {
		client = await startClient();
	});
	afterAll(async () => {
		await client.twin.close();
	});
	beforeEach(async () => {
		id = idOf(
			await client.call('POST', 'leads', {
				subject: 'Chairs',
				lastname: 'Nilsson',
				companyname: 'Contoso',
				jobtitle: 'Clerk',
				emailaddress1: 'nilsson@example.com',
				estimatedamount: 100,
			}),
		);
	});

	const qualify = async (more: object = {}) =>
		await client.call('POST', `leads(${id})/Microsoft.Dynamics.CRM.QualifyLead`, {
			CreateAccount: true,
			CreateContact: true,
			CreateOpportunity: true,
			Status: 3,
			...more,
		});
	const read = async (path: string) => (await client.call('GET', path)).json;

	it('makes all three, which name each other and the lead', async () => {
		const answer = await qualify();
		expect(answer.status).toBe(200);
		const [account, contact, opportunity] = (answer.json.value as Loose[]).map(
			(one) => Object.values(one)[1] as string,
		);
		expect(await read(`leads(${id})`)).toMatchObject({
			statecode: 1,
			statuscode: 3,
			_parentaccountid_value: account,
			_parentcontactid_value: contact,
			_qualifyingopportunityid_value: opportunity,
		});
		expect(await read(`accounts(${account})`)).toMatchObject({
			name: 'Contoso',
			_originatingleadid_value: id,
		});
		expect(await read(`contacts(${contact})`)).toMatchObject({
			lastname: 'Nilsson',
			jobtitle: 'Clerk',
			emailaddress1: 'nilsson@example.com',
			_originatingleadid_value: id,
			_parentcustomerid_value: account,
		});
		expect(await read(`opportunities(${opportunity})`)).toMatchObject({
			name: 'Chairs',
			estimatedvalue: 100,
			_customerid_value: account,
			_parentcontactid_value: contact,
			_originatingleadid_value: id,
		});
	});

	it('takes the contact and the account that the lead names, and makes nothing', async () => {
		const account = idOf(await client.call('POST', 'accounts', { name: 'Fabrikam' }));
		const contact = idOf(await client.call('POST', 'contacts', { lastname: 'Old' }));
		await client.call('PATCH', `leads(${id})`, {
			'parentaccountid@odata.bind': `/accounts(${account})`,
			'parentcontactid@odata.bind': `/contacts(${contact})`,
		});
		const none = { CreateAccount: false, CreateContact: false, CreateOpportunity: false };
		expect((await qualify(none)).json.value).toEqual([]);
		expect(await read(`leads(${id})`)).toMatchObject({
			statecode: 1,
			_parentaccountid_value: account,
			_parentcontactid_value: contact,
			_qualifyingopportunityid_value: null,
		});
		expect(await read(`contacts(${contact})`)).toMatchObject({ _originatingleadid_value: null });
	});

	it('is done once; a lead that was reopened is qualified again', async () => {
		await qualify();
		expect((await qualify()).json.error.code).toBe('0x80040519');
		await client.call('PATCH', `leads(${id})`, { statecode: 0, statuscode: 1 });
		expect((await qualify()).status).toBe(200);
	});

	it.each([
		['a status of another state', { Status: 4 }, 400, '0x80048408'],
		['no status', { Status: undefined }, 400, '0x80040203'],
		['no word about the contact', { CreateContact: undefined }, 400, '0x80040203'],
	])('refuses %s, and makes nothing', async (_what, more, status, code) => {
		const before = (await read('contacts?$select=contactid&$count=true'))['@odata.count'] as number;
		const answer = await qualify(more);
		expect([answer.status, answer.json.error.code]).toEqual([status, code]);
		expect((await read(`leads(${id})`)).statecode).toBe(0);
		expect((await read('contacts?$select=contactid&$count=true'))['@odata.count']).toBe(before);
	});

	it('knows no lead that is not there', async () => {
		id = '00000000-0000-4000-8000-00000000dead';
		const answer = await qualify();
		expect([answer.status, answer.json.error.code]).toEqual([404, '0x80040217']);
	});
});

describe('merging in the Dynamics twin', () => {
	it('gives what hangs on a merged account to the one that stays', async () => {
		const client = await startClient({ leads: 0, contacts: 0 });
		const make = async (set: string, body: object) => idOf(await client.call('POST', set, body));
		const [stays, goes] = [
			await make('accounts', { name: 'A' }),
			await make('accounts', { name: 'B' }),
		];
		const contact = await make('contacts', {
			lastname: 'Nilsson',
			'parentcustomerid_account@odata.bind': `/accounts(${goes})`,
		});
		const type = { '@odata.type': 'Microsoft.Dynamics.CRM.account' };
		const merged = await client.call('POST', 'Merge', {
			Target: { ...type, accountid: stays },
			Subordinate: { ...type, accountid: goes },
			PerformParentingChecks: false,
		});
		expect(merged.status).toBe(204);
		const read = async (path: string) => (await client.call('GET', path)).json;
		expect(await read(`contacts(${contact})`)).toMatchObject({ _parentcustomerid_value: stays });
		expect(await read(`accounts(${goes})`)).toMatchObject({ statecode: 1, _masterid_value: stays });
		await client.twin.close();
	});
});
