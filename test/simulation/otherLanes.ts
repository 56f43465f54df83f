import { afterPage, lookForWork, type LaneSetting } from '../../sync/schedule/runs';
import { NotThisPage } from '../../sync/schedule/token';
import { dueNow } from '../../sync/ledger/due';
import { NORMAL_TIMING } from '../../sync/ledger/ledger';
import type { LaneDefinition } from '../../sync/lanes/definition';
import type { LaneMapping, MappingRow } from '../../sync/mapping';
import { meaning } from './world/meaning';
import { applyObjects } from '../../sync/page/apply';
import { readObjectPage } from '../../sync/page/oneWay';
import { readDynamicsPage } from '../../sync/page/readDynamics';
import { resolvePage } from '../../sync/page/resolve';
import type { DynamicsPort, MarketoObjectPort, WriteOutcome } from '../../sync/ports';
import type { Column, Raw, ValueType } from '../../sync/values';
import { Worker } from './worker';
import { Chance } from './world/chance';
import { DynamicsSystem, OWN_USER, type Row } from './world/dynamicsSystem';
import type { Cells, Edit } from './world/edits';
import type { Execution } from './world/execution';
import type { World } from './world/world';

/** A lane that goes one way. */
interface OneWay {
	/** All that the engine is told of it, with the columns and fields of its pairs. */
	readonly lane: LaneDefinition;
	readonly pairs: ReadonlyArray<readonly [column: string, field: string, type: ValueType]>;
	/** How IDs of its rows begin. */
	readonly ids: string;
}

const oneWay = (
	id: string,
	[table, object, key]: [table: string, object: string, key: string],
	ids: string,
	pairs: OneWay['pairs'],
): OneWay => ({
	ids,
	pairs,
	lane: {
		id,
		object,
		tables: [
			{
				name: table,
				label: table,
				needed: ['name'],
				names: ['name'],
				idField: key,
				native: { winner: 'dynamics', rule: 'Dynamics always wins' },
			},
		],
		twoWay: null,
	},
});

/** By which a company names its owner (R39); the column has a name that the judge knows as a text. */
const OWNER = { column: 'description', field: 'externalSalesPersonId' };

const OWNERS = oneWay('owners', ['systemuser', 'salesPerson', OWNER.field], 'aaa00000', [
	['name', 'lastName', 'text'],
]);

const ACCOUNTS = oneWay('accounts', ['account', 'company', 'externalCompanyId'], 'acc00000', [
	['name', 'company', 'text'],
	['address1_city', 'billingCity', 'text'],
	['numberofemployees', 'employees', 'integer'],
	[OWNER.column, OWNER.field, 'id'],
]);
/** To which lane the rows of a table belong. */
const LANE_OF = new Map([ACCOUNTS, OWNERS].map(({ lane }) => [lane.tables[0]!.name, lane.id]));

const column = (name: string, type: ValueType): Column => ({
	name,
	label: name,
	type,
	canCreate: true,
	canUpdate: true,
	required: false,
});
const columnsOf = ({ pairs }: OneWay) => pairs.map(([name, , type]) => column(name, type));
const fieldsOf = ({ pairs, lane }: OneWay) => [
	...pairs.map(([, name, type]) => column(name, type)),
	column(lane.tables[0]!.idField, 'id'),
];
const mappingOf = ({ pairs, lane }: OneWay): LaneMapping => ({
	[lane.tables[0]!.name]: {
		rows: pairs.map(
			([one, other]): MappingRow => ({
				id: `${one}>${other}`,
				column: one,
				field: other,
				direction: 'toMarketo',
			}),
		),
		ifBothChanged: 'native',
		emptyValues: 'copy',
		findEdits: true,
	},
});

const TIMEOUT = 90_000;
/** Longest time after its time-out that a request can still take effect. */
const LANDS_WITHIN = 85_000;
/** What each call takes. */
const CALL_MS = 150;
/** Of a hundred gates, those at which an execution dies, and of a hundred calls, those whose answer is lost. */
const CRASHES = 2;
const LOST = 20;
const MOST_CYCLES = 30;
const STEPS_BETWEEN_ACTS = 100;
/**
 * Pages in a row after which a run counts as endless; a page may be as small as one row, and everything is read three
 * times: all, what was saved meanwhile, and what change tracking tells.
 */
const ENDLESS = 40;
const READS_OF_ALL = 3;

/** Users to sales persons and accounts to companies, which name them: beside the people and in the same ledger. */
export class OtherLanes {
	private readonly lanes: OneWayLane[];

	constructor(
		private readonly world: World,
		seed: number,
	) {
		const owners = new OneWayLane(world, seed + 1, OWNERS);
		this.lanes = [owners, new OneWayLane(world, seed, ACCOUNTS, owners)];
	}

	get areAtWork(): boolean {
		return this.lanes.some((one) => one.areAtWork);
	}

	/** They do a little, while others are at work. */
	async someSteps(): Promise<void> {
		for (const one of this.lanes) await one.someSteps();
	}

	async passTime(): Promise<void> {
		for (const one of this.lanes) await one.passTime();
	}

	/** No more edits and troubles: everything arrives, and nothing is written after that. */
	async judge(): Promise<void> {
		for (let cycle = 0; cycle < MOST_CYCLES; cycle++) await this.wholeRun(10 * 60_000);
		await this.retrySetAside();
		// What is compared by R55 below is filled as well: R39 does without.
		for (const one of this.lanes) one.judgeOwners();
		// R55: everybody has had a turn since the last edit.
		for (let days = 0; days < 2; days++) {
			await this.wholeRun(NORMAL_TIMING.day);
			for (let runs = 0; runs < 3; runs++) await this.wholeRun(NORMAL_TIMING.day / 24);
		}
		for (const one of this.lanes) await one.judge();
		await this.checkOwn();
	}

	/** R37: what has ended three pages alone waits for somebody to choose Retry. */
	private async retrySetAside(): Promise<void> {
		const { file } = this.world;
		const setAside = await file.db
			.selectFrom('queue')
			.select(['lane', 'subject'])
			.where('state', '=', 'help')
			.where('code', '=', 'endsItsPage')
			.where('lane', 'in', [...LANE_OF.values()])
			.execute();
		for (const { lane, subject } of setAside)
			await dueNow(this.world.ledgerFor(), file.db, lane, [subject]);
		for (let cycle = 0; setAside.length > 0 && cycle < 3; cycle++) await this.wholeRun(600_000);
	}

	private async wholeRun(after: number): Promise<void> {
		this.world.clock.advance(after);
		for (const one of this.lanes) await one.wholeRun();
	}

	/** R52: what belongs to one lane was never another's. */
	private async checkOwn(): Promise<void> {
		const { witness, file } = this.world;
		const belongs = (table: string, lane: string) =>
			lane === LANE_OF.get(table) || (!LANE_OF.has(table) && !this.isOne(lane));
		const links = await file.db.selectFrom('link').select(['id', 'lane', 'table_name']).execute();
		for (const { lane, table_name } of links)
			if (!belongs(table_name, lane))
				witness.accuse(`R52 a link of ${table_name} is in the lane ${lane}`);
		const laneOf = new Map(links.map(({ id, lane }) => [id, lane]));
		for (const { link, lane } of await file.db
			.selectFrom('plan')
			.select(['link', 'lane'])
			.execute())
			if (laneOf.get(link) !== lane) witness.accuse(`R52 a plan of ${lane} is another lane's`);
		for (const { subject, lane } of await file.db.selectFrom('queue').selectAll().execute())
			if (!belongs(subject.split(':')[0]!, lane))
				witness.accuse(`R52 ${subject} is due in the lane ${lane}`);
	}

	private isOne(lane: string): boolean {
		return [...LANE_OF.values()].includes(lane);
	}
}

/** One of them, with its own part of both systems. */
class OneWayLane {
	private readonly dice: Chance;
	private readonly dynamics: DynamicsSystem;
	private readonly table: string;
	private readonly setting: LaneSetting;
	/** By external id. */
	private readonly records = new Map<
		string,
		{ id: string; values: Record<string, Raw>; sentAt: number }
	>();
	private readonly worker: { now: Worker | null } = { now: null };
	/** How often somebody has put a value into a company, by row, field and value. */
	private readonly edits = new Map<string, number>();
	/** Its lane has run at least once. */
	private hasBegun = false;
	private rows = 0;
	private writes = 0;
	private areTroublesOver = false;

	constructor(
		private readonly world: World,
		seed: number,
		private readonly what: OneWay,
		/** Who writes the owners that its records name. */
		private readonly owners?: OneWayLane,
	) {
		this.table = what.lane.tables[0]!.name;
		this.setting = settingOf(what.lane.id);
		this.dice = new Chance(seed + 0xacc);
		this.dynamics = new DynamicsSystem(world.clock, {
			phonePlugIn: false,
			lateToken: world.habits.dynamics.lateToken,
			pageRows: world.habits.dynamics.pageRows,
		});
	}

	get areAtWork(): boolean {
		return this.worker.now !== null;
	}

	/** A page takes a hundred steps. */
	async someSteps(most = 4): Promise<void> {
		for (let steps = this.dice.below(most); steps > 0; steps--) await this.oneStep();
	}

	/** Somebody edits a row, or makes or deletes one; the lane's workflow is started now and then. */
	async passTime(): Promise<void> {
		for (let acts = 1 + this.dice.below(4); acts > 0; acts--) await this.act();
	}

	private async act(): Promise<void> {
		this.world.clock.advance(this.dice.below(20_000));
		const all = [...this.dynamics.rows.values()];
		const chosen = all[this.dice.below(Math.max(1, all.length))];
		if (!chosen || this.dice.yes(0.3)) this.makeRow();
		else if (this.dice.yes(0.15)) this.dynamics.remove(chosen);
		else if (this.dice.yes(0.2)) this.editRecord(chosen);
		else this.edit(chosen);
		if (!this.areAtWork && this.dice.yes(0.6)) await this.begin();
		await this.someSteps(STEPS_BETWEEN_ACTS);
	}

	async judge(): Promise<void> {
		const { witness } = this.world;
		const { lane, pairs } = this.what;
		const left = await this.leftAsTheyAre();
		for (const row of this.dynamics.rows.values()) {
			const record = this.records.get(row.id);
			if (!record) witness.accuse(`I1 ${this.table}:${row.id} never became a ${lane.object}`);
			for (const [name, field] of record ? pairs : []) {
				const [wanted, there] = [row.cells[name]?.value, record!.values[field]];
				const isRepeated = (this.edits.get(`${row.id} ${field} ${there}`) ?? 0) > 1;
				const mayDiffer =
					(isRepeated && left.has(`${row.id} ${field}`)) ||
					(field === OWNER.field && this.owners?.isMissing(wanted));
				if (normal(name, wanted) !== normal(name, there) && !mayDiffer)
					witness.accuse(
						`I1 ${this.table}:${row.id}.${name} ${wanted} and the ${lane.object}'s ${there} differ`,
					);
			}
		}
		const { writes } = this;
		await this.wholeRun();
		if (this.writes !== writes)
			witness.accuse(`I3 the lane of ${lane.id} wrote after it had come to rest`);
	}

	/** R39: whoever has come is named by all who have waited. */
	judgeOwners(): void {
		for (const row of this.owners ? this.dynamics.rows.values() : []) {
			const [wanted, there] = [
				row.cells[OWNER.column]?.value,
				this.records.get(row.id)?.values[OWNER.field],
			];
			if (!this.owners!.isMissing(wanted) && (wanted ?? null) !== (there ?? null))
				this.world.witness.accuse(`R39 ${this.table}:${row.id} has ${wanted}, and names ${there}`);
		}
	}

	/** R39: a reference waits as long as there is no such row; that of a deleted one, for ever. */
	private isMissing(id: Raw | undefined): boolean {
		return Boolean(id) && !this.dynamics.rows.has(`${this.table}:${String(id)}`);
	}

	/** What somebody has put in the place of our value a second time is left there (R55). */
	private async leftAsTheyAre(): Promise<Set<string>> {
		const rows = await this.world.file.db
			.selectFrom('held')
			.innerJoin('link', 'link.id', 'held.link')
			.select(['link.dynamics_id', 'held.field'])
			.where('held.lane', '=', this.what.lane.id)
			.where('held.state', '=', 'held')
			.execute();
		return new Set(rows.map(({ dynamics_id, field }) => `${dynamics_id} ${field}`));
	}

	/** The next one starts after whatever is on, and without troubles. */
	async wholeRun(): Promise<void> {
		this.areTroublesOver = true;
		await this.finish();
		if (!this.areAtWork) await this.begin();
		await this.finish();
	}

	private makeRow(): void {
		this.dynamics.create(this.table, this.idOf(++this.rows), this.typed());
	}

	private idOf(number: number): string {
		return `${this.what.ids}-0000-4000-8000-${String(number).padStart(12, '0')}`;
	}

	/** Any of its rows, also one that comes later or is gone. */
	private someId(dice: Chance): Raw {
		return dice.yes(0.2) ? null : this.idOf(1 + dice.below(this.rows + 2));
	}

	private edit(row: Row): void {
		const cells = Object.entries(this.typed());
		this.dynamics.save(row, Object.fromEntries([cells[this.dice.below(cells.length)]!]));
	}

	/** Somebody does in Marketo what is Dynamics' to do (R55). */
	private editRecord({ id }: Row): void {
		const company = this.records.get(id);
		const [column, field] = this.dice.pick([...this.what.pairs]);
		// Marketo itself lets nobody name an owner who is not there.
		if (!company || field === OWNER.field) return;
		const { value } = this.typed()[column]!;
		company.values[field] = value;
		const edit = `${id} ${field} ${value}`;
		this.edits.set(edit, 1 + (this.edits.get(edit) ?? 0));
	}

	private typed(): Cells {
		const value = (type: ValueType): Raw => {
			if (type === 'id') return this.owners!.someId(this.dice);
			if (type === 'integer') return this.dice.pick([0, null, 1, 200]);
			return this.dice.pick(['Acme', 'Contoso', null, `v${this.dice.below(100)}`]);
		};
		return Object.fromEntries(
			this.what.pairs.map(([name, , type]) => [name, { value: value(type), edit: NOBODYS }]),
		);
	}

	private async finish(): Promise<void> {
		while (this.areAtWork) await this.oneStep();
	}

	private async oneStep(): Promise<void> {
		const worker = this.worker.now;
		if (worker && !worker.isOver) await worker.step();
		if (worker?.isOver) this.worker.now = null;
	}

	/** The trigger looks, and starts an execution per page until nothing is left. */
	private async begin(): Promise<void> {
		const worker = (this.worker.now = new Worker());
		await worker.start(async () => {
			const { world } = this;
			const { lane } = this.what;
			const mapping = mappingOf(this.what);
			let look = await lookForWork(world.ledgerFor(), this.setting);
			this.hasBegun = true;
			for (let page = 0; look.do === 'page'; page++) {
				if (page > ENDLESS + READS_OF_ALL * this.rows) {
					world.witness.accuse(`I3 a run of the lane of ${lane.id} does not end`);
					return;
				}
				const { start, ref } = look;
				const execution = world.begin(
					false,
					() =>
						!this.areTroublesOver && this.dice.below(100) < CRASHES
							? { kind: 'crash' }
							: { kind: 'meanwhile', act: async () => await worker.turn() },
					[],
				);
				execution.node = lane.id;
				await execution.run(async () => {
					const ledger = world.ledgerFor(execution);
					const dynamics = this.dynamicsPort(execution);
					const marketo = this.marketoPort(execution);
					const rows = await readDynamicsPage(ledger, lane, start, mapping, dynamics);
					const fields = await readObjectPage(ledger, lane, start, rows, mapping, marketo);
					const resolved = await resolvePage(ledger, lane, {
						dynamicsItems: rows,
						marketoItems: fields,
						mapping,
					});
					await applyObjects(ledger, lane, resolved.toMarketo, marketo);
				});
				// Time has passed it by: whoever looks next takes the run over.
				if (execution.error && !(execution.error instanceof NotThisPage))
					world.witness.accuse(
						`${lane.id}: an execution threw ${String((execution.error as Error).stack ?? execution.error)}`,
					);
				look = await afterPage(world.ledgerFor(), this.setting, ref);
			}
		});
	}

	private dynamicsPort(execution: Execution): DynamicsPort {
		const { dynamics, world } = this;
		const read = async <T>(table: string, ask: () => T): Promise<T> => {
			if (table !== this.table)
				world.witness.accuse(`R52 the lane of ${this.table} reads ${table}`);
			await execution.gate(`${this.table}.read`);
			world.clock.advance(CALL_MS);
			return ask();
		};
		return {
			batchSize: 300,
			timeoutMs: TIMEOUT,
			url: 'https://simulation.test',
			whoAmI: async () => ({ user: OWN_USER, organization: 'simulation' }),
			describe: async () => columnsOf(this.what),
			remove: async () => {
				throw new Error('Of what goes one way nothing is deleted in Dynamics');
			},
			merge: async () => {
				throw new Error('Of what goes one way nothing is merged in Dynamics');
			},
			closedColumns: async () => new Map(),
			readChanges: async (table, columns, link, size) =>
				await read(table, () => dynamics.readChanges(table, columns, link, size)),
			readModifiedSince: async (table, columns, since, next, size) =>
				await read(table, () => dynamics.readModifiedSince(table, columns, since, next, size)),
			readBySavedParent: async () => {
				throw new Error('No column of a parent is mapped');
			},
			readByIds: async (table, columns, ids) =>
				await read(table, () => dynamics.readByIds(table, columns, ids)),
			readEach: async (table, columns, ids) =>
				await read(table, () => dynamics.readEach(table, columns, ids)),
			update: async (updates) => {
				world.witness.accuse(`R52 the lane of ${this.table} writes to Dynamics`);
				return updates.map(() => ({ kind: 'missing' }));
			},
		};
	}

	private marketoPort(execution: Execution): MarketoObjectPort {
		const { world } = this;
		// As this page has seen it: what it writes may land much later.
		const mayNameAnybody = !this.owners?.hasBegun;
		return {
			subscription: 'sim-subscription',
			batchSize: this.world.habits.batch,
			timeoutMs: TIMEOUT,
			describe: async () => fieldsOf(this.what),
			readById: async () => {
				throw new Error('All records here are found by the key of their row');
			},
			readByKey: async (_key, keys, fields) => {
				await execution.gate(`${this.table}.compare`);
				world.clock.advance(CALL_MS);
				return keys.flatMap((key) => {
					const company = this.records.get(key);
					if (!company) return [];
					const values = fields.map((name) => [name, company.values[name] ?? null] as const);
					return [{ id: company.id, values: Object.fromEntries(values) }];
				});
			},
			upsert: async (records, key): Promise<WriteOutcome[]> => {
				const isLost = !this.areTroublesOver && this.dice.below(100) < LOST;
				const sentAt = world.clock.now;
				const arrive = (): WriteOutcome[] =>
					records.map((one) => this.upsert(one, key, sentAt, mayNameAnybody));
				if (isLost) {
					// It lands later than its sender waits, or never.
					if (this.dice.yes(0.7))
						world.clock.at(sentAt + this.dice.below(TIMEOUT + LANDS_WITHIN), () => void arrive());
					await execution.gate(`${this.table}.upsert lost`);
					world.clock.advance(TIMEOUT);
					return records.map(() => ({ kind: 'unknown', reason: 'No answer' }));
				}
				const gate = execution.gate(`${this.table}.upsert`);
				if (execution.state !== 'running' && this.dice.yes(0.5)) arrive();
				await gate;
				if (world.clock.now - sentAt > TIMEOUT)
					return records.map(() => ({ kind: 'unknown', reason: 'No answer' }));
				const outcomes = arrive();
				world.clock.advance(CALL_MS);
				await execution.gate(`${this.table}.upsert answered`);
				return outcomes;
			},
			update: async (records) => this.isNotAsked('marks a record', records),
			remove: async (ids) => this.isNotAsked('deletes a record', ids),
		};
	}

	/** The mapping leaves what Marketo has of a deleted row as it is. */
	private isNotAsked(deed: string, records: unknown[]): WriteOutcome[] {
		this.world.witness.accuse(`R52 the lane of ${this.table} ${deed}`);
		return records.map(() => ({ kind: 'missing' }));
	}

	private upsert(
		record: Record<string, Raw>,
		key: string,
		sentAt: number,
		mayNameAnybody: boolean,
	): WriteOutcome {
		const { witness } = this.world;
		const { lane } = this.what;
		if (key !== lane.tables[0]!.idField || !record[key])
			witness.accuse(`R52 a ${lane.object} is written by ${key}`);
		const owner = this.owners && record[OWNER.field];
		if (owner && !this.owners!.records.has(String(owner))) {
			// Before its lane has run nobody knows which there are, and Marketo says so (R39).
			if (!mayNameAnybody)
				witness.accuse(`R39, I13 a ${lane.object} names the owner ${owner}, who is not there`);
			return { kind: 'missing', field: OWNER.field };
		}
		const external = String(record[key]);
		const there = this.records.get(external) ?? {
			id: `${lane.object}${this.records.size}`,
			values: {},
			sentAt,
		};
		// R17: who sends again has waited until what was not answered can arrive no more.
		if (sentAt < there.sentAt)
			witness.accuse(`R17 an older write of the ${lane.object} ${external} came after a newer one`);
		this.records.set(external, { ...there, sentAt, values: { ...there.values, ...record } });
		this.writes++;
		return { kind: 'ok', id: there.id };
	}
}

const settingOf = (lane: string): LaneSetting => ({
	lane,
	workflow: `wf-${lane}`,
	// Sooner than a lost write lands at the latest.
	interval: 15_000,
	owner: `n8n-${lane}`,
	pid: 1,
	isAlive: () => true,
});

/** Accounts are compared by value; nobody asks which act a value comes from. */
const NOBODYS: Edit = {
	id: 0,
	value: null,
	record: '',
	field: '',
	before: null,
	at: 0,
	carried: false,
	joined: [],
};

function normal(name: string, value: Raw | undefined): string | null {
	return meaning(name, 'dynamics', value);
}
