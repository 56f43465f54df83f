import { inChunks } from '../../../lists/inChunks';
import { NoAnswer } from '../../wire/wire';
import type { Marketo } from '../client';
import { call } from '../transport/call';
import { MarketoProblem } from '../transport/errors';
import { TIMEOUT_MS } from '../transport/limits';
import {
	isUnclear,
	outcomesOf,
	refusedBy,
	type RawOutcome,
	type RecordOutcome,
} from '../transport/outcomes';

/** People whom one call merges at the most (developer guide, "Leads": merge; error 1080). */
export const LOSERS_PER_CALL = 25;

/**
 * Merges people into another one (Adobe: "Merge Leads"), for good: where the winner has nothing it takes over what a
 * loser has, and their activities. One outcome for all: what stops a call stops those after it.
 *
 * @throws MarketoProblem, NoAnswer (only: never arrived), SignInFailed, Cancelled where nobody was merged
 */
export async function mergePeople(
	marketo: Marketo,
	winner: string,
	losers: string[],
): Promise<RecordOutcome> {
	let merged = 0;
	for (const some of inChunks(losers, LOSERS_PER_CALL)) {
		const outcome = await mergeSome(marketo, winner, some, merged > 0);
		if (outcome.kind !== 'ok') return outcome;
		merged += some.length;
	}
	return { kind: 'ok', id: winner, created: false };
}

async function mergeSome(
	marketo: Marketo,
	winner: string,
	losers: string[],
	othersMerged: boolean,
): Promise<RecordOutcome> {
	try {
		const { result } = await call<RawOutcome>(marketo, {
			method: 'POST',
			path: `/rest/v1/leads/${encodeURIComponent(winner)}/merge.json`,
			query: { leadIds: losers.join(',') },
			timeoutMs: TIMEOUT_MS.writePeople,
			permission: 'Read-Write Lead',
			effect: 'write',
		});
		// Success has no result; too many losers do.
		const [first] = result;
		return first?.reasons ? outcomesOf(1, result)[0]! : { kind: 'ok', id: winner, created: false };
	} catch (cause) {
		if (isUnclear(cause))
			return { kind: 'unknown', reason: `${cause.message}; the merge may have happened` };
		// A call is about these people alone: what Marketo says of it, it says of them.
		if (cause instanceof MarketoProblem && cause.reaction === 'refused')
			return cause.code === '1004' ? { kind: 'missing' } : refusedBy(cause);
		if (!othersMerged || !(cause instanceof MarketoProblem || cause instanceof NoAnswer))
			throw cause;
		return { kind: 'again', reason: `${cause.message}; some of the people were merged` };
	}
}
