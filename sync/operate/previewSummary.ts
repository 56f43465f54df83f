import type { Side, WriteItem } from '../items';
import { BUDGETS } from '../ledger/pace';
import { OWN_FIELD } from '../ledger/plans';
import type { Draft } from '../page/plan';
import type { Resolved } from '../page/resolve';
import { counted } from './words';

/** Records that one call of each system takes. */
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

/** What a previewed page would do, what it would take, and what a person has to look at. */
export function summaryOf(resolved: Resolved, perCall: PerCall): Summary {
	const { counts, drafts, conflicts, needsHelp, sample } = resolved;
	const subject =
		sample === null ? 'This page' : `Of ${counted(sample, 'linked record')} this field mapping`;
	const would = [
		...(counts.linked > 0 ? [`link ${counted(counts.linked, 'record')}`] : []),
		...changesOf(drafts, 'marketo'),
		...changesOf(drafts, 'dynamics'),
	];
	return {
		would: `${subject} would ${would.length > 0 ? inOneList(would) : 'change nothing'}`,
		effort: effortOf(resolved, perCall),
		conflicts: `${counted(conflicts.length, 'conflict')} to review`,
		needsHelp: `${counted(needsHelp.length, 'entry', 'entries')} under Needs Help`,
	};
}

/** Records of which people see something change; where only the sync's own fields are written, that is the link. */
function changesOf(drafts: Draft[], side: Side): string[] {
	const seen = drafts.filter(
		(draft) =>
			draft.side === side &&
			(draft.operation !== 'update' ||
				[...draft.fields.values()].some(({ row }) => row !== OWN_FIELD)),
	);
	return (['create', 'update', 'mark', 'delete'] as const).flatMap((operation) => {
		const alike = Map.groupBy(
			seen.filter((one) => one.operation === operation),
			({ table }) => table,
		);
		const records = [...alike].map(([table, all]) =>
			counted(all.length, ...(RECORDS[table] ?? [table, table])),
		);
		return records.length > 0 ? `${operation} ${records.join(' and ')} in ${SYSTEMS[side]}` : [];
	});
}

/** Calls of the writes, and how long these take at the pace that each system allows. */
function effortOf({ toDynamics, toMarketo }: Resolved, perCall: PerCall): string {
	const calls = {
		marketo: callsFor(toMarketo.filter(isWrite), perCall.marketo),
		dynamics: callsFor(toDynamics.filter(isWrite), perCall.dynamics),
	};
	const sides = (['marketo', 'dynamics'] as const).filter((side) => calls[side] > 0);
	if (sides.length === 0) return '';
	const words = sides.map((side) => `${counted(calls[side], 'call')} to ${SYSTEMS[side]}`);
	const milliseconds = sides.reduce(
		(sum, side) => sum + (calls[side] * BUDGETS[side].window) / BUDGETS[side].calls,
		0,
	);
	const seconds = Math.max(1, Math.round(milliseconds / 1000));
	return `That takes about ${inOneList(words)} and, at the pace of both systems, ${counted(seconds, 'second')} or more`;
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
