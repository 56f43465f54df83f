import type { Ledger } from '../ledger/ledger';
import { lostBy, lostKey } from '../ledger/ownKey';
import type { Lane } from '../ledger/lanes';
import type { Db } from '../ledger/schema';
import { CannotDo } from '../cannotDo';

/**
 * R44: with another key than its own, a ledger cannot tell edits from old values. Nothing is kept of this
 * stop: it is over as soon as n8n has started with the right key, or somebody has adopted the present state.
 */
export async function keyStop(ledger: Ledger, db: Db = ledger.db): Promise<CannotDo | undefined> {
	return stopBy(await lostKey(ledger, db));
}

function stopBy(own: string | undefined): CannotDo | undefined {
	if (own === undefined) return undefined;
	return new CannotDo(
		`The key next to the sync's ledger (ledger.key) is not the one that it was made with (key ${own}): that file was lost, replaced or altered, and without it edits cannot be told from old values`,
		'Put the right file back and restart n8n, or choose Adopt Present State in the Marketo Dynamics Sync node',
	);
}

/** Why a lane stands still until somebody does something about it, and what; null while all is well. */
export async function whyStopped(
	ledger: Ledger,
	lane: Pick<Lane, 'stopped' | 'key'> | undefined,
	db: Db = ledger.db,
): Promise<string | null> {
	if (lane?.stopped) return lane.stopped;
	const stop = lane ? stopBy(lostBy(ledger, lane.key)) : await keyStop(ledger, db);
	return stop ? `${stop.message}. ${stop.remedy}` : null;
}
