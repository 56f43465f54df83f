import { DatabaseSync } from 'node:sqlite';
import type { Table } from './mapping';

/** What the ledger says of one record of Dynamics. */
export interface Link {
	id: number;
	table: Table;
	dynamicsId: string;
	marketoId: string | null;
	state: string;
	/** As stored: it must hold no values of people. */
	bases: Buffer;
}

export interface Held {
	link: number;
	side: string;
	field: string;
	reason: string;
}

/** A plan that is not done: `planned`, `sent` or `unknown`. */
export interface Left {
	link: number;
	side: string;
	state: string;
}

/** What the ledger has to say about why the two systems differ, at one moment. */
export interface LedgerView {
	links: Link[];
	held: Held[];
	/** Rows of the mapping that wait for a person's answer, by link and `column>field`. */
	questions: Map<string, string>;
	/** What needs help, by `table:id`; the reason. */
	needHelp: Map<string, string>;
	/** What is still to be done, by `table:id`. */
	due: string[];
	left: Left[];
	/** Everything planned, as stored: it must hold no values of people. */
	plannedFields: string[];
	/** Ids of the people that the sync made. */
	made: Set<string>;
}

type Rows = Record<string, string | number | Uint8Array | null>[];

/** Reads the ledger's file, and only reads. */
export function readLedger(file: string): LedgerView {
	const database = new DatabaseSync(file, { readOnly: true });
	try {
		// One moment for all: the sync may be writing.
		database.exec('BEGIN');
		const all = (sql: string) => database.prepare(sql).all() as Rows;
		return {
			links: all('SELECT * FROM link').map((row) => ({
				id: Number(row.id),
				table: row.table_name as Table,
				dynamicsId: String(row.dynamics_id),
				marketoId: row.marketo_id === null ? null : String(row.marketo_id),
				state: String(row.state),
				bases: Buffer.from((row.bases as Uint8Array | null) ?? []),
			})),
			held: all("SELECT * FROM held WHERE state = 'held'").map((row) => ({
				link: Number(row.link),
				side: String(row.side),
				field: String(row.field),
				reason: String(row.reason),
			})),
			questions: new Map(
				all("SELECT * FROM conflict WHERE state = 'open'").map((row) => [
					`${String(row.link)} ${String(row.row)}`,
					String(row.rule),
				]),
			),
			needHelp: new Map(
				all("SELECT * FROM queue WHERE state = 'help'").map((row) => [
					String(row.subject),
					String(row.reason),
				]),
			),
			due: all("SELECT subject FROM queue WHERE state = 'due'").map((row) => String(row.subject)),
			left: all("SELECT * FROM plan WHERE state <> 'echo'").map((row) => ({
				link: Number(row.link),
				side: String(row.side),
				state: String(row.state),
			})),
			plannedFields: all('SELECT fields FROM plan').map((row) => String(row.fields)),
			made: new Set(
				all(
					`SELECT link.marketo_id AS id FROM history JOIN link ON link.id = history.link
					WHERE history.operation = 'create' AND history.side = 'marketo'
					AND history.outcome = 'written' AND link.marketo_id IS NOT NULL`,
				).map((row) => String(row.id)),
			),
		};
	} finally {
		database.close();
	}
}
