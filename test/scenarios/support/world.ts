import { sql } from 'kysely';
import type { AllRecords, AnswerItem, DynamicsTable, Side } from '../../../sync/items';
import { NORMAL_TIMING, type Ledger } from '../../../sync/ledger/ledger';
import { copyAll, type Copied } from '../../../sync/ledger/copyAll';
import { openLedger, openTables } from '../../../sync/ledger/open';
import { metaValue } from '../../../sync/ledger/meta';
import { sqliteDialect, type LedgerFile } from '../../../sync/ledger/sqlite';
import type { SyncFilter, WhenMerged, WhenPeopleMerged } from '../../../sync/filter';
import type { LaneMapping, PeopleMapping } from '../../../sync/mapping';
import { keepValue, questions, setValue, type OpenQuestion } from '../../../sync/operate/answer';
import { explain, type Explanation } from '../../../sync/operate/explain';
import { PEOPLE } from '../../../sync/operate/lanes';
import { needingHelp, type Needy } from '../../../sync/operate/needingHelp';
import { rePoint, type RePointed, type RePointOptions } from '../../../sync/operate/rePoint';
import { statusOf, type StatusRow } from '../../../sync/operate/status';
import type { AtOnce } from '../../../sync/campaignActions/batch';
import { isOnServer, newPlace } from '../../unit/sync/ledger/database';
import { unexcused, type AuditReport } from '../../auditor/audit';
import type { Mapped } from '../../auditor/mapping';
import type { Row } from '../../vendors/dynamics';
import type { Person } from '../../vendors/marketo';
import { auditOf } from './audit';
import { WorldClock } from './clock';
import type { Bend, Match } from './line';
import { smallMapping } from './mapping';
import { INTERVAL, N8n, type AllOptions, type Run, type Sent } from './n8n';
import { startTwins, Systems, type Pair, type SystemsOptions, type Twins } from './systems';
import type { HandedOut } from './workflow';

export interface WorldOptions extends SystemsOptions {
	/** Default: `smallMapping()`. */
	mapping?: PeopleMapping;
	/** File of the ledger; default: it is kept in memory, or on the server (`unit/sync/ledger/database.ts`). */
	ledger?: string;
	/** Where the ledger is, if the test has to know. */
	place?: ReturnType<typeof newPlace>;
	/** Another world's, where a ledger meets other systems: `other.ledger = world.ledger`. */
	clock?: WorldClock;
}

const open = new Set<SyncWorld>();
/** Those of the test that is on, as far as somebody looks at them after it. */
let started: SyncWorld[] = [];
afterAll(async () => {
	for (const world of open) await world.stop();
});

/** Both systems and the sync between them, as shipped, in this process: everything but n8n. */
export class SyncWorld extends Systems {
	mapping: PeopleMapping;
	/** Of the lanes beside people. */
	mappings: Record<string, LaneMapping> = {};
	/** *Fill Only Records Changed Since* of *Get Dynamics Changes*. */
	fillSince?: string;
	/** *Calls per Day* in the credential of Marketo. */
	callsADay = 50_000;
	/** Who takes part, as set in *Get Dynamics Changes*; as in Adobe's sync, unless told. */
	filter?: SyncFilter;
	/** *When Two Linked Records Are Merged* of *Get Dynamics Changes*. */
	whenMerged?: WhenMerged;
	/** *When Two Linked People Are Merged* of *Get Dynamics Changes*. */
	whenPeopleMerged?: WhenPeopleMerged;
	/** *Partition of New People* of *Update Marketo*. */
	partition?: string;
	/** A node that people have put before *Update Dynamics*. */
	between?: (items: unknown[]) => unknown[];
	/** The sync's memory. */
	ledger!: Ledger;
	private counters!: Copied['counters'];
	/** Pages after which a run counts as endless. */
	mostPages = 60;
	/** Whose systems n8n's two credentials name: this world's own, until somebody switches one. */
	readonly credentials: Record<Side, Systems> = { dynamics: this, marketo: this };
	private readonly n8n: N8n;
	private unclean?: string;
	private ids = 0;
	private names = 0;

	private constructor(clock: WorldClock, twins: Twins, mapping = smallMapping()) {
		super(clock, twins);
		this.mapping = mapping;
		this.n8n = new N8n(this);
	}

	/** Marketo is prepared; the sync has not run. Stops by itself after the last test of the file. */
	static async start(options: WorldOptions = {}): Promise<SyncWorld> {
		const clock = options.clock ?? new WorldClock();
		const world = new SyncWorld(clock, await startTwins(clock, options), options.mapping);
		open.add(world);
		started.push(world);
		const place = options.place ?? (options.ledger ? sqliteDialect(options.ledger) : newPlace());
		await world.openLedger(place);
		await world.prepare();
		return world;
	}

	async stop(): Promise<void> {
		open.delete(this);
		await this.ledger.close();
		await this.stopSystems();
	}

	// What the sync does.

	/** One whole run, after some time has passed: as much as the sync leaves between two, unless told. */
	async run({ after = INTERVAL, lane }: { after?: number; lane?: string } = {}): Promise<Run> {
		this.clock.advance(after);
		return await this.n8n.run(lane);
	}

	/** So many runs, one after the other. */
	async runs(times: number): Promise<Run[]> {
		const runs: Run[] = [];
		while (runs.length < times) runs.push(await this.run());
		return runs;
	}

	/** What the next page would do; or, of so many linked records, what the mapping would do as it is now. */
	async preview(linkedRecords?: number, lane?: string): Promise<HandedOut> {
		return await this.n8n.preview(linkedRecords, lane);
	}

	/** What the sync would do with all records, by a trial run on a copy of its memory. */
	async previewAll(options: AllOptions = {}): Promise<AllRecords> {
		return await this.n8n.previewAll(options);
	}

	/** *Re-Point*: the memory belongs to the systems that the two credentials name by now. */
	async rePoint(options?: RePointOptions): Promise<RePointed> {
		return await rePoint(this.ledger, await this.n8n.pair(), options);
	}

	/** A campaign sends these people to Dynamics; answers for them and for all who still wait. */
	async campaign(sent: Sent[] = [], more: Partial<AtOnce> = {}): Promise<AnswerItem[]> {
		return await this.n8n.campaign(sent, more);
	}

	/** *Answer a Question*: one of the two values, or another one, written with the credential of this system. */
	async answer(question: OpenQuestion, answer: Side | { write: string; to: Side }) {
		if (typeof answer === 'string') return await keepValue(this.ledger, question.key, answer);
		const by = { name: 'Answer', then: 'answer again' };
		const desk = await this.n8n.desk(answer.to);
		return await setValue(this.ledger, question.key, answer.write, desk, by);
	}

	/** Bends the sync's next call that matches `POST leads.json {"action":…`, or the next `times` ones. */
	bend(system: Side, match: Match, bend: Bend, times?: number): () => void {
		return this.lines[system].bend(match, bend, times);
	}

	/** For bends: n8n is killed at this moment, and is there again for the next run. */
	async killN8n(): Promise<never> {
		return await this.n8n.kill();
	}

	/** Copies the ledger into a file, as a backup program does beside a running n8n. */
	async backUp(file: string): Promise<void> {
		if (isOnServer) return await this.betweenPlaces(sqliteDialect(file), 'to');
		await sql`vacuum into ${file}`.execute(this.ledger.db);
	}

	/** n8n starts again and finds this ledger; a new one unless told. */
	async restartWith(ledgerFile?: string): Promise<void> {
		await this.ledger.close();
		if (isOnServer) {
			await this.openLedger(newPlace());
			if (ledgerFile) await this.betweenPlaces(sqliteDialect(ledgerFile), 'from');
		} else await this.openLedger(sqliteDialect(ledgerFile ?? ':memory:'));
		await this.n8n.restart();
	}

	/**
	 * n8n starts again and finds this ledger, which belongs to it.
	 *
	 * @param isRestored n8n's own database came back with it
	 */
	async restartOn(place: ReturnType<typeof newPlace>, isRestored: boolean): Promise<void> {
		await this.openLedger(place);
		this.ledger.id = (await metaValue(this.ledger.db, 'ledger'))!;
		await this.n8n.restart(isRestored);
	}

	/** The ledger as it is at this moment, copied to a file, or the other way. */
	private async betweenPlaces(file: LedgerFile, way: 'to' | 'from'): Promise<void> {
		const other = { db: await openTables(file), counters: file.counters };
		await this.ledger.db.transaction().execute(async (db) => {
			await other.db.transaction().execute(async (otherDb) => {
				const own = { db, counters: this.counters };
				const there = { ...other, db: otherDb };
				await (way === 'to' ? copyAll(own, there) : copyAll(there, own));
			});
		});
		await other.db.destroy();
		if (way === 'from') this.ledger.id = (await metaValue(this.ledger.db, 'ledger'))!;
	}

	// What it knows.

	/** Who and what needs help now. */
	async help(lane?: string): Promise<Needy[]> {
		return await needingHelp(this.ledger, undefined, undefined, lane);
	}

	/** What waits for an answer. */
	async questions(): Promise<OpenQuestion[]> {
		return await questions(this.ledger);
	}

	async explain(record: Pair | string | number): Promise<Explanation> {
		return await explain(this.ledger, {
			id: typeof record === 'object' ? record.id : String(record),
		});
	}

	async status(lane: string = PEOPLE): Promise<StatusRow> {
		return await statusOf(this.ledger, lane);
	}

	/** The pairs that it has linked, in the order of linking. */
	async pairs(table?: DynamicsTable): Promise<Pair[]> {
		const links = await this.ledger.db
			.selectFrom('link')
			.selectAll()
			.where('state', '=', 'active')
			.orderBy('id')
			.execute();
		const pairs = links.map((link) => ({
			table: link.table_name,
			id: link.dynamics_id,
			person: Number(link.marketo_id),
		}));
		return pairs.filter((pair) => !table || pair.table === table);
	}

	/** Of these, the leads that are open: nothing is written to others (R49). */
	async openLeads(): Promise<Pair[]> {
		const rows = await this.crm.all('leads?$select=leadid&$filter=statecode eq 0');
		const open = new Set(rows.map(({ leadid }) => leadid));
		return (await this.pairs('lead')).filter(({ id }) => open.has(id));
	}

	// What is there.

	/** Makes a row with these values and lets the sync make its person. */
	async pair(table: DynamicsTable, values: Row = {}): Promise<Pair> {
		const name = `${table}${++this.names}`;
		const id = await this.newRow(table, {
			lastname: name,
			emailaddress1: `${name}@example.com`,
			...values,
		});
		const { receipts } = await this.run();
		const pair = (await this.pairs(table)).find((one) => one.id === id);
		if (!pair)
			throw new Error(
				`The ${table} was not linked: ${JSON.stringify({ receipts, help: await this.help() })}`,
			);
		return pair;
	}

	/** The two sides of a pair, as they are. */
	async both(pair: Pair): Promise<{ row: Row | null; person: Person | null }> {
		return { row: await this.row(pair), person: await this.person(pair) };
	}

	/** What is edited in either system arrives in the other. */
	async expectSynced(pair: Pair): Promise<void> {
		await this.editRow(pair, { jobtitle: `Row ${pair.id}` });
		await this.run();
		expect(await this.person(pair)).toMatchObject({ title: `Row ${pair.id}` });
		await this.editPerson(pair, { title: `Person ${pair.id}` });
		await this.run();
		expect(await this.row(pair)).toMatchObject({ jobtitle: `Person ${pair.id}` });
	}

	/** The auditor, who shares no code with the sync, finds nothing that is the sync's fault. For a sync at rest. */
	async expectClean(mapping?: Mapped[]): Promise<AuditReport> {
		const report = await auditOf(this, mapping);
		expect({ differences: unexcused(report), problems: report.problems }).toEqual({
			differences: [],
			problems: [],
		});
		return report;
	}

	/** As above, unless the test has said that it is of no use. */
	async auditAtTheEnd(): Promise<void> {
		if (this.unclean === undefined) await this.expectClean();
	}

	/** The test leaves this world in the middle of something: nobody audits it. `why` is for those who read the test. */
	endsUnclean(why: string): void {
		this.unclean = why;
	}

	private async openLedger(dialect: ReturnType<typeof newPlace>): Promise<void> {
		this.counters = dialect.counters;
		this.ledger = await openLedger(dialect, {
			key: { id: 'k', secret: Buffer.alloc(32, 1) },
			clock: this.clock,
			random: { id: () => `id${++this.ids}` },
			timing: NORMAL_TIMING,
		});
	}
}

/**
 * Each test of the file ends with an auditor who finds nothing wrong in the worlds that it has started, but for those
 * that it leaves in the middle of something (`endsUnclean`).
 */
export function endClean(): void {
	afterEach(async () => {
		const worlds = started;
		started = [];
		for (const world of worlds) await world.auditAtTheEnd();
	});
}
