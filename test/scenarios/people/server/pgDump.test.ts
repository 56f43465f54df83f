import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { adoptPresentState } from '../../../../sync/operate/adoptPresentState';
import { PEOPLE } from '../../../../sync/operate/lanes';
import { inSchema, newIn, newSchema } from '../../../unit/sync/ledger/database';
import { runProgram } from '../../../unit/sync/ledger/server/programs';
import { SyncWorld } from '../../support/world';

const DOWN = 'While it was down';

/** The commands of `docs/postgresql-and-queue-mode.md`, really carried out. */
describe('a memory in PostgreSQL that was dumped, and restored when both systems had moved on', () => {
	let folder: string;
	let schema: string;
	let world: SyncWorld;
	beforeEach(async () => {
		folder = await mkdtemp(path.join(os.tmpdir(), 'dump-'));
		schema = newSchema();
		const place = newIn(schema);
		world = await SyncWorld.start({ leads: 12, contacts: 26, people: 6, place });
		await world.runs(2);
	});
	afterEach(async () => {
		await world.stop();
		await rm(folder, { recursive: true, force: true });
	});

	const dump = async () => {
		const file = path.join(folder, 'memory.dump');
		await runProgram('pg_dump', ['--format=custom', `--schema=${schema}`, `--file=${file}`]);
		return file;
	};
	const restore = async (file: string, isWithN8n: boolean) => {
		await world.ledger.close();
		await runProgram('psql', ['-c', `DROP SCHEMA "${schema}" CASCADE`]);
		await runProgram('pg_restore', ['--exit-on-error', '--dbname=ledgers', file]);
		await world.restartOn(inSchema(schema), isWithN8n);
	};
	/** What happens in both systems, and is synced, after the dump. */
	const goOn = async () => {
		const [edited, deleted, left, gone] = (await world.openLeads()) as [Pair, Pair, Pair, Pair];
		await world.editRow(edited, { jobtitle: 'After the dump' });
		await world.deleteRow(deleted);
		await world.mergePeople(left, gone);
		const made = await world.pair('contact', { jobtitle: 'Made after the dump' });
		const person = await world.newPerson({ email: 'sent@x.example', lastName: 'Sent' });
		const [answer] = await world.campaign([{ person, syncAs: 'lead' }]);
		await world.runs(3);
		const byCampaign = (await world.pairs()).find((pair) => pair.person === person)!;
		expect(answer).toMatchObject({ success: true });
		return { edited, deleted, left, gone, made, byCampaign };
	};
	type Pair = Awaited<ReturnType<SyncWorld['pairs']>>[number];

	it.each([
		['alone: it stops until a person has decided', false],
		["with all of n8n's database: it goes on by itself", true],
	])('%s; nobody is doubled, nothing is lost (R42, R53)', async (_, isWithN8n) => {
		const file = await dump();
		const { edited, left, made, byCampaign } = await goOn();
		const seen = async () => ({
			links: (await world.pairs()).map(({ id, person }) => `${id} ${person}`).sort(),
			people: (await world.everybody()).map(({ id }) => id).sort(),
			rows: (await world.crm.all('leads?$select=leadid')).length,
		});
		const before = await seen();
		const help = (await world.help()).map(({ subject }) => subject).sort();

		await restore(file, isWithN8n);
		// Not synced when n8n was stopped.
		await world.editRow(made, { jobtitle: DOWN });
		await world.editPerson(byCampaign, { title: DOWN });
		if (!isWithN8n) {
			expect(await world.run()).toMatchObject({
				pages: 0,
				outcome: expect.stringMatching(/older copy of it was restored/) as string,
			});
			await adoptPresentState(world.ledger, PEOPLE);
		}
		const conflicts = (await world.runs(4)).flatMap((run) => run.conflicts);
		// Either the edit stands on both sides, or what it lost to is on record beside it.
		for (const pair of [made, byCampaign]) {
			const { row } = await world.both(pair);
			const lost = conflicts.filter(
				({ dynamicsId, dynamicsValue, marketoValue }) =>
					dynamicsId === pair.id && [dynamicsValue, marketoValue].includes(DOWN),
			);
			expect(row!.jobtitle === DOWN || lost.length > 0).toBe(true);
		}
		expect(await seen()).toEqual(before);
		expect((await world.help()).map(({ subject }) => subject).sort()).toEqual(help);
		expect(await world.person(edited)).toMatchObject({ title: 'After the dump' });
		await world.expectClean();
		for (const pair of [edited, left, made, byCampaign]) await world.expectSynced(pair);
	});

	it('stops where it has written much to Dynamics since the dump, and asks whether another sync is at work (R42)', async () => {
		const file = await dump();
		const contacts = (await world.pairs('contact')).slice(0, 24);
		for (const pair of contacts) await world.editPerson(pair, { title: 'After the dump' });
		await world.runs(2);
		const people = (await world.everybody()).length;
		await restore(file, true);
		expect((await world.run()).outcome).toMatch(
			/^Another sync seems to be at work.* Was an older copy .* Adopt Present State/,
		);
		await adoptPresentState(world.ledger, PEOPLE);
		await world.runs(3);
		expect((await world.everybody()).length).toBe(people);
		expect(await world.row(contacts[0]!)).toMatchObject({ jobtitle: 'After the dump' });
		await world.expectClean();
	});
});
