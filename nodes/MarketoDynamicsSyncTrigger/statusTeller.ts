import type { IDataObject } from 'n8n-workflow';

import type { Ledger } from '../../sync/ledger/ledger';
import { gist, isNews } from '../../sync/operate/shownStatus';
import { statusOf } from '../../sync/operate/status';
import type { Look } from '../../sync/schedule/runs';

/** A table that says nothing new is renewed once in this, so that *asOf* is never older, and what is to be deleted from the tables goes. */
const RENEWED_MS = 24 * 3_600_000;

/**
 * Says when the table *Sync status* is no longer right: a run ended without a write, the sync waits, is paused, has
 * stopped, or goes on; and once a day. An idle round that changes nothing makes no execution, and asks the ledger nothing.
 */
export function statusTeller(
	ledger: Ledger,
	lane: string,
	emit: (item: IDataObject) => void,
): (look: Extract<Look, { do: 'wait' }>) => Promise<void> {
	let lastWhy: string | undefined;
	let lastTold: string | undefined;
	let toldAt = ledger.clock.now();
	return async ({ why, until }) => {
		const isDue = until !== null && until <= ledger.clock.now();
		const now = ledger.clock.now();
		const isOld = Math.abs(now - toldAt) >= RENEWED_MS;
		if ((why === lastWhy && !isOld) || isDue) return;
		lastWhy = why;
		const row = await statusOf(ledger, lane);
		const told = gist(row);
		if (!isOld && (told === lastTold || !(await isNews(ledger, row)))) return;
		lastTold = told;
		toldAt = now;
		emit({ kind: 'status', label: row.status });
	};
}
