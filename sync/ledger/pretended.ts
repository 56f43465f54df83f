import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { Changes, Operation, Side, Table } from '../items';
import type { Raw } from '../values';

/** A record that was written to, or would be. */
export interface PretendedWrite {
	side: Side;
	table: Table;
	id: string;
	values: Record<string, Raw>;
	operation: Operation;
	/** People see a change, not only what the sync keeps on the record for itself. */
	isSeen: boolean;
}

/** What is kept of everybody whom a trial would write to: the values are not in the ledger. */
type Kept = Record<string, Raw>;

const TABLES = `
	CREATE TABLE record (
		side TEXT, table_name TEXT, id TEXT, content TEXT, operation TEXT, is_seen INTEGER,
		PRIMARY KEY (side, table_name, id)
	) WITHOUT ROWID;
	CREATE TABLE value (field TEXT, value TEXT, id TEXT, PRIMARY KEY (field, value, id)) WITHOUT ROWID;
	CREATE TABLE told (kind TEXT, id TEXT, is_open INTEGER, PRIMARY KEY (kind, id)) WITHOUT ROWID;
`;

/** Marketo's ids are far below. */
const FIRST_ID = 2 ** 40;

/**
 * What a trial run pretends to have written, so that its next pages find it. In a file without a name, which SQLite
 * keeps for itself and which is gone with the connection, or with the process: it holds values of people.
 */
export class Pretended {
	private readonly database = new DatabaseSync('');
	private readonly find;
	private made = 0;

	/** @param lookedUp fields of Marketo by whose values people are looked up */
	constructor(private readonly lookedUp: readonly string[]) {
		this.database.exec(TABLES);
		this.find = this.database.prepare(
			'SELECT content FROM record WHERE side = ? AND table_name = ? AND id = ?',
		);
	}

	/** For a record that nobody has an id for yet. */
	newId(): string {
		return String(FIRST_ID + this.made++);
	}

	/** Whether no system has it. */
	isNewId(id: string): boolean {
		return Number(id) >= FIRST_ID;
	}

	/** Adds to what was written of the records before; in one go, for a call. */
	write(writes: PretendedWrite[]): void {
		const keep = this.database.prepare(
			`INSERT INTO record VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
			SET content = excluded.content, is_seen = max(is_seen, excluded.is_seen),
			operation = CASE excluded.operation WHEN 'update' THEN operation ELSE excluded.operation END`,
		);
		const forget = this.database.prepare(
			'DELETE FROM value WHERE field = ? AND value = ? AND id = ?',
		);
		const note = this.database.prepare('INSERT OR IGNORE INTO value VALUES (?, ?, ?)');
		this.database.exec('BEGIN');
		for (const { side, table, id, values, operation, isSeen } of writes) {
			const before = this.kept(side, table, id);
			keep.run(side, table, id, JSON.stringify({ ...before, ...values }), operation, +isSeen);
			if (side === 'dynamics') continue;
			for (const field of this.lookedUp.filter((name) => name in values)) {
				forget.run(field, inOneCase(before?.[field]), id);
				note.run(field, inOneCase(values[field]), id);
			}
		}
		this.database.exec('COMMIT');
	}

	/** Undefined where nothing of it was written. */
	kept(side: Side, table: Table, id: string): Kept | undefined {
		const [row] = this.ask<{ content: string }>(this.find, side, table, id);
		return row && (JSON.parse(row.content) as Kept);
	}

	/** Whose field was given one of these values. */
	idsBy(field: string, values: string[]): string[] {
		const by = this.database.prepare('SELECT id FROM value WHERE field = ? AND value = ?');
		return values.flatMap((value) =>
			this.ask<{ id: string }>(by, field, inOneCase(value)).map(({ id }) => id),
		);
	}

	/** People are told of it, or that it is over; the same twice is one. */
	tell(kind: 'conflict' | 'help', id: string, isOpen = true): void {
		this.database
			.prepare(
				'INSERT INTO told VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET is_open = excluded.is_open',
			)
			.run(kind, id, +isOpen);
	}

	/** Of what they were told how much stands. */
	countTold(kind: 'conflict' | 'help'): number {
		const count = this.database.prepare(
			'SELECT count(*) AS count FROM told WHERE kind = ? AND is_open = 1',
		);
		return this.ask<{ count: number }>(count, kind)[0]!.count;
	}

	/** Records of which people see something change, each once: a new one that was updated afterwards is new. */
	changes(): Changes[] {
		return this.ask<Changes>(
			this.database.prepare(
				`SELECT side, table_name AS "table", operation, count(*) AS records
				FROM record WHERE is_seen = 1 GROUP BY side, table_name, operation`,
			),
		).map((row) => ({ ...row }));
	}

	close(): void {
		this.database.close();
	}

	private ask<Row>(
		statement: { all(...values: SQLInputValue[]): unknown[] },
		...values: SQLInputValue[]
	): Row[] {
		return statement.all(...values) as Row[];
	}
}

/** Marketo looks for texts whatever their case. */
function inOneCase(value: Raw | undefined): string {
	return String(value ?? '').toLowerCase();
}
