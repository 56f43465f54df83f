import { needsHelp } from '../ledger/help';
import { changeLane } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { dropMeta, metaValue, setMeta } from '../ledger/meta';
import { TRIES } from '../schedule/crashes';
import type { PageRef } from '../schedule/token';

interface Trial {
	subject: string;
	/** Pages that had ended without a commit when it was alone in one for the first time. */
	since: number;
}

/**
 * R37: a record that is alone in its page. True where three such pages have ended without a commit: it is left
 * out and needs help, and the lane goes on without it.
 */
export async function isSetAside(
	ledger: Ledger,
	{ lane, run }: PageRef,
	crashes: number,
	{ subject, label }: { subject: string; label?: string },
): Promise<boolean> {
	const { db } = ledger;
	const name = `onTrial.${lane}`;
	const known = JSON.parse((await metaValue(db, name)) ?? 'null') as Trial | null;
	const since = known?.subject === subject && known.since <= crashes ? known.since : crashes;
	if (crashes - since < TRIES) {
		await setMeta(db, name, JSON.stringify({ subject, since } satisfies Trial));
		return false;
	}
	await needsHelp(ledger, db, {
		lane,
		run,
		subject,
		label,
		code: 'endsItsPage',
		reason: `Each time the sync works on this record, its execution breaks off (tried ${TRIES} times on its own)`,
		remedy:
			'Look into the executions of the sync for the error, or check whether n8n ran out of memory, then choose Retry',
	});
	await dropMeta(db, name);
	await changeLane(db, lane, { crashes: 0 });
	return true;
}
