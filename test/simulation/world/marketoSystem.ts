import type { Person, PersonChanges } from '../../../sync/ports';
import type { Raw } from '../../../sync/values';
import type { WorldClock } from './clock';
import { valuesOf, type Cell, type Cells, type Edit } from './edits';
import { columnNamed } from './fields';
import { isNothing, sameIn } from './meaning';

export interface StoredPerson {
	id: string;
	cells: Cells;
	/** Fields that no user edits: the ids and marks that sync keeps. */
	own: Record<string, Raw>;
	/** Since when the person has the e-mail, and whether sync gave it. */
	addressed?: { at: number; bySync: boolean };
}

/** An entry of the activity log. It shows up late, and then stands where its time says. */
export interface Entry {
	guid: string;
	person: string;
	/** Whole seconds, Marketo's clock. */
	at: number;
	visibleAt: number;
	change: {
		field: string;
		oldValue: string | null;
		newValue: string | null;
		replaced: Edit;
	} | null;
	kind: 'change' | 'new' | 'delete';
	/** Of a delete: no delete, the person was merged into this one. */
	mergedInto?: string;
}

export interface MarketoHabits {
	/** Marketo's clock less true time, in milliseconds. */
	skew: number;
	/** Its log is behind by up to this many milliseconds. */
	lateness: number;
	/** One in so many edits of users is told so much later, in milliseconds; absent: none. */
	untold?: { oneIn: number; ms: number };
	/** Milliseconds between the entries of strangers, which fill the log; absent: there are none. */
	strangers?: number;
	/** Comments are stored in capitals. */
	capitals: boolean;
	/** People per page of the log at most. */
	pagePeople: number;
	/** A field in which updates by programs change nothing; they are answered "updated" all the same. */
	blocked?: string;
	/** Comments are cut to so many letters. */
	cutsTo?: number;
	/** Whoever is made with an address that was unsubscribed once is so again, and no log says so. */
	remembersOptOuts?: boolean;
	/** People's ids are numbers, as people type them. */
	numbered?: boolean;
	/** *createOnly* by e-mail looks at nothing but the e-mail, or at the ids as well (R23). */
	createOnlyLooksAtIds: boolean;
}

/** More than a near read goes back over. */
const STRANGERS = 250;

/** Where a read of the log stands, and with which time it is over. */
interface Position {
	at: number;
	guid: string;
	until?: number;
}

/** Marketo as far as people need it: persons and the activity log. */
export class MarketoSystem {
	readonly people = new Map<string, StoredPerson>();
	readonly log: Entry[] = [];
	/** Told of everybody who is deleted, or merged into somebody. */
	whenGone?: (person: string, mergedInto: string | null) => void;
	private count = 0;
	/** Addresses of people who were unsubscribed when they were deleted. */
	private readonly optedOut = new Set<string>();

	get nextId(): string {
		return `${this.habits.numbered ? '' : 'p'}${this.count + 1}`;
	}

	constructor(
		private readonly clock: WorldClock,
		readonly habits: MarketoHabits,
		private readonly late: () => number,
	) {}

	/** Entries are about to show up, as late as usual. */
	get isBehind(): boolean {
		const { now } = this.clock;
		const soon = now + this.habits.lateness;
		return this.log.some(({ visibleAt }) => visibleAt > now && visibleAt <= soon);
	}

	stored(field: string, value: Raw): Raw {
		if (columnNamed(field)?.type === 'boolean') return value === true;
		if (value === '') return null;
		if (this.habits.cutsTo && field === 'comments' && typeof value === 'string')
			value = value.slice(0, this.habits.cutsTo);
		if (this.habits.capitals && field === 'comments' && typeof value === 'string')
			return value.toUpperCase();
		return value;
	}

	create(cells: Cells, own: Record<string, Raw> = {}): StoredPerson {
		const person: StoredPerson = {
			id: this.nextId,
			cells,
			own,
			addressed: { at: this.clock.now, bySync: false },
		};
		for (const [field, cell] of Object.entries(cells)) cell.value = this.stored(field, cell.value);
		this.count++;
		this.people.set(person.id, person);
		this.enter(person.id, 'new', null);
		return person;
	}

	/** Writes fields, each change with an entry in the log, which may be later than usual; returns the changed fields. */
	save(
		person: StoredPerson,
		values: Record<string, { value: Raw; edit: Edit }>,
		later = 0,
	): string[] {
		const changed: string[] = [];
		for (const [field, { value, edit }] of Object.entries(values)) {
			const before = person.cells[field]!;
			const now = this.stored(field, value);
			person.cells[field] = { value: now, edit };
			if (sameIn(field, 'marketo', before.value, now)) continue;
			changed.push(field);
			if (field === 'email') person.addressed = { at: this.clock.now, bySync: false };
			this.enter(
				person.id,
				'change',
				{
					field,
					oldValue: logged(before.value),
					newValue: logged(now),
					replaced: before.edit,
				},
				later,
			);
		}
		return changed;
	}

	/** Whether the address was unsubscribed once, whoever has it. */
	isOptedOut(email: Raw): boolean {
		return (
			this.habits.remembersOptOuts === true &&
			email !== null &&
			this.optedOut.has(String(email).toLowerCase())
		);
	}

	remove(person: StoredPerson): void {
		const { email, unsubscribed } = person.cells;
		if (unsubscribed?.value === true) this.optedOut.add(String(email!.value).toLowerCase());
		this.people.delete(person.id);
		this.enter(person.id, 'delete', null);
		this.whenGone?.(person.id, null);
	}

	/** Two people become one: what the one that stays does not have comes from the other one, and so does the log of that. */
	merge(
		loser: StoredPerson,
		survivor: StoredPerson,
		act: (field: string, before: Cell, from: Cell) => Edit,
	): void {
		for (const entry of this.log)
			if (entry.person === loser.id && entry.kind === 'change') entry.person = survivor.id;
		const given = Object.entries(survivor.cells).flatMap(([field, before]) => {
			const lost = loser.cells[field]!;
			const isGiven =
				isNothing(field, 'marketo', before.value) && !isNothing(field, 'marketo', lost.value);
			return isGiven
				? [[field, { value: lost.value, edit: act(field, before, lost) }] as const]
				: [];
		});
		this.save(survivor, Object.fromEntries(given));
		for (const [field, value] of Object.entries(loser.own))
			if (!survivor.own[field]) survivor.own[field] = value;
		this.people.delete(loser.id);
		this.enter(loser.id, 'delete', null);
		this.log.at(-1)!.mergedInto = survivor.id;
		this.whenGone?.(loser.id, survivor.id);
	}

	/** The log as far as it is visible, from a moment on, or from where a read stopped. */
	readChanges(
		from: { since: string; untilAgo?: number } | { next: string },
		fields: string[],
		limit: number,
	): PersonChanges {
		const visible = this.log
			.filter((entry) => entry.visibleAt <= this.clock.now)
			// Of other fields nothing is told, nor that there is anything.
			.filter(({ change }) => !change || fields.includes(change.field))
			.sort((a, b) => a.at - b.at || (a.guid < b.guid ? -1 : 1));
		const after =
			'next' in from
				? (JSON.parse(from.next) as Position)
				: {
						at: Math.floor(Date.parse(from.since) / 1000) * 1000,
						guid: '',
						until:
							from.untilAgo === undefined
								? undefined
								: this.clock.now + this.habits.skew - from.untilAgo,
					};
		const rest = visible.filter(
			(entry) => entry.at > after.at || (entry.at === after.at && entry.guid > after.guid),
		);
		const most = Math.min(limit, this.habits.pagePeople);
		const taken: Entry[] = [];
		const people = new Set<string>();
		for (const entry of rest) {
			if (entry.at > (after.until ?? Infinity)) break;
			if (!people.has(entry.person) && people.size >= most) break;
			people.add(entry.person);
			taken.push(entry);
		}
		const last = taken.at(-1);
		const isOver =
			taken.length === rest.length || rest[taken.length]!.at > (after.until ?? Infinity);
		const changes: PersonChanges = {
			changed: [],
			deleted: taken
				.filter((entry) => entry.kind === 'delete')
				.map(({ person, at, guid, mergedInto }) => ({
					id: person,
					at: iso(at),
					guid,
					...(mergedInto ? { mergedInto } : {}),
				})),
			entries: [
				...taken.map(({ guid, at }) => ({ guid, at: iso(at) })),
				...this.strangers(after.at, isOver ? after.until : last?.at),
			],
			next: JSON.stringify(last ? { ...after, at: last.at, guid: last.guid } : after),
			drained: isOver,
			toNow: taken.length === rest.length,
			newestActivityAt: last ? iso(last.at) : null,
			serverTime: this.clock.iso(this.habits.skew),
		};
		for (const id of people) {
			const mine = taken.filter((entry) => entry.person === id && entry.kind !== 'delete');
			if (mine.length === 0) continue;
			changes.changed.push({
				id,
				edits: mine.flatMap(({ change, at, guid }) =>
					change
						? [
								{
									field: change.field,
									oldValue: change.oldValue,
									newValue: change.newValue,
									at: iso(at),
									guid,
								},
							]
						: [],
				),
				isNew: mine.some((entry) => entry.kind === 'new'),
				newestAt: iso(mine.at(-1)!.at),
				guids: mine.map((entry) => entry.guid),
			});
		}
		return changes;
	}

	/** The newest entries of people whom sync does not know; to the ledger they are one. */
	private strangers(
		from: number,
		to = this.clock.now + this.habits.skew,
	): PersonChanges['entries'] {
		const { strangers: pause } = this.habits;
		if (pause === undefined) return [];
		const count = Math.min(STRANGERS, Math.floor((to - from) / pause));
		return Array.from({ length: Math.max(0, count) }, (_, n) => ({
			guid: 'strangers',
			at: iso(Math.floor((to - n * pause) / 1000) * 1000),
		}));
	}

	/** What stood in a field of a person before, as the log tells. */
	replaced(person: string, field: string): Cell[] {
		return this.log.flatMap(({ person: of, change }) =>
			of === person && change?.field === field
				? [{ value: change.oldValue, edit: change.replaced }]
				: [],
		);
	}

	readBy(filter: string, values: string[], fields: string[]): Person[] {
		const wanted = new Set(values.map((value) => value.toLowerCase()));
		const value = (person: StoredPerson) =>
			filter === 'id' ? person.id : (person.own[filter] ?? person.cells[filter]?.value ?? null);
		return [...this.people.values()]
			.filter((person) => wanted.has(String(value(person) ?? '\u0000').toLowerCase()))
			.map((person) => ({
				id: person.id,
				values: { ...valuesOf(person.cells, fields), ...pick(person.own, fields), id: person.id },
			}));
	}

	private enter(person: string, kind: Entry['kind'], change: Entry['change'], later = 0): void {
		const at = Math.floor((this.clock.now + this.habits.skew) / 1000) * 1000;
		const guid = `g${String(this.log.length).padStart(6, '0')}`;
		this.log.push({
			guid,
			person,
			at,
			visibleAt: this.clock.now + this.late() + later,
			change,
			kind,
		});
	}
}

function logged(value: Raw): string | null {
	return value === null ? null : String(value);
}

function iso(at: number): string {
	return new Date(at).toISOString().replace('.000Z', 'Z');
}

function pick(own: Record<string, Raw>, fields: string[]): Record<string, Raw> {
	return Object.fromEntries(fields.filter((name) => name in own).map((name) => [name, own[name]!]));
}
