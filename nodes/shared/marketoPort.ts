import { addSyncResults } from '../../apis/marketo/activities/syncResults';
import { readPersonChanges } from '../../apis/marketo/changes/readPersonChanges';
import type { Marketo } from '../../apis/marketo/client';
import { forgetPersonFields, personFields } from '../../apis/marketo/fields/personFields';
import { LOSERS_PER_CALL, mergePeople } from '../../apis/marketo/people/mergePeople';
import { readPeople } from '../../apis/marketo/people/readPeople';
import {
	createPeople,
	deletePeople,
	isAboutPartition,
	updatePeople,
} from '../../apis/marketo/people/syncLeads';
import { MarketoProblem } from '../../apis/marketo/transport/errors';
import { RECORDS_PER_CALL, TIMEOUT_MS } from '../../apis/marketo/transport/limits';
import { isSignInFailed } from '../../apis/wire/signIn';
import { NoAnswer, whileAllowed } from '../../apis/wire/wire';
import {
	ColumnGone,
	ComeBackLater,
	SetUpProblem,
	type MarketoPort,
	type MayStart,
	type WriteOutcome,
} from '../../sync/ports';
import { dayQuotaOf } from './dayQuota';
import { toColumn } from './marketoColumns';

/** Wait before a lane tries again that Marketo did not answer, in milliseconds. */
const UNAVAILABLE_MS = 60_000;

/** Codes of a call that names a field which Marketo does not have. */
const FIELD_GONE = ['1003', '1006'];

export interface MarketoPortOptions {
	/** Name of the partition in which people are created; without one Marketo's default. */
	partition?: string;
}

/**
 * Marketo as the sync engine sees it. All methods reject with `ComeBackLater` (quota, too many calls,
 * not available), `SetUpProblem` (a person has to change something) or `Cancelled`.
 *
 * An idle `readChanges({ since })` costs three calls; metadata is cached for an hour and more.
 */
export function marketoPort(marketo: Marketo, options: MarketoPortOptions = {}): MarketoPort {
	const { partition } = options;
	const inWords = async <Result>(work: Promise<Result>): Promise<Result> =>
		await inSyncWords(marketo, work);
	const writing = (mayStart?: MayStart): Marketo => ({
		...marketo,
		wire: whileAllowed(marketo.wire, mayStart),
	});
	return {
		subscription: marketo.subscription,
		quota: dayQuotaOf(marketo),
		batchSize: RECORDS_PER_CALL,
		mergeSize: LOSERS_PER_CALL,
		timeoutMs: TIMEOUT_MS.writePeople,
		describe: async () => (await inWords(personFields(marketo, 0))).map(toColumn),
		readChanges: async (from, fields, limit) =>
			await inWords(readPersonChanges(marketo, from, fields, limit)),
		readBy: async (filterField, values, fields, onRefused) =>
			await inWords(
				readPeople(
					marketo,
					filterField,
					values.filter(isAskable),
					fields,
					onRefused &&
						((value, { code, message: reason, remedy }) =>
							onRefused(value, { code, reason, remedy })),
				),
			),
		update: async (updates, mayStart) => await inWords(updatePeople(writing(mayStart), updates)),
		create: async (people, lookupField, mayStart) => {
			const created = createPeople(writing(mayStart), people, lookupField, partition);
			return (await inWords(created)).map((outcome) => inPartition(partition, outcome));
		},
		remove: async (ids, mayStart) => await inWords(deletePeople(writing(mayStart), ids)),
		merge: async (winner, losers, mayStart) =>
			await inWords(mergePeople(writing(mayStart), winner, losers)),
		logResults: async (entries) =>
			await inWords(
				addSyncResults(
					marketo,
					entries.map((entry) => ({ outcome: 'needs help', ...entry })),
				),
			),
	};
}

/** Where the partition is at fault: which it was, and where it is chosen. */
function inPartition(partition: string | undefined, outcome: WriteOutcome): WriteOutcome {
	if (outcome.kind !== 'refused' || !isAboutPartition(outcome.refusal.code)) return outcome;
	const name = partition ? `"${partition}"` : "Marketo's default";
	const why = {
		'1008': `The person was not created: Marketo has no partition ${name}, or the API user may not use it`,
		'1009': 'The person was not created: Marketo wants the partition to be named',
		'1010': `The person is in another partition than ${name}, and was not moved`,
	}[outcome.refusal.code];
	return {
		kind: 'refused',
		refusal: {
			code: outcome.refusal.code,
			reason: why ?? outcome.refusal.reason,
			remedy:
				'Choose the partition again under Options in Update Marketo, or give the API user access to it in Marketo, then choose Retry',
		},
	};
}

/**
 * Marketo cannot be asked for a value with a comma in it. It has no valid e-mail with one either, so
 * nobody is overlooked.
 */
function isAskable(value: string): boolean {
	return value !== '' && !value.includes(',');
}

/** A call whose failure is one that the engine knows what to do about. */
export async function inSyncWords<Result>(
	marketo: Marketo,
	work: Promise<Result>,
): Promise<Result> {
	return await work.catch((cause: unknown) => {
		throw forTheEngine(marketo, cause);
	});
}

function forTheEngine(marketo: Marketo, cause: unknown): unknown {
	if (isSignInFailed(cause)) return new SetUpProblem(cause.message, cause.remedy);
	if (cause instanceof NoAnswer) {
		return new ComeBackLater(
			`Marketo did not answer: ${cause.message}`,
			UNAVAILABLE_MS,
			'unavailable',
		);
	}
	if (!(cause instanceof MarketoProblem)) return cause;
	const { message, remedy, details, reaction, code } = cause;
	switch (reaction) {
		case 'quota':
			return new ComeBackLater(message, details.afterMs ?? UNAVAILABLE_MS, 'quota');
		case 'throttled':
			return new ComeBackLater(message, details.afterMs ?? UNAVAILABLE_MS, 'throttled');
		case 'again':
		case 'ambiguous':
			return new ComeBackLater(message, details.afterMs ?? UNAVAILABLE_MS, 'unavailable');
		default:
			// What Marketo refuses of a whole call is mostly a field that is gone: look at them anew.
			forgetPersonFields(marketo);
			return reaction === 'setUp' && FIELD_GONE.includes(code)
				? new ColumnGone(message, remedy)
				: new SetUpProblem(message, remedy);
	}
}
