import { row, smallMapping } from '../support/mapping';
import type { Pair } from '../support/systems';
import { SyncWorld } from '../support/world';

const LOOK_AGAIN = 11 * 60_000;

describe('a column that is closed to the sync (A9, R47: column-level security)', () => {
	let world: SyncWorld;
	let lead: Pair;
	let quiet: Pair;
	beforeEach(async () => {
		world = await SyncWorld.start();
		lead = await world.pair('lead', { jobtitle: 'Clerk', address1_city: 'Lund' });
		quiet = await world.pair('lead', { jobtitle: 'Reader', telephone1: '1' });
		await world.runs(2);
	});

	const close = async (rights: object = {}) =>
		await world.dynamics.post('secure', { table: 'lead', column: 'jobtitle', ...rights });
	const open = async () =>
		await world.dynamics.post('unsecure', { table: 'lead', column: 'jobtitle' });
	const skipped = { field: 'jobtitle>title', table: 'lead' };

	it('has not been emptied: it is skipped and named once, and all else goes on', async () => {
		await close();
		await world.editRow(lead, { address1_city: 'Oslo' });
		const runs = await world.runs(2);
		expect(runs.flatMap(({ errors }) => errors)).toEqual([]);
		expect(runs.flatMap(({ help }) => help)).toMatchObject([{ ...skipped, status: 'needs help' }]);
		expect(await world.person(lead)).toMatchObject({ title: 'Clerk', city: 'Oslo' });
		expect((await world.status()).notes).toMatch(/Column-level security.*jobtitle/);
		// Nor does reading everything anew empty anybody.
		await world.dynamics.expire('deltaToken');
		await world.runs(2);
		expect(await world.person(quiet)).toMatchObject({ title: 'Reader' });
	});

	it('goes on by itself once it is open again, with what was edited on both sides meanwhile', async () => {
		await close();
		await world.editRow(lead, { jobtitle: 'Chief' });
		await world.run();
		await world.editPerson(quiet, { title: 'Writer' });
		await world.runs(4);
		expect(await world.row(quiet)).toMatchObject({ jobtitle: 'Reader' });
		expect(await world.person(lead)).toMatchObject({ title: 'Clerk' });
		await open();
		const runs = [await world.run({ after: LOOK_AGAIN }), ...(await world.runs(2))];
		expect(runs.flatMap(({ help }) => help)).toMatchObject([{ ...skipped, status: 'solved' }]);
		expect(await world.person(lead)).toMatchObject({ title: 'Chief' });
		expect(await world.row(quiet)).toMatchObject({ jobtitle: 'Writer' });
		expect(runs.flatMap(({ conflicts }) => conflicts)).toEqual([]);
		await world.expectClean();
	});

	it('is asked about in the page in which a value seems to be gone, and only there', async () => {
		const asks = (calls: string[]) =>
			calls.filter((call) => call.includes('EntityDefinitions') && call.startsWith('GET'));
		await world.editRow(lead, { jobtitle: 'Chief' });
		expect(asks((await world.run()).calls.dynamics)).toEqual([]);
		await world.editRow(lead, { jobtitle: null });
		expect(asks((await world.run()).calls.dynamics)).toHaveLength(1);
		expect(await world.person(lead)).toMatchObject({ title: null });
	});

	it('does not hold up what else is written to the record (an edit in Marketo, before anybody knows)', async () => {
		await close();
		await world.editPerson(lead, { title: 'Chief', city: 'Bergen' });
		await world.runs(2);
		expect(await world.row(lead)).toMatchObject({ jobtitle: 'Clerk', address1_city: 'Bergen' });
		expect(await world.help()).toEqual([]);
		await open();
		await world.run({ after: LOOK_AGAIN });
		await world.runs(2);
		expect(await world.row(lead)).toMatchObject({ jobtitle: 'Chief' });
	});

	it('that may be read but not written is named, too, unless its row only reads it', async () => {
		await close({ read: true });
		await world.editPerson(lead, { title: 'Chief' });
		const [first] = await world.runs(2);
		expect(first!.help).toMatchObject([skipped]);
		world.mapping = smallMapping({ lead: [row('jobtitle>title', { direction: 'toMarketo' })] });
		await world.editRow(lead, { jobtitle: 'Head' });
		await world.runs(2);
		expect(await world.person(lead)).toMatchObject({ title: 'Head' });
		expect((await world.status()).notes).toBe('');
	});

	it('answers no question that is open about it: what looks emptied is no edit', async () => {
		world.mapping = smallMapping({ lead: [row('jobtitle>title', { winner: 'ask' })] });
		const young = await world.pair('lead', { address1_city: 'Lund' });
		await world.runs(2);
		await world.editRow(young, { jobtitle: 'Chief' });
		await world.editPerson(young, { title: 'Head' });
		await world.runs(2);
		const asked = await world.questions();
		expect(asked).toMatchObject([{ dynamicsValue: 'Chief', marketoValue: 'Head' }]);
		await close();
		await world.editRow(young, { emailaddress1: 'another@example.com' });
		await world.runs(2);
		expect(await world.person(young)).toMatchObject({ title: 'Head' });
		await open();
		await world.run({ after: LOOK_AGAIN });
		await world.runs(2);
		expect(await world.questions()).toMatchObject(asked.map(({ field }) => ({ field })));
		await world.editRow(young, { jobtitle: 'Director' });
		await world.runs(2);
		expect(await world.person(young)).toMatchObject({ title: 'Director' });
	});

	it('stops the sync where it is the one by which people are found', async () => {
		await world.dynamics.post('secure', { table: 'lead', column: 'emailaddress1' });
		await world.editRow(lead, { address1_city: 'Oslo' });
		await world.newRow('lead', { emailaddress1: 'new@example.com' });
		const before = (await world.everybody()).length;
		const { errors } = await world.run();
		expect(errors.join()).toMatch(/by which people are found/);
		expect(await world.everybody()).toHaveLength(before);
		await world.dynamics.post('unsecure', { table: 'lead', column: 'emailaddress1' });
		await world.run({ after: LOOK_AGAIN });
		await world.runs(2);
		expect(await world.everybody()).toHaveLength(before + 1);
		expect(await world.person(lead)).toMatchObject({ city: 'Oslo' });
	});
});
