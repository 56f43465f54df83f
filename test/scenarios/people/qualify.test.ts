import type { MappingRow } from '../../../sync/mapping';
import { row, smallMapping } from '../support/mapping';
import { COMPANIES, newAccount, OWNERS } from '../support/oneWayLanes';
import type { Pair } from '../support/systems';
import { SyncWorld } from '../support/world';

const toMarketo = (id: string): MappingRow => row(id, { direction: 'toMarketo' });
const MAPPING = smallMapping({
	contact: [
		toMarketo('accountid>externalCompanyId'),
		toMarketo('owninguser>externalSalesPersonId'),
		row('department>department'),
	],
	lead: [
		toMarketo('parentaccountid>externalCompanyId'),
		toMarketo('owninguser>externalSalesPersonId'),
	],
});
const OWNER = '0c0ffee0-0000-4000-8000-000000000001';
const SYNC_COLUMN = {
	LogicalName: 'new_synctomkto',
	AttributeType: 'Boolean',
	IsCustomAttribute: true,
	DisplayName: { UserLocalizedLabel: { Label: 'Sync to Marketo' } },
};

describe('a lead is qualified in Dynamics (N1–N5, R28, R49)', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await SyncWorld.start({ mapping: MAPPING });
		world.mappings = { companies: COMPANIES, owners: OWNERS };
		await world.dynamics.post('tables', {
			value: ['lead', 'contact'].map((LogicalName) => ({ LogicalName, Attributes: [SYNC_COLUMN] })),
		});
		await newAccount(world, { name: 'Some other' });
		await world.run({ lane: 'owners' });
		await world.run({ lane: 'companies' });
	});
	beforeEach(() => {
		delete world.whenMerged;
	});
	afterEach(async () => {
		expect(await world.help()).toEqual([]);
	});

	const people = async () => (await world.everybody()).length;

	it('N4, N5: its person becomes the contact’s, with company, owner and what only contacts have', async () => {
		const lead = await world.pair('lead', { companyname: 'Acme', jobtitle: 'Clerk' });
		const before = await people();
		const { account, contact } = await world.qualify(lead);
		await world.editRow({ table: 'contact', id: contact! }, { department: 'Sales' });
		await world.run({ lane: 'companies' });
		const { conflicts } = await world.run();
		expect(conflicts).toEqual([]);
		const pair: Pair = { table: 'contact', id: contact!, person: lead.person };
		expect(await world.pairs('contact')).toContainEqual(pair);
		expect(await world.person(pair)).toMatchObject({
			title: 'Clerk',
			externalCompanyId: account,
			externalSalesPersonId: OWNER,
			department: 'Sales',
			dynamicsContactId: contact,
			dynamicsLeadId: lead.id,
			microsoftType: 'Contact',
		});
		expect(await people()).toBe(before);
		await world.expectSynced(pair);
		await world.editRow(lead, { jobtitle: 'Of the closed lead' });
		expect((await world.run()).writes).toEqual([]);
	});

	it('what somebody edited in Marketo before goes to the contact, and is no conflict', async () => {
		const lead = await world.pair('lead', { jobtitle: 'Clerk', address1_city: 'Lund' });
		await world.editPerson(lead, { title: 'Chief' });
		const { contact } = await world.qualify(lead);
		const { conflicts } = await world.run();
		expect(conflicts).toEqual([]);
		const pair: Pair = { table: 'contact', id: contact!, person: lead.person };
		expect(await world.both(pair)).toMatchObject({
			row: { jobtitle: 'Chief', address1_city: 'Lund' },
			person: { title: 'Chief', city: 'Lund' },
		});
	});

	it('without an e-mail, or with another one: the person goes along, nobody new is made', async () => {
		const lead = await world.pair('lead', { emailaddress1: null as unknown as string });
		const other = await world.pair('lead');
		const before = await people();
		const made = [await world.qualify(lead), await world.qualify(other)];
		await world.editRow(
			{ table: 'contact', id: made[1]!.contact! },
			{ emailaddress1: 'another@example.com' },
		);
		await world.run();
		expect(await world.pairs('contact')).toEqual(
			expect.arrayContaining([
				{ table: 'contact', id: made[0]!.contact!, person: lead.person },
				{ table: 'contact', id: made[1]!.contact!, person: other.person },
			]),
		);
		expect(await people()).toBe(before);
	});

	describe('into a contact that is there', () => {
		const into = async (lead: Pair, id: string) => {
			await world.editRow(lead, { 'parentcontactid@odata.bind': `/contacts(${id})` });
			await world.qualify(lead, { account: false, contact: false });
		};

		it('that has nobody: it goes on with the lead’s person', async () => {
			const lead = await world.pair('lead', { jobtitle: 'Clerk' });
			const id = await world.newRow('contact', { jobtitle: 'Clerk', new_synctomkto: false });
			await world.run();
			await into(lead, id);
			await world.editRow({ table: 'contact', id }, { new_synctomkto: true });
			await world.run();
			await world.expectSynced({ table: 'contact', id, person: lead.person });
		});

		it('by something else that closes the lead and names the contact: the lead’s person goes along', async () => {
			const lead = await world.pair('lead');
			const id = await world.newRow('contact', { lastname: 'Beside' });
			await world.editRow(lead, {
				statecode: 1,
				statuscode: 3,
				'parentcontactid@odata.bind': `/contacts(${id})`,
			});
			await world.run();
			expect(await world.pairs('contact')).toContainEqual({
				table: 'contact',
				id,
				person: lead.person,
			});
		});

		it('that has a person: the lead’s is unlinked, and stays so whenever the lead is saved', async () => {
			const lead = await world.pair('lead', { jobtitle: 'Clerk' });
			const contact = await world.pair('contact', { jobtitle: 'Chief' });
			await into(lead, contact.id);
			await world.run();
			await world.editRow(lead, { description: 'Saved again' });
			expect((await world.run()).writes).toEqual([]);
			expect((await world.pairs('lead')).map(({ id }) => id)).not.toContain(lead.id);
			expect(await world.person(lead)).toMatchObject({ title: 'Clerk' });
			await world.expectSynced(contact);
		});

		it('by choice the two people are merged; an edit that no record has is on record', async () => {
			world.whenMerged = 'merge';
			const lead = await world.pair('lead', { jobtitle: 'Clerk', address1_city: 'Lund' });
			const contact = await world.pair('contact', { jobtitle: 'Chief' });
			await world.editPerson(lead, { title: 'Cook' });
			await into(lead, contact.id);
			const { conflicts } = await world.run();
			expect(conflicts).toMatchObject([
				{ marketoValue: 'Cook', dynamicsValue: 'Chief', rule: 'Qualified in Dynamics' },
			]);
			expect(await world.person(lead)).toBeNull();
			await world.run();
			expect(await world.both(contact)).toMatchObject({
				row: { jobtitle: 'Chief', address1_city: 'Lund' },
				person: { title: 'Chief', city: 'Lund' },
			});
			await world.expectSynced(contact);
		});
	});

	it.each([
		['qualified without a contact', { statecode: 1 }],
		['disqualified', { statecode: 2 }],
	])('one that is %s takes nothing from Marketo until it is open again', async (_, closed) => {
		const lead = await world.pair('lead', { jobtitle: 'Clerk', address1_city: 'Lund' });
		await world.editRow(lead, closed);
		await world.run();
		await world.editPerson(lead, { title: 'Chief' });
		expect((await world.run()).writes).toEqual([]);
		await world.editRow(lead, { address1_city: 'Bergen' });
		await world.run();
		expect(await world.both(lead)).toMatchObject({
			row: { jobtitle: 'Clerk' },
			person: { title: 'Chief', city: 'Bergen' },
		});
		await world.editRow(lead, { statecode: 0 });
		const { conflicts } = await world.run();
		expect(conflicts).toEqual([]);
		expect(await world.row(lead)).toMatchObject({ jobtitle: 'Chief', address1_city: 'Bergen' });
	});

	describe('N2: with a filter', () => {
		const no = { new_synctomkto: false };

		it('neither takes part: nothing is synced', async () => {
			const id = await world.newRow('lead', { emailaddress1: 'neither@example.com', ...no });
			const before = await people();
			const { contact } = await world.qualify({ id });
			await world.editRow({ table: 'contact', id: contact! }, no);
			expect((await world.run()).writes).toEqual([]);
			expect(await people()).toBe(before);
		});

		it('only the contact does: it is created', async () => {
			const id = await world.newRow('lead', { emailaddress1: 'contact@example.com', ...no });
			await world.run();
			const { contact } = await world.qualify({ id });
			await world.run();
			const pair = (await world.pairs('contact')).find((one) => one.id === contact)!;
			await world.expectSynced(pair);
		});

		it('only the contact does, and a person is there: by its e-mail, or of the lead before that was left out', async () => {
			const there = await world.newPerson({ email: 'there@example.com' });
			const never = await world.newRow('lead', { emailaddress1: 'there@example.com', ...no });
			const before = await world.pair('lead', { emailaddress1: 'was@example.com' });
			await world.editRow(before, no);
			await world.run();
			const made = [await world.qualify({ id: never }), await world.qualify(before)];
			await world.run();
			expect(await world.pairs('contact')).toEqual(
				expect.arrayContaining([
					{ table: 'contact', id: made[0]!.contact!, person: there },
					{ table: 'contact', id: made[1]!.contact!, person: before.person },
				]),
			);
		});

		it('only the lead does: its values go on to its person, and the contact is left alone', async () => {
			const lead = await world.pair('lead', { jobtitle: 'Clerk' });
			const { contact } = await world.qualify(lead);
			await world.editRow({ table: 'contact', id: contact! }, no);
			await world.run();
			await world.editRow(lead, { jobtitle: 'Chief' });
			await world.run();
			expect(await world.person(lead)).toMatchObject({ title: 'Chief', microsoftType: 'Lead' });
			expect(await world.pairs('lead')).toContainEqual(lead);
		});
	});

	it('N4: a first run over years of leads, half of them qualified, lists none of these under needs help', async () => {
		const years = await SyncWorld.start();
		for (let count = 0; count < 40; count++) {
			const emailaddress1 = count % 5 === 0 ? null : `years${count}@example.com`;
			const id = await years.newRow('lead', { emailaddress1 });
			if (count % 2 === 0)
				await years.qualify({ id }, { account: count % 4 === 0, contact: count % 6 !== 0 });
		}
		const [first, second] = await years.runs(2);
		expect([...first!.help, ...second!.help, ...(await years.help())]).toEqual([]);
		expect(second!.writes).toEqual([]);
		const emails = (await years.everybody()).map(({ email }) => email).filter(Boolean);
		expect(new Set(emails).size).toBe(emails.length);
	});
});
