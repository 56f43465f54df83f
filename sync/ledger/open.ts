import { Kysely, type Dialect } from 'kysely';
import type { BaseKey } from '../fingerprint';
import type { Counters } from './copyAll';
import type { Ledger } from './ledger';
import { setOnce } from './meta';
import { migrateToLatest } from './migrate';
import { noteKey } from './ownKey';
import type { Db, LedgerTables } from './schema';

/** A kind of database that has something to do once its tables are as they should be. */
export interface PreparedDialect extends Dialect {
	tablesAreThere?(): void;
	/** Before that, what the tables are in. */
	makePlace?(db: Db): Promise<void>;
	/** Where its tables are, if not where the database looks by itself. */
	readonly schema?: string;
	/** How it gives out numbers. */
	readonly counters?: Counters;
}

type Parts = Pick<Ledger, 'clock' | 'random' | 'timing'> & {
	/** The key of the bases, or how it is found in the ledger. */
	key: BaseKey | ((db: Db) => Promise<BaseKey>);
};

/**
 * Opens a ledger and brings its tables up to date. One that another key made is opened too: its lanes stand
 * still and say so (`lane/keyStop.ts`).
 * @throws SetUpProblem when it is newer than this package
 */
export async function openLedger(
	dialect: PreparedDialect,
	{ key: keyOrWay, ...parts }: Parts,
): Promise<Ledger> {
	const db = await openTables(dialect);
	try {
		dialect.tablesAreThere?.();
		const key = typeof keyOrWay === 'function' ? await keyOrWay(db) : keyOrWay;
		const id = await db.transaction().execute(async (db) => {
			const id = await setOnce(db, 'ledger', parts.random.id());
			await noteKey(db, id, key);
			return id;
		});
		return { db, id, key, ...parts, close: () => db.destroy() };
	} catch (error) {
		await db.destroy();
		throw error;
	}
}

/** The tables of a ledger, brought up to date, and nothing in them touched. @throws SetUpProblem as above */
export async function openTables(dialect: PreparedDialect): Promise<Db> {
	const all = new Kysely<LedgerTables>({ dialect });
	const db = dialect.schema ? all.withSchema(dialect.schema) : all;
	try {
		await dialect.makePlace?.(db);
		await migrateToLatest(db, dialect.schema);
		return db;
	} catch (error) {
		await db.destroy();
		throw error;
	}
}
