import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { NodeOperationError } from 'n8n-workflow';

import { CannotDo } from '../../sync/cannotDo';
import type { Ledger } from '../../sync/ledger/ledger';
import { copySchema, type LedgerSchema } from '../../sync/ledger/postgres';
import type { LedgerFile } from '../../sync/ledger/sqlite';
import { rePoint, type NewPair, type RePointed } from '../../sync/operate/rePoint';
import type { SetUpProblem } from '../../sync/ports';
import { copiesIn, makeCopy, type LedgerCopy, type MadeCopy } from './ledgerCopies';
import {
	copyToFile,
	moveLedger,
	previewMove,
	targetOf,
	type DoneMove,
	type Move,
} from './ledgerMove';
import { openPlace, type Opened } from './ledgerOpening';
import {
	assertShared,
	filePlace,
	folderOfLedger,
	hasLedgerFile,
	kindOfPlace,
	ledgerPlace,
	schemaBeside,
	wantedPlace,
	whereIs,
	type LedgerPlace,
	type PostgresPlace,
} from './ledgerPlace';
import { ledgerProblem } from './ledgerProblem';
import { memoryName } from './memoryName';
import { restoreCopy, type RestoredCopy } from './ledgerRestore';
import { onCopyOf } from './ledgerTrial';

interface Opening {
	place: LedgerPlace;
	opened: Promise<Opened>;
}

/** By where the memory's file would be. What is open stays in use: where it is, is asked once. */
const open = new Map<string, Opening>();

const BACK_UP = (schema: string) =>
	`Back it up with the database: pg_dump --schema=${schema} copies only the sync's memory, while the sync continues. Keep N8N_ENCRYPTION_KEY with the copy: without it, the copy cannot be used`;
const RESTORE = (schema: string) =>
	`Stop n8n and all its workers, drop the schema ${schema}, restore a copy made by pg_dump --schema=${schema} (with psql or pg_restore), and start n8n. If the copy is older than what the workflow remembers, the sync stops and says so; then choose Adopt Present State`;

/** A node, and which memory it works with (`memoryName`). */
type Around = Parameters<typeof memoryName>[0];

/** The sync's memory, opened once per process and shared by all nodes that name the same. @throws NodeOperationError where it cannot be */
export async function openNodeLedger(context: Around): Promise<Ledger> {
	return (await openOnce(context)).ledger;
}

/** R53: a copy of it, beside it; all but the last `keep` are deleted. @throws NodeOperationError */
export async function backUpNodeLedger(context: Around, keep: number): Promise<LedgerCopy> {
	const { ledger, file, folder } = await openFile(context, BACK_UP);
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
			const message = "The sync's memory could not be copied, so the sync was not re-pointed";
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
		const schema = schemaBeside(place.schema, moment);
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
	const opened = await openFile(context, RESTORE);
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
	const { ledger, file, schema, place } = await openOnce(context);
	const folder = place.kind === 'file' ? place.folder : folderOfLedger();
	const copyTo = async (to: string) => {
		try {
			if (file) await file.copyTo(to);
			else await copyOfDatabase(ledger, schema!, to);
		} catch (error) {
			const message = "The sync's memory could not be copied, and the preview works on a copy";
			const description = `${(error as Error).message}. Check that there is room in ${folder}, and that n8n may write there. The memory itself is unchanged`;
			throw new NodeOperationError(context.getNode(), message, { description });
		}
	};
	// A worker has none yet.
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	return await onCopyOf(ledger, folder, copyTo, work);
}

/** As it is at one moment, while the sync goes on. */
async function copyOfDatabase(
	{ db }: Ledger,
	{ counters }: LedgerSchema,
	to: string,
): Promise<void> {
	const look = db.transaction().setAccessMode('read only');
	await look.execute(async (db) => void (await copyToFile({ db, counters }, to)));
}

/** What a move of the memory would move, and where to. @throws CannotDo, SetUpProblem, NodeOperationError */
export async function previewMoveOfNodeLedger(
	context: Around,
	to: LedgerPlace['kind'],
	mayMove: (ledger: Ledger) => Promise<void>,
): Promise<Move> {
	return await onSource(context, async (source) => {
		await mayMove(source.ledger);
		return await previewMove(source, targetOf(source.place, to, memoryName(context)));
	});
}

/**
 * Moves the memory to a database, or to a file; all nodes of this process go on with it there.
 *
 * @param mayMove throws where this person may not
 * @throws CannotDo, SetUpProblem, NodeOperationError
 */
export async function moveNodeLedger(
	context: Around,
	to: LedgerPlace['kind'],
	mayMove: (ledger: Ledger) => Promise<void>,
): Promise<DoneMove> {
	return await onSource(context, async (source) => {
		await mayMove(source.ledger);
		const key = keyOf(context);
		const place = targetOf(source.place, to, memoryName(context));
		const isCached = open.has(key);
		let isMoved = false;
		const done = moveLedger(source, place, () => void (isMoved = true)).catch((error: Error) => {
			if (error instanceof CannotDo) throw error;
			const { message, description } = ledgerProblem(error, place);
			const after = isMoved
				? `The memory is now in ${whereIs(place)}, and nothing is lost. Restart n8n`
				: `The memory stays where it is, in ${whereIs(source.place)}, and nothing is lost`;
			throw new NodeOperationError(context.getNode(), message, {
				description: `${description}. ${after}`,
			});
		});
		// Whoever comes in the meantime waits for its end.
		const opened = done.then(
			() => source,
			() => source,
		);
		if (isCached) open.set(key, { place: source.place, opened });
		return await done.finally(() => {
			if (isMoved && source.place !== place) open.delete(key);
			else if (isCached) open.set(key, { place: source.place, opened });
		});
	});
}

/** In queue mode a file is no memory, but it can be moved. */
async function onSource<Result>(
	context: Around,
	work: (source: Opened) => Promise<Result>,
): Promise<Result> {
	const name = memoryName(context);
	const place = ledgerPlace(process.env, hasLedgerFile, name);
	const isOnlyMoved = !open.has(keyOf(context)) && place.kind === 'file' && isQueueMode();
	if (!isOnlyMoved) return await work(await openOnce(context));
	const source = await openPlace(place, name);
	try {
		return await work(source);
	} finally {
		await source.ledger.close();
	}
}

const isQueueMode = () => process.env.EXECUTIONS_MODE === 'queue';

/** Where the memory is, for everybody to see; and, where it is to be elsewhere, how it gets there. */
export function kindOfNodeLedger(context: Around): string {
	const { place } = openingOf(context);
	const kind = kindOfPlace(place);
	const isWantedThere = place.kind === 'file' && wantedPlace(process.env).kind === 'postgres';
	return isWantedThere ? `${kind}; to move it to PostgreSQL, use Move the Sync's Memory` : kind;
}

/** Works on a new one that knows nobody, with the key of this one, and that is deleted afterwards. @throws NodeOperationError */
export async function onNewLedger<Result>(
	context: Around,
	work: (empty: Ledger) => Promise<Result>,
): Promise<Result> {
	// Where the memory is in a database there may be no folder for it.
	const { ledger, place } = await openOnce(context);
	const folder = place.kind === 'file' ? place.folder : tmpdir();
	return await onCopyOf(ledger, folder, async () => {}, work);
}

/** @throws CannotDo in a database */
async function openFile(
	context: Around,
	remedy: (schema: string) => string,
): Promise<{ ledger: Ledger; file: LedgerFile; folder: string }> {
	const { ledger, file, place } = await openOnce(context);
	if (file && place.kind === 'file') return { ledger, file, folder: place.folder };
	throw new CannotDo(
		`The sync's memory is in ${whereIs(place)}, and this works only with a file`,
		remedy((place as PostgresPlace).schema),
	);
}

function placeFor(context: Around, name: string): LedgerPlace {
	try {
		const place = ledgerPlace(process.env, hasLedgerFile, name);
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

/** By which a memory is known among those that are open. */
function keyOf(context: Around): string {
	return filePlace(process.env, memoryName(context)).folder;
}

function openingOf(context: Around): Opening {
	const name = memoryName(context);
	const key = keyOf(context);
	const known = open.get(key);
	if (known) return known;
	const place = placeFor(context, name);
	const opened = openPlace(place, name);
	const opening = { place, opened };
	open.set(key, opening);
	opened.catch(() => open.delete(key));
	return opening;
}
