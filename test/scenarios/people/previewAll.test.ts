import type { AllRecords } from '../../../sync/items';
import { summaryOfAll } from '../../../sync/operate/previewSummary';
import { changeLane } from '../../../sync/ledger/lanes';
import { row, smallMapping } from '../support/mapping';
import { COMPANIES, editAccount, newAccount, objectsOf } from '../support/oneWayLanes';
import { SyncWorld } from '../support/world';

/** All that the ledger keeps, but for the calls that are counted. */
async function memory({ ledger: { db } }: SyncWorld): Promise<string> {
	const tables = await db.introspection.getTables();
	const kept = tables.map(async ({ name }) => {
		const rows = await db
			.selectFrom(name as 'meta')
			.selectAll()
			.execute();
		return [name, rows.filter((one) => !String(one.name).startsWith('calls.'))];
	});
	return JSON.stringify((await Promise.all(kept)).filter(([name]) => name !== 'call'));
}

/** How many records of which people see something change while this is done: by looking at all of them before and after. */
async function seenToChange(world: SyncWorld, work: () => Promise<unknown>) {
	const own = /^(dynamics|microsoft)|^(updatedAt|createdAt)$/;
	const look = async () => {
		const people = (await world.everybody()).map((person): [string, string] => [
			String(person.id),
			JSON.stringify(Object.entries(person).filter(([name]) => !own.test(name))),
		]);
		const rows = async (table: string) =>
			(await world.crm.all(`${table}s`)).map((one): [string, string] => [
				String(one[`${table}id`]),
				String(one.versionnumber),
			]);
		return { person: people, lead: await rows('lead'), contact: await rows('contact') };
	};
	const before = await look();
	await work();
	const after = await look();
	const changes = (table: 'person' | 'lead' | 'contact', isNew: boolean) => {
		const known = new Map(before[table]);
		return after[table].filter(([id, one]) =>
			isNew ? !known.has(id) : known.has(id) && known.get(id) !== one,
		).length;
	};
	return {
		created: changes('person', true),
		updated: changes('person', false),
		leads: changes('lead', false),
		contacts: changes('contact', false),
	};
}

/** All of both systems is looked at three times, also where the machine has much else to do. */
const LOOKS_AT_ALL_MS = 240_000;

const NOTHING = { created: 0, updated: 0, leads: 0, contacts: 0 };

function changesIn({ changes }: AllRecords): typeof NOTHING {
	const records = (operation: string, table: string) =>
		changes.find((one) => one.operation === operation && one.table === table)?.records ?? 0;
	return {
		created: records('create', 'person'),
		updated: records('update', 'person'),
		leads: records('update', 'lead'),
		contacts: records('update', 'contact'),
	};
}

/** The preview writes nothing, and the run after it does what it said. */
async function expectTrue(world: SyncWorld): Promise<AllRecords> {
	const before = await memory(world);
	let preview: AllRecords;
	const changed = await seenToChange(world, async () => (preview = await world.previewAll()));
	expect(changed).toEqual(NOTHING);
	expect(await memory(world)).toBe(before);
	expect(preview!).toMatchObject({ stopped: null, far: '' });

	const { linked, conflicts, needHelp, calls } = preview!;
	let run: Awaited<ReturnType<SyncWorld['run']>>;
	const done = await seenToChange(world, async () => (run = await world.run()));
	expect(done).toEqual(changesIn(preview!));
	expect(run!.outcome).toBe('done');
	expect((await world.status()).linked).toBe(linked);
	expect(new Set(run!.conflicts.map(({ id }) => id)).size).toBe(conflicts);
	const help = new Map(run!.help.map(({ id, status }) => [id, status]));
	expect([...help.values()].filter((status) => status === 'needs help')).toHaveLength(needHelp);
	// About: what a system looks like is asked once, by whichever of the two comes first; a run meets its own writes in the log.
	for (const side of ['dynamics', 'marketo'] as const)
		expect(Math.abs(run!.calls[side].length - calls[side])).toBeLessThan(5 + calls[side] / 5);
	await world.expectClean();
	return preview!;
}

describe('a preview of all records before the first run', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		// Pages enough that later ones meet what earlier ones have done, and all that a first run meets.
		world = await SyncWorld.start({ leads: 1_220, contacts: 220, people: 240 });
		const shared = { emailaddress1: 'shared@example.com' };
		await world.newRow('lead', shared);
		await world.newRow('contact', shared);
		for (const lastname of ['One', 'Two'])
			await world.newRow('lead', { lastname, emailaddress1: 'two@example.com' });
		for (const lastName of ['Three', 'Four'])
			await world.newPerson({ lastName, email: 'persons@example.com' });
		await world.newRow('contact', { emailaddress1: 'persons@example.com' });
	});

	it('stops early where it may make no more calls, and says how far it got', async () => {
		const preview = await world.previewAll({ mostCalls: 8 });
		const { would } = summaryOfAll(preview);
		expect(would).toMatch(
			/^Of \d+ of about 1,\d{3} records this field mapping would link .*\. The preview ended early: it has made 8 calls, as many as Maximum Calls allows$/,
		);
	});

	it('says how far it is while it is on, and when it ends', async () => {
		const words: string[] = [];
		const { conflicts } = await world.previewAll({ onProgress: (text) => void words.push(text) });
		expect(words.length).toBeGreaterThan(1);
		expect(conflicts).toBeGreaterThan(0);
		expect(words[0]).toMatch(/^Running: \d+ of about 1,\d{3} records read/);
	});

	it(
		'says what the first run does, figure by figure, and writes nothing: not to the systems, not to the ledger',
		async () => {
			const preview = await expectTrue(world);
			expect(preview.linked).toBeGreaterThan(100);
			expect(Math.min(...Object.values(changesIn(preview)))).toBeGreaterThan(0);
			expect(preview.needHelp).toBeGreaterThan(3);
			expect(summaryOfAll(preview).effort).toMatch(
				/^That takes about \d+ calls to Marketo and \d+ calls to Dynamics 365, reading included, and \d+ seconds or more\. What a system would refuse, and what is tried again later, is not included$/,
			);
		},
		LOOKS_AT_ALL_MS,
	);
});

describe('a preview of all records later', () => {
	let world: SyncWorld;
	beforeEach(async () => {
		world = await SyncWorld.start();
		for (const name of ['Ada', 'Bob', 'Cy'])
			await world.newRow('lead', {
				lastname: name,
				jobtitle: name,
				emailaddress1: `${name}@example.com`,
			});
		await world.run();
	});

	it('has everybody who is linked compared under the mapping as it is drafted, and who is edited beside', async () => {
		const [ada, bob] = await world.pairs();
		await world.editRow(ada!, { jobtitle: 'Countess' });
		await world.editPerson(bob!, { department: 'Clerk' });
		await world.newRow('contact', { emailaddress1: 'dora@example.com' });
		world.mapping = smallMapping({
			lead: [row('lastname>lastName'), row('emailaddress1>email'), row('jobtitle>department')],
		});
		const preview = await expectTrue(world);
		expect(changesIn(preview)).toEqual({ created: 1, updated: 2, leads: 1, contacts: 0 });
	});

	it('leaves out whom the filter of a run would leave out (R54)', async () => {
		const named = (title: string) => people.find((one) => one.title === title)!.id;
		const people = await world.everybody();
		const pairs = await world.pairs();
		const [ada, bob] = ['Ada', 'Bob'].map((name) =>
			pairs.find(({ person }) => person === named(name)),
		);
		world.filter = {
			tables: {
				lead: {
					conditions: [{ column: 'jobtitle', operator: 'ne', value: 'Ada' }],
					match: 'all',
				},
			},
			heedsColumn: true,
			whenLeft: 'leave',
		};
		world.endsUnclean('the auditor knows no filter');
		await world.editRow(ada!, { address1_city: 'Left out' });
		await world.editRow(bob!, { address1_city: 'Bonn' });
		await world.newRow('lead', { jobtitle: 'Ada', emailaddress1: 'out@example.com' });
		await world.newRow('lead', { jobtitle: 'Dan', emailaddress1: 'in@example.com' });
		const { changes } = await world.previewAll();
		expect(changes).toEqual([
			{ side: 'marketo', operation: 'create', table: 'person', records: 1 },
			{ side: 'marketo', operation: 'update', table: 'person', records: 1 },
		]);
		const done = await seenToChange(world, async () => await world.run());
		expect(done).toEqual({ ...NOTHING, created: 1, updated: 1 });
		expect((await world.previewAll({ rePointed: true })).changes).toEqual([]);
	});

	it.each([
		['merged by choice', 'merge' as const, 1],
		['unlinked', undefined, 0],
	])('says that the people of merged records are %s (R28)', async (_, whenMerged, merges) => {
		const [ada, bob] = await world.pairs();
		world.whenMerged = whenMerged;
		await world.mergeRows(ada!, bob!);
		const { changes } = await world.previewAll();
		const merged = changes.filter(({ operation }) => operation === 'merge');
		expect(merged).toMatchObject(merges ? [{ table: 'person', records: 1 }] : []);
		const before = (await world.everybody()).length;
		await world.runs(2);
		expect(await world.everybody()).toHaveLength(before - merges);
	});

	it('finds nothing to do where nothing is', async () => {
		expect(summaryOfAll(await expectTrue(world)).would).toBe(
			'Of all records this field mapping would change nothing',
		);
	});

	it('says where the run would stop by itself', async () => {
		for (let count = 0; count < 60; count++)
			await world.newRow('lead', { emailaddress1: `gone${count}@example.com` });
		await world.run();
		for (const pair of await world.pairs()) await world.deleteRow(pair);
		const { would } = summaryOfAll(await world.previewAll());
		expect(would).toMatch(
			/would change nothing\. The preview ended early: .*deleted.*Allow Deletes/,
		);
	});

	it('refuses while the sync has stopped: nobody knows what it would do', async () => {
		await changeLane(world.ledger.db, 'people', { stopped: 'Too many deletes' });
		await expect(world.previewAll()).rejects.toThrow(/^The sync has stopped.*Too many deletes/);
	});

	it('goes by the copy where a run is on, and leaves that run alone', async () => {
		const [ada] = await world.pairs();
		await world.editRow(ada!, { jobtitle: 'Countess' });
		world.bend('marketo', /POST leads/, async (request, send) => {
			const { changes } = await world.previewAll();
			expect(changes).toEqual([]);
			return await send(request);
		});
		expect((await world.run()).outcome).toBe('done');
		await world.expectClean();
	});
});

describe('a preview of all records of what goes one way', () => {
	it('tells new accounts from those that are sent again', async () => {
		const world = await SyncWorld.start();
		world.mappings.companies = COMPANIES;
		const lane = 'companies' as const;
		const known = await newAccount(world, { name: 'Known' });
		await newAccount(world, { name: 'Quiet' });
		await world.run({ lane });
		await editAccount(world, known, { name: 'Known Better' });
		await newAccount(world, { name: 'New' });
		const before = await objectsOf(world, 'companies');
		const preview = await world.previewAll({ lane });
		expect(await objectsOf(world, 'companies')).toEqual(before);
		expect(summaryOfAll(preview).would).toBe(
			'Of all records this field mapping would create 1 company in Marketo and update 1 company in Marketo',
		);
		const { receipts } = await world.run({ lane });
		expect(receipts).toHaveLength(2);
	});
});
