import type { Fingerprint } from '../fingerprint';
import type { Side } from '../items';
import type { LaneTable } from '../lanes/definition';
import type { EmptyRule, MappingRow, Winner } from '../mapping';
import { asBoolean, normalForm } from '../normalForm';
import { isOptOutColumn } from '../optOut';
import { ANSWERED } from '../ledger/conflicts';
import type { Refusal } from '../ports';
import { convert } from '../convert';
import type { Column, Raw } from '../values';
import { notKept } from './notKept';
import type { Unproven } from './unanswered';

/** One field of one side, as this page knows it. */
export interface FieldState {
	/** False: the record was not read in this page and is vouched for by its row version (R5). */
	read: boolean;
	value: Raw;
	hash: Fingerprint;
	base: Fingerprint | null;
	/** The base is what we sent; Marketo has not reported it yet (R14). */
	provisional: boolean;
	/** Marketo has reported what it made of what we sent: this value (R14). */
	storedForm: boolean;
	/** As far as Marketo tells, this may be what it made of what we sent; only the row says what that was. */
	unsure: boolean;
	/** Values we sent and have not seen since (R15). */
	sent: Fingerprint[];
	/** A write of this field was not answered, and the record has moved since. */
	movedUnanswered: boolean;
	/** The last writer of the record is surely somebody else (R16). */
	writtenByOther: boolean;
	/** What somebody did after a write of ours that was not answered, as far as anybody can tell (R15). */
	unproven: Unproven | null;
	/** Not what we sent: the making of the person left it there (Marketo applies an old opt-out again), or a user did. */
	leftByCreate: boolean;
	/** Marketo's log tells that an edit replaced what our write was to replace: it was answered and not kept (R48). */
	notTaken?: boolean;
	/** An edit of this field stands in the activity log of this page (Marketo only). */
	logged: boolean;
	/** Too early to tell a stored form from a late-logged edit: judged when the log has caught up (R14). */
	settling: boolean;
	/** Unread, but at its last seen version the column held exactly the base. */
	vouched: boolean;
	/** At its last seen version the column held something else than the base (Dynamics only). */
	stale?: boolean;
	/** The base is unset because track of it was lost; the field was synced before. */
	lostTrack: boolean;
	/** Nothing is there (any more) where something was before another row was the person's partner (R28). */
	emptiedSince?: boolean;
	/** When the value was written, as far as known; ISO 8601. */
	changedAt: string | null;
}

export interface Question {
	shownDynamics: Fingerprint;
	shownMarketo: Fingerprint;
	/** Whose of the two values a person has chosen. */
	answer: Side | null;
}

/** A value that one side refused, and what stood there when it did (R36). */
export interface RefusedValue {
	on: Side;
	source: Fingerprint;
	stood: Fingerprint;
	/** A person has it sent again. */
	isQuiet: boolean;
}

export interface RowInput {
	row: MappingRow;
	/** Who wins as in Adobe's sync. */
	native: LaneTable['native'];
	column: Column;
	field: Column;
	dynamics: FieldState;
	marketo: FieldState;
	/** R50: by what the mapping said before, the two were left with different values. */
	leftApart: boolean;
	winner: Winner;
	empty: EmptyRule;
	/** An open question about this row (R38). */
	question: Question | null;
	/** The last one that a person has answered: its write may have been refused, or never have gone out. */
	answered: Question | null;
	/** What was left behind of this row; at most one value per side. */
	refused: RefusedValue[];
}

export interface Contest {
	base: 'known' | 'unset';
	winner: Side | null;
	rule: string;
}

/** What is to be done about one row of the mapping for one pair. */
export type Verdict =
	/** Nothing to write. Both bases become what stands there now, unless `keep` (a question is open). */
	| { do: 'nothing'; why: 'equal' | 'unchanged' | 'rule' | 'asked'; keep: boolean }
	| { do: 'write'; to: Side; value: Raw; rule: string; contest: Contest | null }
	/** The target cannot hold the value: the field stays behind (R36). */
	| { do: 'hold'; on: Side; refusal: Refusal }
	/** The target has taken a write and holds something else (R48): it stays, people are told. */
	| { do: 'tell'; refusal: Refusal }
	| { do: 'ask'; contest: Contest }
	/** The Dynamics row must be read before this can be judged (R5). */
	| { do: 'read' }
	/** Judged later: Marketo's log may still be behind. */
	| { do: 'wait' };

type Standing = 'same' | 'edited' | 'unset' | 'wait';

const OTHER: Record<Side, Side> = { dynamics: 'marketo', marketo: 'dynamics' };

/** Has this side changed since the base? What we sent ourselves is no change; an unknown base is said. */
export function standing(state: FieldState): Standing {
	if (!state.read) return 'same';
	if (state.sent.includes(state.hash)) {
		// R16: only where an answer was lost may the last writer break a tie.
		return state.writtenByOther ? 'unset' : 'same';
	}
	// R15: our value may have been there, and somebody may have put the old one back since.
	if (state.base === null || state.movedUnanswered) return 'unset';
	if (state.hash === state.base || state.storedForm) return 'same';
	// R48: there was nothing to store in a form of its own.
	if (state.leftByCreate) return 'edited';
	if (state.provisional && !state.logged) return state.settling ? 'wait' : 'same';
	return 'edited';
}

/** The three-way merge of one row (protocol.md "Links and bases"). Pure; constant time. */
export function decideRow(input: RowInput): Verdict {
	const { row, dynamics, marketo } = input;
	if (!dynamics.read) return decideUnread(input);
	if (agree(input)) return { do: 'nothing', why: 'equal', keep: false };
	if (row.onlyOnCreate) return { do: 'nothing', why: 'rule', keep: false };
	// R48: what our write carried never met what somebody has typed there since.
	const d = marketo.notTaken && standing(dynamics) === 'same' ? 'edited' : standing(dynamics);
	const m = standing(marketo);
	if (m === 'wait') return { do: 'wait' };
	const differs = d === 'same' && m === 'same' ? keptByMarketo(input) : null;
	if (differs) return { do: 'tell', refusal: differs };
	if (row.direction === 'toMarketo') return oneWay(input, 'dynamics', d, m);
	if (row.direction === 'toDynamics') return oneWay(input, 'marketo', m, d);
	const settled = editedAfterRefusal(input, d, m);
	if (settled) return settled;
	if (input.question) return answered(input, input.question, d, m);
	if (d === 'same' && m === 'same') return { do: 'nothing', why: 'unchanged', keep: false };
	if (d !== 'unset' && m !== 'unset') {
		if (m === 'same')
			return carry(
				input,
				'dynamics',
				'Changed in Dynamics',
				unproven(input) ?? apart(input, 'dynamics'),
			);
		if (d === 'same')
			return carry(
				input,
				'marketo',
				'Changed in Marketo',
				sentAgain(input, 'marketo') ?? apart(input, 'marketo'),
			);
	}
	return contested(input, d === 'unset' || m === 'unset' ? 'unset' : 'known');
}

/**
 * R13: as `decideRow`, for a value of Marketo that our own write replaced unseen. Both sides had been
 * edited: the row's policy says who wins. `null` where both had come to the same value.
 */
export function decideOverwritten(input: RowInput): Verdict | null {
	if (!input.dynamics.read) return { do: 'read' };
	if (agree(input)) return null;
	if (input.row.direction === 'both') {
		const verdict = contested(input, 'known');
		// Emptied, where the row's rule says that emptiness is no value.
		return verdict.do === 'write' && verdict.to === 'marketo' && !verdict.contest ? null : verdict;
	}
	const rule = 'One way: Dynamics to Marketo';
	return carry(input, 'dynamics', rule, { base: 'known', winner: 'dynamics', rule });
}

/** The row's value on the other side, as a create would carry it; `null` where the row does not go there. */
export function valueForCreate(row: MappingRow, column: Column, field: Column, value: Raw) {
	if (row.direction === 'toDynamics') return null;
	return convert(column, field, 'marketo', value, row.transform);
}

/** R5: the row is as the ledger saw it last, or `If-Match` will say so. Only Marketo can have changed. */
function decideUnread(input: RowInput): Verdict {
	const { row, dynamics, marketo } = input;
	const m = standing(marketo);
	if (m === 'wait') return { do: 'wait' };
	if (row.onlyOnCreate) return { do: 'nothing', why: 'unchanged', keep: false };
	if (marketo.unsure || marketo.notTaken) return { do: 'read' };
	// Nobody has compared the two yet, so nobody can say that nothing is to be done.
	// R15: what was sent without an answer and is not there is decided anew, and its source is on the other side.
	if (marketo.sent.length > 0 && !marketo.sent.includes(marketo.hash)) return { do: 'read' };
	// R38: it stands while Marketo has what was shown; an edit that puts the old value back answers it as well.
	if (input.question)
		return input.question.answer || marketo.hash !== input.question.shownMarketo
			? { do: 'read' }
			: { do: 'nothing', why: 'asked', keep: true };
	// R36: what could not be held was taken back, or what stood where it was refused is edited: then what the row holds by now decides.
	const hasMoved = input.refused.some(
		({ on, source, stood }) => marketo.hash !== (on === 'dynamics' ? source : stood),
	);
	// An edit of the row that was not left behind for a reason waits to be decided.
	const isPending = dynamics.stale === true && input.refused.length === 0;
	const isKnown =
		(dynamics.base !== null && (dynamics.vouched || !(hasMoved || isPending))) ||
		row.direction === 'toDynamics';
	if (m === 'same')
		return isKnown ? { do: 'nothing', why: 'unchanged', keep: false } : { do: 'read' };
	if (m === 'unset' || !dynamics.vouched || row.direction === 'toMarketo') return { do: 'read' };
	if (input.empty === 'onlyFill') return { do: 'read' };
	if (input.empty === 'neverOverwrite' && isEmpty(input.field, 'marketo', marketo.value)) {
		return { do: 'nothing', why: 'rule', keep: false };
	}
	const verdict = carry(input, 'marketo', 'Changed in Marketo', null);
	// R36: what stands where a value cannot be held tells a later edit, so it has to be seen, once for each value.
	const isNoted = input.refused.some(
		({ on, source, isQuiet }) => on === 'dynamics' && source === marketo.hash && !isQuiet,
	);
	return verdict.do === 'hold' && !isNoted ? { do: 'read' } : verdict;
}

/** Equal as far as the row can tell: one side's value, carried over, is the other side's value. */
export function agree({
	row,
	column,
	field,
	dynamics,
	marketo,
}: Pick<RowInput, 'row' | 'column' | 'field'> & Record<Side, Pick<FieldState, 'value'>>): boolean {
	if (row.direction !== 'toDynamics') {
		const there = convert(column, field, 'marketo', dynamics.value, row.transform);
		if (
			'value' in there &&
			normalForm(field, 'marketo', there.value) === normalForm(field, 'marketo', marketo.value)
		)
			return true;
		if (row.direction === 'toMarketo') return false;
	}
	const back = convert(field, column, 'dynamics', marketo.value, row.transform);
	return (
		'value' in back &&
		normalForm(column, 'dynamics', back.value) === normalForm(column, 'dynamics', dynamics.value)
	);
}

function oneWay(input: RowInput, from: Side, source: Standing, target: Standing): Verdict {
	const rule =
		from === 'dynamics' ? 'One way: Dynamics to Marketo' : 'One way: Marketo to Dynamics';
	const lost = sideOf(input, OTHER[from]);
	// Emptied by somebody: an edit like any other. Empty from the start: nothing is lost.
	const targetIsEmpty = isEmpty(columnOf(input, OTHER[from]), OTHER[from], lost.value);
	const overwritten =
		target === 'edited' ||
		input.leftApart ||
		(target === 'unset' && (lost.lostTrack || lost.emptiedSince === true)) ||
		(target !== 'same' && !targetIsEmpty && !isUncut(input, from));
	const firstContact = source === 'unset' || target === 'unset';
	const metBefore = input.dynamics.lostTrack || input.marketo.lostTrack;
	if (
		firstContact &&
		!metBefore &&
		input.row.transform?.constant === undefined &&
		!(input.row.transform?.defaultWhenEmpty !== undefined && targetIsEmpty) &&
		saysNothing(columnOf(input, from), from, sideOf(input, from).value)
	) {
		// What stands there was never looked at from the other side: its base stays unset, so that it is put on record when it goes.
		return { do: 'nothing', why: 'rule', keep: true };
	}
	if (source === 'same' && target === 'same')
		return { do: 'nothing', why: 'unchanged', keep: false };
	const verdict = carry(
		input,
		from,
		rule,
		overwritten ? { base: firstContact ? 'unset' : 'known', winner: from, rule } : null,
	);
	// An edit on the far side that an empty value leaves standing is put on record once a value replaces it.
	return overwritten && verdict.do === 'nothing' ? { ...verdict, keep: true } : verdict;
}

/** R48: what Marketo holds in place of what we sent, which the row, unmoved since, still says. */
function keptByMarketo({ row, column, field, dynamics, marketo }: RowInput): Refusal | null {
	if (row.direction === 'toDynamics' || !marketo.provisional || marketo.hash === marketo.base)
		return null;
	const sent = convert(column, field, 'marketo', dynamics.value, row.transform);
	return 'value' in sent ? notKept(field, 'marketo', sent.value, marketo.value) : null;
}

/** Whether the target holds the whole of the value that it will hold cut: nobody meant anything else there. */
function isUncut(input: RowInput, from: Side): boolean {
	const to = OTHER[from];
	const column = columnOf(input, to);
	const uncut = { ...input.row.transform, truncate: undefined };
	const whole = convert(columnOf(input, from), column, to, sideOf(input, from).value, uncut);
	if (!('value' in whole)) return false;
	return normalForm(column, to, whole.value) === normalForm(column, to, sideOf(input, to).value);
}

/** As conflicts and history put it. */
export const EDITED_SINCE = 'Edited in Dynamics since a write that was not answered';

/** R15: the edit stands; what it has replaced may never have been there, so it is put on record. */
function unproven({ dynamics }: RowInput): Contest | null {
	return dynamics.unproven === 'edited since'
		? { base: 'unset', winner: 'dynamics', rule: EDITED_SINCE }
		: null;
}

/** As above. */
export const SENT_AGAIN = 'Sent again: a write was not answered, and the row was saved since';

/** R15: what is sent once more replaces a value that somebody may have put back. */
function sentAgain({ dynamics }: RowInput, winner: Side): Contest | null {
	return winner === 'marketo' && dynamics.unproven === 'perhaps put back'
		? { base: 'unset', winner, rule: SENT_AGAIN }
		: null;
}

/** As above. */
export const LEFT_APART = 'Edited where the field mapping had let the two differ';

/** R50: the edit is carried; the value that it replaces had never been the other side's, so it is put on record. */
function apart({ leftApart }: RowInput, winner: Side): Contest | null {
	return leftApart ? { base: 'unset', winner, rule: LEFT_APART } : null;
}

/** As above. */
export const AFTER_REFUSAL = "Edited where the other side's value was refused";

/**
 * R36: whoever edits the field on the side that refused a value has settled it, like a question. The
 * refused value is no news any more, whatever the row's policy says; without this it would win, and be
 * refused again, for ever. Null where the row's rule for empty values keeps the edit to itself.
 */
function editedAfterRefusal(input: RowInput, d: Standing, m: Standing): Verdict | null {
	for (const { on, source, stood } of input.refused) {
		const there = sideOf(input, on);
		const [here, other] = on === 'dynamics' ? [d, m] : [m, d];
		const isStillRefused = sideOf(input, OTHER[on]).hash === source;
		// What both sides had last is an edit, too, where something else stood when the value was refused.
		const isMoved = here !== 'same' || (there.read && there.hash === there.base);
		const isEdited = isMoved && there.hash !== stood && !there.sent.includes(there.hash);
		// What was not kept (R48) has arrived as far as it could: an edit of that is one edit like any other.
		const isAlone = here === 'edited' && other === 'same';
		if (!isStillRefused || !isEdited || isAlone) continue;
		const base = d === 'unset' || m === 'unset' ? 'unset' : 'known';
		const verdict = carry(input, on, AFTER_REFUSAL, { base, winner: on, rule: AFTER_REFUSAL });
		if (verdict.do !== 'nothing') return verdict;
	}
	return null;
}

const ASKED_AGAIN = 'Asked again: a value has changed since the answer';

/** R38: the question stands until somebody answers or edits; the edit is the answer; two edits are a new question. */
function answered(input: RowInput, question: Question, d: Standing, m: Standing): Verdict {
	const { dynamicsMoved, marketoMoved } = movedSince(input, question);
	const base = d === 'unset' || m === 'unset' ? 'unset' : 'known';
	if (question.answer)
		return dynamicsMoved || marketoMoved
			? askedAgain(input, base)
			: asTold(input, question.answer, base);
	// The row is not *Ask* any more: what it says now is the answer.
	if (!dynamicsMoved && !marketoMoved && input.winner !== 'ask') return contested(input, base);
	if (!dynamicsMoved && !marketoMoved) return { do: 'nothing', why: 'asked', keep: true };
	if (dynamicsMoved && marketoMoved) return contested(input, base);
	const from: Side = dynamicsMoved ? 'dynamics' : 'marketo';
	const rule = 'Answered by an edit';
	return carry(input, from, rule, { base, winner: from, rule });
}

function movedSince({ dynamics, marketo }: RowInput, question: Question) {
	return {
		dynamicsMoved: dynamics.hash !== question.shownDynamics,
		marketoMoved: marketo.hash !== question.shownMarketo,
	};
}

/** Whose value stands was said of this very record: the rules for empty values are for all of them. */
function asTold(input: RowInput, winner: Side, base: Contest['base']): Verdict {
	return carry({ ...input, empty: 'copy' }, winner, ANSWERED, { base, winner, rule: ANSWERED });
}

/** The answer was about other values than those that stand there now. */
function askedAgain(input: RowInput, base: Contest['base']): Verdict {
	const verdict = contested(input, base);
	if (verdict.do !== 'ask') return verdict;
	return { do: 'ask', contest: { ...verdict.contest, rule: ASKED_AGAIN } };
}

function contested(input: RowInput, base: Contest['base']): Verdict {
	const metBefore = input.dynamics.lostTrack || input.marketo.lostTrack;
	const first = base === 'unset' ? firstContactWinner(input) : null;
	// Of two that have met before, emptiness may be an edit, unless it stood there before the write that was lost; an opt-out wins even so.
	if (first && (!metBefore || !first.lossless || isAsBefore(sideOf(input, OTHER[first.winner])))) {
		const isNoLoss = first.lossless && !metBefore && !input.marketo.emptiedSince;
		const contest = isNoLoss ? sentAgain(input, first.winner) : { base, ...first };
		return carry(input, first.winner, first.rule, contest);
	}
	const filled = input.empty === 'copy' ? null : onlyFilled(input);
	// Nothing is lost: the row's rule says that emptiness is no value.
	if (filled) return carry(input, filled, 'An empty value never wins here', null);
	if (input.winner === 'ask') {
		const { answered } = input;
		const moved = answered && movedSince(input, answered);
		// R38: these two values were asked about before; what was said has just not been done yet.
		if (answered?.answer && !moved?.dynamicsMoved && !moved?.marketoMoved)
			return asTold(input, answered.answer, base);
		return { do: 'ask', contest: { base, winner: null, rule: 'Ask' } };
	}
	const { winner, rule } = policyWinner(input);
	return carry(input, winner, rule, { base, winner, rule });
}

/** It holds what was known of it before a write whose answer was lost (R15). */
function isAsBefore({ base, hash }: FieldState): boolean {
	return base !== null && base === hash;
}

/** The one side that has a value, if there is just one. */
function onlyFilled({ column, field, dynamics, marketo }: RowInput): Side | null {
	const dynamicsEmpty = isEmpty(column, 'dynamics', dynamics.value);
	if (dynamicsEmpty === isEmpty(field, 'marketo', marketo.value)) return null;
	return dynamicsEmpty ? 'marketo' : 'dynamics';
}

/** As conflicts and history put it. */
export const EMPTY_NEVER_WINS = 'First contact: empty never wins';

/** R26: at first contact an opt-out wins, and an empty value or an unset yes/no never does. */
function firstContactWinner(
	input: RowInput,
): { winner: Side; rule: string; lossless: boolean } | null {
	const { column, field, dynamics, marketo } = input;
	if (isOptOut(input)) {
		const invert = input.row.transform?.invert === true;
		if (asBoolean(dynamics.value) === true)
			return { winner: 'dynamics', rule: 'An opt-out stays', lossless: false };
		if (asBoolean(marketo.value) === !invert)
			return { winner: 'marketo', rule: 'An opt-out stays', lossless: false };
	}
	if (isEmpty(column, 'dynamics', dynamics.value))
		return { winner: 'marketo', rule: EMPTY_NEVER_WINS, lossless: true };
	if (saysNothing(field, 'marketo', marketo.value)) {
		return { winner: 'dynamics', rule: EMPTY_NEVER_WINS, lossless: true };
	}
	return null;
}

function isOptOut({ column, field }: RowInput): boolean {
	return column.type === 'boolean' && field.type === 'boolean' && isOptOutColumn(column.name);
}

function policyWinner(input: RowInput): { winner: Side; rule: string } {
	const { native } = input;
	switch (input.winner) {
		case 'marketo':
			return { winner: 'marketo', rule: 'Marketo wins' };
		case 'dynamics':
			return { winner: 'dynamics', rule: 'Dynamics wins' };
		case 'newest': {
			const d = input.dynamics.changedAt;
			const m = input.marketo.changedAt;
			// Each system's own clock, whole seconds: a tie, or a time nobody knows, falls to the native rule.
			if (d && m && second(d) !== second(m)) {
				return {
					winner: second(d) > second(m) ? 'dynamics' : 'marketo',
					rule: 'The newest value wins',
				};
			}
			return {
				winner: native.winner,
				rule: `The newest value wins; no time decides, so: ${native.rule}`,
			};
		}
		default:
			return native;
	}
}

function second(iso: string): string {
	return iso.slice(0, 19);
}

/** Carries one side's value to the other, unless the row's empty-value rule keeps the difference. */
function carry(input: RowInput, from: Side, rule: string, contest: Contest | null): Verdict {
	const to = OTHER[from];
	const source = sideOf(input, from);
	const target = sideOf(input, to);
	const fromColumn = columnOf(input, from);
	const toColumn = columnOf(input, to);
	const converted = convert(fromColumn, toColumn, to, source.value, input.row.transform);
	if ('refusal' in converted) return { do: 'hold', on: to, refusal: converted.refusal };
	const writesEmpty = normalForm(toColumn, to, converted.value) === null;
	const targetEmpty = target.read && isEmpty(toColumn, to, target.value);
	if (input.empty === 'neverOverwrite' && writesEmpty && !targetEmpty)
		return { do: 'nothing', why: 'rule', keep: false };
	if (input.empty === 'onlyFill' && !targetEmpty)
		return { do: 'nothing', why: 'rule', keep: false };
	return { do: 'write', to, value: converted.value, rule, contest };
}

function isEmpty(column: Column, side: Side, value: Raw): boolean {
	if (column.type === 'boolean') return asBoolean(value) === null;
	return normalForm(column, side, value) === null;
}

/** Empty, or a yes/no that nobody may ever have answered: Marketo has no unset one. */
export function saysNothing(column: Column, side: Side, value: Raw): boolean {
	if (column.type === 'boolean' && side === 'marketo') return asBoolean(value) !== true;
	return isEmpty(column, side, value);
}

function sideOf(input: RowInput, side: Side): FieldState {
	return side === 'dynamics' ? input.dynamics : input.marketo;
}

function columnOf(input: RowInput, side: Side): Column {
	return side === 'dynamics' ? input.column : input.field;
}
