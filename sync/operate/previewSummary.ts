import { customObjectOf } from '../lanes/customTables';
import type { AllRecords, Changes, Side, WantedItem, WriteItem } from '../items';
import { OWN_FIELD } from '../ledger/plans';
import type { Draft } from '../page/plan';
import type { Resolved } from '../page/resolve';
import { atPace, callsInWords, inOneList, inTime, SYSTEMS, type PerCall } from './effort';
import { copyInWords } from './forecast';
import { counted } from './words';

const RECORDS: Record<string, [one: string, more: string]> = {
	person: ['person', 'people'],
	lead: ['lead', 'leads'],
	contact: ['contact', 'contacts'],
	company: ['company', 'companies'],
	salesPerson: ['sales person', 'sales persons'],
	marketoOpportunity: ['opportunity', 'opportunities'],
	opportunityRole: ['opportunity role', 'opportunity roles'],
};

function wordsFor(table: string): [one: string, more: string] {
	const custom = customObjectOf(table);
	if (custom !== null) return [`record of ${custom}`, `records of ${custom}`];
	return RECORDS[table] ?? [table, table];
}

/** What there is to say of a previewed page, sentence by sentence. */
export interface Summary {
	would: string;
	/** What the writes would take; empty where there are none. */
	effort: string;
	conflicts: string;
	needsHelp: string;
}

/** All of it in one text. */
export function inOneLine({ would, conflicts, needsHelp, effort }: Summary): string {
	return [would, conflicts, needsHelp, ...(effort ? [effort] : []), NOTHING_WRITTEN].join('. ');
}

export const NOTHING_WRITTEN = 'Nothing was written';

/** What a previewed page would do, what it would take, and what a person has to look at. */
export function summaryOf(resolved: Resolved, perCall: PerCall): Summary {
	const { counts, drafts, conflicts, needsHelp, sample } = resolved;
	const subject =
		sample === null ? 'This page' : `Of ${counted(sample, 'linked record')} this field mapping`;
	const wanted = resolved.toDynamics.filter(isWanted);
	const writes = {
		marketo: callsFor(resolved.toMarketo.filter(isWrite), perCall.marketo),
		// Dynamics is searched before anybody is created there.
		dynamics:
			callsFor(resolved.toDynamics.filter(isWrite), perCall.dynamics) +
			2 * Math.ceil(wanted.length / perCall.dynamics),
	};
	const calls = callsInWords(writes);
	const page =
		calls &&
		`That takes about ${calls} and, at the pace of both systems, ${inTime(atPace(writes))} or more`;
	const { copy, ofAll } = resolved;
	return {
		would: `${subject} would ${wouldDo(counts.linked, [...changesOf(drafts), ...createsOf(wanted)])}`,
		effort: [
			page,
			copy && copyInWords(copy.lane, copy.rows, copy.usage),
			sample !== null && ofAll > sample && allInWords(writes, sample, ofAll),
		]
			.filter(Boolean)
			.join('. '),
		...toLookAt(conflicts.length, needsHelp.length),
	};
}

/** Calls that read 300 linked records anew: the rows of 1,200 by id, and people by id and by what they may be found by. */
const READS: PerCall = { dynamics: 1 / 4, marketo: 2 };

/** What is linked besides the records that were looked at is taken to be like them. */
function allInWords(writes: PerCall, sample: number, ofAll: number): string {
	const of = (side: Side) =>
		Math.ceil((writes[side] * ofAll) / sample + (READS[side] * ofAll) / 300);
	const calls = { marketo: of('marketo'), dynamics: of('dynamics') };
	return `For all ${ofAll.toLocaleString('en-US')} linked records, if they are like these, about ${callsInWords(calls)} and ${inTime(atPace(calls))} or more`;
}

/** The same of all records, by a trial run. */
export function summaryOfAll(all: AllRecords): Summary {
	const { linked, changes, conflicts, needHelp, calls, milliseconds, stopped, far } = all;
	const whole = `Of all records this field mapping would ${wouldDo(linked, changes)}`;
	const part = `${far ? `Of ${far}` : 'As far as it got'} this field mapping would ${wouldDo(linked, changes)}. The preview ended early: ${stopped}`;
	const inWords = callsInWords(calls) || 'no calls';
	const effort = `That takes about ${inWords}, reading included, and ${inTime(milliseconds)} or more`;
	return {
		would: stopped === null ? whole : part,
		effort: `${effort}. What a system would refuse, and what is tried again later, is not included`,
		...toLookAt(conflicts, needHelp),
	};
}

function toLookAt(conflicts: number, needHelp: number): Pick<Summary, 'conflicts' | 'needsHelp'> {
	return {
		conflicts: `${counted(conflicts, 'conflict')} to review`,
		needsHelp: `${counted(needHelp, 'entry', 'entries')} under Needs Help`,
	};
}

function wouldDo(linked: number, changes: Changes[]): string {
	const parts = [
		...(linked > 0 ? [`link ${counted(linked, 'record')}`] : []),
		...(['marketo', 'dynamics'] as const).flatMap((side) => changesInWords(changes, side)),
	];
	return parts.length > 0 ? inOneList(parts) : 'change nothing';
}

function changesInWords(changes: Changes[], side: Side): string[] {
	return (['create', 'update', 'mark', 'merge', 'deactivate', 'delete'] as const).flatMap(
		(operation) => {
			const records = changes
				.filter((one) => one.side === side && one.operation === operation)
				.map(({ table, records }) => counted(records, ...wordsFor(table)));
			return records.length > 0 ? `${operation} ${records.join(' and ')} in ${SYSTEMS[side]}` : [];
		},
	);
}

/** Records of which people see something change; where only the sync's own fields are written, that is the link. */
function changesOf(drafts: Draft[]): Changes[] {
	const seen = drafts.filter(
		({ operation, fields }) =>
			operation !== 'update' || [...fields.values()].some(({ row }) => row !== OWN_FIELD),
	);
	const alike = Map.groupBy(seen, ({ side, operation, table }) => [side, operation, table].join());
	return [...alike.values()].map((all) => {
		const { side, operation, table } = all[0]!;
		return { side, operation, table, records: all.length };
	});
}

function createsOf(wanted: WantedItem[]): Changes[] {
	return [...Map.groupBy(wanted, ({ table }) => table)].map(([table, all]) => ({
		side: 'dynamics',
		operation: 'create',
		table,
		records: all.length,
	}));
}

export function isWanted(item: { kind: string }): item is WantedItem {
	return item.kind === 'wanted';
}

function isWrite(item: { kind: string }): item is WriteItem {
	return item.kind === 'write';
}

/** Creates and updates go out in calls of their own. */
function callsFor(writes: WriteItem[], perCall: number): number {
	const byOperation = Map.groupBy(writes, ({ operation }) => operation);
	return [...byOperation.values()].reduce((sum, all) => sum + Math.ceil(all.length / perCall), 0);
}
