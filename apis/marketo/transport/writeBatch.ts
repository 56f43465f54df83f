import { NoAnswer } from '../../wire/wire';
import type { Marketo } from '../client';
import { call } from './call';
import { MarketoProblem } from './errors';
import { LARGEST_INPUT_BYTES, RECORDS_PER_CALL } from './limits';
import {
	allOf,
	isUnclear,
	outcomesOf,
	refusedBy,
	type RawOutcome,
	type RecordOutcome,
} from './outcomes';
import type { MarketoRequest } from './request';

/** How to write a batch: everything but the records. */
export interface BatchWrite<Input extends object> {
	request: Pick<MarketoRequest, 'path' | 'timeoutMs' | 'permission'>;
	/** The request's body for these records. */
	body: (input: Input[]) => object;
	/**
	 * Marketo's "system error" (611) is also its answer to one record that it cannot digest. True where
	 * a second call cannot do harm (an update by id, a create that Marketo itself checks by key): the
	 * batch is then halved down to that record.
	 */
	mayHalve: boolean;
	/** One record that Marketo refuses may have it refuse the whole call, of which nothing is written then: it is found by halving. */
	halveRefused?: boolean;
}

/** Refused calls after which it is not one record that is at fault; halving 300 down to one takes nine. */
const MOST_REFUSED = 12;

/**
 * Writes records in calls of at most 300 and 1 MB; outcomes in the order of the records. A lost or
 * unclear answer makes the records of its call `unknown`, and they are not sent again. Once a call
 * has been made, whatever stops the following ones makes their records `again`.
 *
 * @throws MarketoProblem, NoAnswer (only: never arrived), SignInFailed, Cancelled where nothing was written
 */
export async function writeBatch<Input extends object>(
	marketo: Marketo,
	write: BatchWrite<Input>,
	input: Input[],
): Promise<RecordOutcome[]> {
	const outcomes: RecordOutcome[] = [];
	let refused = 0;
	const bounded: Bounded<Input> = { ...write, mayHalveRefused: () => ++refused <= MOST_REFUSED };
	for (const part of parts(input)) {
		outcomes.push(...(await writePart(marketo, bounded, part, outcomes.length > 0)));
	}
	return outcomes;
}

type Bounded<Input extends object> = BatchWrite<Input> & { mayHalveRefused(): boolean };

async function writePart<Input extends object>(
	marketo: Marketo,
	write: Bounded<Input>,
	part: Input[],
	othersWritten: boolean,
): Promise<RecordOutcome[]> {
	try {
		const { result } = await call<RawOutcome>(marketo, {
			...write.request,
			method: 'POST',
			body: write.body(part),
			effect: 'write',
		});
		return outcomesOf(part.length, result);
	} catch (cause) {
		if (mustHalve(cause, write)) return await halves(marketo, write, part, othersWritten, cause);
		if (isUnclear(cause)) {
			const reason = `${cause.message}; the write may have happened`;
			return allOf(part.length, { kind: 'unknown', reason });
		}
		if (!othersWritten || !(cause instanceof MarketoProblem || cause instanceof NoAnswer))
			throw cause;
		return allOf(part.length, { kind: 'again', reason: cause.message });
	}
}

async function halves<Input extends object>(
	marketo: Marketo,
	write: Bounded<Input>,
	part: Input[],
	othersWritten: boolean,
	cause: MarketoProblem,
): Promise<RecordOutcome[]> {
	const isOneAtFault = cause.reaction !== 'refused' || write.mayHalveRefused();
	if (part.length === 1 || !isOneAtFault) return allOf(part.length, refusedBy(cause));
	const middle = Math.ceil(part.length / 2);
	const first = await writePart(marketo, write, part.slice(0, middle), othersWritten);
	return [...first, ...(await writePart(marketo, write, part.slice(middle), true))];
}

function mustHalve<Input extends object>(
	cause: unknown,
	{ mayHalve, halveRefused }: BatchWrite<Input>,
): cause is MarketoProblem {
	if (!(cause instanceof MarketoProblem)) return false;
	const { code, reaction } = cause;
	if (reaction === 'tooLarge') return true;
	return (mayHalve && code === '611') || (halveRefused === true && reaction === 'refused');
}

/** At most 300 records and 1 MB of JSON each, in order. */
function parts<Input extends object>(input: Input[]): Input[][] {
	const found: Input[][] = [];
	let current: Input[] = [];
	let bytes = 0;
	for (const record of input) {
		const size = Buffer.byteLength(JSON.stringify(record)) + 1;
		if (
			current.length >= RECORDS_PER_CALL ||
			(current.length > 0 && bytes + size > LARGEST_INPUT_BYTES)
		) {
			found.push(current);
			current = [];
			bytes = 0;
		}
		current.push(record);
		bytes += size;
	}
	if (current.length > 0) found.push(current);
	return found;
}
