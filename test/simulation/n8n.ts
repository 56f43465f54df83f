import type { PageStart, PeopleTable, WantedItem } from '../../sync/items';
import {
	afterPage,
	heartbeat,
	lookForWork,
	type LaneSetting,
	type Look,
} from '../../sync/schedule/runs';
import { updateDynamics } from '../../sync/campaignActions/wanted';
import { applyMarketo } from '../../sync/page/apply';
import { waitFor } from '../../sync/page/turnedAway';
import { readDynamicsPage } from '../../sync/page/readDynamics';
import { readMarketoPage } from '../../sync/page/readMarketo';
import { resolvePage } from '../../sync/page/resolve';
import { ComeBackLater, SetUpProblem } from '../../sync/ports';
import { faultsOf, isFault, takeTrouble, type Trouble } from './trouble';
import type { Execution, Mishap } from './world/execution';
import { LANE } from './world/fields';
import { unlinkOne } from './world/life';
import { dynamicsPort, marketoPort } from './world/ports';
import type { World } from './world/world';

const INTERVAL = 5 * 60_000;
/** Pages in a row after which a run counts as endless. */
const ENDLESS = 60;
/** Pages in a row after which it is asked what they are for. */
const SOME_PAGES = 5;

/** Somebody who works beside the pages, from one gate to the next. */
export interface Beside {
	readonly areAtWork: boolean;
	someSteps(): Promise<void>;
}

/** n8n with the people workflow: the trigger's process, and the executions it starts. */
export class N8n {
	private process = 1;
	private readonly dead = new Set<number>();
	private readonly zombies: Execution[] = [];

	constructor(
		private readonly world: World,
		/** Who is at work beside the pages. */
		private readonly beside: Beside,
	) {}

	/** Waits until something is due, then works until nothing is left. */
	async cycle(troubles: Trouble[]): Promise<void> {
		const { world } = this;
		let look = await this.lookUntilDue();
		for (let page = 0; look.do === 'page'; page++) {
			if (page >= ENDLESS) {
				world.witness.accuse('I3 a run does not end');
				return;
			}
			const mine = troubles.filter((trouble) => trouble.page === page);
			const execution = this.begin(mine);
			const { ref } = look;
			const { whenMerged, whenPeopleMerged } = world.habits;
			const start = {
				...look.start,
				...(whenMerged && { whenMerged }),
				...(whenPeopleMerged && { whenPeopleMerged }),
			};
			execution.ref = world.openPage = ref;
			await execution.run(async () => await this.work(execution, start));
			if (execution.state !== 'ended' || execution.hasConflicts)
				await world.noteConflicts(execution);
			// It may have died right after the ledger had what it decided.
			if (!execution.hasDecided && (await world.isDecided(ref))) {
				execution.hasDecided = true;
				await this.noteDecided(execution);
			}
			await world.noteMissed();
			await world.noteNotKept();
			if (wantsSomebody(execution)) await world.noteLinked(execution);
			if (execution.error) world.say(`page ended: ${String(execution.error)}`);
			if (execution.error && !isExpected(execution.error))
				world.witness.accuse(
					`an execution threw ${String((execution.error as Error).stack ?? execution.error)}`,
				);
			if (execution.state === 'stalled') this.zombies.push(execution);
			if (this.processEnded) {
				this.processEnded = false;
				return;
			}
			world.openPage = null;
			if (page >= SOME_PAGES) await world.checkReadBoth(ref);
			look = await afterPage(world.ledgerFor(), this.setting(), ref);
			world.say(
				`after page: ${look.do === 'wait' ? look.why : 'next page'} ${await world.queued()}`,
			);
		}
	}

	/** A user retries an old execution from one of its nodes, with the items that n8n has stored. */
	async retry(which: number, node: number): Promise<void> {
		const { world } = this;
		const old = world.executions.filter((one) => one.items.start && !one.isReplay);
		const source = old[which % Math.max(1, old.length)];
		if (!source) return;
		const replay = world.begin(true, () => undefined, []);
		replay.ref = source.ref;
		replay.startedAt = world.clock.now + world.habits.hostSkew;
		for (const [record, cells] of source.readings) replay.readings.set(record, new Map(cells));
		for (const [person, row] of source.partners) replay.partners.set(person, row);
		world.say(`retry of execution #${source.id}`);
		await replay.run(async () => await this.workFrom(replay, source.items, node));
		await world.noteConflicts(replay);
	}

	/** Executions that stood still go on. */
	async wakeZombies(): Promise<void> {
		const { world } = this;
		for (const zombie of this.zombies.splice(0)) {
			world.say(`execution #${zombie.id} goes on`);
			await zombie.resume();
			this.processEnded = false;
			if (zombie.state === 'stalled') this.zombies.push(zombie);
			await world.noteConflicts(zombie);
			if (zombie.error) world.say(`  it ended: ${String(zombie.error)}`);
		}
	}

	private processEnded = false;

	private begin(troubles: Trouble[]): Execution {
		const { world } = this;
		const rest = troubles.filter((one) => !isFault(one));
		const mishapAt = (execution: Execution, label: string): Mishap | undefined => {
			const trouble = takeTrouble(rest, execution, label);
			if (!trouble)
				return this.beside.areAtWork
					? { kind: 'meanwhile', act: async () => await this.beside.someSteps() }
					: undefined;
			world.say(`${trouble.kind} at effect ${execution.effects} (${label}) of #${execution.id}`);
			return this.mishap(trouble);
		};
		const execution = world.begin(false, mishapAt, faultsOf(troubles));
		execution.startedAt = world.clock.now + world.habits.hostSkew;
		return execution;
	}

	private mishap(trouble: Trouble): Mishap {
		const { world } = this;
		switch (trouble.kind) {
			case 'crash':
				return { kind: 'crash' };
			case 'crashProcess':
				this.dead.add(this.process++);
				this.processEnded = true;
				return { kind: 'crash' };
			case 'stall':
				return { kind: 'stall' };
			case 'stallProcess':
				this.process++;
				this.processEnded = true;
				return { kind: 'stall' };
			case 'person':
				return {
					kind: 'meanwhile',
					act: () => void world.newPerson([trouble.a, trouble.b, trouble.c]),
				};
			case 'row':
				return {
					kind: 'meanwhile',
					act: () =>
						void world.newRow(trouble.b % 2 === 0 ? 'lead' : 'contact', [trouble.a, trouble.c]),
				};
			case 'remove':
				return { kind: 'meanwhile', act: () => world.remove(trouble.a) };
			case 'merge':
				return { kind: 'meanwhile', act: () => world.merge(trouble.a, trouble.b) };
			case 'mergeRows':
				return { kind: 'meanwhile', act: () => world.mergeRows(trouble.a, trouble.b) };
			case 'qualify':
				return { kind: 'meanwhile', act: () => world.qualify(trouble.a, trouble.b) };
			case 'filter':
				return { kind: 'meanwhile', act: () => world.turnFilter(trouble.a) };
			case 'unlink':
				return { kind: 'meanwhile', act: async () => await unlinkOne(world, trouble.a) };
			case 'resume':
				return { kind: 'meanwhile', act: async () => await this.wakeZombies() };
			default:
				return { kind: 'meanwhile', act: () => world.edit(trouble.a, trouble.b, trouble.c) };
		}
	}

	private async lookUntilDue(): Promise<Look> {
		const { world } = this;
		for (let tries = 0; ; tries++) {
			const look = await lookForWork(world.ledgerFor(), this.setting());
			if (look.do === 'page' || tries === 4) return look;
			const until =
				look.until === null ? world.clock.now + 200_000 : look.until - world.habits.hostSkew;
			world.clock.advance(Math.max(1000, until - world.clock.now));
		}
	}

	private async work(execution: Execution, start: PageStart): Promise<void> {
		execution.items.start = [start];
		await this.workFrom(execution, execution.items, 0);
	}

	/** The workflow from one of its nodes on; 0 is *Get Dynamics Changes*. */
	private async workFrom(
		execution: Execution,
		stored: Record<string, unknown[]>,
		node: number,
	): Promise<void> {
		const { world } = this;
		const mapping = (execution.mapping = world.habits.mapping);
		const ledger = world.ledgerFor(execution);
		const start = stored.start![0] as PageStart;
		const items = execution.items;
		const has = (name: string, at: number) => node > at && stored[name] !== undefined;
		items.start = [start];
		execution.node = 'get Dynamics';
		items.dynamics = has('dynamics', 0)
			? stored.dynamics!
			: handOn(
					await this.orWait(
						execution,
						async () =>
							await readDynamicsPage(ledger, LANE, start, mapping, dynamicsPort(world, execution)),
					),
				);
		await this.passTime(execution);
		execution.node = 'get Marketo';
		items.marketo = has('marketo', 1)
			? stored.marketo!
			: handOn(
					await this.orWait(
						execution,
						async () =>
							await readMarketoPage(
								ledger,
								LANE,
								start,
								items.dynamics!,
								mapping,
								marketoPort(world, execution),
							),
					),
				);
		await this.passTime(execution);
		execution.node = 'resolve';
		if (!has('toDynamics', 2)) {
			const resolved = await resolvePage(ledger, LANE, {
				dynamicsItems: items.dynamics,
				marketoItems: items.marketo,
				mapping,
			});
			execution.hasDecided = true;
			execution.hasConflicts = resolved.conflicts.length > 0;
			// By what the page has read: whoever makes rows unasked (R59) reads some of it again.
			if (execution.hasConflicts) await world.noteConflicts(execution);
			items.toDynamics = handOn(resolved.toDynamics);
			items.toMarketo = handOn(resolved.toMarketo);
			await this.noteDecided(execution);
		} else {
			items.toDynamics = stored.toDynamics!;
			items.toMarketo = stored.toMarketo!;
		}
		await this.passTime(execution);
		execution.node = 'update Dynamics';
		await updateDynamics(ledger, LANE, items.toDynamics, dynamicsPort(world, execution));
		await this.passTime(execution);
		execution.node = 'update Marketo';
		await applyMarketo(ledger, LANE, items.toMarketo, marketoPort(world, execution));
	}

	/** n8n takes its time from one node to the next; the trigger keeps the lease meanwhile (R40). */
	private async passTime({ ref }: Execution): Promise<void> {
		const { world } = this;
		if (world.habits.pause === 0) return;
		world.clock.advance(world.chance.below(world.habits.pause));
		if (ref === world.openPage)
			await heartbeat(world.ledgerFor(), this.setting(), world.openPage!.run);
	}

	/** What the nodes do when a vendor says "later": the lane waits, the execution ends. */
	private async orWait<T>(execution: Execution, work: () => Promise<T>): Promise<T> {
		try {
			return await work();
		} catch (error) {
			if (error instanceof ComeBackLater || error instanceof SetUpProblem)
				await waitFor(this.world.ledgerFor(execution), execution.ref!, error);
			throw error;
		}
	}

	/** Who belonged to whom in this page, and where both sides were seen to agree. */
	private async noteDecided(execution: Execution): Promise<void> {
		const { world } = this;
		const [, ...people] = execution.items.marketo!;
		if (people.length === 0) return;
		// Of several rows that knew a person, the one that is its partner comes last.
		const links = await world.file.db
			.selectFrom('link')
			.select(['table_name', 'dynamics_id', 'marketo_id', 'state'])
			.where('lane', '=', 'people')
			.orderBy((e) => e.case().when('state', '=', 'active').then(1).else(0).end())
			.execute();
		for (const link of links) {
			if (!link.marketo_id || link.state === 'secondary') continue;
			const row = `${link.table_name}:${link.dynamics_id}`;
			execution.partners.set(link.marketo_id, row);
			const left = execution.readings.get(row);
			const right = execution.readings.get(`person:${link.marketo_id}`);
			if (!left || !right || link.state !== 'active') continue;
			for (const { column, field } of execution.mapping![link.table_name as PeopleTable].rows) {
				const dynamics = left.get(column);
				const marketo = right.get(field);
				if (dynamics && marketo) world.witness.sawEqual(dynamics, marketo, { column, field });
			}
		}
	}

	private setting(): LaneSetting {
		return {
			lane: 'people',
			workflow: 'wf1',
			interval: INTERVAL,
			owner: `n8n${this.process}`,
			pid: this.process,
			isAlive: (pid) => !this.dead.has(pid),
		};
	}
}

/** R59: it may have linked somebody whom it was to make a row for. */
function wantsSomebody({ items }: Execution): boolean {
	return (items.toDynamics ?? []).some((item) => (item as WantedItem).kind === 'wanted');
}

function isExpected(error: unknown): boolean {
	const name = (error as Error).name;
	return (
		[
			'NotThisPage',
			'ComeBackLater',
			'SetUpProblem',
			'MassDelete',
			'OtherSync',
			'OtherSystem',
		].includes(name) ||
		error instanceof ComeBackLater ||
		(error as Error).constructor.name === 'NotThisPage'
	);
}

/** Items as the next node gets them: through n8n's store. */
function handOn<T>(items: T[]): T[] {
	return JSON.parse(JSON.stringify(items)) as T[];
}
