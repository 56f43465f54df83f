import { lookupKey } from '../fields/parseValue';

/** Ids by the value of one field, letter case aside. */
export class FieldIndex {
	private readonly ids = new Map<string, Set<number>>();

	add(value: unknown, id: number): void {
		if (value === null || value === undefined || value === '') return;
		const key = lookupKey(value);
		const found = this.ids.get(key);
		if (found) found.add(id);
		else this.ids.set(key, new Set([id]));
	}

	remove(value: unknown, id: number): void {
		if (value === null || value === undefined || value === '') return;
		const key = lookupKey(value);
		const found = this.ids.get(key);
		if (found?.delete(id) && found.size === 0) this.ids.delete(key);
	}

	/** Ids with this value, ascending. */
	find(value: unknown): number[] {
		return [...(this.ids.get(lookupKey(value)) ?? [])].sort((one, other) => one - other);
	}
}
