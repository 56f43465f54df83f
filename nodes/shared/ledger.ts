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
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeOperationError, sleep } from 'n8n-workflow';
import { Pool } from 'pg';

import { CannotDo } from '../../sync/cannotDo';
import { NORMAL_TIMING, scaledTiming, type Ledger, type Timing } from '../../sync/ledger/ledger';
import { openLedger } from '../../sync/ledger/open';
import { copySchema, postgresDialect } from '../../sync/ledger/postgres';
import { sharedKey } from '../../sync/ledger/sharedKey';
import { sqliteDialect, type LedgerFile } from '../../sync/ledger/sqlite';
import { rePoint, type NewPair, type RePointed } from '../../sync/operate/rePoint';
import { SetUpProblem } from '../../sync/ports';
import { keyIn, newKey } from './keyFile';
import { copiesIn, makeCopy, type LedgerCopy, type MadeCopy } from './ledgerCopies';
import { onCopyOf } from './ledgerTrial';
import { restoreCopy, type RestoredCopy } from './ledgerRestore';
import {
	assertShared,
	folderOfLedger,
	folderOfN8n,
	hasLedgerFile,
	LEDGER_FILE,
	ledgerPlace,
	placeOf,
	variable,
	whereIs,
	type FilePlace,
	type LedgerPlace,
	type PostgresPlace,
} from './ledgerPlace';
import { ledgerProblem } from './ledgerProblem';
import { memoryName } from './memoryName';

/** In fast mode (tests, demonstrations) sync's own times are this much shorter. */
const FAST_FACTOR = 20;

interface Opened {
	ledger: Ledger;
	/** Undefined in a database. */
	file?: LedgerFile;
}

interface Opening {
	place: LedgerPlace;
	opened: Promise<Opened>;
}

/** By n8n's data folder and the memory's name. What is open stays in use: where it is, is asked once. */
const open = new Map<string, Opening>();

const files = new Set<LedgerFile>();
function closeFiles(): void {
	for (const file of files) file.closeNow();
}

/** A node, and which memory it works with (`memoryName`). */
type Around = Parameters<typeof memoryName>[0];

/** The sync's memory, opened once per process and shared by all nodes that name the same. @throws NodeOperationError where it cannot be */
export async function openNodeLedger(context: Around): Promise<Ledger> {
	return (await openOnce(context)).ledger;
}

/** R53: a copy of it, beside it; all but the last `keep` are deleted. @throws NodeOperationError */
export async function backUpNodeLedger(context: Around, keep: number): Promise<LedgerCopy> {
	const { ledger, file, folder } = await openFile(context, 'Back it up with the database');
	const parts = { keyId: ledger.key.id, now: ledger.clock.now(), keep };
	try {
		return await makeCopy(folder, parts, async (to) => await file.copyTo(to));
	} catch (error) {
		const message = "The sync's memory could not be copied";
		const description = `${(error as Error).message}. Check that there is room in ${folder}, and that n8n may write there. The memory itself is unchanged`;
		throw new NodeOperationError(context.getNode(), message, { description });
	}
}

/**
 * R44: gives it to another pair of systems, after copying it: a file beside it, or another schema of its database.
 *
 * @throws CannotDo, NodeOperationError
 */
export async function rePointNodeLedger(
	context: Around,
	pair: NewPair,
	evenIfSame: boolean,
): Promise<RePointed & { savedAs: string | null }> {
	const { ledger, file } = await openOnce(context);
	const { place } = openingOf(context);
	let savedAs: string | null = null;
	const keepCopy = async (db: Ledger['db']) => {
		savedAs = await copyBefore(ledger, db, place, file).catch((error: Error) => {
			const message = "The sync's memory could not be copied, so it was not re-pointed";
			const description = `${error.message}. The memory itself is unchanged. Check that there is room in ${whereIs(place)}, and that n8n may write there`;
			throw new NodeOperationError(context.getNode(), message, { description });
		});
	};
	const change = await rePoint(ledger, pair, { evenIfSame, keepCopy });
	return { ...change, savedAs };
}

/** All copies stay: this one is asked for seldom. */
async function copyBefore(
	ledger: Ledger,
	db: Ledger['db'],
	place: LedgerPlace,
	file: LedgerFile | undefined,
): Promise<string> {
	const now = ledger.clock.now();
	if (place.kind === 'postgres') {
		const moment = new Date(now)
			.toISOString()
			.toLowerCase()
			.replaceAll(/[-:.z]/g, '');
		const schema = `${place.schema}_${moment}`;
		await copySchema(db, place.schema, schema);
		return `schema ${schema}`;
	}
	const parts = { keyId: ledger.key.id, now, keep: Infinity };
	return (await makeCopy(place.folder, parts, async (to) => await file!.copyTo(to))).file;
}

/** The copies that there are, the newest first. */
export function ledgerCopies(context: Around): MadeCopy[] {
	const { place } = openingOf(context);
	return place.kind === 'file' ? copiesIn(place.folder) : [];
}

/** R53: puts one of them in the place of the ledger. @throws CannotDo, NodeOperationError */
export async function restoreNodeLedger(context: Around, name: string): Promise<RestoredCopy> {
	const opened = await openFile(context, "Restore the database's own backup instead");
	return await restoreCopy(opened, name).catch((error: Error) => {
		if (error instanceof CannotDo) throw error;
		const message = 'The copy could not be restored';
		const description = `${error.message}. The memory itself is unchanged. Check that there is room in ${opened.folder} for two more copies, and that n8n may write there`;
		throw new NodeOperationError(context.getNode(), message, { description });
	});
}

/** Works on a copy of it that nobody else sees, and that is deleted afterwards. @throws NodeOperationError */
export async function onCopyOfNodeLedger<Result>(
	context: Around,
	work: (copy: Ledger) => Promise<Result>,
): Promise<Result> {
	const { ledger, file, folder } = await openFile(context, 'Preview Linked Records instead');
	const copyTo = async (to: string) =>
		await file.copyTo(to).catch((error: Error) => {
			const message = "The sync's memory could not be copied, and the preview works on a copy";
			const description = `${error.message}. Check that there is room in ${folder}, and that n8n may write there. The memory itself is unchanged`;
			throw new NodeOperationError(context.getNode(), message, { description });
		});
	return await onCopyOf(ledger, folder, copyTo, work);
}

/** Works on a new one that knows nobody, with the key of this one, and that is deleted afterwards. @throws NodeOperationError */
export async function onNewLedger<Result>(
	context: Around,
	work: (empty: Ledger) => Promise<Result>,
): Promise<Result> {
	const { ledger } = await openOnce(context);
	const { place } = openingOf(context);
	// Where the memory is in a database there may be no folder for it.
	const folder = place.kind === 'file' ? place.folder : tmpdir();
	return await onCopyOf(ledger, folder, async () => {}, work);
}

/** @throws CannotDo in a database */
async function openFile(context: Around, remedy: string): Promise<Required<Opened> & FilePlace> {
	const { ledger, file } = await openOnce(context);
	const { place } = openingOf(context);
	if (file && place.kind === 'file') return { ledger, file, ...place };
	throw new CannotDo(
		`The sync's memory is in ${whereIs(place)}, and this works with a file alone`,
		remedy,
	);
}

function placeFor(context: Around, name: string): LedgerPlace {
	try {
		const place = placeOf(ledgerPlace(process.env, hasLedgerFile), name);
		assertShared(place, process.env);
		return place;
	} catch (error) {
		const { message, remedy } = error as SetUpProblem;
		throw new NodeOperationError(context.getNode(), message, { description: remedy });
	}
}

async function openOnce(context: Around): Promise<Opened> {
	const { place, opened } = openingOf(context);
	try {
		return await opened;
	} catch (error) {
		const { message, description } = ledgerProblem(error as Error, place);
		throw new NodeOperationError(context.getNode(), message, { description });
	}
}

function openingOf(context: Around): Opening {
	const name = memoryName(context);
	const key = `${folderOfLedger()}/${name}`;
	const known = open.get(key);
	if (known) return known;
	const place = placeFor(context, name);
	const opened = place.kind === 'file' ? openIn(place, name) : openDatabase(place, name);
	const opening = { place, opened };
	open.set(key, opening);
	opened.catch(() => open.delete(key));
	return opening;
}

const parts = () => ({
	clock: { now: () => Date.now() },
	random: { id: () => randomBytes(12).toString('base64url') },
	timing: timing(),
});

async function openIn({ folder }: FilePlace, name: string): Promise<Opened> {
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	const key = keyIn(join(folder, 'ledger.key'));
	const path = join(folder, LEDGER_FILE);
	forN8nAlone(path);
	const file = sqliteDialect(path, { pause: sleep, now: () => Date.now() });
	const ledger = { ...(await openLedger(file, { key, ...parts() })), name };
	if (files.size === 0) process.on('exit', closeFiles);
	files.add(file);
	return { ledger, file };
}

async function openDatabase({ config, schema }: PostgresPlace, name: string): Promise<Opened> {
	const secret = secretOfN8n();
	const pool = new Pool(config);
	// A connection that breaks while nobody uses it: the next query takes another one.
	pool.on('error', () => undefined);
	const own = parts();
	const key = async (db: Ledger['db']) => await sharedKey(db, { secret, ...own }, newKey);
	const ledger = await openLedger(postgresDialect(pool, schema), { key, ...own });
	return { ledger: { ...ledger, name } };
}

/** What all processes of one n8n have. @throws SetUpProblem */
function secretOfN8n(): string {
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
		"n8n's encryption key is not known, with which the key of the sync's memory is sealed",
		'Set N8N_ENCRYPTION_KEY, the same for n8n and all its workers',
	);
}

/** Also in a folder that others may read; SQLite gives what it makes beside the file the same rights. */
function forN8nAlone(file: string): void {
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
