import { fingerprintOf } from '../fingerprint';
import type { FieldEdit, RecordItem, Side } from '../items';
import { convert } from '../convert';
import { baseOf, LOST, type Bases } from '../ledger/bases';
import type { Conflict } from '../ledger/conflicts';
import { basesOf, type Link } from '../ledger/links';
import type { Plan, PlannedField } from '../ledger/plans';
import type { Refusal } from '../ledger/refusals';
import { normalForm } from '../normalForm';
import type { Raw } from '../values';
import type { LiveRow } from './tables';
import { isInherited, isOfCompany } from './companyFields';
import {
	decideOverwritten,
	decideRow,
	type FieldState,
	type Question,
	type RowInput,
	type Verdict,
} from './decide';
import { editTime } from './editTimes';
import { isLikeSent, overwrittenBy, type Overwritten } from './echo';
import type { Page } from './page';
import { joinsCompany, missingParent } from './parents';
import { isShortened, isTidied } from './storedForm';
import { tableOf } from './tables';
import { judgeUnanswered, type Unanswered } from './unanswered';

/** One linked pair, as this page knows it. `row` null: not read; its row version vouches for it (R5). */
export interface Pair {
	readonly page: Page;
	readonly link: Link;
	readonly row: RecordItem | null;
	readonly person: RecordItem;
	readonly plans: Plan[];
	readonly refusals: Refusal[];
	/** As the ledger has them, with what has arrived unanswered since; moved as rows are carried out. */
	readonly bases: Record<Side, Bases>;
	/** What the two records tell of writes without an answer (R15). */
	readonly unanswered: Unanswered;
	/** Edits that our own writes replaced unseen, by field (R13). */
	readonly overwritten: Map<string, Overwritten>;
	/** Until when the log may still show that nothing was overwritten after all; 0: nothing is in doubt. */
	readonly doubtUntil: number;
}

/** One row of the mapping, compared. */
export interface Compared {
	live: LiveRow;
	dynamics: FieldState;
	marketo: FieldState;
	verdict: Verdict;
	/** Marketo's field as it was before our own write replaced it unseen, and what the policy says to it (R13). */
	overwritten?: { lost: FieldState; verdict: Verdict };
}

/** What the page knows of a pair, with both sides as they were read. */
export function pairOf(
	page: Page,
	link: Link,
	row: RecordItem | null,
	person: RecordItem,
	plans: Plan[],
): Pair {
	const bases = {
		dynamics: basesOf(page.ledger, link, 'dynamics'),
		marketo: basesOf(page.ledger, link, 'marketo'),
	};
	const records = { dynamics: row, marketo: person };
	const unanswered = judgeUnanswered(page, link, records, plans, bases);
	const refusals = page.known.refusals.get(link.id) ?? [];
	const about = { page, link, row, person, refusals, bases, unanswered };
	const asAnswered = plans.map((plan) => asIfAnswered(plan, unanswered));
	return { ...about, plans: asAnswered, ...editsReplaced(page, asAnswered, person.edits ?? []) };
}

/** R15: a write that is seen to have arrived in Marketo is one that was answered: what it replaced is awaited (R13). */
function asIfAnswered(plan: Plan, { outcomes }: Unanswered): Plan {
	const hasArrived = plan.side === 'marketo' && outcomes.get(plan.id) === 'arrived';
	return hasArrived ? { ...plan, state: 'echo' } : plan;
}

/** R13: what our writes replaced unseen, as far as the log can tell by now. */
function editsReplaced(
	{ ledger, fields, log }: Page,
	plans: Plan[],
	edits: FieldEdit[],
): Pick<Pair, 'overwritten' | 'doubtUntil'> {
	const echoes = plans.filter((plan) => plan.side === 'marketo' && plan.state !== 'planned');
	const overwritten = overwrittenBy(ledger, fields, echoes, edits);
	let doubtUntil = 0;
	for (const [name, { by }] of overwritten) {
		const overAt = by.overAt ?? 0;
		if (overAt <= log.certainTo) continue;
		// The true echo may be late, and this edit a user's who came back to our value.
		overwritten.delete(name);
		doubtUntil = Math.max(doubtUntil, overAt + log.overlap);
	}
	return { overwritten, doubtUntil };
}

/** Every row of the mapping compared, before anything is changed. */
export function compare(pair: Pair): Compared[] {
	const { page, link, row, person } = pair;
	const joins = row !== null && joinsCompany(page, row);
	return tableOf(page, link.table)
		.live.filter(
			({ row: { column, field } }) =>
				(!row || row.values[column] !== undefined) && person.values[field] !== undefined,
		)
		.filter(({ row: { field } }) => !isInherited(person, field) && !(joins && isOfCompany(field)))
		.filter((live) => row === null || missingParent(page, live, row.values) === null)
		.map((live) => compareOne(pair, live));
}

export function compareOne(pair: Pair, live: LiveRow): Compared {
	const input = inputOf(pair, live);
	const { dynamics, marketo } = input;
	const verdict = decideRow(input);
	if (mayDifferByOldRule(pair, live, verdict)) {
		meetAnew(pair, live, marketo);
		return compareOne(pair, live);
	}
	const found = pair.overwritten.get(live.row.field);
	const lost = found && asItWas(pair, live, marketo, found);
	if (!lost || verdict.do === 'read') return { live, dynamics, marketo, verdict };
	const late = decideOverwritten({ ...input, marketo: lost });
	if (late?.do === 'read') return { live, dynamics, marketo, verdict: late };
	const overwritten = late ? { lost, verdict: late } : undefined;
	return { live, dynamics, marketo, verdict, overwritten };
}

/**
 * R50: neither side was edited, and yet they differ: what the mapping said before may have let them. An edit is
 * carried as ever, since bases of before count.
 */
function mayDifferByOldRule(pair: Pair, live: LiveRow, verdict: Verdict): boolean {
	return (
		isNewTo(pair, live) &&
		(verdict.do === 'tell' || (verdict.do === 'nothing' && verdict.why === 'unchanged'))
	);
}

/** R50: the pair has not been compared by what the row says now, but has bases of before. */
function isNewTo({ link, bases }: Pair, { row, since }: LiveRow): boolean {
	return since > link.edition && (bases.dynamics.has(row.column) || bases.marketo.has(row.field));
}

/**
 * R50: by what the mapping said before, the two were left with different values. As far as can be told: where one side
 * stands as it was, what it would make of the other one is not what that held then.
 */
function wereLeftApart(
	pair: Pair,
	live: LiveRow,
	dynamics: FieldState,
	marketo: FieldState,
): boolean {
	const { row, column, field } = live;
	const { key } = pair.page.ledger;
	if (!isNewTo(pair, live)) return false;
	const toMarketo = convert(column, field, 'marketo', dynamics.value, row.transform);
	const toDynamics = convert(field, column, 'dynamics', marketo.value, row.transform);
	return !(
		(dynamics.hash === dynamics.base &&
			'value' in toMarketo &&
			fingerprintOf(key, field, 'marketo', toMarketo.value) === marketo.base) ||
		(marketo.hash === marketo.base &&
			'value' in toDynamics &&
			fingerprintOf(key, column, 'dynamics', toDynamics.value) === dynamics.base)
	);
}

/**
 * The two have never agreed by what the row says now: a first contact. But where Marketo holds something else than was
 * written last, nobody has read its log meanwhile that would tell an edit from its own form of that (R14).
 */
function meetAnew(
	{ bases }: Pair,
	{ row }: LiveRow,
	{ provisional, hash, base }: FieldState,
): void {
	bases.dynamics.delete(row.column);
	if (provisional && hash !== base) bases.marketo.set(row.field, LOST);
	else bases.marketo.delete(row.field);
}

function inputOf(pair: Pair, live: LiveRow): RowInput {
	const { page, link, refusals } = pair;
	const { definition, mapping } = tableOf(page, link.table);
	const question = questionOf(pair, live);
	const answered = answeredOf(pair, live);
	const dynamics = dynamicsField(pair, live);
	const marketo = marketoField(pair, live);
	return {
		row: live.row,
		native: definition.native,
		column: live.column,
		field: live.field,
		dynamics,
		marketo,
		leftApart: wereLeftApart(pair, live, dynamics, marketo),
		winner: live.row.winner ?? mapping.ifBothChanged,
		empty: live.row.empty ?? mapping.emptyValues,
		question: question ? asShown(question) : null,
		answered: answered ? asShown(answered) : null,
		refused: refusals.flatMap(({ side, field, source, stood }) =>
			stood !== null && field === (side === 'dynamics' ? live.row.column : live.row.field)
				? [{ on: side, source, stood }]
				: [],
		),
	};
}

/** The open question about a row of the mapping, if there is one (R38). */
export function questionOf({ page, link }: Pick<Pair, 'page' | 'link'>, live: LiveRow) {
	return (page.known.questions.get(link.id) ?? []).find(
		({ state, row }) => state === 'open' && row === live.row.id,
	);
}

/** The last question about a row of the mapping that a person has answered (R38). */
export function answeredOf({ page, link }: Pick<Pair, 'page' | 'link'>, live: LiveRow) {
	return (page.known.questions.get(link.id) ?? []).findLast(
		({ state, row }) => state === 'decided' && row === live.row.id,
	);
}

function asShown({ shown, winner }: Conflict): Question {
	return {
		shownDynamics: shown.dynamics,
		shownMarketo: shown.marketo,
		answer: (winner as Side) || null,
	};
}

function dynamicsField(pair: Pair, live: LiveRow): FieldState {
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
			base?.kind === 'known' && !base.isStale && unanswered.length === 0 && link.version !== null,
		changedAt: editTime(link.editTimes, 'dynamics', name, hash, row?.changedAt ?? null),
	};
}

function marketoField(pair: Pair, live: LiveRow): FieldState {
	const { page, person, plans, bases } = pair;
	const name = live.row.field;
	const base = baseOf(bases.marketo, name);
	const suspect = base?.kind === 'unconfirmed' ? base.suspect : undefined;
	const isProvisional = base?.kind === 'unconfirmed';
	const unanswered = pair.unanswered.sent('marketo', name);
	const value = person.values[name] ?? null;
	const hash = fingerprintOf(page.ledger.key, live.field, 'marketo', value);
	const awaited = awaitedOf(plans, name);
	const edits = editsSince(page, live, person, hash, awaited);
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
		vouched: true,
		changedAt: editTime(pair.link.editTimes, 'marketo', name, hash, edits.at(-1)?.at ?? null),
	};
}

/**
 * What the log tells of a field. Where nothing in it begins with our write or with what that was to replace, whatever
 * led to the latter is no news: the write has decided about it.
 */
function editsSince(
	{ ledger }: Page,
	{ row, field }: LiveRow,
	person: RecordItem,
	hash: string,
	sent: PlannedField | undefined,
): FieldEdit[] {
	const edits = (person.edits ?? []).filter((edit) => edit.field === row.field);
	if (!sent?.old) return edits;
	const print = (value: Raw) => fingerprintOf(ledger.key, field, 'marketo', value);
	const isOfSent = ({ oldValue, newValue }: FieldEdit) =>
		[print(oldValue), print(newValue)].includes(sent.new) || print(oldValue) === sent.old;
	if (edits.some(isOfSent)) return edits;
	if (hash === sent.old) return [];
	return edits.slice(edits.findLastIndex(({ newValue }) => print(newValue) === sent.old) + 1);
}

/** What was written to a field of a person last, as long as its echo is awaited. */
export function awaitedOf(plans: Plan[], name: string): PlannedField | undefined {
	return plans.findLast(
		({ side, state, fields }) => side === 'marketo' && state === 'echo' && fields[name],
	)?.fields[name];
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

/** R15: synced before, but the base is not to be trusted. With another key (R31) nothing tells of an edit at all. */
function hasLostTrack({ bases }: Pair, side: Side, name: string): boolean {
	return bases[side].get(name)?.kind === 'lost';
}

function asItWas(
	{ page }: Pair,
	live: LiveRow,
	marketo: FieldState,
	lost: { value: Raw; at: string },
): FieldState {
	return {
		...marketo,
		value: lost.value,
		hash: fingerprintOf(page.ledger.key, live.field, 'marketo', lost.value),
		changedAt: lost.at,
	};
}
