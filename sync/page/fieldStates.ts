import { convert } from '../convert';
import { fingerprintOf } from '../fingerprint';
import type { FieldEdit, Side } from '../items';
import { baseOf, isStale } from '../ledger/bases';
import type { Plan, PlannedField } from '../ledger/plans';
import { normalForm } from '../normalForm';
import type { Raw } from '../values';
import { saysNothing, type FieldState } from './decide';
import { isLikeSent } from './echo';
import { editTime } from './editTimes';
import type { Pair } from './knownPair';
import { isShortened, isTidied } from './storedForm';
import type { LiveRow } from './tables';

export function dynamicsField(pair: Pair, live: LiveRow): FieldState {
	const { page, link, row, bases } = pair;
	const name = live.row.column;
	const base = baseOf(bases.dynamics, name);
	const unanswered = pair.unanswered.sent('dynamics', name);
	const value = row?.values[name] ?? null;
	const hash = row
		? fingerprintOf(page.ledger.key, live.column, 'dynamics', value)
		: (base?.hash ?? '');
	const movedUnanswered = unanswered.length > 0 && row?.version !== link.version;
	return {
		read: row !== null,
		value,
		hash,
		base: base?.hash ?? null,
		provisional: false,
		storedForm: false,
		unsure: false,
		leftByCreate: false,
		sent: unanswered,
		movedUnanswered,
		writtenByOther: unanswered.includes(hash) && row?.changedBy !== page.me,
		unproven: pair.unanswered.unproven.get(name) ?? null,
		logged: false,
		settling: false,
		lostTrack: hasLostTrack(pair, 'dynamics', name) || movedUnanswered,
		vouched:
			base?.kind === 'known' && !isStale(base) && unanswered.length === 0 && link.version !== null,
		stale: base !== null && isStale(base),
		changedAt: editTime(link.editTimes, 'dynamics', name, hash, row?.changedAt ?? null),
	};
}

export function marketoField(pair: Pair, live: LiveRow): FieldState {
	const { page, person, plans, bases } = pair;
	const name = live.row.field;
	const base = baseOf(bases.marketo, name);
	const suspect = base?.kind === 'unconfirmed' ? base.suspect : undefined;
	const isProvisional = base?.kind === 'unconfirmed';
	const unanswered = pair.unanswered.sent('marketo', name);
	const value = person.values[name] ?? null;
	const hash = fingerprintOf(page.ledger.key, live.field, 'marketo', value);
	const awaited = awaitedOf(plans, name);
	const edits = editsSince(pair, live, hash, awaited);
	const form = isProvisional ? storedForm(pair, live, edits, hash, awaited) : 'no';
	const leftByCreate =
		isProvisional &&
		!awaited &&
		hash !== base.hash &&
		base.hash === fingerprintOf(page.ledger.key, live.field, 'marketo', null);
	const settling = suspect?.hash !== hash || suspect.since > page.log.certainTo;
	return {
		read: true,
		value,
		hash,
		base: base?.hash ?? null,
		provisional: isProvisional,
		storedForm: form === 'yes',
		leftByCreate,
		notTaken: isProvisional && form === 'no' && isNotTaken(pair, live, edits, awaited),
		unsure:
			form === 'perhaps' ||
			(isProvisional && hash !== base.hash && edits.length === 0 && !settling && !leftByCreate),
		sent: unanswered,
		movedUnanswered:
			unanswered.length > 0 &&
			!isTold(pair, live, edits, hash, [base?.hash, ...unanswered]) &&
			(edits.length > 0 || (hash !== base?.hash && !unanswered.includes(hash))),
		writtenByOther: false,
		unproven: null,
		logged: edits.length > 0,
		settling,
		lostTrack: hasLostTrack(pair, 'marketo', name) || unanswered.length > 0,
		emptiedSince: isEmptiedSince(pair, live, value),
		vouched: true,
		changedAt: editTime(pair.link.editTimes, 'marketo', name, hash, edits.at(-1)?.at ?? null),
	};
}

/**
 * What the log tells of a field, but for the echo of a write before the last one. Whatever led to what our write was to replace is no news: the write has decided about it,
 * be it that our value was there before. Only what begins with the former, or shows our write, came later.
 */
function editsSince(
	{ page: { ledger }, person, plans }: Pair,
	{ row, field }: LiveRow,
	hash: string,
	sent: PlannedField | undefined,
): FieldEdit[] {
	if (!person.edits?.length) return [];
	const print = (value: Raw) => fingerprintOf(ledger.key, field, 'marketo', value);
	const earlier = writesAwaited(plans, row.field).slice(0, -1);
	const isOurs = (edit: FieldEdit) =>
		earlier.some((one) => print(edit.oldValue) === one.old && print(edit.newValue) === one.new);
	const edits = person.edits.filter((edit) => edit.field === row.field && !isOurs(edit));
	if (!sent?.old) return edits;
	const from = edits.findIndex(
		({ oldValue, newValue }) => print(newValue) === sent.new || print(oldValue) === sent.old,
	);
	if (from >= 0) return edits.slice(from);
	if (hash === sent.old) return [];
	return edits.slice(edits.findLastIndex(({ newValue }) => print(newValue) === sent.old) + 1);
}

/** What was written to a field of a person last, as long as its echo is awaited. */
export function awaitedOf(plans: Plan[], name: string): PlannedField | undefined {
	return writesAwaited(plans, name).at(-1);
}

/** Of all writes whose echo is awaited, the oldest first. */
function writesAwaited(plans: Plan[], name: string): PlannedField[] {
	return plans.flatMap(({ side, state, fields }) =>
		side === 'marketo' && state === 'echo' ? (fields[name] ?? []) : [],
	);
}

/**
 * R14: the last logged change replaced what we meant to replace, is what stands there, and is like what we sent,
 * or what is left of it (R48). A write whose stored form stood there before is not logged: then
 * the one change is a user's. `perhaps`: only the row tells.
 */
function storedForm(
	{ page, row }: Pair,
	live: LiveRow,
	edits: FieldEdit[],
	hash: string,
	sent: PlannedField | undefined,
): 'yes' | 'no' | 'perhaps' {
	const { key } = page.ledger;
	const { field } = live;
	// What came before it was read with the value that we meant to replace.
	const last = edits.at(-1);
	if (!last || !sent?.old) return 'no';
	const print = (value: Raw) => fingerprintOf(key, field, 'marketo', value);
	if (print(last.newValue) !== hash) return 'no';
	// R13: it may have replaced an edit that we had not seen; then only what has our letters is ours.
	const replacedAnEdit = print(last.oldValue) !== sent.old;
	if (replacedAnEdit && !isLikeSent(page.ledger, field, sent, last.newValue)) return 'no';
	// Once our own value was there, what comes after that is a user's, though it begins where our write did.
	if (edits.some(({ oldValue }) => print(oldValue) === sent.new)) return 'no';
	return isFormOfSent({ page, row }, live, sent, last.newValue);
}

/** R14, R48: whether a value is what Marketo may have made of what we sent; only the row tells what was sent in full. */
function isFormOfSent(
	{ page, row }: Pick<Pair, 'page' | 'row'>,
	{ row: mapped, column, field }: LiveRow,
	sent: PlannedField,
	value: Raw,
): 'yes' | 'no' | 'perhaps' {
	const { key } = page.ledger;
	if (isLikeSent(page.ledger, field, sent, value)) return 'yes';
	// Nothing is no form of anything.
	if (normalForm(field, 'marketo', value) === null) return 'no';
	if (!row) return 'perhaps';
	const source = row.values[column.name] ?? null;
	const isUnmoved = fingerprintOf(key, column, 'dynamics', source) === sent.source?.value;
	// What was sent can be told from the row as long as that has not moved on.
	if (!isUnmoved) return sent.like === undefined ? 'yes' : 'no';
	const whole = convert(column, field, 'marketo', source, mapped.transform);
	if (!('value' in whole)) return 'no';
	return isTidied(field, 'marketo', whole.value, value) || isShortened(field, whole.value, value)
		? 'yes'
		: 'no';
}

/** R48: somebody replaced what our write was to replace, and neither what we sent nor a form of it was ever there. */
function isNotTaken(
	pair: Pair,
	live: LiveRow,
	edits: FieldEdit[],
	sent: PlannedField | undefined,
): boolean {
	const [first] = edits;
	if (!sent?.old || !first) return false;
	const print = (value: Raw) => fingerprintOf(pair.page.ledger.key, live.field, 'marketo', value);
	const wasThere = edits.some(
		({ newValue }) =>
			print(newValue) === sent.new || isFormOfSent(pair, live, sent, newValue) === 'yes',
	);
	if (wasThere || print(first.oldValue) !== sent.old) return false;
	return isFormOfSent(pair, live, sent, first.oldValue) !== 'yes';
}

/** R15: the log tells the whole way from what was there, or what we sent, to what stands there now. */
function isTold(
	{ page }: Pair,
	{ field }: LiveRow,
	edits: FieldEdit[],
	hash: string,
	before: Array<string | undefined>,
): boolean {
	const print = (value: Raw) => fingerprintOf(page.ledger.key, field, 'marketo', value);
	const last = edits.at(-1);
	if (!last || print(last.newValue) !== hash) return false;
	return edits.some(({ oldValue }) => before.includes(print(oldValue)));
}

/** R28: another row was the person's partner since the two were compared, when the field held something. */
function isEmptiedSince({ page, bases }: Pair, { row, field }: LiveRow, value: Raw): boolean {
	const before = bases.marketo.get(row.field);
	if (before?.kind !== 'seen' || !saysNothing(field, 'marketo', value)) return false;
	// Marketo has no unset yes/no.
	const nothings = field.type === 'boolean' ? [null, false] : [null];
	const print = (nothing: Raw) => fingerprintOf(page.ledger.key, field, 'marketo', nothing);
	return !nothings.map(print).includes(before.hash);
}

/** R15: synced before, but the base is not to be trusted. With another key (R31) nothing tells of an edit at all. */
function hasLostTrack({ bases }: Pair, side: Side, name: string): boolean {
	return bases[side].get(name)?.kind === 'lost';
}
