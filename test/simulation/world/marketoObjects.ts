import type { Raw } from '../../../sync/values';
import type { ParentField, PlayedLane } from './lanes';
import type { MarketoSystem } from './marketoSystem';

export interface StoredObject {
	/** Marketo's own. */
	id: string;
	values: Record<string, Raw>;
	/** When the write was sent that it holds. */
	sentAt: number;
	/** The sync was told that it is there. */
	isTold?: boolean;
	/** It came to another person as people were merged. */
	isMoved?: boolean;
}

/** Ids of people are lower: nobody takes one for the other. */
const FIRST_ID = 3001;

/** Marketo as far as companies, opportunities and the like need it: records, and what ties them together. */
export class MarketoObjects {
	private readonly stored = new Map<string, StoredObject[]>();
	/** Records that were there once, as `ParentField`s name them. */
	private readonly known = new Set<string>();
	/** Keys of records that the sync has deleted last, and of those that a user has deleted once. */
	private readonly deletedBySync = new Set<string>();
	private readonly deletedByUser = new Set<string>();
	private count = 0;

	constructor(
		private readonly people: MarketoSystem,
		private readonly lanes: ReadonlyMap<string, PlayedLane>,
	) {
		people.whenGone = (person, mergedInto) => this.personGone(person, mergedInto);
	}

	all(object: string): StoredObject[] {
		const known = this.stored.get(object);
		if (known) return known;
		const none: StoredObject[] = [];
		this.stored.set(object, none);
		return none;
	}

	find(object: string, field: string, value: Raw | undefined): StoredObject | undefined {
		return this.all(object).find((one) => same(valueIn(one, field), value));
	}

	/** The record that has the same key as these values. */
	alike(object: string, values: Readonly<Record<string, Raw>>): StoredObject | undefined {
		const { key } = this.lanes.get(object)!;
		return this.all(object).find((one) =>
			key.every((field) => same(one.values[field], values[field])),
		);
	}

	/** Whether what a field names is there; nothing is. */
	isThere({ object, by }: ParentField, value: Raw | undefined): boolean {
		if (value === null || value === undefined) return true;
		return object === 'person'
			? this.people.people.has(String(value))
			: this.find(object, by, value) !== undefined;
	}

	/** Whether a field names somebody who is not there. */
	isNobody(object: string, field: string, value: Raw | undefined): boolean {
		const parent = this.lanes.get(object)!.parents[field];
		return parent !== undefined && !this.isThere(parent, value);
	}

	/** Whether it was so once. */
	wasThere(parent: ParentField, value: Raw): boolean {
		return this.isThere(parent, value) || this.known.has(nameOf(parent, value));
	}

	/** Fields of a record that name what is not there. */
	missingIn(object: string, values: Readonly<Record<string, Raw>>): string[] {
		const { parents } = this.lanes.get(object)!;
		return Object.keys(parents).filter((field) => !this.isThere(parents[field]!, values[field]));
	}

	write(object: string, values: Readonly<Record<string, Raw>>, sentAt: number): StoredObject {
		const there = this.alike(object, values);
		if (there) {
			Object.assign(there.values, values);
			there.sentAt = sentAt;
			return there;
		}
		const made: StoredObject = {
			id: String(FIRST_ID + this.count++),
			values: { ...values },
			sentAt,
		};
		this.all(object).push(made);
		return made;
	}

	/** Whether the sync itself has deleted a record of this key, and nobody but the sync. */
	wasDeletedBySync(object: string, values: Readonly<Record<string, Raw>>): boolean {
		return this.deletedBySync.has(this.keyOf(object, values));
	}

	wasDeletedByUser(object: string, values: Readonly<Record<string, Raw>>): boolean {
		return this.deletedByUser.has(this.keyOf(object, values));
	}

	private keyOf(object: string, values: Readonly<Record<string, Raw>>): string {
		const { key } = this.lanes.get(object)!;
		return [object, ...key.map((field) => values[field])].join(' ');
	}

	remove(object: string, gone: StoredObject, by?: 'sync' | 'user'): void {
		const key = this.keyOf(object, gone.values);
		if (by === 'sync') this.deletedBySync.add(key);
		else this.deletedBySync.delete(key);
		if (by === 'user') this.deletedByUser.add(key);
		for (const by of ['id', ...this.lanes.get(object)!.key])
			this.known.add(nameOf({ object, by }, valueIn(gone, by)));
		const left = this.all(object);
		left.splice(left.indexOf(gone), 1);
	}

	/** Whether something there is nothing without it. */
	isNeeded(object: string, record: StoredObject): boolean {
		return [...this.lanes].some(([child, { parents }]) =>
			Object.entries(parents).some(
				([field, parent]) =>
					parent.isRequired &&
					parent.object === object &&
					this.find(child, field, valueIn(record, parent.by)) !== undefined,
			),
		);
	}

	/** What is nothing without a person goes with them; all that a merged one has goes to the person who stays. */
	private personGone(person: string, mergedInto: string | null): void {
		this.known.add(nameOf({ object: 'person', by: 'id' }, person));
		for (const [object, { parents }] of this.lanes)
			for (const [field, parent] of Object.entries(parents))
				if (parent.object === 'person')
					for (const one of [...this.all(object)])
						if (same(one.values[field], person))
							this.loosen(object, one, field, parent, mergedInto);
	}

	private loosen(
		object: string,
		record: StoredObject,
		field: string,
		{ isRequired }: ParentField,
		mergedInto: string | null,
	): void {
		const moved = { ...record.values, [field]: mergedInto };
		const isTaken = mergedInto !== null && isRequired && this.alike(object, moved);
		if (isTaken || (mergedInto === null && isRequired)) this.remove(object, record);
		else if (mergedInto !== null) {
			record.values[field] = mergedInto;
			record.isMoved = true;
		}
	}
}

function valueIn({ id, values }: StoredObject, field: string): Raw {
	return field === 'id' ? id : (values[field] ?? null);
}

function same(one: Raw | undefined, other: Raw | undefined): boolean {
	return String(one ?? '') === String(other ?? '');
}

function nameOf({ object, by }: ParentField, value: Raw): string {
	return `${object}.${by}:${String(value)}`;
}
