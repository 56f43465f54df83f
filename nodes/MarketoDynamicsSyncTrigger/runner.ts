import { sleep, type INodeExecutionData, type ITriggerFunctions } from 'n8n-workflow';

import {
	afterPage,
	heartbeat,
	isWorkedOff,
	lookForWork,
	type LaneSetting,
	type Look,
} from '../../sync/schedule/runs';
import type { Ledger } from '../../sync/ledger/ledger';

/** How n8n says that an execution has ended. */
type Done = NonNullable<Parameters<ITriggerFunctions['emit']>[2]>;

export interface RunnerParts {
	ledger: Ledger;
	setting: LaneSetting;
	/** Milliseconds between two looks into the ledger. */
	look: number;
	/** Longest time a page's execution may take before it counts as ended. */
	longestPage: number;
	emit(data: INodeExecutionData[][], done: Done): void;
	promise(): Done;
	/** Called before each page: what the workflow remembers of the ledger (R42). */
	remember(): Promise<void>;
	/** Nothing is due: called after each round. */
	waits(look: Extract<Look, { do: 'wait' }>): Promise<void>;
	/** A look that failed (disk full, ledger locked): said, and tried again with the next look. */
	failed(error: Error): void;
}

/** Looks into the ledger again and again; makes no execution unless a page is due. */
export class Runner {
	private stopped = false;

	constructor(private readonly parts: RunnerParts) {}

	start(): void {
		void this.loop();
	}

	/** Starts no further page. A page that is being worked on is still seen to its end, and closed. */
	stop(): void {
		this.stopped = true;
	}

	private async loop(): Promise<void> {
		while (!this.stopped) {
			try {
				await this.round();
			} catch (error) {
				this.parts.failed(error as Error);
			}
			await sleep(this.parts.look);
		}
	}

	/** One page after the other until the ledger says that nothing is left. */
	private async round(): Promise<void> {
		const { ledger, setting } = this.parts;
		let look: Look = await lookForWork(ledger, setting);
		while (look.do === 'page') {
			if (!this.stopped) await this.page(look);
			look = await afterPage(ledger, setting, look.ref, !this.stopped);
		}
		if (!this.stopped) await this.parts.waits(look);
	}

	/**
	 * Starts the page's execution and waits for its end, however it ends: a promise that rejects (a
	 * person pressed Stop) is an end too, and one that never settles is given up, soon where the page has nothing left
	 * to do: in queue mode a Redis that was gone for a moment tells nobody of the end. The truth is the ledger.
	 */
	private async page(look: Extract<Look, { do: 'page' }>): Promise<void> {
		const { ledger, setting } = this.parts;
		await this.parts.remember();
		const done = this.parts.promise();
		let ended = false;
		const end = done.promise.then(
			() => (ended = true),
			() => (ended = true),
		);
		this.parts.emit([[{ json: { ...look.start } }]], done);
		let givenUpAt = ledger.clock.now() + this.parts.longestPage;
		let isWaitedFor = true;
		while (!ended && ledger.clock.now() < givenUpAt) {
			await Promise.race([end, sleep(ledger.timing.heartbeat / 3)]);
			if (ended) return;
			if (!(await heartbeat(ledger, setting, look.ref.run))) return;
			if (!isWaitedFor || !(await isWorkedOff(ledger, look.ref))) continue;
			isWaitedFor = false;
			givenUpAt = Math.min(givenUpAt, ledger.clock.now() + ledger.timing.lease);
		}
	}
}
