import type { DynamicsTable } from '../../../sync/items';
import { FILTER_COLUMN } from '../../../sync/lanes/definition';
import {
	CursorExpired,
	type DynamicsChanges,
	type DynamicsRow,
	type EachRow,
} from '../../../sync/ports';
import type { Raw } from '../../../sync/values';
import type { WorldClock } from './clock';
import { valuesOf, type Cells, type Edit } from './edits';
import { Eyes } from './eyes';
import { sameIn } from './meaning';

export interface Row {
	table: DynamicsTable;
	id: string;
	cells: Cells;
	version: number;
	createdOn: number;
	modifiedOn: number;
	modifiedBy: string;
	/** Since when it has its e-mail. */
	emailSince: number;
	/** 0: active. */
	state: number;
	/** Into which row of its table it was merged; null: it was not. */
	master: string | null;
	/** The contact that it was qualified into, of a lead. */
	contact: string | null;
	/** Since when somebody has it left out by Adobe's column of the filter; null: it takes part. */
	outSince: number | null;
}

export const OWN_USER = 'sync-user';
const SOMEBODY = 'some-user';

export interface DynamicsHabits {
	/** A plug-in writes phone numbers its own way when a row is saved. */
	phonePlugIn: boolean;
	/** The first position after a full read is that of its end: what changed meanwhile is not in it. */
	lateToken: boolean;
	/** Rows per page at most. */
	pageRows: number;
}

/** Dynamics as far as leads and contacts need it: rows, row versions, change tracking. */
export class DynamicsSystem {
	readonly rows = new Map<string, Row>();
	/** Of the sync's user. */
	readonly eyes = new Eyes();
	private version = 100;
	private readonly deleted: Array<{ table: DynamicsTable; id: string; version: number }> = [];
	/** Rows that were deleted. */
	readonly bin: Row[] = [];
	/** Change tracking positions below this have expired. */
	private oldestVersion = 0;

	constructor(
		private readonly clock: WorldClock,
		private readonly habits: DynamicsHabits,
	) {}

	stored(column: string, value: Raw): Raw {
		if (value === '') return null;
		if (this.habits.phonePlugIn && column === 'telephone1' && typeof value === 'string') {
			return value.replace(/^(\d)-/, '($1) ');
		}
		return value;
	}

	create(table: DynamicsTable, id: string, cells: Cells, by = SOMEBODY): Row {
		const row: Row = {
			table,
			id,
			cells,
			version: ++this.version,
			createdOn: this.clock.now,
			modifiedOn: this.clock.now,
			modifiedBy: by,
			emailSince: this.clock.now,
			state: 0,
			master: null,
			contact: null,
			outSince: null,
		};
		for (const [column, cell] of Object.entries(cells))
			cell.value = this.stored(column, cell.value);
		this.rows.set(`${table}:${id}`, row);
		return row;
	}

	/** Writes fields; returns false where nothing is different. */
	save(row: Row, values: Record<string, { value: Raw; edit: Edit }>, by = SOMEBODY): boolean {
		let differs = false;
		for (const [column, { value, edit }] of Object.entries(values)) {
			const stored = this.stored(column, value);
			if (!sameIn(column, 'dynamics', stored, row.cells[column]?.value ?? null)) differs = true;
			if (column === 'emailaddress1' && lower(stored) !== lower(row.cells[column]?.value))
				row.emailSince = this.clock.now;
			row.cells[column] = { value: stored, edit };
		}
		row.version = ++this.version;
		row.modifiedOn = this.clock.now;
		row.modifiedBy = by;
		return differs;
	}

	/** A save that changes nothing that sync looks at. */
	touch(row: Row): void {
		this.save(row, {});
	}

	remove(row: Row): void {
		this.rows.delete(`${row.table}:${row.id}`);
		this.bin.push(row);
		this.deleted.push({ table: row.table, id: row.id, version: ++this.version });
	}

	/** Somebody takes one of the deleted rows back, under its id and with what it held; null: there is none. */
	takeBack(which: number): Row | null {
		const row = this.bin.splice(which % Math.max(1, this.bin.length), 1)[0];
		const record = row && `${row.table}:${row.id}`;
		if (!row || this.rows.has(record!)) return null;
		this.rows.set(record!, row);
		row.emailSince = this.clock.now;
		this.touch(row);
		return row;
	}

	/** A row is closed or opened again: its state is another one. */
	setState(row: Row, state: number, by?: string): void {
		row.state = state;
		this.save(row, {}, by);
	}

	/** A row is merged into another one of its table: it is closed and says so. */
	merge(row: Row, into: Row): void {
		row.master = into.id;
		this.setState(row, 1);
	}

	/** A lead is qualified: it is closed and names its contact, if it has become one. */
	qualify(lead: Row, contact: Row | null): void {
		lead.contact = contact?.id ?? null;
		this.setState(lead, 1);
	}

	/** Somebody sets the filter's column to No, or takes that back. */
	turnFilter(row: Row): void {
		row.outSince = row.outSince === null ? this.clock.now : null;
		this.touch(row);
	}

	/** The sync's user loses sight of a row; change tracking may call that a delete. */
	hide({ table, id }: Row, asDelete: boolean): void {
		this.eyes.hide(`${table}:${id}`);
		if (asDelete) this.deleted.push({ table, id, version: ++this.version });
	}

	expirePositions(): void {
		this.oldestVersion = ++this.version;
	}

	/** The earliest position that change tracking still takes. */
	get oldestPosition(): number {
		return this.oldestVersion;
	}

	readChanges(
		table: DynamicsTable,
		columns: string[],
		link: string | null,
		pageSize: number,
	): DynamicsChanges {
		const size = Math.min(pageSize, this.habits.pageRows);
		const serverTime = this.clock.iso();
		const from =
			link === null
				? { full: true as const, after: '', token: this.habits.lateToken ? null : this.version }
				: (JSON.parse(link) as Position);
		if ('full' in from) {
			const rows = this.seen
				.filter((row) => row.table === table && row.id > from.after)
				.sort((a, b) => (a.id < b.id ? -1 : 1));
			const page = rows.slice(0, size);
			const drained = rows.length <= size;
			const next: Position = drained
				? { since: from.token ?? this.version }
				: { ...from, after: page.at(-1)!.id };
			return {
				rows: page.map((row) => this.asRead(row, columns)),
				deletedIds: [],
				link: JSON.stringify(next),
				drained,
				serverTime,
			};
		}
		if (from.since < this.oldestVersion) throw new CursorExpired(table);
		const changes = [
			...this.seen
				.filter((row) => row.table === table)
				.map((row) => ({ version: row.version, row, id: row.id })),
			...this.deleted
				.filter((gone) => gone.table === table)
				.map((gone) => ({ version: gone.version, row: null, id: gone.id })),
		]
			.filter((change) => change.version > from.since)
			.sort((a, b) => a.version - b.version);
		const page = changes.slice(0, size);
		const drained = changes.length <= size;
		return {
			rows: page.flatMap((change) => (change.row ? [this.asRead(change.row, columns)] : [])),
			deletedIds: page.flatMap((change) => (change.row ? [] : [change.id])),
			// Past all there was, whether the sync's user was shown it or not.
			link: JSON.stringify({ since: drained ? this.version : page.at(-1)!.version }),
			drained,
			serverTime,
		};
	}

	readModifiedSince(
		table: DynamicsTable,
		columns: string[],
		since: string,
		next: string | null,
		pageSize: number,
	): DynamicsChanges {
		const size = Math.min(pageSize, this.habits.pageRows);
		const skip = next === null ? 0 : Number(next);
		const rows = this.seen
			.filter((row) => row.table === table && row.modifiedOn >= Date.parse(since))
			.sort((a, b) => a.modifiedOn - b.modifiedOn);
		const page = rows.slice(skip, skip + size);
		return {
			rows: page.map((row) => this.asRead(row, columns)),
			deletedIds: [],
			link: String(skip + size),
			drained: rows.length <= skip + size,
			serverTime: this.clock.iso(),
		};
	}

	readByIds(table: DynamicsTable, columns: string[], ids: string[]): DynamicsRow[] {
		return ids.flatMap((id) => {
			const row = this.rows.get(`${table}:${id}`);
			return row && this.eyes.sees(row) ? [this.asRead(row, columns)] : [];
		});
	}

	readEach(table: DynamicsTable, columns: string[], ids: string[]): EachRow {
		const rows = this.readByIds(table, columns, ids);
		const deleted = ids.filter((id) => !this.rows.has(`${table}:${id}`));
		const hidden = ids.filter((id) => !deleted.includes(id) && !rows.some((row) => row.id === id));
		return { rows, deleted, refused: new Map(hidden.map((id) => [id, this.eyes.noAccess])) };
	}

	readByMailbox(columns: Record<string, string[]>, mailboxes: string[]): DynamicsRow[] {
		const found = this.seen.filter((row) =>
			mailboxes.includes(lower(row.cells.emailaddress1?.value)),
		);
		return found.map((row) => this.asRead(row, columns[row.table] ?? []));
	}

	private get seen(): Row[] {
		return [...this.rows.values()].filter((row) => this.eyes.sees(row));
	}

	private asRead(row: Row, columns: string[]): DynamicsRow {
		const values = valuesOf(row.cells, columns);
		for (const name of this.eyes.closed.keys()) if (name in values) values[name] = null;
		if (columns.includes('statecode')) values.statecode = row.state;
		if (columns.includes('masterid')) values.masterid = row.master;
		if (row.table === 'lead' && columns.includes('parentcontactid'))
			values.parentcontactid = row.contact;
		if (columns.includes(FILTER_COLUMN))
			values[FILTER_COLUMN] = row.outSince === null ? null : false;
		values.createdon = new Date(row.createdOn).toISOString();
		values.fullname = row.id;
		return {
			table: row.table,
			id: row.id,
			version: String(row.version),
			modifiedOn: new Date(row.modifiedOn).toISOString(),
			modifiedBy: row.modifiedBy,
			values,
		};
	}
}

function lower(value: Raw | undefined): string {
	return String(value ?? '').toLowerCase();
}

type Position = { full: true; after: string; token: number | null } | { since: number };
