import { sleep } from 'n8n-workflow';

import { syncNow } from '../../../sync/schedule/runs';
import { whyStopped } from '../../../sync/schedule/keyStop';
import { findLane } from '../../../sync/ledger/lanes';
import { hasRunSince } from '../../../sync/ledger/runs';
import type { Ledger } from '../../../sync/ledger/ledger';

const LOOK_MS = 500;
/** Most webhook callers give up soon after. */
const LONGEST_MS = 120_000;

/**
 * Starts a run and waits for its end. A run that is on already began before the call, so its end is
 * waited for and another one is started. Returns false when two minutes were not enough, or when the
 * sync is paused or has stopped.
 */
export async function runToEnd(ledger: Ledger, lane: string): Promise<boolean> {
	const called = ledger.clock.now();
	while (ledger.clock.now() - called < LONGEST_MS) {
		if (await hasRunSince(ledger.db, lane, called)) return true;
		const present = await findLane(ledger.db, lane);
		if (present?.isPaused || (await whyStopped(ledger, present))) return false;
		if (!present?.run) await syncNow(ledger, lane);
		await sleep(LOOK_MS);
	}
	return false;
}
