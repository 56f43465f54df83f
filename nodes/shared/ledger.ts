import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import {
	NodeOperationError,
	sleep,
	type IExecuteFunctions,
	type ILoadOptionsFunctions,
	type ITriggerFunctions,
} from 'n8n-workflow';

import { CannotDo } from '../../sync/cannotDo';
import { NORMAL_TIMING, scaledTiming, type Ledger, type Timing } from '../../sync/ledger/ledger';
import { openLedger } from '../../sync/ledger/open';
import { sqliteDialect, type LedgerFile } from '../../sync/ledger/sqlite';
import { keyIn } from './keyFile';
import { copiesIn, makeCopy, type LedgerCopy, type MadeCopy } from './ledgerCopies';
import { onCopyOf } from './ledgerTrial';
import { restoreCopy, type RestoredCopy } from './ledgerRestore';
import { ledgerProblem } from './ledgerProblem';

/** In fast mode (tests, demonstrations) sync's own times are this much shorter. */
const FAST_FACTOR = 20;

interface Opened {
	ledger: Ledger;
	file: LedgerFile;
}

const open = new Map<string, Promise<Opened>>();

const files = new Set<LedgerFile>();
function closeFiles(): void {
	for (const file of files) file.closeNow();
}

type Context = IExecuteFunctions | ILoadOptionsFunctions | ITriggerFunctions;

/**
 * The embedded ledger: an SQLite file in n8n's data folder, opened once per process and shared by all
 * nodes. @throws NodeOperationError in queue mode, where several machines would each have their own.
 */
export async function openNodeLedger(context: Pick<Context, 'getNode'>): Promise<Ledger> {
	return (await openOnce(context)).ledger;
}

/** R53: a copy of it, beside it; all but the last `keep` are deleted. @throws NodeOperationError */
export async function backUpNodeLedger(
	context: Pick<Context, 'getNode'>,
	keep: number,
): Promise<LedgerCopy> {
	const { ledger, file } = await openOnce(context);
	const parts = { keyId: ledger.key.id, now: ledger.clock.now(), keep };
	try {
		return await makeCopy(folderOfLedger(), parts, async (to) => await file.copyTo(to));
	} catch (error) {
		const message = "The sync's memory could not be copied";
		const description = `${(error as Error).message}. Check that there is room in ${folderOfLedger()}, and that n8n may write there. The memory itself is unchanged`;
		throw new NodeOperationError(context.getNode(), message, { description });
	}
}

/** The copies that there are, the newest first. */
export function ledgerCopies(): MadeCopy[] {
	return copiesIn(folderOfLedger());
}

/** R53: puts one of them in the place of the ledger. @throws CannotDo, NodeOperationError */
export async function restoreNodeLedger(
	context: Pick<Context, 'getNode'>,
	name: string,
): Promise<RestoredCopy> {
	const opened = await openOnce(context);
	return await restoreCopy({ ...opened, folder: folderOfLedger() }, name).catch((error: Error) => {
		if (error instanceof CannotDo) throw error;
		const message = 'The copy could not be restored';
		const description = `${error.message}. The memory itself is unchanged. Check that there is room in ${folderOfLedger()} for two more copies, and that n8n may write there`;
		throw new NodeOperationError(context.getNode(), message, { description });
	});
}

/** Works on a copy of it that nobody else sees, and that is deleted afterwards. @throws NodeOperationError */
export async function onCopyOfNodeLedger<Result>(
	context: Pick<Context, 'getNode'>,
	work: (copy: Ledger) => Promise<Result>,
): Promise<Result> {
	const { ledger, file } = await openOnce(context);
	const copyTo = async (to: string) =>
		await file.copyTo(to).catch((error: Error) => {
			const message = "The sync's memory could not be copied, and the preview works on a copy";
			const description = `${error.message}. Check that there is room in ${folderOfLedger()}, and that n8n may write there. The memory itself is unchanged`;
			throw new NodeOperationError(context.getNode(), message, { description });
		});
	return await onCopyOf(ledger, folderOfLedger(), copyTo, work);
}

function folderOfLedger(): string {
	return join(process.env.N8N_USER_FOLDER ?? homedir(), '.n8n', 'marketo-dynamics');
}

async function openOnce(context: Pick<Context, 'getNode'>): Promise<Opened> {
	if (process.env.EXECUTIONS_MODE === 'queue') {
		throw new NodeOperationError(
			context.getNode(),
			'The embedded ledger cannot be used in queue mode',
			{
				description:
					'Each worker would keep a ledger of its own. Run n8n in regular mode; a ledger in PostgreSQL comes with a later version',
			},
		);
	}
	const folder = folderOfLedger();
	let opened = open.get(folder);
	if (!opened) {
		opened = openIn(folder);
		open.set(folder, opened);
		opened.catch(() => open.delete(folder));
	}
	try {
		return await opened;
	} catch (error) {
		const { message, description } = ledgerProblem(error as Error, folder);
		throw new NodeOperationError(context.getNode(), message, { description });
	}
}

async function openIn(folder: string): Promise<Opened> {
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	const key = keyIn(join(folder, 'ledger.key'));
	const path = join(folder, 'ledger.sqlite');
	forN8nAlone(path);
	const file = sqliteDialect(path, { pause: sleep, now: () => Date.now() });
	const ledger = await openLedger(file, {
		key,
		clock: { now: () => Date.now() },
		random: { id: () => randomBytes(12).toString('base64url') },
		timing: timing(),
	});
	if (files.size === 0) process.on('exit', closeFiles);
	files.add(file);
	return { ledger, file };
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
