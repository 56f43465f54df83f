import type { PeopleTable } from '../../sync/items';
import { answerRequests } from '../../sync/ledger/answers';
import type { PersonAction } from '../../sync/campaignActions/batch';
import { acceptRequests, endBatch, takeBatch } from '../../sync/ledger/requests';
import { syncPeople } from '../../sync/campaignActions/syncPeople';
import { Worker } from './worker';
import { faultsOf, isFault, takeTrouble, type Trouble } from './trouble';
import { Chance } from './world/chance';
import type { Execution, Mishap } from './world/execution';
import { LANE } from './world/fields';
import { dynamicsPort, marketoPort } from './world/ports';
import type { World } from './world/world';

/** A campaign sends people to *Sync Person to Dynamics*. */
export interface Ask {
	/** Each picks a person; negative: from the newest. */
	people: number[];
	as: PeopleTable;
	/** How often the call comes. */
	calls: number;
	/** Executions that start on it at the same time. */
	executions: number;
	/** They stay at work beside whatever comes next. */
	beside: boolean;
	/** `page` is the number of the execution. */
	troubles: Trouble[];
}

const RECEIVER = 'wf2:People to Sync';
const MOST_PEOPLE = 300;

/** People asked for at once: kept in the inbox, and worked on beside the pages and beside each other. */
export class Campaigns {
	private workers: Worker[] = [];
	private readonly dice: Chance;

	constructor(
		private readonly world: World,
		seed: number,
	) {
		this.dice = new Chance(seed + 0x5eed);
	}

	async ask({ people, as, calls, executions, beside, troubles }: Ask): Promise<void> {
		const { world } = this;
		const known = [...world.marketo.people.keys()];
		const asked = [
			...new Set(
				people.flatMap((which) => known.at(known.length > 0 ? which % known.length : 0) ?? []),
			),
		];
		if (asked.length === 0) return;
		world.say(`campaign asks for ${asked.join(' ')} as ${as}, ${calls} times`);
		for (let call = 0; call < calls; call++) {
			const accepted = await acceptRequests(
				world.ledgerFor(),
				RECEIVER,
				asked.map((person) => ({ service: 'webhook', person, campaign: '', parameters: { as } })),
			);
			if ('ids' in accepted) for (const id of accepted.ids) world.asked.add(id);
		}
		const share = Math.ceil((asked.length * calls) / executions);
		for (let n = 0; n < executions; n++)
			await this.start(
				share,
				troubles.filter((trouble) => trouble.page === n),
			);
		if (!beside) await this.finish();
	}

	/** Another execution for what waits in the inbox and is due. */
	async serve(): Promise<void> {
		await this.start(MOST_PEOPLE, []);
		await this.finish();
	}

	get areAtWork(): boolean {
		return this.atWork.length > 0;
	}

	/** Those at work do a little. */
	async someSteps(): Promise<void> {
		for (let steps = this.dice.below(4); steps > 0; steps--) await this.oneStep();
	}

	/** All come to an end, step by step, in any order. */
	async finish(): Promise<void> {
		while (this.areAtWork) await this.oneStep();
	}

	/** Those who were held up go on. */
	wake(): void {
		for (const worker of this.workers) worker.isHeldUp = false;
	}

	private async oneStep(): Promise<void> {
		const { atWork } = this;
		if (atWork.length > 0) await this.dice.pick(atWork).step();
		this.workers = this.workers.filter(({ isOver }) => !isOver);
	}

	private get atWork(): Worker[] {
		return this.workers.filter(({ isOver, isHeldUp }) => !isOver && !isHeldUp);
	}

	private async start(most: number, troubles: Trouble[]): Promise<void> {
		const { world } = this;
		const worker = new Worker();
		const rest = troubles.filter((one) => !isFault(one));
		const execution = world.begin(
			false,
			(one, label) => this.mishap(worker, rest, one, label),
			faultsOf(troubles),
		);
		execution.isAtOnce = true;
		this.workers.push(worker);
		await worker.start(async () => {
			let batch: string | null = null;
			await execution.run(async () => {
				const taken = await takeBatch(world.ledgerFor(), RECEIVER, most);
				batch = taken?.batch ?? null;
				if (taken)
					await this.work(
						execution,
						taken.items.map(({ request, id, values }) => ({
							request,
							person: id,
							syncAs: values.as as PeopleTable,
							owner: '',
							values: {},
						})),
					);
			});
			if (execution.error)
				world.witness.accuse(
					`at once: an execution threw ${String((execution.error as Error).stack ?? execution.error)}`,
				);
			if (execution.state === 'dead') await world.noteLinked(execution);
			// The trigger closes the batch, unless its process went down with the execution: then the batch's time runs out.
			if (batch && (execution.state === 'ended' || this.dice.yes(0.5)))
				await endBatch(world.ledgerFor(), batch, execution.state === 'ended' && !execution.error);
		});
	}

	private async work(execution: Execution, actions: PersonAction[]): Promise<void> {
		const { world } = this;
		const ledger = world.ledgerFor(execution);
		execution.node = 'at once';
		const ports = {
			dynamics: dynamicsPort(world, execution),
			marketo: marketoPort(world, execution),
		};
		const answers = await syncPeople(
			{ ledger, ...ports, definition: LANE, detectDuplicates: false },
			actions,
		);
		for (const { id, outcome, errorCode, reason } of answers)
			world.say(`  #${execution.id} ${id}: ${outcome} ${errorCode} ${reason}`);
		for (const { id, outcome, dynamicsTable, dynamicsId } of answers)
			if (outcome === 'linked' || outcome === 'created') {
				world.sawTogether(execution, `${dynamicsTable}:${dynamicsId}`, id);
				// Before that others cannot know.
				world.known.add(`${dynamicsTable}:${dynamicsId}`);
				if (outcome === 'linked') await world.checkReserved(id, `${dynamicsTable}:${dynamicsId}`);
			}
		const told = answers.filter(({ success }) => success !== null);
		await answerRequests(
			ledger,
			told.map(({ request, success, errorCode, reason }) => ({
				request: request!,
				answer: { success: success!, errorCode, reason, values: {} },
			})),
		);
	}

	private mishap(worker: Worker, troubles: Trouble[], execution: Execution, label: string): Mishap {
		const { world } = this;
		const turn: Mishap = { kind: 'meanwhile', act: async () => await worker.turn() };
		const trouble = takeTrouble(troubles, execution, label);
		if (!trouble) return turn;
		const { kind, a, b, c } = trouble;
		world.say(`${kind} at effect ${execution.effects} (${label}) of #${execution.id}`);
		if (kind === 'crash') return { kind };
		if (kind === 'stall') {
			worker.isHeldUp = true;
			return {
				kind: 'meanwhile',
				act: async () => {
					await world.noteLinked(execution);
					await worker.turn();
				},
			};
		}
		if (kind === 'row') world.newRow(b % 2 === 0 ? 'lead' : 'contact', [a, c, 1, 1, 1, c]);
		else if (kind === 'person') world.newPerson([a, b, c]);
		else if (kind === 'remove') world.remove(a);
		else world.edit(a, b, c);
		return turn;
	}
}
