import { randomBytes } from 'node:crypto';
import {
	chmodSync,
	closeSync,
	existsSync,
	mkdirSync,
	openSync,
	readFileSync,
	statSync,
} from 'node:fs';
import { join } from 'node:path';
import { sleep } from 'n8n-workflow';
import { Pool } from 'pg';

import { databaseClock } from '../../sync/ledger/databaseClock';
import { NORMAL_TIMING, scaledTiming, type Ledger, type Timing } from '../../sync/ledger/ledger';
import { openLedger } from '../../sync/ledger/open';
import { patientPool } from '../../sync/ledger/patientPostgres';
import { postgresDialect, type LedgerSchema } from '../../sync/ledger/postgres';
import { sharedKey } from '../../sync/ledger/sharedKey';
import { sqliteDialect, type LedgerFile } from '../../sync/ledger/sqlite';
import { SetUpProblem } from '../../sync/ports';
import { keyIn, newKey } from './keyFile';
import {
	folderOfN8n,
	KEY_FILE,
	LEDGER_FILE,
	variable,
	whereIs,
	type FilePlace,
	type LedgerPlace,
	type PostgresPlace,
} from './ledgerPlace';

/** In fast mode (tests, demonstrations) sync's own times are this much shorter. */
const FAST_FACTOR = 20;

/** A ledger that is open, and what only its kind of place can. */
export interface Opened {
	ledger: Ledger;
	place: LedgerPlace;
	/** Undefined in a database. */
	file?: LedgerFile;
	/** Undefined in a file. */
	schema?: LedgerSchema;
}

const files = new Set<LedgerFile>();
function closeFiles(): void {
	for (const file of files) file.closeNow();
}

/** @param name where there are several memories; empty: the usual one */
export async function openPlace(place: LedgerPlace, name = ''): Promise<Opened> {
	const opened = place.kind === 'file' ? await openIn(place) : await openDatabase(place);
	opened.ledger.name = name;
	return opened;
}

const ownClock = { now: () => Date.now() };
const patience = { pause: sleep, ...ownClock };

const parts = () => ({
	clock: ownClock,
	random: { id: () => randomBytes(12).toString('base64url') },
	timing: timing(),
});

async function openIn(place: FilePlace): Promise<Opened> {
	const { folder } = place;
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	const key = keyIn(join(folder, KEY_FILE));
	const path = join(folder, LEDGER_FILE);
	forN8nAlone(path);
	const file = sqliteDialect(path, patience);
	const ledger = await openLedger(file, { key, ...parts() });
	if (files.size === 0) process.on('exit', closeFiles);
	files.add(file);
	return { ledger, place, file };
}

async function openDatabase(place: PostgresPlace): Promise<Opened> {
	const secret = secretOfN8n();
	const clock = databaseClock(ownClock);
	const schema = schemaOf(place, place.schema, (time) => clock.hears(time));
	const own = { ...parts(), clock };
	const key = async (db: Ledger['db']) => await sharedKey(db, { secret, ...own }, newKey);
	return { ledger: await openLedger(schema, { key, ...own }), place, schema };
}

/** A schema of that database, over connections of its own, which last longer than the server's restart. */
export function schemaOf(
	place: PostgresPlace,
	schema: string,
	onTime?: (time: number) => void,
): LedgerSchema {
	const pool = new Pool(place.config);
	// A connection that breaks while nobody uses it: the next query takes another one.
	pool.on('error', () => undefined);
	pool.on('connect', (client) => client.on('error', () => undefined));
	return postgresDialect(patientPool(pool, patience, whereIs(place)), schema, onTime);
}

/** What all processes of one n8n have. @throws SetUpProblem */
export function secretOfN8n(): string {
	const given = variable(process.env, 'N8N_ENCRYPTION_KEY');
	if (given) return given;
	try {
		const config = readFileSync(join(folderOfN8n(), 'config'), 'utf8');
		const { encryptionKey } = JSON.parse(config) as { encryptionKey?: string };
		if (encryptionKey) return encryptionKey;
	} catch {
		// Said below.
	}
	throw new SetUpProblem(
		"n8n's encryption key was not found; the key of the sync's memory is encrypted with it",
		'Set N8N_ENCRYPTION_KEY to the same value for n8n and all its workers',
	);
}

/** Also in a folder that others may read; SQLite gives what it makes beside the file the same rights. */
export function forN8nAlone(file: string): void {
	if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
	const found = statSync(file);
	if (process.platform === 'win32' || !found.isFile() || (found.mode & 0o077) === 0) return;
	try {
		chmodSync(file, 0o600);
	} catch {
		// Somebody else's file: whoever made it so has to know.
	}
}

/** Whether n8n was started for a test or a demonstration that cannot wait. */
export function isFast(): boolean {
	return process.env.MARKETO_DYNAMICS_FAST === '1';
}

function timing(): Timing {
	// What is read stays fresh for as long as ever: a fast mode must not cost more calls.
	return isFast()
		? { ...scaledTiming(FAST_FACTOR), fresh: NORMAL_TIMING.fresh, lease: 15_000 }
		: NORMAL_TIMING;
}
