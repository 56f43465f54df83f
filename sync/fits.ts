import { IANAZone } from 'luxon';
import { fit } from './convert';
import { needsZone } from './convert/days';
import type { Side } from './items';
import type { MappingRow } from './mapping';
import type { Column, ValueType } from './values';

const TEXTS: ValueType[] = ['text', 'longText', 'email', 'phone', 'url'];
const NUMBERS: ValueType[] = ['integer', 'decimal'];
const CHOICES: ValueType[] = ['choice', 'multiChoice'];
const DATES: ValueType[] = ['date', 'dateTime'];
const REFERENCES: ValueType[] = ['lookup', 'id'];

/**
 * Types that can take the values of a type; of texts: those that spell such a value. A text says yes in
 * many languages and writes a day in many ways, so it is neither.
 */
const TAKEN_BY: Array<{ from: ValueType[]; to: ValueType[] }> = [
	{ from: TEXTS, to: [...TEXTS, ...NUMBERS, ...CHOICES, ...REFERENCES] },
	{ from: NUMBERS, to: [...TEXTS, ...NUMBERS, ...CHOICES] },
	{ from: ['choice'], to: [...TEXTS, ...NUMBERS, ...CHOICES] },
	{ from: ['multiChoice'], to: [...TEXTS, 'multiChoice'] },
	{ from: ['boolean'], to: [...TEXTS, 'boolean'] },
	{ from: DATES, to: [...TEXTS, ...DATES] },
	{ from: REFERENCES, to: [...TEXTS, ...REFERENCES] },
];

export const FITS = Object.fromEntries(
	TAKEN_BY.flatMap(({ from, to }) => from.map((type) => [type, to])),
) as Record<ValueType, ValueType[]>;

/** Why a row of the mapping cannot be worked, and what to do about it. */
export interface Unusable {
	reason: string;
	remedy: string;
}

const SYSTEMS: Record<Side, string> = { dynamics: 'Dynamics', marketo: 'Marketo' };
const GROUPS: Record<Side, string> = {
	dynamics: 'One Way: Marketo Field → Dynamics Column',
	marketo: 'One Way: Dynamics Column → Marketo Field',
};

/** Null where every value of the row can be tried. Only what holds for all values: a single one is judged when it comes. */
export function whyUnusable(row: MappingRow, column: Column, field: Column): Unusable | null {
	const ways: Array<{ target: Side; from: Column; to: Column }> = [];
	if (row.direction !== 'toDynamics') ways.push({ target: 'marketo', from: column, to: field });
	if (row.direction !== 'toMarketo') ways.push({ target: 'dynamics', from: field, to: column });
	const problem =
		closed(row, column) ?? contradictory(row) ?? cannotGoBack(row) ?? wrongZone(row, column, field);
	if (problem) return problem;
	for (const { target, from, to } of ways) {
		const found = readOnly(row, to, target) ?? misfit(row, from, to, target);
		if (found) return found;
	}
	return null;
}

/** R47: what may not be read is not known to be empty. */
function closed({ direction }: MappingRow, { label, name, closedTo }: Column): Unusable | null {
	if (closedTo === 'reading') {
		return {
			reason: `Column-level security in Dynamics keeps ${label} (${name}) from the sync's user, so that it looks empty`,
			remedy:
				'Add the user to a column security profile that may read and update it; then the row continues by itself, with what was edited in the meantime',
		};
	}
	if (closedTo === undefined || direction === 'toMarketo') return null;
	return {
		reason: `Column-level security in Dynamics keeps the sync's user from writing ${label} (${name})`,
		remedy: `Add the user to a column security profile that may update it, or move the row to ${GROUPS.marketo}`,
	};
}

function contradictory({ contradictions = [] }: MappingRow): Unusable | null {
	if (contradictions.length === 0) return null;
	return {
		reason: `The special rules of the row contradict each other in ${contradictions.join(' and ')}, so it is unclear which is meant`,
		remedy: 'Keep one of the rules, or have them say the same',
	};
}

/** R19: what a row that goes both ways changes has to come back. */
function cannotGoBack({ direction, transform = {} }: MappingRow): Unusable | null {
	const changes = [
		transform.truncate !== undefined && 'Truncate To',
		transform.constant !== undefined && 'Constant',
		transform.defaultWhenEmpty !== undefined && 'Default When Empty',
	].filter(Boolean);
	if (direction !== 'both' || changes.length === 0) return null;
	return {
		reason: `${changes.join(' and ')} cannot be undone on the way back, but the row goes both ways`,
		remedy: `Move the row to one of the two One Way groups, or remove ${changes.join(' and ')}`,
	};
}

function wrongZone({ transform = {} }: MappingRow, column: Column, field: Column): Unusable | null {
	const { zone } = transform;
	if (zone !== undefined && !IANAZone.isValidZone(zone)) {
		return {
			reason: `"${zone}" is not a time zone`,
			remedy: 'Write it as in Europe/Berlin or America/New_York',
		};
	}
	if (zone !== undefined || transform.constant !== undefined || !needsZone(column, field))
		return null;
	const [day, moment] = column.type === 'date' ? [column, field] : [field, column];
	return {
		reason: `${moment.label} (${moment.name}) is a date and time, ${day.label} (${day.name}) a date: which date it is depends on the time zone`,
		remedy:
			'Add a Special Rule for the row with Change the Value: Time Zone, and enter the time zone in which people pick the date',
	};
}

function readOnly(row: MappingRow, to: Column, target: Side): Unusable | null {
	if (to.canUpdate || (row.onlyOnCreate && to.canCreate)) return null;
	const name = `${to.label} (${to.name})`;
	const source: Side = target === 'dynamics' ? 'marketo' : 'dynamics';
	if (to.canCreate) {
		return {
			reason: `${SYSTEMS[target]} takes ${name} only when a record is created`,
			remedy: `Move the row to ${GROUPS[source]}, or add a Special Rule with Only on Create`,
		};
	}
	return {
		reason: `${SYSTEMS[target]} allows nobody to write ${name}`,
		remedy:
			row.direction === 'both'
				? `Move the row to ${GROUPS[source]}`
				: 'Choose another column or field, or remove the row',
	};
}

function misfit(row: MappingRow, from: Column, to: Column, target: Side): Unusable | null {
	const { constant, defaultWhenEmpty } = row.transform ?? {};
	for (const fixed of [constant, defaultWhenEmpty]) {
		if (fixed === undefined) continue;
		const fitted = fit(to, target, fixed, row.transform);
		if ('refusal' in fitted) return fitted.refusal;
	}
	if (constant !== undefined || FITS[from.type].includes(to.type)) return null;
	const goesBack = row.direction === 'both' && FITS[to.type].includes(from.type);
	return {
		reason: `${to.label} (${to.name}) cannot hold what ${from.label} (${from.name}) holds: ${KINDS[to.type]} and ${KINDS[from.type]}`,
		remedy: goesBack
			? `Move the row to ${GROUPS[target === 'dynamics' ? 'marketo' : 'dynamics']}, or choose a ${SYSTEMS[target]} ${target === 'dynamics' ? 'column' : 'field'} of the same type`
			: 'Choose a column and a field of the same type',
	};
}

/** In the middle of a sentence. */
const KINDS: Record<ValueType, string> = {
	text: 'a text',
	longText: 'a text',
	email: 'an e-mail address',
	phone: 'a phone number',
	url: 'a web address',
	integer: 'a whole number',
	decimal: 'a number',
	boolean: 'a yes/no',
	date: 'a date',
	dateTime: 'a date and time',
	choice: 'a choice',
	multiChoice: 'several choices',
	lookup: 'a lookup',
	id: 'an ID',
};

/** Rows of one table that stand in each other's way: by id, why. */
export function doubles(rows: MappingRow[]): Map<string, Unusable> {
	const found = new Map<string, Unusable>();
	const clash = (key: (row: MappingRow) => string | null, what: string) => {
		const groups = new Map<string, MappingRow[]>();
		for (const row of rows) {
			const name = key(row);
			if (name !== null) groups.set(name, [...(groups.get(name) ?? []), row]);
		}
		for (const [name, group] of groups) {
			if (group.length < 2) continue;
			for (const { id } of group) {
				found.set(id, {
					reason: `The ${what} ${name} is in ${group.length} rows, so it is unclear which value is meant`,
					remedy: 'Keep one of these rows',
				});
			}
		}
	};
	clash(({ column }) => column, 'Dynamics column');
	clash(({ field }) => field, 'Marketo field');
	clash(({ column, direction }) => (direction === 'toMarketo' ? null : lookupOf(column)), 'lookup');
	return found;
}

/** `ownerid` of `ownerid.email`: what is written in the end. */
function lookupOf(column: string): string {
	return column.split('.')[0]!;
}
