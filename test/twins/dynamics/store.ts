import { foldText } from './text';
import { SortedIds } from './sortedIds';
import type { Table } from './schema';
import { VersionLog } from './versionLog';

/** A lookup value. */
export interface Reference {
	readonly id: string;
	/** Logical name of the table it leads to. */
	readonly table: string;
}

/**
 * A column's value at rest: dates as `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM:SSZ`, choices as their
 * number, several choices as `1,3`. What is null is not stored.
 */
export type Stored = string | number | boolean | Reference;

export interface Row {
	readonly id: string;
	/** Row version: the ETag. */
	version: number;
	/** Read only: columns at their default are inherited, see `withDefaults`. */
	values: Readonly<Record<string, Stored | undefined>>;
}

export interface Deletion {
	readonly id: string;
	readonly version: number;
}

/** Values and nulls to write. */
export type Changes = Readonly<Record<string, Stored | null>>;

/** Hands out row versions: one counter for the whole database, as SQL Server does. */
export class Versions {
	private last = 4_201_000;

	next(): number {
		return ++this.last;
	}

	get current(): number {
		return this.last;
	}
}

/** The rows of one table with their indexes. */
export class TableStore {
	private readonly rows = new Map<string, Row>();
	private readonly ids = new SortedIds();
	private readonly log = new VersionLog();
	private deletions: Deletion[] = [];
	/** Per column, folded value → ids; built when a query first asks. */
	private readonly equals = new Map<string, Map<string, Set<string>>>();
	/** Per active alternate key, folded values → id. */
	private readonly keys = new Map<string, Map<string, string>>();

	constructor(
		public table: Table,
		private readonly versions: Versions,
	) {}

	get count(): number {
		return this.rows.size;
	}

	get(id: string): Row | undefined {
		return this.rows.get(id);
	}

	/** Ids in key order, after the given one. */
	idsAfter(last?: string): Generator<string> {
		return this.ids.from(last);
	}

	/** Puts many new rows in at the cost of one sort. */
	load(rows: readonly { id: string; values: Record<string, Stored> }[]): void {
		for (const { id, values } of rows) {
			const row: Row = { id, values: this.withDefaults(values), version: this.versions.next() };
			this.rows.set(id, row);
			this.note(row);
			this.index(row);
		}
		this.ids.load(this.rows.keys());
	}

	insert(id: string, values: Record<string, Stored>): Row {
		const row: Row = { id, values: this.withDefaults(values), version: this.versions.next() };
		this.rows.set(id, row);
		this.ids.add(id);
		this.note(row);
		this.index(row);
		return row;
	}

	/** Writes columns; gives back what undoes it. */
	update(row: Row, changes: Changes): () => void {
		const before = { version: row.version, values: row.values };
		this.unindex(row);
		const defaults: unknown = Object.getPrototypeOf(row.values);
		const values = Object.assign(Object.create(defaults as object | null), row.values) as Record<
			string,
			Stored | undefined
		>;
		for (const [name, value] of Object.entries(changes)) values[name] = value ?? undefined;
		row.values = values;
		row.version = this.versions.next();
		this.note(row);
		this.index(row);
		const written = row.version;
		return () => {
			this.unindex(row);
			Object.assign(row, before);
			this.log.remove(written);
			this.index(row);
		};
	}

	/** Deletes; gives back what undoes it. */
	remove(row: Row): () => void {
		this.unindex(row);
		this.rows.delete(row.id);
		this.ids.remove(row.id);
		const deletion = { id: row.id, version: this.versions.next() };
		this.deletions.push(deletion);
		return () => {
			this.deletions = this.deletions.filter((other) => other !== deletion);
			this.rows.set(row.id, row);
			this.ids.add(row.id);
			this.index(row);
		};
	}

	/** Takes out a row that was inserted in a transaction now undone. */
	uninsert(row: Row): void {
		this.unindex(row);
		this.rows.delete(row.id);
		this.ids.remove(row.id);
		this.log.remove(row.version);
	}

	/** Rows written after a version, oldest first, each once. Costs O(log n + written since). */
	*changedSince(version: number): Generator<Row> {
		for (const entry of this.log.since(version)) {
			const row = this.rows.get(entry.id);
			if (row && row.version === entry.version) yield row;
		}
	}

	/**
	 * Rows whose `modifiedon` is not before a time, in no certain order; undefined when only looking
	 * at all rows would tell. Costs O(log n + written since).
	 */
	modifiedNotBefore(time: string): string[] | undefined {
		if (!this.log.ascending || !this.table.column('modifiedon')) return undefined;
		const ids: string[] = [];
		for (const entry of this.log.notBefore(time)) {
			if (this.rows.get(entry.id)?.version === entry.version) ids.push(entry.id);
		}
		return ids;
	}

	/** Rows deleted after a version, oldest first. */
	deletedSince(version: number): readonly Deletion[] {
		let low = 0;
		let high = this.deletions.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (this.deletions[middle]!.version > version) high = middle;
			else low = middle + 1;
		}
		return this.deletions.slice(low);
	}

	/** Throws stale entries of the version log out when they are the greater part. */
	compact(): void {
		if (this.log.length < 2 * this.rows.size + 1000) return;
		this.log.compact((version, id) => this.rows.get(id)?.version === version);
	}

	/** Ids of rows whose column has a text or number equal to the value, as the database compares. */
	withValue(column: string, value: Stored): ReadonlySet<string> {
		let index = this.equals.get(column);
		if (!index) {
			index = new Map();
			this.equals.set(column, index);
			for (const row of this.rows.values()) {
				const own = row.values[column];
				if (own !== undefined) addTo(index, indexKey(own), row.id);
			}
		}
		return index.get(indexKey(value)) ?? new Set();
	}

	/** Id of the row that has these values in the columns of an alternate key. */
	withKey(key: string, values: readonly Stored[]): string | undefined {
		return this.keyIndex(key).get(values.map(indexKey).join('\u0000'));
	}

	/**
	 * Most rows have most switches at their default: those values are held once, in the prototype,
	 * which halves the memory of a large table.
	 */
	private withDefaults(values: Record<string, Stored>): Row['values'] {
		const { defaults } = this.table;
		const own = Object.create(defaults) as Record<string, Stored | undefined>;
		for (const [name, value] of Object.entries(values)) {
			if (defaults[name] !== value) own[name] = value;
		}
		for (const name of Object.keys(defaults)) if (!(name in values)) own[name] = undefined;
		return own;
	}

	private note(row: Row): void {
		const time = row.values.modifiedon;
		this.log.add(row.version, row.id, typeof time === 'string' ? time : '');
	}

	private keyIndex(name: string): Map<string, string> {
		let index = this.keys.get(name);
		if (!index) {
			index = new Map();
			this.keys.set(name, index);
			for (const row of this.rows.values()) {
				const text = this.keyText(name, row);
				if (text !== undefined) index.set(text, row.id);
			}
		}
		return index;
	}

	private keyText(name: string, row: Row): string | undefined {
		const key = this.table.spec.keys.find((candidate) => candidate.name === name);
		const values = key?.columns.map((column) => row.values[column]);
		if (!values || values.some((value) => value === undefined)) return undefined;
		return values.map((value) => indexKey(value!)).join('\u0000');
	}

	private index(row: Row): void {
		for (const [column, index] of this.equals) {
			const value = row.values[column];
			if (value !== undefined) addTo(index, indexKey(value), row.id);
		}
		for (const [name, index] of this.keys) {
			const text = this.keyText(name, row);
			if (text !== undefined) index.set(text, row.id);
		}
	}

	private unindex(row: Row): void {
		for (const [column, index] of this.equals) {
			const value = row.values[column];
			if (value === undefined) continue;
			const ids = index.get(indexKey(value));
			ids?.delete(row.id);
			if (ids?.size === 0) index.delete(indexKey(value));
		}
		for (const [name, index] of this.keys) {
			const text = this.keyText(name, row);
			if (text !== undefined && index.get(text) === row.id) index.delete(text);
		}
	}
}

function addTo(index: Map<string, Set<string>>, key: string, id: string): void {
	const ids = index.get(key);
	if (ids) ids.add(id);
	else index.set(key, new Set([id]));
}

function indexKey(value: Stored): string {
	if (typeof value === 'object') return value.id;
	return typeof value === 'string' ? foldText(value) : String(value);
}
