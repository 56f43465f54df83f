import { runsSince, type RunCounts } from '../ledger/runs';
import type { Db } from '../ledger/schema';
import { laneName, PEOPLE } from './lanes';
import { attentionOf } from './readableStatus';
import type { StatusRow } from './status';
import { counted, moment } from './words';

/** A message without who gets it. */
export interface Message {
	subject: string;
	text: string;
}

const SYNC = 'Sync of Marketo and Dynamics 365';

export function stopMessage(row: StatusRow): Message {
	return {
		subject: `${nameOf(row)}: stopped`,
		text: paragraphs(
			sentence(row.status),
			'Nothing is lost: changes made in the meantime are read once it continues. You get no further message about this.',
			lastRunOf(row),
		),
	};
}

export function silenceMessage(row: StatusRow, since: number): Message {
	return {
		subject: `${nameOf(row)}: nothing finished since ${moment(since)}`,
		text: paragraphs(
			`No run of the sync has finished since ${moment(since)}. ${sentence(row.status)}`,
			row.goesOnAt ? `It continues by itself at ${moment(Date.parse(row.goesOnAt))}.` : '',
			'Nothing is lost: changes made in the meantime are read once it continues. You get no further message until a run has finished.',
			row.notes,
		),
	};
}

/** With the numbers of all runs until then: one that ended early was part of it. */
export async function firstRunMessage(db: Db, row: StatusRow, lane: string): Promise<Message> {
	const { counts } = await runsSince(db, lane, 0);
	const attention = attentionOf(row);
	return {
		subject: `${nameOf(row)}: first run done`,
		text: paragraphs(
			`The first run has read everything: ${doneInWords(lane, counts)}. From now on, only changes are read.`,
			attention ? `Needs attention: ${attention}.` : 'Nothing needs your attention.',
			row.notes,
		),
	};
}

/** How it goes, and what was done since the last digest. */
export async function digestMessage(
	db: Db,
	row: StatusRow,
	{ lane, since }: { lane: string; since: number },
): Promise<Message> {
	const { runs, early, counts } = await runsSince(db, lane, since);
	const attention = attentionOf(row);
	return {
		subject: `${nameOf(row)}: ${attention || firstWords(row.status)}`,
		text: paragraphs(
			sentence(row.status),
			`Since ${moment(since)}: ${counted(runs, 'run')}${early > 0 ? ` (${early} ended early)` : ''}; ${doneInWords(lane, counts)}.`,
			attention ? `Needs attention: ${attention}.` : 'Nothing needs your attention.',
			row.marketoCallsToday === null ? '' : `Calls to Marketo today: ${row.marketoCallsToday}.`,
			row.notes,
		),
	};
}

function doneInWords(lane: string, counts: RunCounts): string {
	const deleted = `${counted(counts.gone, 'record')} deleted`;
	if (lane !== PEOPLE)
		return `${counted(counts.created, 'record')} created and ${counts.toMarketo} updated in Marketo, ${deleted}`;
	return [
		`${counted(counts.linked, 'record')} linked`,
		`${counted(counts.created, 'person', 'people')} created`,
		`${counted(counts.toDynamics, 'record')} written in Dynamics`,
		`${counts.toMarketo} in Marketo`,
		counted(counts.conflicts, 'conflict'),
		deleted,
	].join(', ');
}

/** The people are what everybody means by the sync. */
function nameOf({ lane }: StatusRow): string {
	return lane === laneName(PEOPLE) ? SYNC : `${SYNC} (${lane})`;
}

function lastRunOf({ lastRunEnded }: StatusRow): string {
	return lastRunEnded ? `The last run ended at ${moment(Date.parse(lastRunEnded))}.` : '';
}

/** `Waiting`, of `Waiting: why`. */
function firstWords(status: string): string {
	return status.split(':')[0]!.toLowerCase();
}

function sentence(text: string): string {
	return /[.?!]$/.test(text) ? text : `${text}.`;
}

function paragraphs(...parts: string[]): string {
	return parts.filter(Boolean).join('\n\n');
}
