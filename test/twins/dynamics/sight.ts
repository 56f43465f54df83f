import { DataverseError } from './errors';
import { SYNC_APP } from './principals';
import type { Column, Table } from './schema';
import type { Row } from './store';

/** What a principal may still do with a secured column. */
interface Secured {
	readonly read: boolean;
	readonly write: boolean;
	/** Keys of the principals this holds for. */
	readonly from: ReadonlySet<string>;
}

/** What somebody who does not see all rows of a table gets for its changes. */
export type PartialReaders = 'refused' | 'filtered';

/**
 * What somebody may not see although the role lets him read the table: rows that are not shared with
 * him, and columns under column-level security.
 */
export class Sight {
	/** Whose eyes the running operation sees with; nobody's outside of one. */
	viewer: string | undefined;
	/** Change tracking asks for read access to the whole table. */
	partialReaders: PartialReaders = 'refused';
	private readonly rows = new Map<string, Map<string, Set<string>>>();
	private readonly columns = new Map<string, Secured>();

	/** `{table, ids, from?}`; without `from` it is the sync's application. */
	hide(body: unknown, tableOf: (name: string) => Table | undefined): void {
		const { table, ids, from } = rowsIn(body, tableOf);
		for (const key of from) {
			const tables = this.rows.get(key) ?? new Map<string, Set<string>>();
			this.rows.set(key, tables);
			tables.set(table, new Set([...(tables.get(table) ?? []), ...ids]));
		}
	}

	/** Takes `hide` back. */
	show(body: unknown, tableOf: (name: string) => Table | undefined): void {
		const { table, ids, from } = rowsIn(body, tableOf);
		for (const key of from) {
			const hidden = this.rows.get(key)?.get(table);
			for (const id of ids) hidden?.delete(id);
			if (hidden?.size === 0) this.rows.get(key)!.delete(table);
		}
	}

	/** `{table, column, read?, write?, from?}`: without more neither to be read nor written by the sync. */
	secure(body: unknown, tableOf: (name: string) => Table | undefined): void {
		const raw = (body ?? {}) as Record<string, unknown>;
		const table = tableOf(String(raw.table));
		const column = table?.column(String(raw.column));
		if (!table || !column) {
			throw new Error(`There is no column ${String(raw.column)} of ${String(raw.table)}.`);
		}
		const secured = { read: raw.read === true, write: raw.write === true, from: namesIn(raw.from) };
		this.columns.set(`${table.name}.${column.name}`, secured);
	}

	/** Takes column-level security off. */
	unsecure(body: unknown): void {
		const { table, column } = (body ?? {}) as Record<string, unknown>;
		this.columns.delete(`${String(table)}.${String(column)}`);
	}

	get state(): object {
		return {
			partialReaders: this.partialReaders,
			rows: [...this.rows].flatMap(([from, tables]) =>
				[...tables].map(([table, ids]) => ({ from, table, ids: [...ids] })),
			),
			columns: [...this.columns].map(([name, { read, write, from }]) => {
				const [table, column] = name.split('.');
				return { table, column, read, write, from: [...from] };
			}),
		};
	}

	/** Whether a row can be read; undefined ids are nobody's secret. */
	sees(table: Table, id: string): boolean {
		return this.hiddenIn(table)?.has(id) !== true;
	}

	/** Whether any row of the table is out of sight. */
	seesAll(table: Table): boolean {
		return (this.hiddenIn(table)?.size ?? 0) === 0;
	}

	mayRead(table: Table, column: Column): boolean {
		return this.securedFor(table, column.name)?.read ?? true;
	}

	/** @throws DataverseError 403 in the words of the access check */
	demandRow(table: Table, row: Row, right: 'ReadAccess' | 'WriteAccess' | 'DeleteAccess'): void {
		if (this.sees(table, row.id)) return;
		const owner = row.values.ownerid;
		throw new DataverseError(
			403,
			'0x80040220',
			`SecLib::AccessCheckEx failed. Returned hr = -2147187962, ObjectID: ${row.id}, OwnerId: ${typeof owner === 'object' ? owner.id : ''}, OwnerIdType: 8 and CallingUser: ${this.viewer}. ObjectTypeCode: ${table.spec.typeCode}, AccessRights: ${right}`,
		);
	}

	/** The secured columns, and what somebody may do with each. */
	securedColumns(
		key: string,
	): Array<{ table: string; column: string; read: boolean; write: boolean }> {
		return [...this.columns].map(([name, { from, read, write }]) => {
			const [table = '', column = ''] = name.split('.');
			const open = !from.has(key);
			return { table, column, read: open || read, write: open || write };
		});
	}

	/** @throws DataverseError 403 for a secured column the user may not write */
	demandColumns(table: Table, names: readonly string[], event: 'create' | 'update'): void {
		if (names.every((name) => this.securedFor(table, name)?.write ?? true)) return;
		throw event === 'create'
			? new DataverseError(
					403,
					'0x8004f502',
					'The user does not have create permissions to a secured field. The requested operation could not be completed.',
				)
			: new DataverseError(
					403,
					'0x8004f507',
					"The user doesn't have AttributePrivilegeUpdate and not granted shared access for a secured attribute during update operation",
				);
	}

	private hiddenIn(table: Table): ReadonlySet<string> | undefined {
		return this.viewer === undefined ? undefined : this.rows.get(this.viewer)?.get(table.name);
	}

	private securedFor(table: Table, column: string): Secured | undefined {
		if (this.columns.size === 0 || this.viewer === undefined) return undefined;
		const secured = this.columns.get(`${table.name}.${column}`);
		return secured?.from.has(this.viewer) ? secured : undefined;
	}
}

function rowsIn(body: unknown, tableOf: (name: string) => Table | undefined) {
	const raw = (body ?? {}) as Record<string, unknown>;
	const table = tableOf(String(raw.table));
	if (!table) throw new Error(`There is no table ${String(raw.table)}.`);
	if (!Array.isArray(raw.ids)) throw new Error('ids is a list of row ids.');
	const ids = raw.ids.map((id) => String(id).toLowerCase());
	return { table: table.name, ids, from: namesIn(raw.from) };
}

/** Application ids or user names; the sync's own where none are given. */
function namesIn(from: unknown): Set<string> {
	if (from === undefined) return new Set([SYNC_APP.clientId]);
	if (!Array.isArray(from)) throw new Error('from is a list of application ids or user names.');
	return new Set(from.map(String));
}
