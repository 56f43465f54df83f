import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { CannotDo } from '../../sync/cannotDo';
import { copyAll, countRows, TABLE_KEYS, type Contents } from '../../sync/ledger/copyAll';
import type { Ledger } from '../../sync/ledger/ledger';
import { metaValue } from '../../sync/ledger/meta';
import { openTables } from '../../sync/ledger/open';
import type { LedgerSchema } from '../../sync/ledger/postgres';
import type { Db } from '../../sync/ledger/schema';
import { isAnybodyWaiting } from '../../sync/ledger/requests';
import { bringKey as sealKey } from '../../sync/ledger/sharedKey';
import { sqliteDialect, type LedgerFile } from '../../sync/ledger/sqlite';
import { refuseWhileAtWork } from '../../sync/operate/restore';
import { commitsOf } from '../../sync/schedule/restoreGuard';
import { bringKey } from './keyFile';
import { forN8nAlone, openPlace, schemaOf, secretOfN8n, type Opened } from './ledgerOpening';
import {
	assertShared,
	filePlace,
	KEY_FILE,
	LEDGER_FILE,
	PLACE_VARIABLE,
	schemaBeside,
	wantedPlace,
	whereIs,
	type FilePlace,
	type LedgerPlace,
	type PostgresPlace,
} from './ledgerPlace';

const FOLDER = 'moved';
const WORDS = { why: 'that would be moved', then: 'move the memory' };

/** Rows by table. */
export type RowCounts = Record<string, number>;

export interface Move {
	from: string;
	to: string;
	rows: RowCounts;
}

export interface DoneMove extends Move {
	/** Where the old one is, which nobody uses any more. */
	keptAs: string;
}

/** n8n may have a worker execute what a person executes by hand, and will always do so (its version 3). */
const OF_ANOTHER_PROCESS =
	'. Does the main process of n8n still have the file ledger.sqlite? Then a worker has executed this step, which does not see that file: start the main process once with EXECUTIONS_MODE=regular, without workers, and execute this step again';

const mayBeWorker = ({ kind }: LedgerPlace) =>
	kind === 'postgres' && process.env.EXECUTIONS_MODE === 'queue';

/**
 * Where a move leads.
 *
 * @param name of the memory; empty: the usual one
 * @throws CannotDo where the memory is there already, or nobody has said where there is a database; SetUpProblem
 */
export function targetOf(from: LedgerPlace, kind: LedgerPlace['kind'], name: string): LedgerPlace {
	if (from.kind === kind)
		throw new CannotDo(
			`The sync's memory is already in ${whereIs(from)}`,
			`To move it, choose the other place under 'Move To'${mayBeWorker(from) ? OF_ANOTHER_PROCESS : ''}`,
		);
	if (kind === 'file') {
		const place = filePlace(process.env, name);
		assertShared(place, process.env);
		return place;
	}
	const wanted = wantedPlace(process.env, name);
	if (wanted.kind === 'postgres') return wanted;
	throw new CannotDo(
		"No database is set for the sync's memory",
		`Set the variable ${PLACE_VARIABLE} of n8n (and of its workers) to postgres://user:password@host:5432/database and restart n8n, then execute this step again: until then, the memory stays where it is`,
	);
}

/** What a move would move. @throws CannotDo where something is in the way */
export async function previewMove({ ledger, place }: Opened, to: LedgerPlace): Promise<Move> {
	await refuseWhileAtWork(ledger, ledger.db, WORDS);
	return { from: whereIs(place), to: whereIs(to), rows: await countRows(ledger.db) };
}

/**
 * Copies the sync's memory to another kind of place, holds each table against the first one, and has everybody of this
 * process go on there. Nobody writes in the meantime. Until the last step the old one is in use, after it the new one;
 * a move that was broken off is done again from the beginning.
 *
 * @param opened becomes the new one; so does its ledger, which others hold as well
 * @param onMoved the old one is not in use any more; the new one is to be opened
 * @throws CannotDo where it may not be, with all as it was
 */
export async function moveLedger(
	opened: Opened,
	to: LedgerPlace,
	onMoved: () => void,
): Promise<DoneMove> {
	const { ledger, place } = opened;
	const stamp = new Date(ledger.clock.now()).toISOString().replaceAll(/[-:.TZ]/g, '');
	const old = { ...ledger };
	const { contents, keptAs } =
		to.kind === 'postgres'
			? await toDatabase(opened as Opened & { file: LedgerFile }, to, stamp)
			: await toFile(opened as Opened & { schema: LedgerSchema }, to, stamp);
	onMoved();
	await old.close().catch(() => undefined);
	const kept = await keptAs();
	const now = await openPlace(to, ledger.name);
	Object.assign(ledger, now.ledger);
	Object.assign(opened, { file: undefined, schema: undefined }, now, { ledger });
	const rows = Object.fromEntries([...contents].map(([table, { rows }]) => [table, rows]));
	return { from: whereIs(place), to: whereIs(to), rows, keptAs: kept };
}

interface Copied {
	contents: Contents;
	/** Puts aside what is left of the old one, once it is closed; says where it is. */
	keptAs(): string | Promise<string>;
}

/** From the end of the file's transaction on it takes no more writes: that is the moment of the move. */
async function toDatabase(
	{ ledger, file, place }: Opened & { file: LedgerFile },
	to: PostgresPlace,
	stamp: string,
): Promise<Copied> {
	const { folder } = place as FilePlace;
	const secret = secretOfN8n();
	const schema = schemaOf(to, to.schema);
	const there = await openTables(schema);
	try {
		const contents = await ledger.db.transaction().execute(async (db) => {
			await refuseWhileAtWork(ledger, db, WORDS);
			const contents = await there.transaction().execute(async (target) => {
				await refuseAnother(ledger, db, target, to);
				const contents = await copyAll(
					{ db, counters: file.counters },
					{ db: target, counters: schema.counters },
				);
				await sealKey(target, ledger.key, { secret, random: ledger.random });
				return contents;
			});
			await file.seal(db, Object.keys(TABLE_KEYS), whereIs(to));
			return contents;
		});
		return { contents, keptAs: () => putFileAside(folder, stamp) };
	} finally {
		await there.destroy();
	}
}

/** What is there may be an older state of the same memory, left by a move that was broken off; nothing else. */
async function refuseAnother({ id }: Ledger, db: Db, target: Db, to: PostgresPlace): Promise<void> {
	const commits = await commitsOf(target);
	if (commits === 0) return await refuseToForgetPeople(target, to);
	if ((await metaValue(target, 'ledger')) === id && commits <= (await commitsOf(db))) return;
	throw new CannotDo(
		`${whereIs(to)} already holds another memory of the sync, and a move would replace it`,
		'To use that memory, stop n8n and move the file ledger.sqlite away. If you do not need it, rename its schema, or set MARKETO_DYNAMICS_LEDGER_SCHEMA to another name',
	);
}

/** A webhook processor that does not see the file has kept them in a new memory, and has answered 2xx. */
async function refuseToForgetPeople(target: Db, to: PostgresPlace): Promise<void> {
	if (!(await isAnybodyWaiting(target))) return;
	throw new CannotDo(
		`People whom campaigns have sent wait in ${whereIs(to)}, and a move would replace them`,
		`Stop n8n's webhook processors, note the people (column person of the table request there), rename the schema ${to.schema} and execute this step again. Then have the campaigns send these people once more`,
	);
}

/** Another program may have it open: then it stays, and nobody uses it either. */
function putFileAside(folder: string, stamp: string): string {
	const file = join(folder, LEDGER_FILE);
	if (existsSync(`${file}-wal`)) return file;
	const aside = join(folder, FOLDER, `ledger-${stamp}.sqlite`);
	try {
		mkdirSync(join(folder, FOLDER), { recursive: true, mode: 0o700 });
		renameSync(file, aside);
		return aside;
	} catch {
		return file;
	}
}

/** As soon as the file has its name it is the memory: that is the moment of the move, whatever becomes of the schema. */
async function toFile(
	{ ledger, schema }: Opened & { schema: LedgerSchema },
	{ folder }: FilePlace,
	stamp: string,
): Promise<Copied> {
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	const draft = join(folder, 'moving.sqlite');
	const clear = () => ['', '-wal', '-shm'].forEach((end) => rmSync(draft + end, { force: true }));
	const aside = schemaBeside(schema.schema, `moved_${stamp}`);
	let contents: Contents | undefined;
	clear();
	const move = ledger.db.transaction().execute(async (db) => {
		await refuseWhileAtWork(ledger, db, WORDS);
		const copied = await copyToFile({ db, counters: schema.counters }, draft);
		await schema.putAside(db, aside);
		bringKey(join(folder, KEY_FILE), ledger.key);
		renameSync(draft, join(folder, LEDGER_FILE));
		contents = copied;
	});
	const isPutAside = await move
		.then(() => true)
		.catch((error: Error) => {
			if (!contents) throw error;
			return false;
		})
		.finally(clear);
	const names = isPutAside ? aside : `${schema.schema} or ${aside}`;
	return { contents: contents!, keptAs: () => `schema ${names}` };
}

/** Into a file that is not there yet; one file is left. */
export async function copyToFile(
	from: Parameters<typeof copyAll>[0],
	path: string,
): Promise<Contents> {
	forN8nAlone(path);
	const file = sqliteDialect(path);
	const db = await openTables(file);
	try {
		return await db
			.transaction()
			.execute(async (target) => await copyAll(from, { db: target, counters: file.counters }));
	} finally {
		await db.destroy();
	}
}
