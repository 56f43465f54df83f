import { sleep } from 'n8n-workflow';

import type { Ledger } from '../../sync/ledger/ledger';
import { isAnyNewsDue, type NewsSetting } from '../../sync/operate/news';
import { findLane } from '../../sync/ledger/lanes';

export interface NewsWatchParts {
	ledger: Ledger;
	lane: string;
	workflow: string;
	/** What is published by now; null: nobody is told anything. */
	setting(): Promise<NewsSetting | null>;
	/** Milliseconds between two looks. */
	look: number;
	/** Starts the execution that tells it. */
	emit(): void;
	failed(error: Error): void;
}

/** News that nobody took are announced again after this long: the execution that should have told them failed. */
const AGAIN_MS = 15 * 60_000;

/** Looks whether people have to be told something that no change of status says: a long silence, a digest. */
export class NewsWatch {
	private stopped = false;
	private announcedAt = -Infinity;

	constructor(private readonly parts: NewsWatchParts) {}

	start(): void {
		void this.loop();
	}

	stop(): void {
		this.stopped = true;
	}

	private async loop(): Promise<void> {
		const { look, failed } = this.parts;
		while (!this.stopped) {
			await sleep(look);
			await this.round().catch(failed);
		}
	}

	/** One look. */
	async round(): Promise<void> {
		const { ledger, lane, setting, workflow, emit } = this.parts;
		const now = ledger.clock.now();
		// R41: of a sync that was taken over its new workflow tells.
		const own = (await findLane(ledger.db, lane))?.workflow;
		if (this.stopped || (own && own !== workflow)) return;
		const published = await setting();
		if (!published) return;
		if (!(await isAnyNewsDue(ledger, published))) this.announcedAt = -Infinity;
		else if (Math.abs(now - this.announcedAt) >= AGAIN_MS) {
			this.announcedAt = now;
			emit();
		}
	}
}
