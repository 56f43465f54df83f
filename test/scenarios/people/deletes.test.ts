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
});
