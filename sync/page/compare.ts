import { convert } from '../convert';
import { fingerprintOf } from '../fingerprint';
import type { Side } from '../items';
import { LOST } from '../ledger/bases';
import { ANSWERED, type Conflict } from '../ledger/conflicts';
import type { Column, Raw } from '../values';
import { isInherited, isOfCompany } from './companyFields';
import {
	decideOverwritten,
	decideRow,
	type FieldState,
	type Question,
	type RowInput,
	type Verdict,
} from './decide';
import { dynamicsField, marketoField } from './fieldStates';
import type { Pair } from './knownPair';
import { joinsCompany, missingParent } from './parents';
import { tableOf, type LiveRow } from './tables';

/** One row of the mapping, compared. */
export interface Compared {
	live: LiveRow;
	dynamics: FieldState;
	marketo: FieldState;
	verdict: Verdict;
	/** Marketo's field as it was before our own write replaced it unseen, and what the policy says to it (R13). */
	overwritten?: { lost: FieldState; verdict: Verdict };
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
	if (!isNewTo(pair, live)) return false;
	const { row, column, field } = live;
	const there = convert(column, field, 'marketo', dynamics.value, row.transform);
	const back = convert(field, column, 'dynamics', marketo.value, row.transform);
	const print = (of: Column, side: Side, value: Raw) =>
		fingerprintOf(pair.page.ledger.key, of, side, value);
	const hadThere = 'value' in there && print(field, 'marketo', there.value) === marketo.base;
	const hadBack = 'value' in back && print(column, 'dynamics', back.value) === dynamics.base;
	return !(
		(dynamics.hash === dynamics.base && hadThere) ||
		(marketo.hash === marketo.base && hadBack)
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
		refused: refusals.flatMap(({ side, field, source, stood, isQuiet }) =>
			stood !== null && field === (side === 'dynamics' ? live.row.column : live.row.field)
				? [{ on: side, source, stood, isQuiet }]
				: [],
		),
	};
}

/** The open question about a row of the mapping, if there is one (R38). */
export function questionOf({ page, link }: Pick<Pair, 'page' | 'link'>, live: LiveRow) {
	return (page.known.conflicts.get(link.id) ?? []).find(
		({ state, row }) => state === 'open' && row === live.row.id,
	);
}

/** The last question about a row of the mapping that a person has answered (R38). */
export function answeredOf({ page, link }: Pick<Pair, 'page' | 'link'>, live: LiveRow) {
	return (page.known.conflicts.get(link.id) ?? []).findLast(
		({ state, row, rule }) => state === 'decided' && rule === ANSWERED && row === live.row.id,
	);
}

function asShown({ shown, winner }: Conflict): Question {
	return {
		shownDynamics: shown.dynamics,
		shownMarketo: shown.marketo,
		answer: (winner as Side) || null,
	};
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
