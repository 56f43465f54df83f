import { lookupKey } from '../fields/parseValue';

/** Ids by the value of one field, letter case aside. Most values have one owner: no set for those. */
export class FieldIndex {
	private readonly owners = new Map<string, number | Set<number>>();

	add(value: unknown, id: number): void {
		if (value === null || value === undefined || value === '') return;
		const key = lookupKey(value);
		const found = this.owners.get(key);
		if (found === undefined) this.owners.set(key, id);
		else if (typeof found === 'number') this.owners.set(key, new Set([found, id]));
		else found.add(id);
	}

	remove(value: unknown, id: number): void {
		if (value === null || value === undefined || value === '') return;
		const key = lookupKey(value);
		const found = this.owners.get(key);
		if (found === id) this.owners.delete(key);
		else if (typeof found === 'object' && found.delete(id) && found.size === 0) {
			this.owners.delete(key);
		}
	}

	/** Ids with this value, ascending. */
	find(value: unknown): number[] {
		const found = this.owners.get(lookupKey(value));
		if (found === undefined) return [];
		if (typeof found === 'number') return [found];
		return [...found].sort((one, other) => one - other);
	}
}
