import { DatabaseSync } from 'node:sqlite';
import type { Table } from './mapping';

/** What the ledger says of one record of Dynamics. */
export interface Link<OfTable extends string = Table> {
	id: number;
	table: OfTable;
	dynamicsId: string;
	marketoId: string | null;
	state: string;
	/** What is still to follow a delete; null: nothing. */
	deletion: string | null;
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
export interface LedgerView<OfTable extends string = Table> {
	links: Link<OfTable>[];
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
	/** Records of other lanes that are waited for, as `lane:id`, by the `table:id` that waits. */
	waiting: Map<string, Set<string>>;
}

type Rows = Record<string, string | number | Uint8Array | null>[];

/** One moment for all that is asked: the sync may be writing. */
function reading<Result>(file: string, ask: (database: DatabaseSync) => Result): Result {
	const database = new DatabaseSync(file, { readOnly: true });
	try {
		database.exec('BEGIN');
		return ask(database);
	} finally {
		database.close();
	}
}

/** The lanes that have come to anything: a page of theirs went through. */
export function lanesThatRan(file: string): string[] {
	return reading(file, (database) =>
		(database.prepare('SELECT DISTINCT lane AS name FROM feed').all() as Rows).map(({ name }) =>
			String(name),
		),
	);
}

/** Reads what the ledger's file has of a lane, and only reads. */
export function readLedger<OfTable extends string = Table>(
	file: string,
	lane = 'people',
): LedgerView<OfTable> {
	return reading(file, (database) => {
		const all = (sql: string) => database.prepare(sql).all({ lane }) as Rows;
		const waiting = new Map<string, Set<string>>();
		for (const row of all('SELECT subject, parent FROM waiting WHERE lane = $lane')) {
			const subject = String(row.subject);
			waiting.set(subject, (waiting.get(subject) ?? new Set()).add(String(row.parent)));
		}
		return {
			waiting,
			links: all('SELECT * FROM link WHERE lane = $lane').map((row) => ({
				id: Number(row.id),
				table: row.table_name as OfTable,
				dynamicsId: String(row.dynamics_id),
				marketoId: row.marketo_id === null ? null : String(row.marketo_id),
				state: String(row.state),
				deletion: row.deletion === null ? null : String(row.deletion),
				bases: Buffer.from((row.bases as Uint8Array | null) ?? []),
			})),
			held: all("SELECT * FROM held WHERE state = 'held' AND lane = $lane").map((row) => ({
				link: Number(row.link),
				side: String(row.side),
				field: String(row.field),
				reason: String(row.reason),
			})),
			questions: new Map(
				all("SELECT * FROM conflict WHERE state = 'open' AND lane = $lane").map((row) => [
					`${String(row.link)} ${String(row.row)}`,
					String(row.rule),
				]),
			),
			needHelp: new Map(
				all("SELECT * FROM queue WHERE state = 'help' AND lane = $lane").map((row) => [
					String(row.subject),
					String(row.reason),
				]),
			),
			due: all("SELECT subject FROM queue WHERE state = 'due' AND lane = $lane").map((row) =>
				String(row.subject),
			),
			left: all("SELECT * FROM plan WHERE state <> 'echo' AND lane = $lane").map((row) => ({
				link: Number(row.link),
				side: String(row.side),
				state: String(row.state),
			})),
			plannedFields: all('SELECT fields FROM plan WHERE lane = $lane').map((row) =>
				String(row.fields),
			),
			made: new Set(
				all(
					`SELECT link.marketo_id AS id FROM history JOIN link ON link.id = history.link
					WHERE history.operation = 'create' AND history.side = 'marketo'
					AND history.outcome = 'written' AND link.marketo_id IS NOT NULL
					AND link.lane = $lane`,
				).map((row) => String(row.id)),
			),
		};
	});
}
