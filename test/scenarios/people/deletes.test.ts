import { resume } from '../../../sync/operate/resume';
import { PEOPLE } from '../../../sync/operate/lanes';
import { SyncWorld } from '../support/world';

describe('a delete', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await SyncWorld.start();
	});
	afterEach(async () => void (await world.expectClean()));

	it.each(['lead', 'contact'] as const)(
		'of a %s marks its person, who goes on in Marketo and brings nothing back',
		async (table) => {
			const pair = await world.pair(table);
			await world.deleteRow(pair);
			await world.run();
			expect(await world.person(pair)).toMatchObject({ microsoftIsDeleted: true });
			expect(await world.pairs()).not.toContainEqual(pair);
			await world.editPerson(pair, { title: 'Goes on' });
			expect((await world.run()).writes).toEqual([]);
			expect(await world.row(pair)).toBeNull();
		},
	);

	it('L4: of a lead: a campaign that sends its person afterwards gets a new one', async () => {
		const lead = await world.pair('lead');
		await world.deleteRow(lead);
		await world.run();
		const [told] = await world.campaign([{ person: lead.person, syncAs: 'lead' }]);
		expect(told).toMatchObject({ outcome: 'created', dynamicsTable: 'lead' });
		expect(told!.dynamicsId).not.toBe(lead.id);
		await world.run();
		expect(await world.person(lead)).toMatchObject({ dynamicsLeadId: told!.dynamicsId });
	});

	it('R29: of a person leaves the lead alone, and makes nobody new until a user edits what is mapped', async () => {
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.deletePerson(lead);
		await world.run();
		await world.editRow(lead, { websiteurl: 'https://not.mapped.example' });
		await world.runs(2);
		const people = async () =>
			(await world.everybody()).filter(({ dynamicsLeadId }) => dynamicsLeadId === lead.id);
		expect(await people()).toEqual([]);
		expect(await world.row(lead)).toMatchObject({ jobtitle: 'Clerk' });
		await world.editRow(lead, { jobtitle: 'Reader' });
		await world.runs(2);
		expect(await people()).toMatchObject([{ title: 'Reader' }]);
	});

	it('R29: of a person leaves a lead that is in nobody’s way, also where both come in together', async () => {
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		const { email } = (await world.person(lead))!;
		await world.deletePerson(lead);
		await world.run();
		await world.editRow(lead, { websiteurl: 'https://not.mapped.example' });
		const id = await world.newRow('lead', { emailaddress1: email });
		await world.runs(2);
		expect(await world.help()).toEqual([]);
		expect(
			await world.automation.people('email', [String(email)], ['dynamicsLeadId']),
		).toMatchObject([{ dynamicsLeadId: id }]);
	});

	it('R29: of a row that is restored under its old id is taken back: what was edited since goes its way (A14)', async () => {
		const values = { jobtitle: 'Clerk', address1_city: 'Lund', telephone1: '1' };
		const lead = await world.pair('lead', values);
		await world.runs(2);
		await world.deleteRow(lead);
		await world.run();
		await world.editPerson(lead, { city: 'Bergen', phone: 'M' });
		await world.run();
		const { email } = (await world.person(lead))!;
		await world.crm.create('leads', {
			...values,
			leadid: lead.id,
			lastname: 'Back',
			emailaddress1: email,
			jobtitle: 'Chief',
			telephone1: 'D',
		});
		const [back] = await world.runs(2);
		expect(await world.both(lead)).toMatchObject({
			row: { lastname: 'Back', jobtitle: 'Chief', address1_city: 'Bergen', telephone1: 'M' },
			person: { title: 'Chief', city: 'Bergen', phone: 'M', microsoftIsDeleted: false },
		});
		expect(back!.conflicts).toMatchObject([
			{ field: expect.stringContaining('telephone1') as string, base: 'known', winner: 'marketo' },
		]);
	});

	it('R29: of a row that is restored brings nobody back who was deleted meanwhile, until a user edits it', async () => {
		const values = { lastname: 'Back', jobtitle: 'Clerk', emailaddress1: 'back@example.com' };
		const lead = await world.pair('lead', values);
		await world.runs(2);
		await world.deleteRow(lead);
		await world.run();
		await world.crm.create('leads', { ...values, leadid: lead.id });
		await world.deletePerson(lead);
		await world.runs(3);
		const people = async () =>
			await world.automation.people('email', [values.emailaddress1], ['id', 'title']);
		expect(await people()).toEqual([]);
		await world.editRow(lead, { jobtitle: 'Reader' });
		await world.runs(2);
		expect(await people()).toMatchObject([{ title: 'Reader' }]);
	});

	it('R28: of a contact in whose place a lead came is no edit of the contact where that is restored', async () => {
		const email = 'both@example.com';
		const contact = await world.pair('contact', { jobtitle: 'Clerk', emailaddress1: email });
		const lead = await world.newRow('lead', { emailaddress1: email, jobtitle: 'Reader' });
		await world.runs(2);
		await world.deleteRow(contact);
		await world.runs(2);
		await world.editRow({ table: 'lead', id: lead }, { jobtitle: 'Reader' });
		await world.runs(2);
		expect(await world.person(contact)).toMatchObject({ title: 'Reader', dynamicsLeadId: lead });
		await world.crm.create('contacts', {
			contactid: contact.id,
			lastname: 'Back',
			jobtitle: 'Clerk',
			emailaddress1: email,
		});
		const [back] = await world.runs(2);
		expect(await world.both(contact)).toMatchObject({
			row: { jobtitle: 'Clerk' },
			person: { title: 'Clerk' },
		});
		expect(back!.conflicts).toMatchObject([{ base: 'unset', winner: 'dynamics' }]);
	});

	it('R32: that falls into the time for which the delta link has expired is found all the same', async () => {
		const [gone, stays] = [await world.pair('contact'), await world.pair('contact')];
		await world.deleteRow(gone);
		await world.editRow(stays, { jobtitle: 'Reader' });
		await world.dynamics.expire('deltaToken');
		await world.runs(2);
		expect(await world.person(gone)).toMatchObject({ microsoftIsDeleted: true });
		expect(await world.person(stays)).toMatchObject({ title: 'Reader', microsoftIsDeleted: false });
	});

	it('R35: of very many rows at once stops the sync before anything is marked, until a person lets it go on', async () => {
		const many = await SyncWorld.start({ leads: 60 });
		await many.run();
		const pairs = await many.pairs('lead');
		for (const pair of pairs) await many.deleteRow(pair);
		const stopped = await many.run();
		expect(stopped.errors.join()).toMatch(/\d+ .*deleted/);
		expect((await many.status()).status).toMatch(/^Stopped.*Allow Deletes/);
		const marked = async () =>
			(await many.everybody()).filter(({ microsoftIsDeleted }) => microsoftIsDeleted === true);
		expect(await marked()).toEqual([]);
		await resume(many.ledger, PEOPLE, { allowDeletes: pairs.length });
		await many.run();
		expect(await marked()).toHaveLength(pairs.length);
	});

	it('R35: of many is counted over all pages of a run, and over both systems (B8)', async () => {
		const many = await SyncWorld.start({ leads: 80 });
		await many.run();
		const pairs = await many.pairs('lead');
		for (const pair of pairs.slice(0, 30)) await many.deleteRow(pair);
		for (const pair of pairs.slice(30, 60)) await many.deletePerson(pair);
		many.bend(
			'dynamics',
			/GET leads.*deltatoken/,
			async (request, send) => {
				const Prefer = 'odata.track-changes,odata.maxpagesize=10';
				return await send({ ...request, headers: { ...request.headers, Prefer } });
			},
			Infinity,
		);
		const { errors, pages } = await many.run();
		expect(pages).toBeGreaterThan(1);
		expect(errors.join()).toMatch(/deleted in one run/);
		expect((await many.pairs()).length).toBeGreaterThanOrEqual(pairs.length - 50);
		await resume(many.ledger, PEOPLE, { allowDeletes: 60 });
		await many.runs(2);
		expect(await many.pairs()).toHaveLength(pairs.length - 60);
		expect((await many.status()).status).toBe('Up to date');
	});
});
