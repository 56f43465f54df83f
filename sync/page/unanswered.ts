import { fingerprintOf } from '../fingerprint';
import type { RecordItem, Side } from '../items';
import { known, stale, type Bases } from '../ledger/bases';
import type { Columns } from '../ledger/columns';
import type { Link } from '../ledger/links';
import { PUT_BACK, type Plan, type PlannedField } from '../ledger/plans';
import type { Page } from './page';
import { tableOf } from './tables';

/**
 * What became of one field of a write to Dynamics that was not answered, as far as the row tells (R15). The columns of
 * a write arrive together or not at all, so each is evidence for the others; who saved the row last is asked then.
 */
export type Fate =
	/** Its value was there; what stands there now may be a later edit. */
	| 'arrived'
	/** Nothing of it is left, and somebody else has saved the row since: taken for an edit that came after it. */
	| 'edited since'
	| 'not arrived'
	/** Nobody can tell: the base is lost. */
	| 'open';

/** What is known of the writes of a pair that were not answered. */
export interface Unanswered {
	/** Values that were sent and of which nobody knows yet what became of them, oldest first. */
	sent(side: Side, name: string): string[];
	/** Columns that are taken to have been edited after our value arrived there, though nothing proves that it did. */
	editedSince: ReadonlySet<string>;
}

/**
 * R15: a value of ours that was not answered and has arrived. The bases of both sides are what its answer would
 * have made of them: the source may have gone back to its old value since.
 */
export function judgeUnanswered(
	page: Page,
	link: Link,
	records: Record<Side, RecordItem | null>,
	plans: Plan[],
	bases: Record<Side, Bases>,
): Unanswered {
	const open: Array<[Side, string, string]> = [];
	const editedSince = new Set<string>();
	for (const plan of plans) {
		if (plan.state !== 'unknown') continue;
		const { side, fields } = plan;
		const fates = side === 'dynamics' ? fatesIn(page, link, plan, records.dynamics) : null;
		for (const [name, field] of Object.entries(fields)) {
			const { source, new: sent, row } = field;
			if (row === PUT_BACK) continue;
			const fate = fates ? fates.get(name) : undefined;
			const hasArrived = fates
				? fate === 'arrived' || fate === 'edited since'
				: isInMarketo(page, records.marketo, name, sent);
			if (source && hasArrived) {
				bases[side].set(name, known(sent));
				// A row that was not read may hold something else by now (R5).
				if (side === 'marketo') bases.dynamics.set(source.column, stale(source.value));
				else bases.marketo.set(source.column, known(source.value));
			}
			if (fate === 'edited since') editedSince.add(name);
			if (!fates || fate === 'open') open.push([side, name, sent]);
		}
	}
	return {
		sent: (side, name) =>
			open.filter(([to, field]) => to === side && field === name).map(([, , sent]) => sent),
		editedSince,
	};
}

/** Null: the row was not read. By column. */
function fatesIn(
	{ ledger, me, ...lane }: Page,
	link: Link,
	{ fields, version }: Plan,
	row: RecordItem | null,
): Map<string, Fate> | null {
	if (!row) return null;
	const { columns } = tableOf(lane, link.table);
	const stands = (name: string, field: PlannedField) =>
		standsAt(columns, name, row, field, (column) =>
			fingerprintOf(ledger.key, column, 'dynamics', row.values[name]),
		);
	const left = Object.entries(fields).flatMap(([name, field]) => {
		const at = stands(name, field);
		return at ? [{ name, at }] : [];
	});
	const fate =
		row.version === version ? () => 'not arrived' as const : fateOf(left, row.changedBy === me);
	return new Map(
		Object.keys(fields).map((name) => [name, fate(left.find((one) => one.name === name)?.at)]),
	);
}

/** What a column holds of what was sent to it: our value, the one before it, or another one. */
type At = 'new' | 'old' | 'other';

function standsAt(
	columns: Columns,
	name: string,
	row: RecordItem,
	field: PlannedField,
	print: (column: NonNullable<ReturnType<Columns['get']>>) => string,
): At | null {
	const column = columns.get(name);
	if (!column || row.values[name] === undefined) return null;
	const now = print(column);
	return now === field.new ? 'new' : now === field.old ? 'old' : 'other';
}

/** The row has been saved since it was written: by us last, or by somebody else (R16). */
function fateOf(left: Array<{ at: At }>, isOurs: boolean): (at: At | undefined) => Fate {
	const some = (what: At) => left.some(({ at }) => at === what);
	// The last save was our user's; where it is this write, what differs from it was made of it in that save.
	if (isOurs) {
		if (!some('new') && !some('other')) return () => 'not arrived';
		return (at) => (at === 'new' ? 'arrived' : 'open');
	}
	// R16: one value alone may be the same by somebody else's hand.
	if (some('new')) return () => (some('old') || left.length < 2 ? 'open' : 'arrived');
	return () => (some('old') ? 'not arrived' : 'edited since');
}

/** What Marketo's log has seen there was there, whatever a user has made of it since. */
function isInMarketo(
	{ ledger, fields }: Page,
	person: RecordItem | null,
	name: string,
	sent: string,
): boolean {
	const column = fields.get(name);
	if (!column || person?.values[name] === undefined) return false;
	const edits = (person.edits ?? []).filter(({ field }) => field === name);
	return [person.values[name], ...edits.flatMap(({ oldValue, newValue }) => [oldValue, newValue])]
		.map((value) => fingerprintOf(ledger.key, column, 'marketo', value))
		.includes(sent);
}
