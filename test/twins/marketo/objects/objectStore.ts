import { createHash } from 'node:crypto';
import { lookupKey, type FieldValue } from '../fields/parseValue';
import { isoSeconds } from '../fields/time';
import { FieldIndex } from '../people/fieldIndex';
import { fieldOf, type ObjectType } from './objectType';

/** A record of an object. */
export interface ObjectRecord {
	/** Counts the records of the object; the id where that is a number. */
	readonly key: number;
	/** Filled fields by name, without those of the system. */
	readonly values: Record<string, FieldValue>;
	readonly createdAt: number;
	updatedAt: number;
}

/**
 * The records of one object. A look-up by a field or by several together takes the same time whatever
 * the number of records, once it was made.
 */
export class ObjectStore {
	private readonly records = new Map<number, ObjectRecord>();
	private readonly indexes = new Map<string, FieldIndex>();
	private readonly byGuid = new Map<string, number>();
	private lastKey: number;

	/** @param firstKey the first record's */
	constructor(
		public type: ObjectType,
		firstKey = 1,
	) {
		this.lastKey = firstKey - 1;
	}

	get size(): number {
		return this.records.size;
	}

	all(): IterableIterator<ObjectRecord> {
		return this.records.values();
	}

	insert(values: Record<string, FieldValue>, now: number): ObjectRecord {
		const record: ObjectRecord = {
			key: ++this.lastKey,
			values: {},
			createdAt: now,
			updatedAt: now,
		};
		this.records.set(record.key, record);
		this.byGuid.set(this.guid(record), record.key);
		this.write(record, values, now);
		return record;
	}

	/** Writes the values that differ. Without any `updatedAt` stays. @returns the names that changed */
	write(
		record: ObjectRecord,
		values: Readonly<Record<string, FieldValue>>,
		now: number,
	): Array<{ readonly name: string; readonly before: FieldValue; readonly after: FieldValue }> {
		const changed = Object.entries(values)
			.map(([name, after]) => ({ name, before: this.read(record, name), after }))
			.filter(({ before, after }) => before !== after);
		if (changed.length === 0) return changed;
		this.unindex(record);
		for (const { name, after } of changed) {
			if (after === null) delete record.values[name];
			else record.values[name] = after;
		}
		record.updatedAt = now;
		for (const [names, index] of this.indexes) index.add(this.keyOf(record, names), record.key);
		return changed;
	}

	remove(record: ObjectRecord): void {
		this.unindex(record);
		this.byGuid.delete(this.guid(record));
		this.records.delete(record.key);
	}

	/** Records that have these values in these fields, letter case aside, oldest first. */
	find(names: readonly string[], values: readonly unknown[]): ObjectRecord[] {
		const [name] = names;
		if (names.length === 1 && name === this.type.idField) {
			const key =
				name === 'id' ? Number(values[0]) : this.byGuid.get(String(values[0]).trim().toLowerCase());
			const record = key === undefined ? undefined : this.records.get(key);
			return record ? [record] : [];
		}
		return this.index(names)
			.find(values.map(lookupKey).join('\u0000'))
			.map((key) => this.records.get(key)!);
	}

	/** What a field reads as; an unset boolean is false. */
	read(record: ObjectRecord, name: string): FieldValue {
		switch (name) {
			case 'createdAt':
				return isoSeconds(record.createdAt);
			case 'updatedAt':
				return isoSeconds(record.updatedAt);
			case this.type.idField:
				return this.idOf(record);
			default: {
				const value = record.values[name];
				if (value !== undefined) return value;
				return fieldOf(this.type, name)?.dataType === 'boolean' ? false : null;
			}
		}
	}

	idOf(record: ObjectRecord): string | number {
		return this.type.idField === 'id' ? record.key : this.guid(record);
	}

	private guid({ key }: ObjectRecord): string {
		const hex = createHash('sha1').update(`${this.type.name} ${key}`).digest('hex');
		const part = (from: number, to: number) => hex.slice(from, to);
		return `${part(0, 8)}-${part(8, 12)}-4${part(13, 16)}-8${part(17, 20)}-${part(20, 32)}`;
	}

	private index(names: readonly string[]): FieldIndex {
		const label = names.join('\u0000');
		let index = this.indexes.get(label);
		if (!index) {
			index = new FieldIndex();
			for (const record of this.records.values()) index.add(this.keyOf(record, label), record.key);
			this.indexes.set(label, index);
		}
		return index;
	}

	private unindex(record: ObjectRecord): void {
		for (const [names, index] of this.indexes) index.remove(this.keyOf(record, names), record.key);
	}

	/** What a record stands under in an index; nothing while one of the fields is empty. */
	private keyOf({ values }: ObjectRecord, names: string): string | undefined {
		const parts = names.split('\u0000').map((name) => values[name]);
		if (parts.some((part) => part === undefined)) return undefined;
		return parts.map(lookupKey).join('\u0000');
	}
}
