import { afterPage, lookForWork, type LaneSetting } from '../../sync/schedule/runs';
import { NotThisPage } from '../../sync/schedule/token';
import { dueNow } from '../../sync/ledger/due';
import { NORMAL_TIMING } from '../../sync/ledger/ledger';
import type { DynamicsTable } from '../../sync/items';
import type { LaneMapping, MappingRow, WhenDeleted } from '../../sync/mapping';
import { applyObjects } from '../../sync/page/apply';
import { readObjectPage } from '../../sync/page/oneWay';
import { readDynamicsPage } from '../../sync/page/readDynamics';
import { resolvePage } from '../../sync/page/resolve';
import {
	isByKey,
	keyInId,
	type DynamicsPort,
	type DynamicsRow,
	type MarketoObjectPort,
	type WriteOutcome,
} from '../../sync/ports';
import type { Raw } from '../../sync/values';
import { Worker } from './worker';
import { Chance } from './world/chance';
import { DynamicsSystem, OWN_USER, type Row } from './world/dynamicsSystem';
import type { Cells, Edit } from './world/edits';
import type { Execution } from './world/execution';
import {
	columnsIn,
	fieldsIn,
	isOfPeople,
	MARK,
	OBJECTS,
	playedLanes,
	sourceIn,
	type LaneName,
	type PlayedColumn,
	type PlayedLane,
	type PlayedTable,
} from './world/lanes';
import { MarketoObjects, type StoredObject } from './world/marketoObjects';
import { DYNAMICS_URL, SUBSCRIPTION } from './world/ports';
import type { World } from './world/world';

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
/** What becomes of the record of a row that is deleted, by chance. */
const WHEN_DELETED: ReadonlyArray<WhenDeleted | undefined> = [
	undefined,
	{ do: 'delete' },
	{ do: 'delete' },
	{ do: 'mark', field: MARK },
];

/** What somebody does in a table of these lanes; `which` picks among what is there, as in the steps of people. */
export type OtherAct =
	| { act: 'make'; cells: Readonly<Record<string, Raw>> }
	| { act: 'edit'; which: number; cells: Readonly<Record<string, Raw>> }
	| { act: 'remove'; which: number }
	| { act: 'takeBack'; which: number };

/** What befalls a run, once: it dies at a gate, or a call of it gets no answer, and lands all the same. */
export interface Befalls {
	kind: 'crash' | 'lost';
	at: string;
}

/** Lanes that go one way, as they ship: beside the people and in the same ledger. */
export class OtherLanes {
	readonly lanes: readonly OtherLane[];
	readonly dynamics: DynamicsSystem;
	readonly marketo: MarketoObjects;

	constructor(
		readonly world: World,
		seed: number,
		names: readonly LaneName[],
		byHand = false,
	) {
		this.dynamics = new DynamicsSystem(world.clock, {
			phonePlugIn: false,
			lateToken: world.habits.dynamics.lateToken,
			pageRows: world.habits.dynamics.pageRows,
		});
		this.marketo = new MarketoObjects(world.marketo, OBJECTS);
		const played = playedLanes(names);
		this.lanes = played.map((one) => new OtherLane(this, one, seed, byHand));
	}

	/** The lane that writes the rows of a table; undefined for those of people, and where it is not lived. */
	laneOf(table: DynamicsTable): OtherLane | undefined {
		return this.lanes.find(({ own }) => own.name === table);
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

	/** By hand, in a directed history. */
	do(table: DynamicsTable, what: OtherAct): void {
		this.laneOf(table)!.do(what);
	}

	async run(name: LaneName, befalls?: Befalls): Promise<void> {
		const [played] = playedLanes([name]);
		await this.lanes.find((one) => one.played === played)!.wholeRun(befalls);
	}

	/** No more edits and troubles: everything arrives. */
	async arrive(cycles = MOST_CYCLES): Promise<void> {
		for (let cycle = 0; cycle < cycles; cycle++) await this.wholeRun(10 * 60_000);
		await this.retrySetAside();
	}

	/** R55: everybody has had a turn since the last edit. */
	async passDays(): Promise<void> {
		for (let days = 0; days < 2; days++) {
			await this.wholeRun(NORMAL_TIMING.day);
			for (let runs = 0; runs < 3; runs++) await this.wholeRun(NORMAL_TIMING.day / 24);
		}
	}

	/** R37: what has ended three pages alone waits for somebody to choose Retry. */
	private async retrySetAside(): Promise<void> {
		const { file } = this.world;
		const setAside = await file.db
			.selectFrom('queue')
			.select(['lane', 'subject'])
			.where('state', '=', 'help')
			.where('code', '=', 'endsItsPage')
			.where(
				'lane',
				'in',
				this.lanes.map(({ id }) => id),
			)
			.execute();
		for (const { lane, subject } of setAside)
			await dueNow(this.world.ledgerFor(), file.db, lane, [subject]);
		for (let cycle = 0; setAside.length > 0 && cycle < 3; cycle++) await this.wholeRun(600_000);
	}

	private async wholeRun(after: number): Promise<void> {
		this.world.clock.advance(after);
		for (const one of this.lanes) await one.wholeRun();
	}
}

/** One of them. */
export class OtherLane {
	/** The table whose rows are its own. */
	readonly own: PlayedTable;
	/** What becomes of the records of its deleted rows. */
	readonly whenDeleted: WhenDeleted | undefined;
	/** How often somebody has put a value into a record, by record, field and value. */
	readonly edits = new Map<string, number>();
	/** Rows that were deleted once. */
	readonly everGone = new Set<string>();
	/** Its lane has run at least once. */
	hasBegun = false;
	writes = 0;
	private readonly dice: Chance;
	private readonly setting: LaneSetting;
	private readonly worker: { now: Worker | null } = { now: null };
	private rows = 0;
	private areTroublesOver = false;
	private befalls: Befalls | undefined;

	constructor(
		private readonly all: OtherLanes,
		readonly played: PlayedLane,
		seed: number,
		byHand: boolean,
	) {
		const at = [...OBJECTS.keys()].indexOf(played.lane.object);
		this.own = played.tables.find(({ ids }) => ids)!;
		this.setting = settingOf(this.id);
		// Each its own; owners and companies have had theirs the other way round.
		this.dice = new Chance(seed + (at < 2 ? 1 - at : at) + 0xacc);
		if (played.isLively)
			this.whenDeleted = byHand
				? { do: 'delete' }
				: new Chance(seed + at + 0xde1e).pick(WHEN_DELETED);
	}

	get id(): string {
		return this.played.lane.id;
	}

	get object(): string {
		return this.played.lane.object;
	}

	/** What it writes names people. */
	get isOfPeople(): boolean {
		return Object.values(this.played.parents).some(({ object }) => object === 'person');
	}

	get areAtWork(): boolean {
		return this.worker.now !== null;
	}

	/** Rows of one of its tables, in Dynamics. */
	rowsOf({ name }: PlayedTable): Row[] {
		const source = sourceIn(this.played.lane, name);
		return [...this.all.dynamics.rows.values()].filter(({ table }) => table === source);
	}

	/** Columns that are played with: who names a row of a lane that is not lived names nobody. */
	columnsOf({ columns }: PlayedTable): PlayedColumn[] {
		return columns.filter(
			({ of }) => !of || of.some((table) => isOfPeople(table) || this.all.laneOf(table)),
		);
	}

	/** A page takes a hundred steps. */
	async someSteps(most = 4): Promise<void> {
		for (let steps = this.dice.below(most); steps > 0; steps--) await this.oneStep();
	}

	/** Somebody edits a row, or makes or deletes one; the lane's workflow is started now and then. */
	async passTime(): Promise<void> {
		this.keepWhole();
		for (let acts = 1 + this.dice.below(4); acts > 0; acts--) await this.act();
	}

	private async act(): Promise<void> {
		this.all.world.clock.advance(this.dice.below(20_000));
		const rows = this.rowsOf(this.own);
		const chosen = rows[this.dice.below(Math.max(1, rows.length))];
		if (this.played.isLively && this.dice.yes(0.15)) this.actLively(chosen);
		else if (!chosen || this.dice.yes(0.3)) this.makeRow();
		else if (this.dice.yes(0.15)) this.remove(chosen);
		else if (this.dice.yes(0.2)) this.editRecord(chosen);
		else this.edit(chosen);
		if (!this.areAtWork && this.dice.yes(0.6)) await this.begin();
		await this.someSteps(STEPS_BETWEEN_ACTS);
	}

	/** Somebody restores a row, closes one or opens it again, or deletes a record that only ties two others (R55). */
	private actLively(chosen: Row | undefined): void {
		const { dynamics, marketo } = this.all;
		switch (this.dice.below(3)) {
			case 0:
				return this.takeBack(this.dice.below(100));
			case 1:
				if (!chosen) return;
				dynamics.setState(chosen, chosen.state === 0 ? 1 : 0);
				this.say(`${chosen.state === 0 ? 'opens' : 'closes'} ${chosen.table}:${chosen.id}`);
				return;
			default: {
				const ties = this.isTie ? marketo.all(this.object) : [];
				const tie = ties[this.dice.below(Math.max(1, ties.length))];
				if (!tie) return;
				marketo.remove(this.object, tie, 'user');
				this.say(`deletes ${this.object} ${tie.id} in Marketo`);
			}
		}
	}

	/** Its records only tie others together. */
	get isTie(): boolean {
		return this.played.lane.tables.some(({ standsFor }) => standsFor);
	}

	do(what: OtherAct): void {
		if (what.act === 'make') return this.makeRow(asCells(what.cells));
		if (what.act === 'takeBack') return this.takeBack(what.which);
		const rows = this.rowsOf(this.own);
		const row = rows[what.which % Math.max(1, rows.length)];
		if (!row) return;
		if (what.act === 'remove') this.remove(row);
		else this.save(row, asCells(what.cells));
	}

	private save(row: Row, cells: Cells): void {
		this.all.dynamics.save(row, cells);
		this.say(`edits ${row.table}:${row.id} ${show(cells)}`);
	}

	/** As Dynamics does: who names a merged row names the one that stays, and who is nothing without a deleted one goes along. */
	keepWhole(): void {
		for (const row of this.rowsOf(this.own))
			for (const { name, of } of this.columnsOf(this.own)) {
				const goesWith = this.own.goesWith?.includes(name) ?? false;
				const id = row.cells[name]?.value;
				if (!of || !id || !(goesWith || of.some(isOfPeople))) continue;
				const there = this.rowNamed(of, id);
				if (there && there.master === null) continue;
				if (there) this.save(row, asCells({ [name]: there.master }));
				else if (goesWith) this.remove(row);
				else this.save(row, asCells({ [name]: null }));
				if (!there && goesWith) break;
			}
	}

	private rowNamed(of: readonly DynamicsTable[], id: Raw): Row | undefined {
		for (const table of of) {
			const { dynamics } = isOfPeople(table) ? this.all.world : this.all;
			const row = dynamics.rows.get(`${table}:${String(id)}`);
			if (row) return row;
		}
		return undefined;
	}

	private remove(row: Row): void {
		this.all.dynamics.remove(row);
		this.say(`deletes ${row.table}:${row.id}`);
		this.everGone.add(row.id);
	}

	private say(deed: string): void {
		this.all.world.say(`user ${deed}`);
	}

	private takeBack(which: number): void {
		const { bin } = this.all.dynamics;
		const mine = bin.filter(({ table }) => table === this.own.name);
		const row = mine[which % Math.max(1, mine.length)];
		if (!row || (this.own.goesWith ?? []).some((name) => !this.isThere(name, row))) return;
		this.all.dynamics.takeBack(bin.indexOf(row));
		this.say(`restores ${row.table}:${row.id}`);
	}

	private isThere(name: string, { cells }: Row): boolean {
		const { of } = this.own.columns.find((one) => one.name === name)!;
		const id = cells[name]!.value;
		return !id || this.rowNamed(of!, id) !== undefined;
	}

	/** The next one starts after whatever is on, and without troubles. */
	async wholeRun(befalls?: Befalls): Promise<void> {
		this.areTroublesOver = true;
		this.befalls = befalls;
		this.keepWhole();
		await this.finish();
		if (!this.areAtWork) await this.begin();
		await this.finish();
	}

	private makeRow(cells?: Cells): void {
		const id = this.idOf(++this.rows);
		const row = this.all.dynamics.create(this.own.name, id, cells ?? this.typed());
		this.say(`creates ${row.table}:${id} ${show(row.cells)}`);
	}

	private idOf(number: number): string {
		return `${this.own.ids}-0000-4000-8000-${String(number).padStart(12, '0')}`;
	}

	/** Any of its rows, also one that comes later or is gone. */
	private someId(dice: Chance): Raw {
		return dice.yes(0.2) ? null : this.idOf(1 + dice.below(this.rows + 2));
	}

	private edit(row: Row): void {
		const cells = Object.entries(this.typed());
		this.save(row, Object.fromEntries([cells[this.dice.below(cells.length)]!]));
	}

	/** Somebody does in Marketo what is Dynamics' to do (R55). */
	private editRecord({ id }: Row): void {
		const { marketo } = this.all;
		const records = marketo.all(this.object);
		const record = this.isTie
			? records[this.dice.below(Math.max(1, records.length))]
			: marketo.find(this.object, this.played.key[0]!, id);
		const { name, field } = this.dice.pick(this.columnsOf(this.own).filter((one) => one.field));
		// Marketo itself lets nobody name an owner who is not there.
		if (!record || field! in this.played.parents) return;
		const { value } = this.typed()[name]!;
		record.values[field!] = value;
		this.say(`edits ${this.object} ${record.id} ${JSON.stringify({ [field!]: value })}`);
		const edit = this.editOf(id, field!, value);
		this.edits.set(edit, 1 + (this.edits.get(edit) ?? 0));
	}

	/** By which an edit in Marketo is counted: rows that stand for one record share it. */
	editOf(row: string, field: string, value: Raw | undefined): string {
		return `${this.isTie ? '' : row} ${field} ${value}`;
	}

	private typed(): Cells {
		const columns = this.columnsOf(this.own);
		return asCells(Object.fromEntries(columns.map((one) => [one.name, this.value(one)])));
	}

	private value({ name, type, of, choices }: PlayedColumn): Raw {
		if (of) return this.someRow(name, of);
		if (choices) return this.dice.pick(choices);
		if (type === 'integer') return this.dice.pick([0, null, 1, 200]);
		return this.dice.pick(['Acme', 'Contoso', null, `v${this.dice.below(100)}`]);
	}

	private someRow(column: string, of: readonly DynamicsTable[]): Raw {
		const parents = of.some(isOfPeople)
			? [...this.all.world.dynamics.rows.values()].filter(({ table }) => of.includes(table))
			: undefined;
		const lane = this.all.laneOf(of[0]!);
		const rows = parents ?? (this.own.goesWith?.includes(column) ? lane!.rowsOf(lane!.own) : null);
		if (!rows) return lane!.someId(this.dice);
		if (this.dice.yes(0.1)) return null;
		return rows[this.dice.below(Math.max(1, rows.length))]?.id ?? null;
	}

	private async finish(): Promise<void> {
		while (this.areAtWork) await this.oneStep();
	}

	private async oneStep(): Promise<void> {
		const worker = this.worker.now;
		if (worker && !worker.isOver) await worker.step();
		if (worker?.isOver) this.worker.now = null;
	}

	private mapping(): LaneMapping {
		return Object.fromEntries(
			this.played.tables.map((table) => [
				table.name,
				{
					rows: this.columnsOf(table).flatMap(({ name, field }): MappingRow[] =>
						field ? [{ id: `${name}>${field}`, column: name, field, direction: 'toMarketo' }] : [],
					),
					ifBothChanged: 'native',
					emptyValues: 'copy',
					findEdits: true,
					...(this.whenDeleted && !this.isTie && { whenDeleted: this.whenDeleted }),
				} as const,
			]),
		);
	}

	/** The trigger looks, and starts an execution per page until nothing is left. */
	private async begin(): Promise<void> {
		const worker = (this.worker.now = new Worker());
		await worker.start(async () => {
			const { world } = this.all;
			const { lane } = this.played;
			const mapping = this.mapping();
			let look = await lookForWork(world.ledgerFor(), this.setting);
			this.hasBegun = true;
			for (let page = 0; look.do === 'page'; page++) {
				if (page > ENDLESS + READS_OF_ALL * this.all.dynamics.rows.size) {
					world.witness.accuse(`I3 a run of the lane of ${lane.id} does not end`);
					return;
				}
				const { start, ref } = look;
				const execution = world.begin(
					false,
					(_, label) =>
						this.isBefallen('crash', label) ||
						(!this.areTroublesOver && this.dice.below(100) < CRASHES)
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

	private isBefallen(kind: Befalls['kind'], at: string): boolean {
		const { befalls } = this;
		const isNow = befalls?.kind === kind && at.endsWith(befalls.at);
		if (isNow) this.befalls = undefined;
		return isNow;
	}

	private dynamicsPort(execution: Execution): DynamicsPort {
		const { dynamics, world } = this.all;
		const { lane, tables } = this.played;
		const read = async <T extends { rows: DynamicsRow[] }>(
			table: string,
			ask: () => T,
		): Promise<T> => {
			if (!tables.some(({ name }) => sourceIn(lane, name) === table))
				world.witness.accuse(`R52 the lane of ${lane.id} reads ${table}`);
			await execution.gate(`${table}.read`);
			world.clock.advance(CALL_MS);
			const answer = ask();
			for (const row of answer.rows) this.tell(row);
			return answer;
		};
		return {
			batchSize: 300,
			timeoutMs: TIMEOUT,
			url: DYNAMICS_URL,
			whoAmI: async () => ({ user: OWN_USER, organization: world.organization }),
			describe: async (table) => columnsIn(this.played, table),
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
				(await read(table, () => ({ rows: dynamics.readByIds(table, columns, ids) }))).rows,
			readEach: async (table, columns, ids) =>
				await read(table, () => dynamics.readEach(table, columns, ids)),
			update: async (updates) => {
				world.witness.accuse(`R52 the lane of ${lane.id} writes to Dynamics`);
				return updates.map(() => ({ kind: 'missing' }));
			},
		};
	}

	/** What Dynamics says of a row that nobody has typed. */
	private tell({ table, id, values }: DynamicsRow): void {
		const { lane, tables } = this.played;
		const { tells } = tables.find(({ name }) => sourceIn(lane, name) === table) ?? {};
		const row = this.all.dynamics.rows.get(`${table}:${id}`);
		if (tells && row)
			Object.assign(
				values,
				tells(row, (id) => this.rowNamed(['contact', 'lead'], id)?.table),
			);
	}

	private marketoPort(execution: Execution): MarketoObjectPort {
		const { world, marketo } = this.all;
		const { object } = this;
		// As this page has seen it: what it writes may land much later.
		const haveBegun = new Set(
			this.all.lanes.filter(({ hasBegun }) => hasBegun).map((one) => one.object),
		);
		const asRead = ({ id, values }: StoredObject, fields: string[]) => ({
			id,
			values: Object.fromEntries(fields.map((name) => [name, values[name] ?? null])),
		});
		return {
			subscription: SUBSCRIPTION,
			batchSize: world.habits.batch,
			timeoutMs: TIMEOUT,
			describe: async () => fieldsIn(this.played),
			readById: async (ids, fields) => {
				await execution.gate('compare');
				world.clock.advance(CALL_MS);
				return ids.flatMap((id) => {
					const record = marketo.find(object, 'id', id);
					return record ? [asRead(record, fields)] : [];
				});
			},
			readByKey: async (key, keys, fields) => {
				await execution.gate('compare');
				world.clock.advance(CALL_MS);
				return keys.flatMap((value) => {
					const record = marketo.find(object, key, value);
					return record ? [asRead(record, fields)] : [];
				});
			},
			upsert: async (records, key) =>
				await this.call(execution, 'upsert', records, (one, sentAt) =>
					this.upsert(one, key, sentAt, haveBegun),
				),
			update: async (records, key) =>
				await this.call(execution, 'mark', records, (one, sentAt) => this.mark(one, key, sentAt)),
			remove: async (ids) =>
				await this.call(execution, 'remove', ids, (id) => this.removeRecord(id)),
		};
	}

	/** A write call: it lands once, at the latest a while after its time-out, whatever became of its sender. */
	private async call<T>(
		execution: Execution,
		what: string,
		records: readonly T[],
		land: (record: T, sentAt: number) => WriteOutcome,
	): Promise<WriteOutcome[]> {
		const { world } = this.all;
		const unknown = (): WriteOutcome[] =>
			records.map(() => ({ kind: 'unknown', reason: 'No answer' }));
		const isBefallen = this.isBefallen('lost', what);
		const isLost = isBefallen || (!this.areTroublesOver && this.dice.below(100) < LOST);
		const sentAt = world.clock.now;
		const arrive = (): WriteOutcome[] => records.map((one) => land(one, sentAt));
		if (isLost) {
			// It lands later than its sender waits, or never.
			if (isBefallen || this.dice.yes(0.7))
				world.clock.at(sentAt + this.dice.below(TIMEOUT + LANDS_WITHIN), () => void arrive());
			await execution.gate(`${what} lost`);
			world.clock.advance(TIMEOUT);
			return unknown();
		}
		const gate = execution.gate(what);
		if (execution.state !== 'running' && this.dice.yes(0.5)) arrive();
		await gate;
		if (world.clock.now - sentAt > TIMEOUT) return unknown();
		const outcomes = arrive();
		world.clock.advance(CALL_MS);
		await execution.gate(`${what} answered`);
		for (const outcome of outcomes) {
			const record = outcome.kind === 'ok' && this.all.marketo.find(this.object, 'id', outcome.id);
			if (record) record.isTold = true;
		}
		return outcomes;
	}

	private upsert(
		record: Record<string, Raw>,
		key: string,
		sentAt: number,
		haveBegun: ReadonlySet<string>,
	): WriteOutcome {
		const { world, marketo } = this.all;
		const { lane, parents, key: whole } = this.played;
		if (key !== lane.tables[0]!.idField || whole.some((field) => !record[field]))
			world.witness.accuse(`R52 a ${lane.object} is written by ${key}`);
		const [missing] = marketo.missingIn(lane.object, record);
		if (missing !== undefined) {
			const parent = parents[missing]!;
			const isByRow = parent.by !== 'id' && !parent.isRequired;
			// Before its lane has run nobody knows which there are, and Marketo says so (R39).
			const mayNameAnybody = isByRow && !haveBegun.has(parent.object);
			if (!mayNameAnybody && !marketo.wasThere(parent, record[missing]!))
				world.witness.accuse(
					`R39, I13 a ${lane.object} names ${missing} ${record[missing]}, and none is there`,
				);
			return { kind: 'missing', ...(isByRow && { field: missing }) };
		}
		this.checkInOrder(marketo.alike(lane.object, record), sentAt);
		const { id } = marketo.write(lane.object, record, sentAt);
		world.say(`  ${lane.object} ${id} := ${JSON.stringify(record)}`);
		this.writes++;
		return { kind: 'ok', id };
	}

	private mark(record: Record<string, Raw>, key: string, sentAt: number): WriteOutcome {
		const { marketo, world } = this.all;
		if (this.whenDeleted?.do !== 'mark')
			world.witness.accuse(`R52 the lane of ${this.id} marks a record`);
		const there = marketo.find(this.object, key, record[key]);
		if (!there) return { kind: 'missing' };
		this.checkInOrder(there, sentAt);
		Object.assign(there.values, record);
		world.say(`  ${this.object} ${there.id} := ${JSON.stringify(record)}`);
		there.sentAt = sentAt;
		this.writes++;
		return { kind: 'ok', id: there.id };
	}

	private removeRecord(id: string): WriteOutcome {
		const { marketo, dynamics, world } = this.all;
		if (!this.isTie && this.whenDeleted?.do !== 'delete')
			world.witness.accuse(`R52 the lane of ${this.id} deletes a record`);
		const record = isByKey(id)
			? marketo.alike(this.object, keyInId(id, this.played.key[0]!))
			: marketo.find(this.object, 'id', id);
		if (!record) return { kind: 'missing' };
		if (marketo.isNeeded(this.object, record)) return { kind: 'again', reason: 'It is in use' };
		const row = String(record.values[this.played.key[0]!]);
		if (!this.isTie && dynamics.rows.has(`${this.own.name}:${row}`) && !this.everGone.has(row))
			world.witness.accuse(`R30 the ${this.object} of ${row} was deleted, and its row is there`);
		marketo.remove(this.object, record, 'sync');
		world.say(`  deleted ${this.object} ${id} of ${row}`);
		this.writes++;
		return { kind: 'ok', id };
	}

	/** R17: who sends again has waited until what was not answered can arrive no more; but two rows may have one tie. */
	private checkInOrder(there: StoredObject | undefined, sentAt: number): void {
		if (there && !this.isTie && sentAt < there.sentAt)
			this.all.world.witness.accuse(
				`R17 an older write of the ${this.object} ${there.id} came after a newer one`,
			);
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

/** What stands there is compared by value; nobody asks which act a value comes from. */
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

function show(cells: Cells): string {
	return JSON.stringify(
		Object.fromEntries(Object.entries(cells).map(([name, { value }]) => [name, value])),
	);
}

function asCells(values: Readonly<Record<string, Raw>>): Cells {
	return Object.fromEntries(
		Object.entries(values).map(([name, value]) => [name, { value, edit: NOBODYS }]),
	);
}
