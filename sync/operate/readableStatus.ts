import type { StatusRow } from './status';
import { counted } from './words';

/** A status row as people read it: what it does and what they have to do first, numbers of machinery last. */
export type ReadableStatus = StatusRow & {
	/** What waits for a person; empty where nothing does. */
	attention: string;
};

export function readableStatus(row: StatusRow): ReadableStatus {
	const { lane, status, asOf, notes, lastRun, lastRunEnded, nextRun, goesOnAt, ...numbers } = row;
	const { needHelp, heldFields, openQuestions, waiting, linkedInAll, ...rest } = numbers;
	const { marketoCallsToday, lagSeconds, ...ofTheRun } = rest;
	return {
		status,
		attention: attentionOf(row),
		notes,
		lastRun,
		lastRunEnded,
		nextRun,
		goesOnAt,
		needHelp,
		heldFields,
		openQuestions,
		waiting,
		linkedInAll,
		...ofTheRun,
		marketoCallsToday,
		lagSeconds,
		asOf,
		lane,
	};
}

/** `3 records need help; 1 question waits for an answer`. */
export function attentionOf({ needHelp, heldFields, openQuestions }: StatusRow): string {
	const parts = [
		...(needHelp > 0 ? [counted(needHelp, 'record needs help', 'records need help')] : []),
		...(heldFields > 0 ? [counted(heldFields, 'field is', 'fields are') + ' not synced'] : []),
		...(openQuestions > 0
			? [counted(openQuestions, 'question waits', 'questions wait') + ' for an answer']
			: []),
	];
	return parts.join('; ');
}
