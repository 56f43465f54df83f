import type { Condition } from '../../../sync/condition';
import { NATIVE_FILTER, type SyncFilter } from '../../../sync/filter';
import { PERSON_LINK_FIELDS } from '../../../apis/marketo/fields/linkFields';
import type { Row } from '../../vendors/dynamics';
import { loseAnswer } from '../support/line';
import { SyncWorld } from '../support/world';

const COLUMN = 'new_synctomkto';
const SYNC_TO_MARKETO = {
	LogicalName: COLUMN,
	AttributeType: 'Boolean',
	IsCustomAttribute: true,
	DisplayName: { UserLocalizedLabel: { Label: 'Sync to Marketo' } },
};
const FLAG = PERSON_LINK_FIELDS.leftOut.name;

/** Both tables have Adobe's column of the filter. */
async function withColumn(): Promise<SyncWorld> {
	const world = await SyncWorld.start();
	await world.dynamics.post('tables', {
		value: ['lead', 'contact'].map((LogicalName) => ({
			LogicalName,
			Attributes: [SYNC_TO_MARKETO],
		})),
	});
	return world;
}

const only = (...conditions: Condition[]): SyncFilter => ({
	...NATIVE_FILTER,
	tables: { lead: { match: 'all', conditions } },
});

describe.each(['lead', 'contact'] as const)(
	'new_synctomkto of a %s (native-sync O, R54)',
	(table) => {
		let world: SyncWorld;
		beforeAll(async () => {
			world = await withColumn();
		});
		afterEach(async () => {
			expect(await world.help()).toEqual([]);
		});

		it.each([
			['empty', null],
			['Yes', true],
		])('O2: %s takes part', async (_, value) => {
			const pair = await world.pair(table, { [COLUMN]: value });
			await world.editRow(pair, { jobtitle: 'Chief' });
			await world.run();
			expect(await world.person(pair)).toMatchObject({ title: 'Chief' });
		});

		it('O2: an explicit No is left alone, costs no call to Marketo, and the preview says so', async () => {
			const id = await world.newRow(table, { [COLUMN]: false, emailaddress1: 'no@example.com' });
			const { notes } = await world.preview();
			expect(notes.join()).toContain('The sync filter leaves out 1 record of this page');
			const { calls } = await world.run();
			expect(calls.marketo.filter((call) => call.includes('leads.json'))).toEqual([]);
			expect((await world.everybody()).map(({ email }) => email)).not.toContain('no@example.com');
			await expect(world.explain(id)).rejects.toThrow('does not know');
		});

		it('O3: No → Yes makes the person, or finds who is there', async () => {
			const id = await world.newRow(table, { [COLUMN]: false, emailaddress1: 'o3@example.com' });
			const person = await world.newPerson({ email: 'o3@example.com', title: 'Cook' });
			await world.run();
			await world.editRow({ table, id }, { [COLUMN]: true, address1_city: 'Lund' });
			await world.run();
			expect(await world.pairs(table)).toContainEqual({ table, id, person });
			expect(await world.person({ person })).toMatchObject({ city: 'Lund' });
		});

		it('O4: Yes → No leaves the person as it is: nothing flows in either direction, nothing is deleted', async () => {
			const pair = await world.pair(table, { jobtitle: 'Clerk' });
			await world.editRow(pair, { [COLUMN]: false, jobtitle: 'Chief' });
			await world.run();
			await world.editPerson(pair, { city: 'Lund' });
			await world.editRow(pair, { telephone1: '1-111' });
			const { writes } = await world.run();
			expect(writes).toEqual([]);
			expect(await world.both(pair)).toMatchObject({
				row: { jobtitle: 'Chief', address1_city: null },
				person: { title: 'Clerk', microsoftIsDeleted: false, [FLAG]: false },
			});
			const { summary } = await world.explain(pair);
			expect(summary).toContain('left out by the sync filter');
			expect((await world.status()).notes).toContain('1 linked record');
			await world.editRow(pair, { [COLUMN]: true });
			await world.run();
		});

		it('O3: back again, each side gets what was edited on the other meanwhile, and no edit is lost', async () => {
			const pair = await world.pair(table, { jobtitle: 'Clerk', telephone1: '1-000' });
			await world.runs(2);
			await world.editRow(pair, { [COLUMN]: false });
			await world.run();
			await world.editRow(pair, { jobtitle: 'Chief' });
			await world.editPerson(pair, { city: 'Lund' });
			await world.runs(3);
			await world.editRow(pair, { [COLUMN]: true });
			const { conflicts } = await world.run();
			expect(conflicts).toEqual([]);
			expect(await world.both(pair)).toMatchObject({
				row: { jobtitle: 'Chief', address1_city: 'Lund' },
				person: { title: 'Chief', city: 'Lund' },
			});
			expect((await world.runs(2)).flatMap(({ writes }) => writes)).toEqual([]);
			await world.expectClean();
		});
	},
);

describe('what becomes of the person whose record is left out is chosen (R54)', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await withColumn();
	});

	it('Flag: the person is marked, once, and unmarked when the record takes part again', async () => {
		world.filter = { ...NATIVE_FILTER, whenLeft: 'flag' };
		const [pair, other] = [await world.pair('lead'), await world.pair('contact')];
		await world.runs(2);
		await world.editRow(pair, { [COLUMN]: false });
		await world.run();
		expect(await world.person(pair)).toMatchObject({ [FLAG]: true, microsoftIsDeleted: false });
		await world.editRow(pair, { jobtitle: 'Chief' });
		expect((await world.run()).writes).toEqual([]);
		await world.editRow(pair, { [COLUMN]: true });
		await world.run();
		expect(await world.person(pair)).toMatchObject({ [FLAG]: false, title: 'Chief' });
		expect(await world.person(other)).toMatchObject({ [FLAG]: false });
		await world.expectClean();
	});

	it('Unlink: the person is free; once the record takes part again the two meet as if for the first time', async () => {
		world.filter = { ...NATIVE_FILTER, whenLeft: 'unlink' };
		const pair = await world.pair('contact', { jobtitle: 'Clerk' });
		await world.runs(2);
		await world.editRow(pair, { [COLUMN]: false });
		await world.run();
		expect(await world.pairs('contact')).not.toContainEqual(pair);
		await world.editPerson(pair, { title: 'Cook' });
		await world.editRow(pair, { [COLUMN]: true });
		const { conflicts } = await world.run();
		expect(conflicts).toMatchObject([{ base: 'unset', winner: 'dynamics' }]);
		expect(await world.pairs('contact')).toContainEqual(pair);
		await world.expectClean();
	});

	it('a record that is deleted while it is left out marks its person; a person who is deleted meanwhile comes back with an edit alone (R29)', async () => {
		world.filter = NATIVE_FILTER;
		const [gone, orphan] = [await world.pair('lead'), await world.pair('lead')];
		await world.runs(2);
		for (const pair of [gone, orphan]) await world.editRow(pair, { [COLUMN]: false });
		await world.run();
		await world.deleteRow(gone);
		await world.deletePerson(orphan);
		await world.run();
		expect(await world.person(gone)).toMatchObject({ microsoftIsDeleted: true });
		await world.editRow(orphan, { [COLUMN]: true });
		await world.run();
		const ofOrphan = async () => (await world.pairs('lead')).filter(({ id }) => id === orphan.id);
		expect(await ofOrphan()).toEqual([]);
		await world.editRow(orphan, { jobtitle: 'Chief' });
		await world.run();
		expect((await ofOrphan())[0]?.person).toBeGreaterThan(orphan.person);
		await world.expectClean();
	});

	it('the person is merged in Marketo meanwhile: the record goes on with who stays', async () => {
		const pair = await world.pair('contact', { jobtitle: 'Clerk' });
		await world.runs(2);
		await world.editRow(pair, { [COLUMN]: false });
		await world.run();
		const person = await world.newPerson({ lastName: null });
		await world.mergePeople({ person }, pair);
		await world.run();
		await world.editRow(pair, { [COLUMN]: true, jobtitle: 'Chief' });
		await world.run();
		expect(await world.person({ person })).toMatchObject({ title: 'Chief' });
		await world.expectClean();
	});

	it('R1, R23: one whose person is being made without an answer is left out once that is known', async () => {
		const id = await world.newRow('lead', { emailaddress1: 'onitsway@example.com' });
		world.bend('marketo', 'POST leads.json {"action":"createOnly"', loseAnswer);
		await world.run();
		await world.editRow({ table: 'lead', id }, { [COLUMN]: false });
		await world.runs(3);
		const [made] = (await world.everybody()).filter(
			({ email }) => email === 'onitsway@example.com',
		);
		expect((await world.explain(id)).summary).toContain('left out by the sync filter');
		await world.editPerson({ person: made!.id }, { title: 'Cook' });
		expect((await world.run()).writes).toEqual([]);
		await world.editRow({ table: 'lead', id }, { [COLUMN]: true });
		await world.run();
		expect(await world.row({ table: 'lead', id })).toMatchObject({ jobtitle: 'Cook' });
		await world.expectClean();
	});
});

describe('records with one e-mail, of which the filter leaves one out (R27, R49, R54)', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await withColumn();
	});
	afterEach(async () => {
		expect(await world.help()).toEqual([]);
		await world.expectClean();
	});

	it('two leads: the one that takes part is synced, and the other needs no help', async () => {
		const emailaddress1 = 'two@example.com';
		const out = await world.newRow('lead', { emailaddress1, [COLUMN]: false });
		const id = await world.newRow('lead', { emailaddress1 });
		await world.run();
		expect((await world.pairs('lead')).map((pair) => pair.id)).toContain(id);
		await world.editRow({ table: 'lead', id: out }, { jobtitle: 'Clerk' });
		await world.run();
	});

	it('help is solved when one of two leads is left out', async () => {
		const emailaddress1 = 'parked@example.com';
		const ids = [
			await world.newRow('lead', { emailaddress1 }),
			await world.newRow('lead', { emailaddress1 }),
		] as const;
		await world.run();
		expect(await world.help()).toHaveLength(2);
		await world.editRow({ table: 'lead', id: ids[0] }, { [COLUMN]: false });
		await world.run();
		expect((await world.pairs('lead')).map(({ id }) => id)).toContain(ids[1]);
	});

	it('a contact is left out: the lead with its e-mail goes on with the person, and steps back later', async () => {
		const emailaddress1 = 'both@example.com';
		const contact = await world.pair('contact', { emailaddress1, jobtitle: 'Clerk' });
		const id = await world.newRow('lead', { emailaddress1, jobtitle: 'Clerk' });
		await world.run();
		expect(await world.help()).toHaveLength(1);
		await world.editRow(contact, { [COLUMN]: false });
		await world.runs(2);
		const lead = { table: 'lead', id, person: contact.person };
		expect(await world.pairs()).toContainEqual(lead);
		await world.editRow(lead, { jobtitle: 'Chief' });
		await world.run();
		expect(await world.person(lead)).toMatchObject({ title: 'Chief', microsoftType: 'Lead' });
		await world.deleteRow(lead);
		await world.run();
		await world.editRow(contact, { [COLUMN]: true });
		await world.run();
		expect(await world.pairs()).toContainEqual(contact);
	});

	it('an existing contact that is left out is in no lead’s way', async () => {
		const emailaddress1 = 'neverin@example.com';
		await world.newRow('contact', { emailaddress1, [COLUMN]: false });
		const lead = await world.pair('lead', { emailaddress1 });
		await world.editRow(lead, { jobtitle: 'Chief' });
		await world.run();
		expect(await world.person(lead)).toMatchObject({ title: 'Chief' });
	});

	it('Sync Person to Dynamics makes nobody a second time whose record is left out', async () => {
		const pair = await world.pair('lead');
		await world.editRow(pair, { [COLUMN]: false });
		await world.run();
		const [answer] = await world.campaign([{ person: pair.person, syncAs: 'lead' }]);
		expect(answer).toMatchObject({ outcome: 'exists', dynamicsId: pair.id });
		expect(answer!.reason).toContain('leaves out');
	});
});

describe('a merge in Dynamics: the filter of the row that stays decides (native-sync M1)', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await withColumn();
	});

	it.each([
		[true, true, true],
		[false, false, false],
		[false, true, true],
		[true, false, false],
	])('losing %s, winning %s: the winner takes part: %s', async (losing, winning, takesPart) => {
		const loser = await world.pair('contact', { jobtitle: 'Clerk' });
		const id = await world.newRow('contact', {
			emailaddress1: `${loser.id}@winner.example`,
			jobtitle: 'Clerk',
			[COLUMN]: false,
		});
		await world.editRow(loser, { [COLUMN]: losing });
		await world.run();
		await world.editRow({ table: 'contact', id }, { [COLUMN]: winning });
		await world.mergeRows({ table: 'contact', id }, loser);
		await world.runs(2);
		await world.editRow({ table: 'contact', id }, { jobtitle: 'Chief' });
		await world.run();
		expect(await world.person(loser)).toMatchObject({ title: takesPart ? 'Chief' : 'Clerk' });
		expect(await world.help()).toEqual([]);
		await world.expectClean();
	});
});

describe('conditions of one’s own (R54)', () => {
	it.each<[string, Condition, Row, Row]>([
		['text is', { column: 'jobtitle', operator: 'eq', value: 'chief' }, { jobtitle: 'Chief' }, {}],
		[
			'text is not',
			{ column: 'jobtitle', operator: 'ne', value: 'Clerk' },
			{},
			{ jobtitle: 'CLERK' },
		],
		[
			'contains',
			{ column: 'emailaddress1', operator: 'contains', value: '@A.example' },
			{ emailaddress1: 'x@a.example' },
			{ emailaddress1: 'x@b.example' },
		],
		[
			'starts with',
			{ column: 'jobtitle', operator: 'startswith', value: 'ch' },
			{ jobtitle: 'Chief' },
			{ jobtitle: 'A chief' },
		],
		[
			'ends with',
			{ column: 'jobtitle', operator: 'endswith', value: 'ef' },
			{ jobtitle: 'Chief' },
			{ jobtitle: 'Chiefs' },
		],
		[
			'a choice, by its label',
			{ column: 'leadqualitycode', operator: 'eq', value: 'Hot' },
			{ leadqualitycode: 1 },
			{ leadqualitycode: 3 },
		],
		[
			'a choice, by its number',
			{ column: 'leadqualitycode', operator: 'ne', value: '1' },
			{ leadqualitycode: 3 },
			{ leadqualitycode: 1 },
		],
		[
			'a number',
			{ column: 'numberofemployees', operator: 'ge', value: '50' },
			{ numberofemployees: 100 },
			{ numberofemployees: 9 },
		],
		[
			'yes/no',
			{ column: 'donotphone', operator: 'eq', value: 'No' },
			{ donotphone: false },
			{ donotphone: true },
		],
		['is empty', { column: 'jobtitle', operator: 'empty' }, {}, { jobtitle: 'Chief' }],
		[
			'is not empty',
			{ column: 'emailaddress1', operator: 'notEmpty' },
			{ emailaddress1: 'y@x.example' },
			{ emailaddress1: null },
		],
	])('%s', async (_, condition, inside, outside) => {
		const world = await SyncWorld.start();
		world.filter = only(condition);
		const id = await world.newRow('lead', inside);
		await world.newRow('lead', outside);
		await world.run();
		expect((await world.pairs()).map(({ id }) => id)).toEqual([id]);
	});

	it('a filter that is made narrower, wider or taken away is judged of all records anew, in the background', async () => {
		const world = await SyncWorld.start();
		const chief = await world.pair('lead', { fax: '1' });
		const clerk = await world.pair('lead', { fax: '2' });
		await world.runs(2);
		world.filter = only({ column: 'fax', operator: 'eq', value: '1' });
		const { writes, notes } = await world.run();
		expect(writes).toEqual([]);
		expect(notes.join()).toContain('leaves out 1 record of this page, 1 of them linked until now');
		expect(await world.pairs()).toEqual([chief]);
		expect((await world.status()).notes).toContain('The sync filter takes leads: Fax is "1"');
		await world.editRow(clerk, { jobtitle: 'Cook' });
		await world.run();
		expect(await world.person(clerk)).toMatchObject({ title: null });
		world.filter = undefined;
		await world.runs(2);
		expect(await world.person(clerk)).toMatchObject({ title: 'Cook' });
		expect((await world.status()).notes).toBe('');
		expect((await world.runs(2)).flatMap(({ writes: all }) => all)).toEqual([]);
		await world.expectClean();
	});

	it.each<[string, Condition, RegExp]>([
		[
			'a column that is not there',
			{ column: 'new_nothing', operator: 'eq', value: '1' },
			/names the column new_nothing, which does not exist/,
		],
		[
			'a condition whose column nobody has chosen',
			{ column: '', operator: 'eq', value: 'Web' },
			/A condition of the sync filter for leads names no column\. Choose the column of the condition in Get Dynamics Changes/,
		],
		[
			'a choice that is not there',
			{ column: 'leadqualitycode', operator: 'eq', value: 'Lukewarm' },
			/has no choice "Lukewarm"/,
		],
		[
			'a value that is missing',
			{ column: 'jobtitle', operator: 'eq', value: '' },
			/the value is missing/,
		],
		[
			'a comparison that does not fit',
			{ column: 'donotphone', operator: 'contains', value: 'Yes' },
			/only work on text/,
		],
	])(
		'%s stops the sync in words, before anybody is let in or left out',
		async (_, condition, words) => {
			const world = await SyncWorld.start();
			const pair = await world.pair('lead');
			world.filter = only(condition);
			await world.editRow(pair, { jobtitle: 'Chief' });
			const { errors, writes } = await world.run();
			expect(errors.join()).toMatch(words);
			expect(writes).toEqual([]);
			expect((await world.status()).status).toMatch(/^Stopped|^Waiting/);
		},
	);

	it('a condition that cannot be judged stops the sync and is shown by a preview although no record came', async () => {
		const world = await SyncWorld.start();
		await world.pair('lead');
		await world.runs(2);
		const words = /A condition of the sync filter for leads names no column/;
		world.filter = only({ column: '', operator: 'eq', value: 'Web' });
		expect((await world.preview()).errors.join()).toMatch(words);
		expect((await world.run()).errors.join()).toMatch(words);
		world.filter = undefined;
		expect((await world.run()).errors).toEqual([]);
	});

	it('R47: a column of the filter that is closed to the sync’s user leaves nobody out: the sync stops', async () => {
		const world = await SyncWorld.start();
		const pair = await world.pair('lead', { fax: '1' });
		world.filter = only({ column: 'fax', operator: 'eq', value: '1' });
		await world.runs(2);
		await world.dynamics.post('secure', { table: 'lead', column: 'fax' });
		await world.editRow(pair, { jobtitle: 'Chief' });
		const { errors } = await world.run();
		expect(errors.join()).toMatch(/may not read .*fax.* which the sync filter for leads uses/i);
		expect(await world.pairs()).toEqual([pair]);
	});

	it('while the new columns of a filter are read of all records, edits of the others are judged by it', async () => {
		const world = await SyncWorld.start();
		const [inside, outside] = [
			await world.pair('lead', { fax: '1' }),
			await world.pair('lead', { fax: '2' }),
		];
		await world.runs(2);
		world.filter = only({ column: 'fax', operator: 'eq', value: '1' });
		world.bend(
			'dynamics',
			/GET leads\?(?!.*(deltatoken|filter))/i,
			async () => ({ status: 503, headers: { 'retry-after': '120' }, body: {} }),
			Infinity,
		);
		await world.run();
		for (const pair of [inside, outside]) await world.editRow(pair, { jobtitle: 'Chief' });
		await world.run();
		expect(await world.person(inside)).toMatchObject({ title: 'Chief' });
		expect(await world.person(outside)).toMatchObject({ title: null });
	});
});
