import type { EmptyRule, MappingRow, Winner } from '../../sync/mapping';
import type { History, Step } from './history';
import type { Trouble } from './trouble';
import { Chance } from './world/chance';
import { PAIRS } from './world/fields';
import type { Habits } from './world/world';

const WINNERS: Winner[] = ['native', 'marketo', 'dynamics', 'newest', 'ask'];
const EMPTY_RULES: EmptyRule[] = ['copy', 'copy', 'neverOverwrite', 'onlyFill'];
const GATES = [
	'update Dynamics: dynamics.update',
	'update Dynamics: dynamics.update answered',
	'update Marketo: marketo.update',
	'update Marketo: marketo.update answered',
	'get Dynamics: ledger done',
	'get Marketo: ledger done',
	'get Marketo: marketo.readChanges answered',
	'get Marketo: marketo.readBy answered',
	'update Dynamics: ledger done',
	'update Marketo: ledger done',
];
const KINDS: Array<Trouble['kind']> = [
	'crash',
	'crash',
	'crashProcess',
	'stall',
	'edit',
	'edit',
	'lost',
	'lost',
	'again',
	'resume',
];

/**
 * One pair, one or two mapped fields, a write in which one thing goes wrong, and an edit or two: the small stories that
 * the long random histories rarely hold undisturbed.
 */
export function shortStoryOf(seed: number): History {
	const chance = new Chance(seed + 0x5107);
	const table = chance.pick(['lead', 'contact'] as const);
	const value = chance.below(8);
	const choices = PAIRS.map((_, index) => (index === 0 ? 0 : value));
	const steps: Step[] = [{ do: 'both', table, row: choices, person: choices }, cycle()];
	steps.push(edit(chance), ...(chance.yes(0.3) ? [edit(chance)] : []));
	steps.push(cycle(trouble(chance), ...(chance.yes(0.2) ? [trouble(chance)] : [])));
	for (let n = 1 + chance.below(3); n > 0; n--) steps.push(next(chance));
	if (chance.yes(0.5)) steps.push({ do: 'pass', seconds: 300 });
	if (chance.yes(0.3)) steps.push({ do: 'wake' });
	steps.push(cycle(), cycle());
	return { seed, habits: habitsOf(chance), steps };
}

function next(chance: Chance): Step {
	const kind = chance.next();
	if (kind < 0.65) return edit(chance);
	if (kind < 0.75) return { do: 'pass', seconds: chance.pick([5, 100, 300, 1200]) };
	if (kind < 0.9) return cycle(...(chance.yes(0.3) ? [trouble(chance)] : []));
	return { do: 'remove', which: chance.below(2) };
}

/** Of the row (0) or the person (1). */
function edit(chance: Chance): Step {
	return { do: 'edit', which: chance.below(2), field: chance.below(3), choice: chance.below(8) };
}

function cycle(...troubles: Trouble[]): Step {
	return { do: 'cycle', troubles };
}

function trouble(chance: Chance): Trouble {
	return {
		page: 0,
		at: chance.pick([1, 1, 1, 2, 3, 5]),
		gate: chance.pick(GATES),
		kind: chance.pick(KINDS),
		a: chance.below(2),
		b: chance.below(3),
		c: chance.below(8),
	};
}

function habitsOf(chance: Chance): Habits {
	const others = [chance.pick(PAIRS.slice(1)), chance.pick(PAIRS.slice(1))].slice(chance.below(2));
	const rows = [...new Set([PAIRS[0]!, ...others])].map(
		({ column, field }): MappingRow => ({
			id: `${column}>${field}`,
			column,
			field,
			direction: 'both',
		}),
	);
	const all = {
		rows,
		ifBothChanged: chance.pick(WINNERS),
		emptyValues: chance.pick(EMPTY_RULES),
	};
	return {
		mapping: { lead: all, contact: all },
		dynamics: { phonePlugIn: chance.yes(0.2), lateToken: chance.yes(0.3), pageRows: 1000 },
		marketo: {
			skew: chance.pick([0, 0, 1500]),
			lateness: chance.pick([0, 0, 3000, 100_000, 14 * 60_000]),
			capitals: chance.yes(0.1),
			pagePeople: 1000,
			createOnlyLooksAtIds: chance.yes(0.5),
			...(chance.yes(0.15) && { untold: { oneIn: 1 + chance.below(3), ms: 60 * 60_000 } }),
		},
		hostSkew: 0,
		batch: 300,
		pause: chance.pick([0, 0, 20_000]),
		refuses: chance.yes(0.05)
			? { side: chance.pick(['dynamics', 'marketo'] as const), value: 'b', names: chance.yes(0.6) }
			: null,
	};
}
