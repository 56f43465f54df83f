import { randomUUID } from 'node:crypto';
import type { MarketoInstance } from '../instance';
import { callService } from './callService';
import { callWebhook } from './callWebhook';
import { stepName, type Campaign, type Step } from './campaign';
import type { OpenChunks } from './openChunks';
import { pause, Slots } from './pace';
import { close, newReport, personState, type StepReport, type StepState } from './report';
import type { StepContext } from './stepContext';
import type { TokenScope, TriggerEvent } from './tokens';

/** How a campaign is run. */
export interface RunOrder {
	readonly campaign: Campaign;
	/** Ids of people, in the order they come. */
	readonly people: readonly number[];
	/** My tokens for this run, before those of the program. */
	readonly tokens: Readonly<Record<string, string>>;
	readonly trigger: TriggerEvent;
	/** Trigger campaigns: people who come per second; all at once when left out. */
	readonly ratePerSecond?: number;
	/** HTTP calls under way at the same time. */
	readonly concurrency: number;
	/** Batch campaigns: people of one invocation. */
	readonly chunkSize?: number;
	/** Scheme, host and port under which the twin is called back. */
	readonly origin: string;
}

/** Where a run happens. */
export interface RunPlace {
	readonly instance: MarketoInstance;
	readonly chunks: OpenChunks;
	readonly stop: AbortSignal;
	now(): number;
}

/** One run of a campaign: who is where. */
export class CampaignRun {
	readonly startedAt: number;
	finishedAt?: number;
	/** A mistake of the twin itself. */
	private mistake?: string;
	private readonly reports = new Map<number, StepReport[]>();
	private readonly slots: Slots;

	constructor(
		readonly id: number,
		readonly order: RunOrder,
		private readonly place: RunPlace,
	) {
		this.startedAt = place.now();
		this.slots = new Slots(order.concurrency);
		for (const person of order.people) this.reports.set(person, []);
	}

	/** Starts; the run goes on by itself. */
	start(): void {
		this.go().catch((error: unknown) => {
			this.mistake = error instanceof Error ? (error.stack ?? error.message) : String(error);
		});
	}

	/** Goes through the flow; ends when everybody is through. */
	private async go(): Promise<void> {
		const { campaign, ratePerSecond } = this.order;
		const people = [...this.reports.keys()];
		if (campaign.type === 'batch') {
			await this.flow(people);
		} else {
			const start = Date.now();
			const underWay: Array<Promise<void>> = [];
			for (const [index, person] of people.entries()) {
				if (ratePerSecond !== undefined) {
					await pause(start + (index * 1000) / ratePerSecond - Date.now(), this.place.stop);
				}
				if (this.place.stop.aborted) break;
				underWay.push(this.flow([person]));
			}
			await Promise.all(underWay);
		}
		if (!this.place.stop.aborted) this.finishedAt = this.place.now();
	}

	/** How the run stands. */
	summary() {
		const counts: Record<StepState, number> = { waiting: 0, done: 0, failed: 0, 'timed out': 0 };
		for (const id of this.reports.keys()) counts[this.stateOf(id)]++;
		return {
			id: this.id,
			campaign: this.order.campaign.name,
			type: this.order.campaign.type,
			state: this.finishedAt === undefined ? 'running' : 'done',
			startedAt: new Date(this.startedAt).toISOString(),
			...(this.finishedAt !== undefined && { finishedAt: new Date(this.finishedAt).toISOString() }),
			counts,
			...(this.mistake !== undefined && { mistake: this.mistake }),
		};
	}

	people() {
		return [...this.reports].map(([id, steps]) => ({ id, state: this.stateOf(id), steps }));
	}

	private stateOf(id: number): StepState {
		return personState(this.reports.get(id)!, this.order.campaign.steps.length);
	}

	/** One after the other, everybody through a step before the next; a failed step stops nobody. */
	private async flow(people: readonly number[]): Promise<void> {
		// A person of a trigger campaign is a campaign run of its own.
		const batchid = randomUUID();
		for (const [index, step] of this.order.campaign.steps.entries()) {
			if (this.place.stop.aborted) return;
			await this.takeStep(step, index + 1, people, batchid);
		}
	}

	private async takeStep(
		step: Step,
		number: number,
		people: readonly number[],
		batchid: string,
	): Promise<void> {
		const context = this.contextOf(number);
		const reports = new Map(people.map((id) => [id, newReport(number, step.kind, stepName(step))]));
		for (const [id, report] of reports) this.reports.get(id)!.push(report);
		const here = people.flatMap((id) => {
			const person = this.place.instance.people.get(id);
			if (!person)
				close(reports.get(id)!, 'failed', { error: 'There is no such person any more.' });
			return person ?? [];
		});
		if (step.kind === 'webhook') {
			await Promise.all(
				here.map(
					async (person) =>
						await callWebhook(step.webhook, person, reports.get(person.id)!, context),
				),
			);
			return;
		}
		const size =
			this.order.chunkSize ?? this.order.campaign.chunkSize ?? context.behaviour.chunkSize;
		const calls: Array<Promise<void>> = [];
		for (let from = 0; from < here.length; from += size) {
			const some = here.slice(from, from + size);
			const theirs = new Map(some.map(({ id }) => [id, reports.get(id)!]));
			const { chunks } = this.place;
			calls.push(
				callService(step.service, some, theirs, step.parameters, batchid, chunks, context),
			);
		}
		await Promise.all(calls);
	}

	private contextOf(step: number): StepContext {
		const { instance, stop, now } = this.place;
		const { campaign, trigger, tokens, origin } = this.order;
		const event = campaign.type === 'trigger' ? { trigger } : {};
		const tokenScope = (): TokenScope => ({
			ownerOf: (person) => instance.objects.ownerOf(person)?.values ?? {},
			people: instance.people,
			fields: instance.fields,
			campaign,
			myTokens: { ...campaign.tokens, ...tokens },
			...event,
			now: now(),
		});
		const { behaviour } = instance;
		return {
			instance,
			behaviour,
			campaign,
			runId: this.id,
			step,
			...event,
			slots: this.slots,
			stop,
			origin,
			now,
			tokenScope,
		};
	}
}
