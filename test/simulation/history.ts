import type { Condition } from '../../sync/condition';
import type { DynamicsTable, Side } from '../../sync/items';
import type { EmptyRule, MappingRow, PeopleMapping, Winner } from '../../sync/mapping';
import type { Ask } from './campaigns';
import type { Befalls, OtherAct } from './otherLanes';
import type { LifeEvent, Trouble } from './trouble';
import { Chance } from './world/chance';
import { MAILBOXES, ODD_PAIRS, OWN_MAILBOX, PAIRS } from './world/fields';
import type { LaneName } from './world/lanes';
import type { Remap } from './world/remap';
import type { Habits } from './world/world';

/** What happens, one after the other. Numbers pick among what is there, so that any part can be left out. */
export type Step =
	| { do: 'row'; table: 'lead' | 'contact'; choices: number[] }
	| { do: 'person'; choices: number[] }
	/** One row and one person with the same e-mail, made independently of each other. */
	| { do: 'both'; table: 'lead' | 'contact'; row: number[]; person: number[] }
	| { do: 'edit'; which: number; field: number; choice: number }
	/** The same field on both sides, one edit each. */
	| { do: 'editBoth'; which: number; field: number; choices: [number, number] }
	| { do: 'remove'; which: number }
	| { do: 'pass'; seconds: number }
	| { do: 'cycle'; troubles: Trouble[] }
	| ({ do: 'ask' } & Ask)
	/** The inbox works off what is due in it. */
	| { do: 'serve' }
	| { do: 'wake' }
	| { do: 'retry'; which: number; node: number }
	| { do: 'hide'; which: number; asDelete: boolean }
	| { do: 'close'; field: number }
	/** All is in sight again. */
	| { do: 'open' }
	/** Somebody merges two people in Marketo. */
	| { do: 'merge'; which: number; into: number }
	/** Somebody merges two rows of a table in Dynamics. */
	| { do: 'mergeRows'; which: number; into: number }
	/** Somebody restores a row that was deleted. */
	| { do: 'takeBack'; which: number }
	/** Somebody deactivates a row, or activates it again. */
	| { do: 'turn'; which: number }
	/** Somebody qualifies a lead: into a new contact, one that is there, or none. */
	| { do: 'qualify'; which: number; into: number }
	/** Somebody says who does not belong together, who does, or that all is matched again in a copy of Dynamics. */
	| { do: 'unlink'; which: number }
	| { do: 'linkByHand'; which: number; whom: number }
	| { do: 'rePoint'; isOther: boolean }
	/** Somebody has the filter leave a row out, or lets it take part again. */
	| { do: 'filter'; which: number }
	/** Somebody switches a credential to another system, or back. */
	| { do: 'switch'; side: Side }
	| { do: 'switchBack' }
	| { do: 'expire' }
	/** Somebody changes the field mapping. */
	| ({ do: 'remap' } & Remap)
	| { do: 'rewind'; which: number }
	| { do: 'keep' }
	| { do: 'restore' }
	| { do: 'adopt' }
	/** Of histories whose other lanes go by hand: somebody does something in a table of one of them. */
	| ({ do: 'other'; table: DynamicsTable } & OtherAct)
	/** One of these lanes runs, and something may go wrong. */
	| { do: 'run'; lane: LaneName; befalls?: Befalls };

export interface History {
	seed: number;
	habits: Habits;
	steps: Step[];
	/** Of directed histories: these lanes run beside the people. */
	lanes?: readonly LaneName[];
	/** These do nothing by themselves, and delete the records of deleted rows. */
	byHand?: true;
}

/**
 * Histories that broke an invariant once, or were judged by what nobody could know: `npm test` lives them again. By how
 * they are lived, as `main.ts` takes it.
 */
export const FOUND: Readonly<Record<string, readonly number[]>> = {
	'': [
		16000662, 17000414, 17000932, 17001759, 17002399, 17011028, 17011260, 17011662, 17012594,
		30002021, 30002409, 30002512, 30006457, 30008718, 30009600, 30010359, 40001712, 40003502,
		40003662, 40006743, 40007245, 40007955, 60000038, 60010375, 60010710, 60030682, 60031128,
		275762013, 80010310, 80011369, 80011635, 80012636, 80014104, 100003005, 100007481, 100008109,
		100009578, 100014476, 100016509, 100018037,
	],
	'--merges': [42000188, 82000047, 82000255],
	'--row-merges': [7700118, 61000043, 83000030, 83000165],
	'--deletes': [60024046, 84000110, 84000122],
	'--life': [62000017, 81000100, 81000111, 81000112],
};

/** What kinds of trouble a history may have; calm ones have none. */
const KINDS: Array<Trouble['kind']> = [
	'crash',
	'crash',
	'crashProcess',
	'stall',
	'stallProcess',
	'edit',
	'edit',
	'edit',
	'edit',
	'resume',
	'comeBackLater',
	'lost',
	'lost',
	'again',
	'expired',
];

export function historyOf(seed: number): History {
	const chance = new Chance(seed);
	const calm = chance.yes(0.25);
	const habits = withOddities(habitsOf(chance), new Chance(seed + 0x0dd));
	const steps: Step[] = [];
	for (let n = 1 + chance.below(3); n > 0; n--) steps.push(newcomer(chance));
	if (chance.yes(0.7)) steps.push(cycle(chance, calm || chance.yes(0.5)));
	const length = 4 + chance.below(10);
	for (let n = 0; n < length; n++) steps.push(step(chance, calm));
	addCampaigns(new Chance(seed + 0xa5c), steps, calm);
	addRemaps(new Chance(seed + 0x3a9), steps);
	addBlindness(new Chance(seed + 0xb1d), steps);
	addTurns(new Chance(seed + 0x7a9), steps);
	addSwitch(new Chance(seed + 0x5e1), steps);
	const ofLog = new Chance(seed + 0x106);
	if (ofLog.yes(0.3)) habits.marketo.strangers = 500;
	if (ofLog.yes(0.1))
		habits.marketo.untold = { oneIn: 1 + ofLog.below(3), ms: ofLog.pick([20, 60, 600]) * 60_000 };
	return { seed, habits, steps };
}

/** What befalls people who are asked for at once. */
const AT_ONCE_KINDS: Array<Trouble['kind']> = [
	'crash',
	'crash',
	'stall',
	'edit',
	'edit',
	'row',
	'row',
	'person',
	'remove',
	'lost',
	'lost',
	'lost',
	'again',
	'comeBackLater',
];

/** Campaigns ask in half of the histories, mostly for people whom nobody else knows; the other half stays as it is. */
function addCampaigns(chance: Chance, steps: Step[], calm: boolean): void {
	if (chance.yes(0.5)) return;
	for (let n = 1 + chance.below(3); n > 0; n--) {
		const added: Step[] = [];
		for (let people = chance.below(3); people > 0; people--) {
			const person = choices(chance);
			if (chance.yes(0.4)) person[0] = OWN_MAILBOX + chance.below(1000);
			added.push({ do: 'person', choices: person });
		}
		if (chance.yes(0.25))
			added.push({
				do: 'row',
				table: chance.yes(0.5) ? 'lead' : 'contact',
				choices: choices(chance),
			});
		added.push(ask(chance, calm));
		if (chance.yes(0.5))
			added.push({ do: 'pass', seconds: chance.pick([10, 200, 600]) }, { do: 'serve' });
		// Before the first page has ended nobody can be synced.
		const from = chance.yes(0.9) ? steps.findIndex((step) => step.do === 'cycle') + 1 : 0;
		steps.splice(from + chance.below(steps.length + 1 - from), 0, ...added);
	}
}

/** In some histories the sync's user loses sight of rows and columns, for a while or until the end. */
function addBlindness(chance: Chance, steps: Step[]): void {
	if (chance.yes(0.8)) return;
	for (let n = 1 + chance.below(2); n > 0; n--) {
		const from = chance.below(steps.length + 1);
		const to = from + 1 + chance.below(steps.length + 1 - from);
		steps.splice(
			from,
			0,
			chance.yes(0.5)
				? { do: 'hide', which: chance.below(12), asDelete: chance.yes(0.3) }
				: { do: 'close', field: chance.below(12) },
		);
		if (chance.yes(0.7)) steps.splice(to, 0, { do: 'open' });
	}
}

/** The same history, with people merged in Marketo; in half of them the rows of both are merged in Dynamics as well. */
export function withMerges(seed: number): History {
	const history = historyOf(seed);
	const chance = new Chance(seed + 0x3e6);
	for (let n = 1 + chance.below(2); n > 0; n--) {
		const merge: Step = { do: 'merge', which: chance.below(12), into: chance.below(12) };
		history.steps.splice(chance.below(history.steps.length + 1), 0, merge);
	}
	if (chance.yes(0.5)) history.habits.whenPeopleMerged = 'merge';
	return history;
}

/** The same history, with rows merged in Dynamics; where both are linked, their people are merged as well, in half of them. */
export function withRowMerges(seed: number): History {
	const { habits, steps } = historyOf(seed);
	const chance = new Chance(seed + 0x4e7);
	for (let n = 1 + chance.below(3); n > 0; n--) {
		const step: Step = { do: 'mergeRows', which: chance.below(12), into: chance.below(12) };
		steps.splice(chance.below(steps.length + 1), 0, step);
	}
	return { seed, habits: { ...habits, ...(chance.yes(0.5) && { whenMerged: 'merge' }) }, steps };
}

/** The same history, with rows that the filter leaves out for a while or for good. */
export function withFilters(seed: number): History {
	const { habits, steps } = historyOf(seed);
	const chance = new Chance(seed + 0xf11);
	for (let n = 1 + chance.below(4); n > 0; n--) {
		const step: Step = { do: 'filter', which: chance.below(12) };
		steps.splice(chance.below(steps.length + 1), 0, step);
	}
	return { seed, habits: { ...habits, filtered: true }, steps };
}

const WANTED: readonly Condition[] = [
	{ column: 'title', operator: 'ne', value: 'No' },
	{ column: 'unsubscribed', operator: 'eq', value: 'No' },
	{ column: 'employees', operator: 'ge', value: '1' },
	{ column: 'comments', operator: 'notEmpty' },
];

const LIFE: ReadonlyArray<(chance: Chance) => Step> = [
	(chance) => ({ do: 'merge', which: chance.below(12), into: chance.below(12) }),
	(chance) => ({ do: 'mergeRows', which: chance.below(12), into: chance.below(12) }),
	(chance) => ({ do: 'qualify', which: chance.below(12), into: chance.below(60) }),
	(chance) => ({ do: 'qualify', which: chance.below(12), into: chance.below(60) }),
	(chance) => ({ do: 'filter', which: chance.below(12) }),
	(chance) => ({ do: 'remove', which: chance.below(12) }),
	(chance) => ({ do: 'turn', which: chance.below(12) }),
	(chance) => ({ do: 'takeBack', which: chance.below(12) }),
	(chance) => ({ do: 'unlink', which: chance.below(12) }),
	(chance) => ({ do: 'linkByHand', which: chance.below(12), whom: chance.below(12) }),
];
const LIFE_EVENTS: readonly LifeEvent[] = ['merge', 'mergeRows', 'qualify', 'filter', 'unlink'];

/** The same history, with all that happens to people in their life: merged, qualified, left out, deleted, parted, joined, made unasked. */
export function withLife(seed: number): History {
	const { habits, steps } = historyOf(seed);
	const chance = new Chance(seed + 0x11fe);
	for (let n = 2 + chance.below(4); n > 0; n--)
		steps.splice(chance.below(steps.length + 1), 0, chance.pick(LIFE)(chance));
	if (chance.yes(0.08)) {
		const rePoint: Step = { do: 'rePoint', isOther: chance.yes(0.5) };
		steps.splice(chance.below(steps.length + 1), 0, rePoint);
	}
	for (const step of steps)
		if (step.do === 'cycle')
			for (const trouble of step.troubles)
				if (trouble.kind === 'edit' && chance.yes(0.2)) trouble.kind = chance.pick(LIFE_EVENTS);
	const { lead, contact } = habits.mapping;
	const chosen = <Mapping extends object>(mapping: Mapping) => ({
		...mapping,
		...(chance.yes(0.3) && {
			createdFrom: { conditions: [chance.pick(WANTED)], match: 'all' as const },
		}),
		...(chance.yes(0.2) && {
			whenRowDeleted: chance.pick(['ignore', 'unlink', 'delete'] as const),
		}),
		...(chance.yes(0.2) && {
			whenPersonDeleted: chance.pick(['unlink', 'deactivate', 'delete'] as const),
		}),
	});
	return {
		seed,
		habits: {
			...habits,
			mapping: { lead: chosen(lead), contact: chosen(contact) },
			marketo: { ...habits.marketo, numbered: true },
			filtered: true,
			...(chance.yes(0.4) && { whenMerged: 'merge' }),
			...(chance.yes(0.4) && { whenPeopleMerged: 'merge' }),
			...(chance.yes(0.08) && { taken: chance.pick(MAILBOXES) as string }),
			...(chance.yes(0.08) && { neverNow: chance.pick(['dynamics', 'marketo'] as const) }),
		},
		steps,
	};
}

const ROW_CHOICES = [undefined, 'ignore', 'unlink', 'delete', 'delete', 'delete'] as const;
const PERSON_CHOICES = [
	undefined,
	'unlink',
	'deactivate',
	'deactivate',
	'delete',
	'delete',
] as const;

/** The same history, with deletes that the other record follows by choice, and rows that are restored and activated again. */
export function withDeletes(seed: number): History {
	const { habits, steps } = historyOf(seed);
	const chance = new Chance(seed + 0xde1);
	const { lead, contact } = habits.mapping;
	const chosen = <Mapping extends object>(mapping: Mapping) => {
		const [whenRowDeleted, whenPersonDeleted] = [
			chance.pick(ROW_CHOICES),
			chance.pick(PERSON_CHOICES),
		];
		return {
			...mapping,
			...(whenRowDeleted && { whenRowDeleted }),
			...(whenPersonDeleted && { whenPersonDeleted }),
		};
	};
	const mapping = { lead: chosen(lead), contact: chosen(contact) };
	const put = (step: Step, from = 0) =>
		steps.splice(from + chance.below(steps.length + 1 - from), 0, step);
	for (let n = 1 + chance.below(4); n > 0; n--) put({ do: 'remove', which: chance.below(12) });
	if (chance.yes(0.4))
		put({ do: 'takeBack', which: chance.below(12) }, Math.floor(steps.length / 2));
	if (chance.yes(0.3)) put({ do: 'turn', which: chance.below(12) }, Math.floor(steps.length / 2));
	return { seed, habits: { ...habits, mapping }, steps };
}

/** In some histories rows are restored, deactivated and activated. */
function addTurns(chance: Chance, steps: Step[]): void {
	const isRestored = chance.yes(0.15);
	const isTurned = chance.yes(0.15);
	const put = (step: Step) => steps.splice(chance.below(steps.length + 1), 0, step);
	for (let n = isRestored ? 1 + chance.below(2) : 0; n > 0; n--) {
		const at = chance.below(steps.length + 1);
		steps.splice(at, 0, { do: 'remove', which: chance.below(12) });
		const later = at + 1 + chance.below(steps.length - at);
		steps.splice(later, 0, { do: 'takeBack', which: chance.below(12) });
	}
	for (let n = isTurned ? 1 + chance.below(3) : 0; n > 0; n--)
		put({ do: 'turn', which: chance.below(12) });
}

/** In some histories a credential names another system for a while. Campaigns do not ask then: they would be refused. */
function addSwitch(chance: Chance, steps: Step[]): void {
	if (chance.yes(0.94) || steps.some((step) => step.do === 'ask')) return;
	const at = chance.below(steps.length + 1);
	const back = at + 1 + chance.below(steps.length + 1 - at);
	steps.splice(at, 0, { do: 'switch', side: chance.pick(['dynamics', 'marketo'] as const) });
	steps.splice(back, 0, { do: 'switchBack' });
}

const REMAPS: Array<Remap['how']> = [
	'away',
	'away',
	'away',
	'swap',
	'direction',
	'empty',
	'onCreate',
];

/** In a quarter of the histories somebody changes the field mapping while the sync is in use; the others stay as they are. */
function addRemaps(chance: Chance, steps: Step[]): void {
	if (chance.yes(0.75)) return;
	for (let n = 1 + chance.below(3); n > 0; n--) {
		const pair = chance.below(PAIRS.length);
		const remap: Step = { do: 'remap', pair, how: chance.pick(REMAPS) };
		steps.splice(chance.below(steps.length + 1), 0, remap);
	}
}

function ask(chance: Chance, calm: boolean): Step {
	const troubles: Trouble[] = [];
	for (let n = calm ? 0 : chance.below(4); n > 0; n--) {
		troubles.push({
			page: chance.below(2),
			at: 1 + chance.below(40),
			kind: chance.pick(AT_ONCE_KINDS),
			a: chance.below(12),
			b: chance.below(12),
			c: chance.below(8),
		});
	}
	return {
		do: 'ask',
		people: Array.from({ length: 1 + chance.below(4) }, () =>
			chance.yes(0.6) ? -1 - chance.below(2) : chance.below(12),
		),
		as: chance.yes(0.6) ? 'lead' : 'contact',
		calls: chance.pick([1, 1, 2, 5]),
		executions: chance.pick([1, 1, 2, 2, 5]),
		beside: chance.yes(0.5),
		troubles,
	};
}

function newcomer(chance: Chance): Step {
	const table = chance.yes(0.6) ? 'lead' : 'contact';
	const kind = chance.next();
	if (kind < 0.35) return { do: 'row', table, choices: choices(chance) };
	if (kind < 0.45) return { do: 'person', choices: choices(chance) };
	const row = choices(chance);
	const person = choices(chance);
	person[0] = row[0]!;
	return { do: 'both', table, row, person };
}

function step(chance: Chance, calm: boolean): Step {
	const kind = chance.next();
	if (kind < 0.3)
		return {
			do: 'edit',
			which: chance.below(12),
			field: chance.below(12),
			choice: chance.below(8),
		};
	if (kind < 0.4)
		return {
			do: 'editBoth',
			which: chance.below(12),
			field: chance.below(12),
			choices: [chance.below(8), chance.below(8)],
		};
	if (kind < 0.75) return cycle(chance, calm);
	if (kind < 0.8) return { do: 'pass', seconds: chance.below(1200) };
	if (kind < 0.84) return newcomer(chance);
	if (kind < 0.88) return { do: 'remove', which: chance.below(12) };
	if (calm) return { do: 'pass', seconds: chance.below(30) };
	if (kind < 0.92) return { do: 'wake' };
	if (kind < 0.94) return { do: 'retry', which: chance.below(6), node: chance.below(5) };
	if (kind < 0.96) return { do: 'expire' };
	return { do: 'rewind', which: chance.below(4) };
}

function cycle(chance: Chance, calm: boolean): Step {
	const troubles: Trouble[] = [];
	for (let n = calm ? 0 : chance.below(4); n > 0; n--) {
		troubles.push({
			page: chance.yes(0.7) ? 0 : chance.below(3),
			at: 1 + chance.below(60),
			kind: chance.pick(KINDS),
			a: chance.below(12),
			b: chance.below(12),
			c: chance.below(8),
		});
	}
	return { do: 'cycle', troubles };
}

function choices(chance: Chance): number[] {
	return PAIRS.map(() => chance.below(8));
}

const WINNERS: Winner[] = ['native', 'native', 'marketo', 'dynamics', 'newest', 'ask'];
const EMPTY_RULES: EmptyRule[] = ['copy', 'copy', 'copy', 'neverOverwrite', 'onlyFill'];

function habitsOf(chance: Chance): Habits {
	const plain = chance.yes(0.5);
	const others = PAIRS.slice(1).filter(() => chance.yes(0.45));
	const chosen = [PAIRS[0]!, ...(others.length > 0 ? others : [PAIRS[1]!])];
	const rows: MappingRow[] = chosen.map(({ column, field }, index) => ({
		id: `${column}>${field}`,
		column,
		field,
		direction:
			plain || index === 0 || chance.yes(0.7)
				? 'both'
				: chance.pick(['toMarketo', 'toDynamics'] as const),
		...(plain || chance.yes(0.7) ? {} : { winner: chance.pick(WINNERS) }),
		...(plain || chance.yes(0.8) ? {} : { empty: chance.pick(EMPTY_RULES) }),
	}));
	const table = {
		rows,
		ifBothChanged: plain ? ('native' as const) : chance.pick(WINNERS),
		emptyValues: plain ? ('copy' as const) : chance.pick(EMPTY_RULES),
	};
	const mapping: PeopleMapping = { lead: table, contact: table };
	return {
		mapping,
		dynamics: {
			phonePlugIn: chance.yes(0.3),
			lateToken: chance.yes(0.5),
			pageRows: chance.yes(0.3) ? 1 + chance.below(3) : 1000,
		},
		marketo: {
			skew: chance.pick([0, 0, 1500, -40_000]),
			lateness: chance.pick([0, 0, 3000, 100_000, 14 * 60_000]),
			capitals: chance.yes(0.15),
			pagePeople: chance.yes(0.3) ? 1 + chance.below(3) : 1000,
			createOnlyLooksAtIds: chance.yes(0.5),
		},
		hostSkew: chance.pick([0, 0, 5000, -20 * 60_000, 40 * 60_000]),
		batch: chance.pick([1, 2, 300]),
		pause: 0,
		refuses: chance.yes(0.12)
			? { side: chance.pick(['dynamics', 'marketo'] as const), value: 'b', names: chance.yes(0.6) }
			: null,
	};
}

/** What few systems have: drawn apart, so that each new one leaves all other histories as they are. */
function withOddities(usual: Habits, chance: Chance): Habits {
	const habits: Habits = {
		...usual,
		marketo: { ...usual.marketo },
		pause: chance.pick([0, 0, 0, 20_000, 90_000]),
	};
	if (chance.yes(0.08)) habits.plugIn = true;
	// Slow ones are found out later than the judge waits (R18).
	if (chance.yes(0.04))
		Object.assign(habits, { insist: true, pause: 0, marketo: { ...habits.marketo, lateness: 0 } });
	if (chance.yes(0.04)) habits.taken = 'ann@x.test';
	if (chance.yes(0.25)) habits.mapping = withOddPairs(usual.mapping, chance);
	if (chance.yes(0.06))
		habits.marketo.blocked = chance.pick(['title', 'employees', 'phone', 'comments']);
	if (chance.yes(0.06)) habits.marketo.cutsTo = 2;
	if (chance.yes(0.2)) habits.marketo.remembersOptOuts = true;
	if (chance.yes(0.05)) habits.neverNow = chance.pick(['dynamics', 'marketo'] as const);
	return habits;
}

/** One or two more rows, of types that differ. */
function withOddPairs({ lead }: PeopleMapping, chance: Chance): PeopleMapping {
	const pairs = new Set([chance.pick(ODD_PAIRS), chance.pick(ODD_PAIRS)]);
	const rows = [...pairs].map(({ column, field, transform }): MappingRow => {
		const direction = chance.pick(['both', 'both', 'both', 'toMarketo', 'toDynamics'] as const);
		return { id: `${column}>${field}`, column, field, direction, ...(transform && { transform }) };
	});
	const table = { ...lead, rows: [...lead.rows, ...rows] };
	return { lead: table, contact: table };
}
