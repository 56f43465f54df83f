import { sleep, type INodeExecutionData, type IRun, type ITriggerFunctions } from 'n8n-workflow';

import { endBatch, isBatchOpen, keepBatch, takeBatch } from '../../sync/ledger/requests';
import type { Ledger } from '../../sync/ledger/ledger';
import { paceDelay } from '../../sync/ledger/pace';
import { forgetAnswered } from '../../sync/ledger/answers';
import { accepted, ANSWERED, notify, timesNotified, waitFor } from '../shared/signals';

/** How n8n says that an execution has ended. */
type Done = NonNullable<Parameters<ITriggerFunctions['emit']>[2]>;

export interface RunnerParts {
	ledger: Ledger;
	receiver: string;
	/** Milliseconds between two looks into the ledger, when nothing was accepted in this process. */
	look: number;
	/** Milliseconds in which calls that come together are taken together. */
	window: number;
	/** Longest time the execution of a batch may take before it counts as failed. */
	longestBatch: number;
	emit(data: INodeExecutionData[][], done: Done): void;
	promise(): Done;
	/** Sends callbacks that are due. */
	callBack(): Promise<unknown>;
	/** A look that failed (disk full, ledger locked): said, and tried again with the next look. */
	failed(error: Error): void;
}

/** Milliseconds between looks for callbacks that were refused before and are due again. */
const CALLBACK_LOOK_MS = 3_000;
const FORGET_EVERY_MS = 3_600_000;
/** Answered requests are kept for people who ask, and for invocations that come again. */
const KEEP_ANSWERED_MS = 30 * 24 * 3_600_000;

/** Hands accepted people to the workflow: one execution per batch, one batch after the other. */
export class Runner {
	private readonly over = new AbortController();

	constructor(private readonly parts: RunnerParts) {}

	start(): void {
		void this.workOnBatches();
		void this.callBackAndForget();
	}

	/** Takes no further batch. One that is being worked on is still seen to its end. */
	stop(): void {
		this.over.abort();
		notify(accepted(this.parts.receiver));
	}

	private async workOnBatches(): Promise<void> {
		const { receiver, look, window } = this.parts;
		while (!this.over.signal.aborted) {
			const times = timesNotified(accepted(receiver));
			try {
				while (!this.over.signal.aborted && (await this.nextBatch()));
			} catch (error) {
				this.parts.failed(error as Error);
			}
			if (await waitFor(accepted(receiver), times, look)) await sleep(window);
		}
	}

	private async callBackAndForget(): Promise<void> {
		const { ledger, callBack, failed } = this.parts;
		let forgotAt = 0;
		while (!this.over.signal.aborted) {
			await callBack().catch(failed);
			if (ledger.clock.now() - forgotAt > FORGET_EVERY_MS) {
				forgotAt = ledger.clock.now();
				await forgetAnswered(ledger, KEEP_ANSWERED_MS).catch(failed);
			}
			await sleep(CALLBACK_LOOK_MS, this.over.signal).catch(() => undefined);
		}
	}

	/** False when nobody waits. */
	private async nextBatch(): Promise<boolean> {
		const { ledger, receiver } = this.parts;
		// Each batch reads and writes Marketo once, however many people it has.
		await sleep(await paceDelay(ledger, 'marketo'), this.over.signal).catch(() => undefined);
		if (this.over.signal.aborted) return false;
		const taken = await takeBatch(ledger, receiver);
		if (!taken) return false;
		const done = this.parts.promise();
		let endedWell = false;
		try {
			this.parts.emit([taken.items.map((item) => ({ json: { ...item } }))], done);
			endedWell = await this.endedWell(done, taken.batch);
		} finally {
			await endBatch(ledger, taken.batch, endedWell);
			notify(ANSWERED);
		}
		return true;
	}

	/**
	 * Waits for the end of the execution, however it ends: one that a person stopped, or that n8n could not
	 * start, has not ended well. One that waits (a *Wait* node) has not ended; its people stay with it until
	 * they are answered. So does one whose end nobody tells: in queue mode a Redis that was gone for a moment may have
	 * forgotten it.
	 */
	private async endedWell(done: Done, batch: string): Promise<boolean> {
		const { ledger, longestBatch } = this.parts;
		let run: IRun | 'none' | undefined;
		const end = done.promise.then(
			(ended) => (run = ended ?? 'none'),
			() => (run = 'none'),
		);
		const givenUpAt = ledger.clock.now() + longestBatch;
		let openUntil = ledger.clock.now();
		while (ledger.clock.now() < givenUpAt) {
			const pause = sleep(Math.min(ledger.timing.heartbeat, ledger.timing.lease / 3));
			await (run === undefined ? Promise.race([end, pause]) : pause);
			if (run === 'none') return false;
			if (run !== undefined && run.status !== 'waiting') return run.status === 'success';
			if (await isBatchOpen(ledger.db, batch)) openUntil = ledger.clock.now();
			else if (run !== undefined || openUntil + ledger.timing.lease <= ledger.clock.now())
				return true;
			await keepBatch(ledger, batch);
		}
		return false;
	}
}
