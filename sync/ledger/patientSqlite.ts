import {
	SqliteDriver,
	type CompiledQuery,
	type DatabaseConnection,
	type QueryResult,
	type SqliteDatabase,
} from 'kysely';
import type { DatabaseSync } from 'node:sqlite';
import { SetUpProblem } from '../ports';

/** SQLite's own wait holds up all of n8n: it gets hardly any, and the rest is waited beside n8n's work. Milliseconds. */
export const BUSY_MS = 10;
const PAUSE_MS = 40;
/** Somebody else's lock that lasts longer is said. */
const LONGEST_MS = 60_000;

const SQLITE_BUSY = 5;

/** What waiting takes; SQLite works without letting go of the process. */
export interface Patience {
	pause(milliseconds: number): Promise<void>;
	now(): number;
}

/** Work that goes on and on lets others in after as long. */
const IN_ONE_GO_MS = 50;

/** Waits for a lock of another process (a backup, a second n8n) without holding up this one. */
export class PatientDriver extends SqliteDriver {
	constructor(
		private readonly file: DatabaseSync,
		database: SqliteDatabase,
		private readonly patience: Patience,
	) {
		super({ database });
	}

	override async acquireConnection(): Promise<DatabaseConnection> {
		return patient(await super.acquireConnection(), this.file, this.patience);
	}
}

function patient(
	connection: DatabaseConnection,
	file: DatabaseSync,
	{ pause, now }: Patience,
): DatabaseConnection {
	let since = now();
	return {
		executeQuery: async <Row>(query: CompiledQuery): Promise<QueryResult<Row>> => {
			for (let waited = 0; ; waited += PAUSE_MS) {
				if (now() - since > IN_ONE_GO_MS) {
					await pause(0);
					since = now();
				}
				try {
					return await connection.executeQuery<Row>(query);
				} catch (error) {
					// Whoever has begun a transaction has the lock.
					if (!isBusy(error) || file.isTransaction) throw error;
					if (waited >= LONGEST_MS) throw lockedForLong();
				}
				await pause(PAUSE_MS);
			}
		},
		streamQuery: (query, size) => connection.streamQuery(query, size),
	};
}

function isBusy(error: unknown): boolean {
	return (((error as { errcode?: number }).errcode ?? 0) & 0xff) === SQLITE_BUSY;
}

function lockedForLong(): SetUpProblem {
	return new SetUpProblem(
		"Another program has locked the sync's ledger for more than a minute",
		'Close whatever has ledger.sqlite open besides n8n: a backup program, a virus scanner, a database browser. The sync continues by itself',
	);
}
