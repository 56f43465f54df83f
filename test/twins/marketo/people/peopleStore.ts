import type { FieldValue } from '../fields/parseValue';
import type { FieldRegistry } from '../fields/fieldRegistry';
import { isoSeconds } from '../fields/time';
import { FieldIndex } from './fieldIndex';
import type { Person } from './person';

/** Ids of made people start here. */
const FIRST_PERSON_ID = 1001;

/**
 * The people, by id and by every field that was looked up so far: an index is built on the first
 * lookup, O(n) once, and kept from then on; lookups and writes are O(1).
 */
export class PeopleStore {
	private readonly people = new Map<number, Person>();
	private readonly indexes = new Map<string, FieldIndex>();
	private nextId = FIRST_PERSON_ID;

	/** What a person inherits from the company; undefined where there is none. */
	companyValue: (person: Person, name: string) => FieldValue | undefined = () => undefined;

	constructor(private readonly fields: FieldRegistry) {}

	get(id: number): Person | undefined {
		return this.people.get(id);
	}

	get size(): number {
		return this.people.size;
	}

	all(): IterableIterator<Person> {
		return this.people.values();
	}

	/** Adds a person with values that were already checked. */
	insert(values: Record<string, FieldValue>, now: number, partitionId: number): Person {
		const person: Person = {
			id: this.nextId++,
			values: {},
			partitionId,
			createdAt: now,
			updatedAt: now,
			changedAt: now,
		};
		this.people.set(person.id, person);
		for (const [name, value] of Object.entries(values)) this.set(person, name, value);
		return person;
	}

	/** Writes one checked value and keeps the indexes. Times are the caller's business. */
	set(person: Person, name: string, value: FieldValue): void {
		const index = this.indexes.get(name);
		index?.remove(person.values[name], person.id);
		if (value === null) delete person.values[name];
		else person.values[name] = value;
		index?.add(value, person.id);
	}

	remove(id: number): Person | undefined {
		const person = this.people.get(id);
		if (!person) return undefined;
		for (const [name, index] of this.indexes) index.remove(person.values[name], id);
		this.people.delete(id);
		return person;
	}

	/** People whose field has the value, letter case aside, by ascending id. */
	find(name: string, value: unknown): Person[] {
		if (name === 'id') {
			const person = this.people.get(Number(value));
			return person ? [person] : [];
		}
		if (name === 'leadPartitionId') {
			return [...this.people.values()].filter((one) => one.partitionId === Number(value));
		}
		return this.indexOf(name)
			.find(value)
			.map((id) => this.people.get(id)!);
	}

	/** What a field of a person reads as: system fields included, an unset boolean is false. */
	read(person: Person, name: string): FieldValue {
		switch (name) {
			case 'id':
				return person.id;
			case 'createdAt':
				return isoSeconds(person.createdAt);
			case 'updatedAt':
				return isoSeconds(person.updatedAt);
			case 'leadPartitionId':
				return person.partitionId;
			case 'mktoName': {
				const { firstName, lastName } = person.values;
				return [firstName, lastName].filter(Boolean).join(' ') || null;
			}
			default: {
				const field = this.fields.get(name);
				const inherited = field?.ofCompany ? this.companyValue(person, name) : undefined;
				const value = inherited ?? (inherited === null ? undefined : person.values[name]);
				if (value !== undefined) return value;
				return field?.dataType === 'boolean' ? false : null;
			}
		}
	}

	private indexOf(name: string): FieldIndex {
		let index = this.indexes.get(name);
		if (!index) {
			index = new FieldIndex();
			for (const person of this.people.values()) index.add(person.values[name], person.id);
			this.indexes.set(name, index);
		}
		return index;
	}
}
