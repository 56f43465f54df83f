import { forgetDescriptions } from '../../../apis/dataverse/metadata/describe';
import { newMetadataCache } from '../../../apis/marketo/metadataCache';
import { dynamicsOver, LINK_FIELDS, marketoOver } from '../../../nodes/shared/vendorPorts';
import type { AnswerItem, DynamicsTable, Side } from '../../../sync/items';
import { afterPage, lookForWork, type LaneSetting, type Look } from '../../../sync/lane/due';
import { NORMAL_TIMING, openLedger, type Ledger } from '../../../sync/ledger/ledger';
import { sqliteDialect } from '../../../sync/ledger/sqlite';
import type { PeopleMapping } from '../../../sync/mapping';
import { explain, type Explanation } from '../../../sync/operate/explain';
import { needingHelp, type Needy } from '../../../sync/operate/needingHelp';
import { statusOf, type StatusRow } from '../../../sync/operate/status';
import type { AtOnce, PersonAction } from '../../../sync/requests/batch';
import { syncPeople } from '../../../sync/requests/syncPeople';
import type { Row } from '../../vendors/dynamics';
import type { Person } from '../../vendors/marketo';
import { WorldClock } from './clock';
import type { Bend, Match } from './line';
import { smallMapping } from './mapping';
import { Systems, type Pair, type SystemsOptions } from './systems';
import { workPage, type Execution, type HandedOut } from './workflow';

export interface WorldOptions extends SystemsOptions {
	/** Default: `smallMapping()`. */
	mapping?: PeopleMapping;
	/** Where the ledger is kept; default: in memory. */
	ledger?: string;
}

/** One run of the sync: all its pages. */
export interface Run extends HandedOut {
	pages: number;
	/** `done`, or why it ended or did not begin, as the ledger says. */
	outcome: string;
	/** Calls to each vendor, without sign-ins: `GET /rest/v1/activities.json`. */
	calls: Record<Side, string[]>;
}

const LANE = 'people';
/** From the end of a run to the next. */
const INTERVAL = 5 * 60_000;
/** Pages after which a run counts as endless. */
const ENDLESS = 60;

const open = new Set<SyncWorld>();
afterAll(async () => {
	for (const world of open) await world.stop();
});

/** Both systems and the sync between them, as shipped, in this process: everything but n8n. */
export class SyncWorld extends Systems {
	mapping: PeopleMapping;
	/** The sync's memory. */
	ledger!: Ledger;
	private process = 1;
	private ids = 0;
	private names = 0;
	private die: () => void = () => {};

	private constructor(clock: WorldClock, twins: Awaited<ReturnType<typeof Systems.startTwins>>, private readonly options: WorldOptions) {
		super(clock, twins);
		this.mapping = options.mapping ?? smallMapping();
	}

	/** Marketo is prepared; the sync has not run. Stops by itself after the last test of the file. */
	static async start(options: WorldOptions = {}): Promise<SyncWorld> {
		const clock = new WorldClock();
		const world = new SyncWorld(clock, await Systems.startTwins(clock, options), options);
		open.add(world);
		forgetDescriptions();
		await world.openLedger();
		await world.prepare();
		return world;
	}

	async stop(): Promise<void> {
		open.delete(this);
		await this.ledger.close();
		await this.stopSystems();
	}

	// The sync.

	/** One whole run, after some time has passed: as long as the sync waits between two, unless told. */
	async run({ after = INTERVAL } = {}): Promise<Run> {
		this.clock.advance(after);
		const { dynamics, marketo } = this.lines;
		const [fromDynamics, fromMarketo] = [dynamics.calls.length, marketo.calls.length];
		const run: Run = { pages: 0, outcome: '', receipts: [], conflicts: [], help: [], notes: [], errors: [], calls: { dynamics: [], marketo: [] } };
		let look = await lookForWork(this.ledger, this.setting);
		while (look.do === 'page') look = await this.page(look, run);
		run.outcome = look.why;
		run.calls = { dynamics: dynamics.calls.slice(fromDynamics), marketo: marketo.calls.slice(fromMarketo) };
		return run;
	}

	/** So many runs, one after the other. */
	async runs(times: number): Promise<Run[]> {
		const runs: Run[] = [];
		while (runs.length < times) runs.push(await this.run());
		return runs;
	}

	/** For bends: n8n is killed at this moment, and started again before the next run. */
	async killN8n(): Promise<never> {
		this.die();
		return await new Promise(() => {});
	}

	/** *Sync Person to Dynamics* for these people, by hand. */
	async campaign(asked: Array<Partial<PersonAction> & { person: number | string }>, more: Partial<AtOnce> = {}): Promise<AnswerItem[]> {
		const { ledger, dynamics, marketo } = this.execution();
		const actions = asked.map((one): PersonAction => ({ request: null, syncAs: 'lead', owner: '', values: {}, ...one, person: String(one.person) }));
		return await syncPeople({ ledger, dynamics, marketo, fields: LINK_FIELDS, subscription: '123-TWN-456', detectDuplicates: true, ...more }, actions);
	}

	/** Bends the sync's next call that matches `POST /rest/v1/leads.json?… {"action":…`, or the next `times` ones. */
	bend(system: Side, match: Match, bend: Bend, times?: number): () => void {
		return this.lines[system].bend(match, bend, times);
	}

	// What it knows.

	/** Who and what needs help now. */
	async help(): Promise<Needy[]> {
		return await needingHelp(this.ledger);
	}

	async explain(record: Pair | string | number): Promise<Explanation> {
		return await explain(this.ledger, { id: typeof record === 'object' ? record.id : String(record) });
	}

	async status(): Promise<StatusRow> {
		return await statusOf(this.ledger, LANE);
	}

	/** The pairs that it has linked, in the order of linking. */
	async pairs(table?: DynamicsTable): Promise<Pair[]> {
		const links = await this.ledger.db.selectFrom('link').selectAll().where('state', '=', 'active').orderBy('id').execute();
		return links.map((link) => ({ table: link.table_name, id: link.dynamics_id, person: Number(link.marketo_id) })).filter((pair) => !table || pair.table === table);
	}

	/** Makes a row with these values and lets the sync make its person. */
	async pair(table: DynamicsTable, values: Row = {}): Promise<Pair> {
		const name = `${table}${++this.names}`;
		const id = await this.newRow(table, { lastname: name, emailaddress1: `${name}@example.com`, ...values });
		const { receipts } = await this.run();
		const pair = (await this.pairs(table)).find((one) => one.id === id);
		if (!pair) throw new Error(`The ${table} was not linked: ${JSON.stringify({ receipts, help: await this.help() })}`);
		return pair;
	}

	/** The two sides of a pair, as they are. */
	async both(pair: Pair): Promise<{ row: Row | null; person: Person | null }> {
		return { row: await this.row(pair), person: await this.person(pair) };
	}

	private async page(look: Extract<Look, { do: 'page' }>, run: Run): Promise<Look> {
		if (++run.pages > ENDLESS) throw new Error(`The run does not end: ${JSON.stringify(run.receipts.slice(-3))}`);
		const killed = new Promise<'killed'>((resolve) => (this.die = () => resolve('killed')));
		if ((await Promise.race([workPage(this.execution(), look.start, run), killed])) !== 'killed') {
			return await afterPage(this.ledger, this.setting, look.ref);
		}
		this.process++;
		this.metadata = newMetadataCache();
		forgetDescriptions();
		return { do: 'wait', until: null, why: 'n8n was killed' };
	}

	/** What the nodes of one execution have. */
	private execution(): Execution {
		const { ledger, mapping, lines } = this;
		const dynamics = dynamicsOver(lines.dynamics.wire, this.twins.dynamics.url, ledger);
		return { ledger, mapping, dynamics, marketo: marketoOver({ wire: lines.marketo.wire, metadata: this.metadata }, ledger) };
	}

	private async openLedger(): Promise<void> {
		this.ledger = await openLedger(sqliteDialect(this.options.ledger ?? ':memory:'), {
			key: { id: 'k', secret: Buffer.alloc(32, 1) },
			clock: this.clock,
			random: { id: () => `id${++this.ids}` },
			timing: NORMAL_TIMING,
		});
	}

	private get setting(): LaneSetting {
		return { lane: LANE, workflow: 'people-sync', interval: INTERVAL, owner: `n8n ${this.process}`, pid: this.process, isAlive: (pid) => pid === this.process };
	}
}
