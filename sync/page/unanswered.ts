import { fingerprintOf } from '../fingerprint';
import type { RecordItem, Side } from '../items';
import { baseOf, known, stale, unconfirmed, type Bases } from '../ledger/bases';
import type { Columns } from '../ledger/columns';
import { UNANSWERED } from '../ledger/due';
import type { Link } from '../ledger/links';
import { OWN_FIELD, PUT_BACK, type Plan, type PlannedField } from '../ledger/plans';
import type { Column, Raw } from '../values';
import type { Fate as Waits } from './accounts';
import type { Page } from './page';
import { isLikeSent } from './echo';
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
	/** The value before it stands there, and somebody else has saved the row for no other reason that can be seen: taken for not arrived. */
	| 'perhaps put back'
	/** Nobody can tell: the base is lost. */
	| 'open';

export type Unproven = Extract<Fate, 'edited since' | 'perhaps put back'>;

/** R17: an unanswered write is judged when its time is over; in Marketo, when the log was read past it. */
export function unansweredTooYoung(
	{ definition, now, readAt, log, ledger }: Page,
	plans: Plan[],
): Waits | null {
	const unanswered = plans.filter((plan) => plan.state === 'unknown');
	const judgedAt = Math.max(
		0,
		...unanswered.map((plan) => (plan.overAt ?? 0) + ledger.timing.unansweredGrace),
	);
	const isInLog = definition.twoWay && unanswered.some((plan) => plan.side === 'marketo');
	const readTo = isInLog ? log.readTo : readAt.dynamics;
	if (unanswered.length === 0 || judgedAt <= readTo) return null;
	const reason = 'Waiting to see whether a write arrived';
	return {
		do: 'wait',
		until: Math.max(judgedAt, now + 1),
		code: UNANSWERED,
		reason,
		unjudged: true,
	};
}

/** What is known of the writes of a pair that were not answered. */
export interface Unanswered {
	/** Values that were sent and of which nobody knows yet what became of them, oldest first. */
	sent(side: Side, name: string): string[];
	/** Of a write, as far as the records tell; absent: nobody can say. */
	readonly outcomes: ReadonlyMap<string, 'arrived' | 'not arrived'>;
	/** Columns whose last write may have been followed by an edit, though nothing proves it, and what was taken to be so. */
	readonly unproven: ReadonlyMap<string, Unproven>;
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
	const unproven = new Map<string, Unproven>();
	const outcomes = new Map<string, 'arrived' | 'not arrived'>();
	for (const plan of plans) {
		if (plan.state !== 'unknown') continue;
		const { side, fields } = plan;
		const fates =
			side === 'dynamics' ? fatesIn(page, link, plan, records.dynamics, bases.dynamics) : null;
		const ends = new Set<Fate | undefined>();
		for (const [name, field] of Object.entries(fields)) {
			const { source, new: sent, row } = field;
			if (row === PUT_BACK || row === OWN_FIELD) continue;
			const fate =
				side === 'marketo' ? fateInMarketo(page, records.marketo, name, field) : fates?.get(name);
			ends.add(fate);
			const hasArrived = fate === 'arrived' || fate === 'edited since';
			if (source && hasArrived) {
				// R14: as its answer would have left it.
				bases[side].set(name, side === 'marketo' ? unconfirmed(sent) : known(sent));
				// A row that was not read may hold something else by now (R5).
				if (side === 'marketo') bases.dynamics.set(source.column, stale(source.value));
				else bases.marketo.set(source.column, known(source.value));
			}
			if (fate === 'edited since' || fate === 'perhaps put back') unproven.set(name, fate);
			if (side === 'marketo' ? fate !== 'arrived' : !fates || fate === 'open')
				open.push([side, name, sent]);
		}
		if (ends.has('arrived')) outcomes.set(plan.id, 'arrived');
		else if (
			ends.size > 0 &&
			[...ends].every((end) => end === 'not arrived' || end === 'perhaps put back')
		)
			outcomes.set(plan.id, 'not arrived');
	}
	return {
		sent: (side, name) =>
			open.filter(([to, field]) => to === side && field === name).map(([, , sent]) => sent),
		unproven,
		outcomes,
	};
}

/** Null: the row was not read. By column. */
function fatesIn(
	{ ledger, me, ...lane }: Page,
	link: Link,
	{ fields, version }: Plan,
	row: RecordItem | null,
	bases: Bases,
): Map<string, Fate> | null {
	if (!row) return null;
	const { columns, live } = tableOf(lane, link.table);
	const print = (column: Column) =>
		fingerprintOf(ledger.key, column, 'dynamics', row.values[column.name]);
	const stands = (name: string, field: PlannedField) => standsAt(columns, name, row, field, print);
	const isEditedElsewhere = live.some(({ column }) => {
		const base = column.name in fields ? null : baseOf(bases, column.name);
		return base && row.values[column.name] !== undefined && print(column) !== base.hash;
	});
	const left = Object.entries(fields).flatMap(([name, field]) => {
		const at = stands(name, field);
		return at ? [{ name, at }] : [];
	});
	const fate =
		row.version === version
			? () => 'not arrived' as const
			: fateOf(left, row.changedBy === me, isEditedElsewhere);
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
	print: (column: Column) => string,
): At | null {
	const column = columns.get(name);
	if (!column || row.values[name] === undefined) return null;
	const now = print(column);
	return now === field.new ? 'new' : now === field.old ? 'old' : 'other';
}

/** The row has been saved since it was written: by us last, or by somebody else (R16). */
function fateOf(
	left: Array<{ at: At }>,
	isOurs: boolean,
	isEditedElsewhere: boolean,
): (at: At | undefined) => Fate {
	const some = (what: At) => left.some(({ at }) => at === what);
	// The last save was our user's; where it is this write, what differs from it was made of it in that save.
	if (isOurs) {
		if (!some('new') && !some('other')) return () => 'not arrived';
		return (at) => (at === 'new' ? 'arrived' : 'open');
	}
	// R16: one value alone may be the same by somebody else's hand.
	if (some('new')) return () => (some('old') || left.length < 2 ? 'open' : 'arrived');
	if (!some('old')) return () => 'edited since';
	// Another edit is what the row was saved for.
	const isExplained = isEditedElsewhere || some('other');
	return () => (isExplained ? 'not arrived' : 'perhaps put back');
}

/** What Marketo's log has seen there was there, whatever a user has made of it since. */
function fateInMarketo(
	{ ledger, fields }: Page,
	person: RecordItem | null,
	name: string,
	field: PlannedField,
): Fate | undefined {
	const { new: sent, old } = field;
	const column = fields.get(name);
	if (!column || person?.values[name] === undefined) return undefined;
	const print = (value: Raw) => fingerprintOf(ledger.key, column, 'marketo', value);
	const now = print(person.values[name]);
	const edits = (person.edits ?? []).filter(({ field }) => field === name);
	const seen = [now, ...edits.flatMap((edit) => [edit.oldValue, edit.newValue].map(print))];
	if (seen.includes(sent)) return 'arrived';
	// R14: what Marketo stores in a form of its own is nowhere as it was sent.
	const forms = [person.values[name] ?? null, ...edits.map(({ newValue }) => newValue)];
	if (forms.some((value) => print(value) !== old && isLikeSent(ledger, column, field, value)))
		return 'arrived';
	return edits.length === 0 && now === old ? 'not arrived' : 'open';
}
