import type { Side } from '../items';
import type { EditTimes } from '../ledger/links';
import type { Winner } from '../mapping';
import { standing, type FieldState, type Verdict } from './decide';
import type { LiveRow } from './tables';

/**
 * When a field that *Newest Wins* decides was edited: what was kept of it, else what is told now. Dynamics dates the
 * row: the first time at which the value was seen is nearest to its edit, any later one is of another save. Marketo's
 * log dates the field, and tells it once.
 */
export function editTime(
	kept: EditTimes,
	side: Side,
	name: string,
	hash: string,
	told: string | null,
): string | null {
	const before = kept[keyOf(side, name)];
	const known = before?.[0] === hash ? before[1] : null;
	return side === 'dynamics' ? (known ?? told) : (told ?? known);
}

/** The times of edits that are not settled by this page; they are kept until they are. */
export function timesToKeep(
	ifBothChanged: Winner,
	compared: Array<{
		live: LiveRow;
		dynamics: FieldState;
		marketo: FieldState;
		verdict: Verdict;
	}>,
): EditTimes {
	const times: EditTimes = {};
	const keep = (side: Side, name: string, state: FieldState) => {
		if (standing(state) !== 'same' && state.changedAt !== null)
			times[keyOf(side, name)] = [state.hash, state.changedAt];
	};
	for (const { live, dynamics, marketo, verdict } of compared) {
		const { row } = live;
		if ((row.winner ?? ifBothChanged) !== 'newest' || row.direction !== 'both') continue;
		if (verdict.do === 'nothing' && !verdict.keep) continue;
		keep('dynamics', row.column, dynamics);
		keep('marketo', row.field, marketo);
	}
	return times;
}

/** What is left of the kept times once these fields of one side are written: their edits are settled. */
export function timesBeside(
	kept: EditTimes,
	side: Side,
	fields: Record<string, { source: { column: string } | null }>,
): EditTimes {
	if (Object.keys(kept).length === 0) return kept;
	const from = side === 'dynamics' ? 'marketo' : 'dynamics';
	const settled = new Set(
		Object.entries(fields).flatMap(([name, { source }]) => [
			keyOf(side, name),
			...(source ? [keyOf(from, source.column)] : []),
		]),
	);
	return Object.fromEntries(Object.entries(kept).filter(([key]) => !settled.has(key)));
}

const keyOf = (side: Side, name: string) => `${side}:${name}`;
