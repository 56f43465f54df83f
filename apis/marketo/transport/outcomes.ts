import { NoAnswer } from '../../wire/wire';
import {
	MarketoProblem,
	reactionToRecord,
	refusalOf,
	type MarketoReason,
	type MarketoRefusal,
} from './errors';

/** What became of one record of a write. */
export type RecordOutcome =
	| { kind: 'ok'; id: string; created: boolean }
	| { kind: 'refused'; refusal: MarketoRefusal }
	/** The record is not there, or what this field names. */
	| { kind: 'missing'; field?: string }
	/** It is there already, so it was not created. */
	| { kind: 'exists'; reason: string }
	/** Nothing was written; the same may pass later. */
	| { kind: 'again'; reason: string }
	/** No or no clear answer: it may have been written. */
	| { kind: 'unknown'; reason: string };

/** One entry of the `result` of a write. */
export interface RawOutcome {
	id?: number;
	marketoGUID?: string;
	status?: string;
	reasons?: MarketoReason[];
	/** Custom activities say `errors` where everything else says `reasons`. */
	errors?: MarketoReason[];
}

const DONE = new Set(['created', 'updated', 'deleted', 'added']);

/**
 * One outcome per record sent, in the order sent: people's results carry no other number. What the
 * answer says nothing about is unknown.
 */
export function outcomesOf(sent: number, results: RawOutcome[]): RecordOutcome[] {
	return Array.from({ length: sent }, (_, index) => outcomeOf(results[index]));
}

/** Of a call that wrote: nobody knows whether it did. */
export function isUnclear(cause: unknown): cause is Error {
	if (cause instanceof NoAnswer) return cause.reachedServer === 'maybe';
	return cause instanceof MarketoProblem && cause.reaction === 'ambiguous';
}

/** What Marketo says of a call, as it says it of a record. */
export function refusedBy({ code, message: reason, remedy }: MarketoProblem): RecordOutcome {
	return { kind: 'refused', refusal: { code, reason, remedy } };
}

/** The same outcome for every record of a call. */
export function allOf(sent: number, outcome: RecordOutcome): RecordOutcome[] {
	return Array.from({ length: sent }, () => outcome);
}

function outcomeOf(result: RawOutcome | undefined): RecordOutcome {
	if (!result) return { kind: 'unknown', reason: 'Marketo gave no result for this record' };
	if (result.status !== undefined && DONE.has(result.status)) {
		const id = result.id ?? result.marketoGUID?.trim() ?? '';
		return { kind: 'ok', id: String(id), created: result.status === 'created' };
	}
	const reason = (result.reasons ?? result.errors)?.[0];
	if (!reason) {
		return {
			kind: 'unknown',
			reason: `Marketo answered '${result.status ?? ''}' without a reason`,
		};
	}
	return outcomeOfReason(reason);
}

function outcomeOfReason(reason: MarketoReason): RecordOutcome {
	const refusal = refusalOf(reason);
	switch (reactionToRecord(reason)) {
		case 'missing':
			return { kind: 'missing' };
		case 'exists':
			return { kind: 'exists', reason: refusal.reason };
		case 'again':
			return { kind: 'again', reason: refusal.reason };
		default:
			return { kind: 'refused', refusal };
	}
}
