import type { Lane } from '../ledger/lanes';

/** Pages that end without a commit before the next is halved, and that one record alone may end (R37). */
export const TRIES = 3;

/**
 * R37: pages in a row that were never committed. Once pages are halved, the next is but twice as large as the one
 * that passed: what ends them is mostly close by. Where a vendor asks to come back later, no record is at fault.
 */
export function crashesAfter(
	{ crashes, waitingFor, nextDue }: Pick<Lane, 'crashes' | 'waitingFor' | 'nextDue'>,
	isCommitted: boolean,
	now: number,
): number {
	if (isCommitted) return crashes < TRIES ? 0 : crashes - 1;
	return waitingFor !== null && nextDue > now ? crashes : crashes + 1;
}

/** Records of the next page, of `full` ones otherwise: down to one. */
export function roomAfter(crashes: number, full: number): number {
	return Math.max(1, Math.floor(full / 2 ** Math.max(0, crashes - TRIES + 1)));
}
