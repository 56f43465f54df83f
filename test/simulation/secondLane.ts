import { afterPage, lookForWork, type LaneSetting } from '../../sync/schedule/runs';
import { NotThisPage } from '../../sync/schedule/token';
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

/** All that the engine is told of this lane. */
const LANE: LaneDefinition = {
	id: 'accounts',
	object: 'company',
	tables: [
		{
			name: 'account',
			label: 'Account',
			needed: ['name'],
			names: ['name'],
			idField: 'externalCompanyId',
			native: { winner: 'dynamics', rule: 'Dynamics always wins' },
		},
	],
	twoWay: null,
};

const column = (name: string, type: ValueType): Column => ({
	name,
	label: name,
	type,
	canCreate: true,
	canUpdate: true,
	required: false,
});
const PAIRS = [
	['name', 'company', 'text'],
	['address1_city', 'billingCity', 'text'],
	['numberofemployees', 'employees', 'integer'],
] as const;
const COLUMNS = PAIRS.map(([name, , type]) => column(name, type));
const FIELDS = [
	...PAIRS.map(([, name, type]) => column(name, type)),
	column('externalCompanyId', 'id'),
];
const MAPPING: LaneMapping = {
	account: {
		rows: PAIRS.map(
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
};

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

/** Accounts to companies: a lane that goes one way, beside the people and in the same ledger. */
export class SecondLane {
	private readonly dice: Chance;
	private readonly dynamics: DynamicsSystem;
	/** By external id. */
	private readonly companies = new Map<
		string,
		{ id: string; values: Record<string, Raw>; sentAt: number }
	>();
	private readonly worker: { now: Worker | null } = { now: null };
	/** How often somebody has put a value into a company, by row, field and value. */
	private readonly edits = new Map<string, number>();
	private rows = 0;
	private writes = 0;
	private areTroublesOver = false;

	constructor(
		private readonly world: World,
		seed: number,
	) {
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

	/** It does a little, while others are at work; a page takes a hundred steps. */
	async someSteps(most = 4): Promise<void> {
		for (let steps = this.dice.below(most); steps > 0; steps--) await this.oneStep();
	}

	/** Somebody edits an account, or makes or deletes one; the lane's workflow is started now and then. */
	async passTime(): Promise<void> {
		for (let acts = 1 + this.dice.below(4); acts > 0; acts--) await this.act();
	}

	private async act(): Promise<void> {
		this.world.clock.advance(this.dice.below(20_000));
		const all = [...this.dynamics.rows.values()];
		const chosen = all[this.dice.below(Math.max(1, all.length))];
		if (!chosen || this.dice.yes(0.3)) this.makeAccount();
		else if (this.dice.yes(0.15)) this.dynamics.remove(chosen);
		else if (this.dice.yes(0.2)) this.editCompany(chosen);
		else this.edit(chosen);
		if (!this.areAtWork && this.dice.yes(0.6)) await this.begin();
		await this.someSteps(STEPS_BETWEEN_ACTS);
	}

	/** No more edits and troubles: everything arrives, and nothing is written after that. */
	async judge(): Promise<void> {
		this.areTroublesOver = true;
		for (let cycle = 0; cycle < MOST_CYCLES; cycle++) await this.wholeRun(10 * 60_000);
		// R55: everybody has had a turn since the last edit.
		for (let days = 0; days < 2; days++) {
			await this.wholeRun(NORMAL_TIMING.day);
			for (let runs = 0; runs < 3; runs++) await this.wholeRun(NORMAL_TIMING.day / 24);
		}
		const { witness } = this.world;
		const left = await this.leftAsTheyAre();
		for (const row of this.dynamics.rows.values()) {
			const company = this.companies.get(row.id);
			if (!company) witness.accuse(`I1 account:${row.id} never became a company`);
			for (const [name, field] of company ? PAIRS : []) {
				const [wanted, there] = [row.cells[name]?.value, company!.values[field]];
				const isRepeated = (this.edits.get(`${row.id} ${field} ${there}`) ?? 0) > 1;
				const mayDiffer = isRepeated && left.has(`${row.id} ${field}`);
				if (normal(name, wanted) !== normal(name, there) && !mayDiffer)
					witness.accuse(
						`I1 account:${row.id}.${name} ${wanted} and the company's ${there} differ`,
					);
			}
		}
		const { writes } = this;
		await this.begin();
		await this.finish();
		if (this.writes !== writes)
			witness.accuse('I3 the lane of accounts wrote after it had come to rest');
		await this.checkOwn();
	}

	/** What somebody has put in the place of our value a second time is left there (R55). */
	private async leftAsTheyAre(): Promise<Set<string>> {
		const rows = await this.world.file.db
			.selectFrom('held')
			.innerJoin('link', 'link.id', 'held.link')
			.select(['link.dynamics_id', 'held.field'])
			.where('held.lane', '=', LANE.id)
			.where('held.state', '=', 'held')
			.execute();
		return new Set(rows.map(({ dynamics_id, field }) => `${dynamics_id} ${field}`));
	}

	private async wholeRun(after: number): Promise<void> {
		this.world.clock.advance(after);
		await this.finish();
		if (!this.areAtWork) await this.begin();
		await this.finish();
	}

	/** R52: what belongs to one lane was never another's. */
	private async checkOwn(): Promise<void> {
		const { witness, file } = this.world;
		const links = await file.db.selectFrom('link').select(['id', 'lane', 'table_name']).execute();
		for (const { lane, table_name } of links)
			if ((lane === LANE.id) !== (table_name === 'account'))
				witness.accuse(`R52 a link of ${table_name} is in the lane ${lane}`);
		const laneOf = new Map(links.map(({ id, lane }) => [id, lane]));
		for (const { link, lane } of await file.db
			.selectFrom('plan')
			.select(['link', 'lane'])
			.execute())
			if (laneOf.get(link) !== lane) witness.accuse(`R52 a plan of ${lane} is another lane's`);
		for (const { subject, lane } of await file.db.selectFrom('queue').selectAll().execute())
			if ((lane === LANE.id) !== subject.startsWith('account:'))
				witness.accuse(`R52 ${subject} is due in the lane ${lane}`);
	}

	private makeAccount(): void {
		const id = `acc00000-0000-4000-8000-${String(++this.rows).padStart(12, '0')}`;
		this.dynamics.create('account', id, this.typed());
	}

	private edit(row: Row): void {
		const cells = Object.entries(this.typed());
		this.dynamics.save(row, Object.fromEntries([cells[this.dice.below(cells.length)]!]));
	}

	/** Somebody does in Marketo what is Dynamics' to do (R55). */
	private editCompany({ id }: Row): void {
		const company = this.companies.get(id);
		const [[column, field]] = [this.dice.pick([...PAIRS])];
		if (!company) return;
		const { value } = this.typed()[column]!;
		company.values[field] = value;
		const edit = `${id} ${field} ${value}`;
		this.edits.set(edit, 1 + (this.edits.get(edit) ?? 0));
	}

	private typed(): Cells {
		const value = (type: ValueType): Raw =>
			type === 'integer'
				? this.dice.pick([0, null, 1, 200])
				: this.dice.pick(['Acme', 'Contoso', null, `v${this.dice.below(100)}`]);
		return Object.fromEntries(
			PAIRS.map(([name, , type]) => [name, { value: value(type), edit: NOBODYS }]),
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
			let look = await lookForWork(world.ledgerFor(), SETTING);
			for (let page = 0; look.do === 'page'; page++) {
				if (page > ENDLESS + READS_OF_ALL * this.rows) {
					world.witness.accuse('I3 a run of the lane of accounts does not end');
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
				execution.node = 'accounts';
				await execution.run(async () => {
					const ledger = world.ledgerFor(execution);
					const dynamics = this.dynamicsPort(execution);
					const marketo = this.marketoPort(execution);
					const rows = await readDynamicsPage(ledger, LANE, start, MAPPING, dynamics);
					const fields = await readObjectPage(ledger, LANE, start, rows, MAPPING, marketo);
					const resolved = await resolvePage(ledger, LANE, {
						dynamicsItems: rows,
						marketoItems: fields,
						mapping: MAPPING,
					});
					await applyObjects(ledger, LANE, resolved.toMarketo, marketo);
				});
				// Time has passed it by: whoever looks next takes the run over.
				if (execution.error && !(execution.error instanceof NotThisPage))
					world.witness.accuse(
						`accounts: an execution threw ${String((execution.error as Error).stack ?? execution.error)}`,
					);
				look = await afterPage(world.ledgerFor(), SETTING, ref);
			}
		});
	}

	private dynamicsPort(execution: Execution): DynamicsPort {
		const { dynamics, world } = this;
		const read = async <T>(table: string, ask: () => T): Promise<T> => {
			if (table !== 'account') world.witness.accuse(`R52 the lane of accounts reads ${table}`);
			await execution.gate('accounts.read');
			world.clock.advance(CALL_MS);
			return ask();
		};
		return {
			batchSize: 300,
			timeoutMs: TIMEOUT,
			url: 'https://simulation.test',
			whoAmI: async () => ({ user: OWN_USER, organization: 'simulation' }),
			describe: async () => COLUMNS,
			closedColumns: async () => new Map(),
			readChanges: async (table, columns, link, size) =>
				await read(table, () => dynamics.readChanges(table, columns, link, size)),
			readModifiedSince: async (table, columns, since, next, size) =>
				await read(table, () => dynamics.readModifiedSince(table, columns, since, next, size)),
			readByIds: async (table, columns, ids) =>
				await read(table, () => dynamics.readByIds(table, columns, ids)),
			readEach: async (table, columns, ids) =>
				await read(table, () => dynamics.readEach(table, columns, ids)),
			update: async (updates) => {
				world.witness.accuse('R52 the lane of accounts writes to Dynamics');
				return updates.map(() => ({ kind: 'missing' }));
			},
		};
	}

	private marketoPort(execution: Execution): MarketoObjectPort {
		const { world } = this;
		return {
			subscription: 'sim-subscription',
			batchSize: this.world.habits.batch,
			timeoutMs: TIMEOUT,
			describe: async () => FIELDS,
			readByKey: async (_key, keys, fields) => {
				await execution.gate('accounts.compare');
				world.clock.advance(CALL_MS);
				return keys.flatMap((key) => {
					const company = this.companies.get(key);
					if (!company) return [];
					const values = fields.map((name) => [name, company.values[name] ?? null] as const);
					return [{ id: company.id, values: Object.fromEntries(values) }];
				});
			},
			upsert: async (records, key): Promise<WriteOutcome[]> => {
				const isLost = !this.areTroublesOver && this.dice.below(100) < LOST;
				const sentAt = world.clock.now;
				const arrive = (): WriteOutcome[] => records.map((one) => this.upsert(one, key, sentAt));
				if (isLost) {
					// It lands later than its sender waits, or never.
					if (this.dice.yes(0.7))
						world.clock.at(sentAt + this.dice.below(TIMEOUT + LANDS_WITHIN), () => void arrive());
					await execution.gate('accounts.upsert lost');
					world.clock.advance(TIMEOUT);
					return records.map(() => ({ kind: 'unknown', reason: 'No answer' }));
				}
				const gate = execution.gate('accounts.upsert');
				if (execution.state !== 'running' && this.dice.yes(0.5)) arrive();
				await gate;
				if (world.clock.now - sentAt > TIMEOUT)
					return records.map(() => ({ kind: 'unknown', reason: 'No answer' }));
				const outcomes = arrive();
				world.clock.advance(CALL_MS);
				await execution.gate('accounts.upsert answered');
				return outcomes;
			},
			update: async (records) => this.isNotAsked('marks a company', records),
			remove: async (ids) => this.isNotAsked('deletes a company', ids),
		};
	}

	/** The mapping leaves what Marketo has of a deleted row as it is. */
	private isNotAsked(deed: string, records: unknown[]): WriteOutcome[] {
		this.world.witness.accuse(`R52 the lane of accounts ${deed}`);
		return records.map(() => ({ kind: 'missing' }));
	}

	private upsert(record: Record<string, Raw>, key: string, sentAt: number): WriteOutcome {
		const { witness } = this.world;
		if (key !== 'externalCompanyId' || !record[key])
			witness.accuse(`R52 a company is written by ${key}`);
		const external = String(record[key]);
		const company = this.companies.get(external) ?? {
			id: `c${this.companies.size}`,
			values: {},
			sentAt,
		};
		// R17: who sends again has waited until what was not answered can arrive no more.
		if (sentAt < company.sentAt)
			witness.accuse(`R17 an older write of the company ${external} came after a newer one`);
		this.companies.set(external, { ...company, sentAt, values: { ...company.values, ...record } });
		this.writes++;
		return { kind: 'ok', id: company.id };
	}
}

const SETTING: LaneSetting = {
	lane: LANE.id,
	workflow: 'wf-accounts',
	// Sooner than a lost write lands at the latest.
	interval: 15_000,
	owner: 'n8n-accounts',
	pid: 1,
	isAlive: () => true,
};

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
