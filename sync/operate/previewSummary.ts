import type { AllRecords, Changes, Side, WantedItem, WriteItem } from '../items';
import { BUDGETS } from '../ledger/pace';
import { OWN_FIELD } from '../ledger/plans';
import type { Draft } from '../page/plan';
import type { Resolved } from '../page/resolve';
import { counted } from './words';

/** Of each system: records that one call takes, or calls. */
export type PerCall = Record<Side, number>;

const SYSTEMS: Record<Side, string> = { dynamics: 'Dynamics 365', marketo: 'Marketo' };
const RECORDS: Record<string, [one: string, more: string]> = {
	person: ['person', 'people'],
	lead: ['lead', 'leads'],
	contact: ['contact', 'contacts'],
	company: ['company', 'companies'],
	salesPerson: ['sales person', 'sales persons'],
	marketoOpportunity: ['opportunity', 'opportunities'],
	opportunityRole: ['opportunity role', 'opportunity roles'],
};

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
	return {
		would: `${subject} would ${wouldDo(counts.linked, [...changesOf(drafts), ...createsOf(wanted)])}`,
		effort:
			calls &&
			`That takes about ${calls} and, at the pace of both systems, ${inTime(atPace(writes))} or more`,
		...toLookAt(conflicts.length, needsHelp.length),
	};
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
				.map(({ table, records }) => counted(records, ...(RECORDS[table] ?? [table, table])));
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

/** Empty where there are none. */
function callsInWords(calls: PerCall): string {
	const sides = (['marketo', 'dynamics'] as const).filter((side) => calls[side] > 0);
	return inOneList(sides.map((side) => `${counted(calls[side], 'call')} to ${SYSTEMS[side]}`));
}

/** How long calls take at the pace that each system allows, milliseconds. */
export function atPace(calls: Record<Side, number>): number {
	return (['marketo', 'dynamics'] as const).reduce(
		(sum, side) => sum + (calls[side] * BUDGETS[side].window) / BUDGETS[side].calls,
		0,
	);
}

const MINUTE = 60_000;

/** `1 second`, `12 minutes`, `3 hours`. */
function inTime(milliseconds: number): string {
	if (milliseconds < 2 * MINUTE)
		return counted(Math.max(1, Math.round(milliseconds / 1000)), 'second');
	if (milliseconds < 120 * MINUTE) return counted(Math.round(milliseconds / MINUTE), 'minute');
	return counted(Math.round(milliseconds / (60 * MINUTE)), 'hour');
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

function inOneList(parts: string[]): string {
	return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
