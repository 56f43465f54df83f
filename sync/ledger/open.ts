import { Kysely, type Dialect } from 'kysely';
import type { Ledger } from './ledger';
import { setOnce } from './meta';
import { migrateToLatest } from './migrate';
import { noteKey } from './ownKey';
import type { LedgerTables } from './schema';

/** A kind of database that has something to do once its tables are as they should be. */
export interface PreparedDialect extends Dialect {
	tablesAreThere?(): void;
}

/**
 * Opens a ledger and brings its tables up to date. One that another key made is opened too: its lanes stand
 * still and say so (`lane/keyStop.ts`).
 * @throws SetUpProblem when it is newer than this package
 */
export async function openLedger(
	dialect: PreparedDialect,
	parts: Pick<Ledger, 'key' | 'clock' | 'random' | 'timing'>,
): Promise<Ledger> {
	const db = new Kysely<LedgerTables>({ dialect });
	try {
		await migrateToLatest(db);
		dialect.tablesAreThere?.();
		const id = await db.transaction().execute(async (db) => {
			const id = await setOnce(db, 'ledger', parts.random.id());
			await noteKey(db, id, parts.key);
			return id;
		});
		return { db, id, ...parts, close: () => db.destroy() };
	} catch (error) {
		await db.destroy();
		throw error;
	}
}
