import { sleep } from 'n8n-workflow';

import type { Ledger } from '../../sync/ledger/ledger';
import { acceptRequests, type Incoming } from '../../sync/ledger/requests';

/** Milliseconds in which calls are collected: one commit for all of them instead of one each. */
const COLLECT_MS = 4;

interface Waiting {
	incoming: Incoming;
	kept(id: string | undefined): void;
	failed(error: Error): void;
}

/** Keeps the people of calls that come at the same time in one transaction of the ledger. */
export class Collector {
	private waiting: Waiting[] = [];

	constructor(
		private readonly ledger: Ledger,
		private readonly receiver: string,
	) {}

	/** The id under which the person is durably kept; undefined when too many wait already. */
	async keep(incoming: Incoming): Promise<string | undefined> {
		return await new Promise((kept, failed) => {
			this.waiting.push({ incoming, kept, failed });
			if (this.waiting.length === 1) void this.commitSoon();
		});
	}

	private async commitSoon(): Promise<void> {
		await sleep(COLLECT_MS);
		const batch = this.waiting;
		this.waiting = [];
		try {
			const accepted = await acceptRequests(
				this.ledger,
				this.receiver,
				batch.map(({ incoming }) => incoming),
			);
			batch.forEach(({ kept }, index) => kept('ids' in accepted ? accepted.ids[index] : undefined));
		} catch (error) {
			for (const { failed } of batch) failed(error as Error);
		}
	}
}

const collectors = new Map<string, Collector>();

/** The one of this process for a receiver. */
export function collectorOf(ledger: Ledger, receiver: string): Collector {
	const name = `${ledger.id} ${receiver}`;
	let collector = collectors.get(name);
	if (!collector) {
		collector = new Collector(ledger, receiver);
		collectors.set(name, collector);
	}
	return collector;
}
