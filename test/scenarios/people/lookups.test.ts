import { personId, personName } from '../../twins/dynamics/principals';
import { row, smallMapping } from '../support/mapping';
import type { Pair } from '../support/systems';
import { SyncWorld } from '../support/world';

const EVA = 5;
const FARID = 6;

describe('a lookup', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await SyncWorld.start({
			mapping: smallMapping({
				lead: [
					row('ownerid.email>alternateEmail'),
					row('ownerid.name>accountOwnerName', { direction: 'toMarketo' }),
					row('parentaccountid.accountnumber>customerNumber'),
					row('customerid.name>parentCompany'),
					row('transactioncurrencyid.isocurrencycode>currencyCode'),
					row('campaignid.name>adCampaign'),
					row('createdby.name>partnerName', { direction: 'toMarketo' }),
				],
				contact: [
					row('ownerid.name>accountOwnerName'),
					row('parentcustomerid>externalReference'),
					row('new_partneraccountid.account.new_number>partnerName'),
				],
			}),
		});
	});

	const account = async (name: string, accountnumber: string | null = null) =>
		await world.crm.create('accounts', { name, accountnumber });
	const owner = async (pair: Pair) => (await world.row(pair))!._ownerid_value;

	it('to an owner goes by e-mail and by name, and comes back by e-mail', async () => {
		const lead = await world.pair('lead', {
			'ownerid@odata.bind': `/systemusers(${personId(EVA)})`,
		});
		expect(await world.person(lead)).toMatchObject({
			alternateEmail: personName(EVA),
			accountOwnerName: 'Eva Lindqvist',
		});
		await world.editPerson(lead, { alternateEmail: personName(FARID).toUpperCase() });
		await world.run();
		expect(await owner(lead)).toBe(personId(FARID));
		await world.run();
		expect(await world.person(lead)).toMatchObject({ accountOwnerName: 'Farid Haddad' });
		expect((await world.runs(3)).flatMap(({ writes }) => writes)).toEqual([]);
	});

	it('to an owner goes by the name of a team as well', async () => {
		const contact = await world.pair('contact');
		const [team] = await world.crm.all('teams?$select=teamid,name&$filter=teamtype eq 0');
		await world.editPerson(contact, { accountOwnerName: String(team!.name).toLowerCase() });
		const { help } = await world.run();
		expect(help).toEqual([]);
		expect(await owner(contact)).toBe(team!.teamid);
		await world.editRow(contact, { 'ownerid@odata.bind': `/systemusers(${personId(EVA)})` });
		await world.run();
		expect(await world.person(contact)).toMatchObject({ accountOwnerName: 'Eva Lindqvist' });
	});

	it('goes by a column of the row that it points to, and is emptied', async () => {
		const [one, other] = [await account('One', 'A-1'), await account('Two', '0042')];
		const lead = await world.pair('lead', { 'parentaccountid@odata.bind': `/accounts(${one})` });
		expect(await world.person(lead)).toMatchObject({ customerNumber: 'A-1' });
		await world.editPerson(lead, { customerNumber: '0042' });
		await world.run();
		expect((await world.row(lead))!._parentaccountid_value).toBe(other);
		await world.editPerson(lead, { customerNumber: null });
		await world.run();
		expect((await world.row(lead))!._parentaccountid_value).toBeNull();
		await world.editRow(lead, { 'parentaccountid@odata.bind': `/accounts(${one})` });
		await world.run();
		expect(await world.person(lead)).toMatchObject({ customerNumber: 'A-1' });
		await world.editRow(lead, { 'parentaccountid@odata.bind': null });
		await world.run();
		expect(await world.person(lead)).toMatchObject({ customerNumber: null });
	});

	it('goes by a column that people have added to the table of the row', async () => {
		const number = {
			LogicalName: 'new_number',
			SchemaName: 'new_Number',
			AttributeType: 'String',
			MaxLength: 40,
			IsCustomAttribute: true,
			DisplayName: { UserLocalizedLabel: { Label: 'Customer Number' } },
		};
		await world.dynamics.post('tables', {
			value: [{ LogicalName: 'account', Attributes: [number] }],
		});
		const [one, other] = [await account('Numbered'), await account('Too')];
		await world.crm.update('accounts', one, { new_number: '00017' });
		await world.crm.update('accounts', other, { new_number: '17' });
		await world.run({ after: 7 * 3_600_000 });
		const contact = await world.pair('contact', {
			'new_PartnerAccountId@odata.bind': `/accounts(${one})`,
		});
		expect(await world.person(contact)).toMatchObject({ partnerName: '00017' });
		await world.editPerson(contact, { partnerName: '17' });
		await world.run();
		expect((await world.row(contact))!._new_partneraccountid_value).toBe(other);
		await world.crm.update('accounts', other, { new_number: null });
		await world.editRow(contact, { jobtitle: 'Clerk' });
		await world.run();
		expect(await world.person(contact)).toMatchObject({ partnerName: null, title: 'Clerk' });
	});

	it('to one of several tables goes by name, whichever table has it', async () => {
		const lead = await world.pair('lead');
		const [company, person] = [
			await account("O'Brien & Söhne"),
			await world.crm.create('contacts', { firstname: 'Ida', lastname: 'Quist' }),
		];
		await world.editPerson(lead, { parentCompany: "o'brien & söhne" });
		await world.run();
		expect((await world.row(lead))!._customerid_value).toBe(company);
		await world.editPerson(lead, { parentCompany: 'Ida Quist' });
		await world.run();
		expect((await world.row(lead))!._customerid_value).toBe(person);
		await world.editRow(lead, { 'customerid_account@odata.bind': `/accounts(${company})` });
		await world.run();
		expect(await world.person(lead)).toMatchObject({ parentCompany: "O'Brien & Söhne" });
	});

	it('to one of several tables goes by ID, whichever table has it', async () => {
		const [contact, other] = [await world.pair('contact'), await world.pair('contact')];
		const company = await account('By ID');
		await world.editPerson(contact, { externalReference: other.id.toUpperCase() });
		await world.run();
		expect((await world.row(contact))!._parentcustomerid_value).toBe(other.id);
		await world.editPerson(contact, { externalReference: company });
		await world.run();
		expect((await world.row(contact))!._parentcustomerid_value).toBe(company);
		expect((await world.runs(2)).flatMap(({ writes }) => writes)).toEqual([]);
	});

	it('is made with a new person, and costs one call a page', async () => {
		const campaign = await world.crm.create('campaigns', { name: 'Spring' });
		const [eur] = await world.crm.all(
			"transactioncurrencies?$filter=isocurrencycode eq 'EUR'&$select=transactioncurrencyid",
		);
		for (const name of ['a', 'b', 'c'])
			await world.newRow('lead', {
				lastname: name,
				emailaddress1: `${name}@campaign.test`,
				'campaignid@odata.bind': `/campaigns(${campaign})`,
				...(eur && {
					'transactioncurrencyid@odata.bind': `/transactioncurrencies(${String(eur.transactioncurrencyid)})`,
				}),
			});
		const { calls, pages } = await world.run();
		const [made] = await world.automation.people(
			'email',
			['b@campaign.test'],
			['adCampaign', 'partnerName', 'currencyCode'],
		);
		expect(made).toMatchObject({
			adCampaign: 'Spring',
			partnerName: 'Alex Baker',
			...(eur && { currencyCode: 'EUR' }),
		});
		const looked = calls.dynamics.filter((call) => /^POST \$batch \(\d+ GET\)$/.test(call));
		// And one for the page that looks at what the new people have kept (R48).
		expect(looked.length).toBeLessThanOrEqual(pages + 1);
	});

	it.each([
		['that nobody has', 'Nobody At All', /no account or contact "Nobody At All"/],
		['that several have', 'Twins', /2 rows of account or contact are called "Twins"/],
	])(
		'by a name %s stays behind alone, is named, and arrives once it is corrected',
		async (_, name, reason) => {
			await account('Twins');
			await account('twins ');
			const right = await account(`Right for ${name}`);
			const lead = await world.pair('lead');
			await world.editPerson(lead, { parentCompany: name, city: 'Umeå' });
			const { help } = await world.run();
			expect(help).toMatchObject([
				{
					field: 'customerid.name',
					reason: expect.stringMatching(reason) as string,
					recordId: lead.id,
				},
			]);
			expect(await world.row(lead)).toMatchObject({
				address1_city: 'Umeå',
				_customerid_value: null,
			});
			await world.editPerson(lead, { parentCompany: `Right for ${name}` });
			const after = await world.run();
			expect(after.help).toMatchObject([{ status: 'solved' }]);
			expect((await world.row(lead))!._customerid_value).toBe(right);
			for (const twin of await world.crm.all("accounts?$filter=name eq 'Twins'&$select=accountid"))
				await world.crm.delete('accounts', String(twin.accountid));
		},
	);

	it('that Dynamics demands is not emptied', async () => {
		const lead = await world.pair('lead', {
			'ownerid@odata.bind': `/systemusers(${personId(EVA)})`,
		});
		await world.editPerson(lead, { alternateEmail: null, city: 'Umeå' });
		const { help } = await world.run();
		expect(help).toMatchObject([
			{ field: 'ownerid.email', reason: 'Owner: Email must not be empty' },
		]);
		expect(await owner(lead)).toBe(personId(EVA));
		expect(await world.row(lead)).toMatchObject({ address1_city: 'Umeå' });
	});
});
