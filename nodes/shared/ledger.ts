import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import {
	NodeOperationError,
	type IExecuteFunctions,
	type ILoadOptionsFunctions,
	type ITriggerFunctions,
} from 'n8n-workflow';

import { NORMAL_TIMING, scaledTiming, type Ledger, type Timing } from '../../sync/ledger/ledger';
import { openLedger } from '../../sync/ledger/open';
import { sqliteDialect } from '../../sync/ledger/sqlite';
import { keyIn } from './keyFile';
import { ledgerProblem } from './ledgerProblem';

/** In fast mode (tests, demonstrations) sync's own times are this much shorter. */
const FAST_FACTOR = 20;

const open = new Map<string, Promise<Ledger>>();

type Context = IExecuteFunctions | ILoadOptionsFunctions | ITriggerFunctions;

/**
 * The embedded ledger: an SQLite file in n8n's data folder, opened once per process and shared by all
 * nodes. @throws NodeOperationError in queue mode, where several machines would each have their own.
 */
export async function openNodeLedger(context: Pick<Context, 'getNode'>): Promise<Ledger> {
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
	const folder = join(process.env.N8N_USER_FOLDER ?? homedir(), '.n8n', 'marketo-dynamics');
	let ledger = open.get(folder);
	if (!ledger) {
		ledger = openIn(folder);
		open.set(folder, ledger);
		ledger.catch(() => open.delete(folder));
	}
	try {
		return await ledger;
	} catch (error) {
		const { message, description } = ledgerProblem(error as Error, folder);
		throw new NodeOperationError(context.getNode(), message, { description });
	}
}

async function openIn(folder: string): Promise<Ledger> {
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	const key = keyIn(join(folder, 'ledger.key'));
	return await openLedger(sqliteDialect(join(folder, 'ledger.sqlite')), {
		key,
		clock: { now: () => Date.now() },
		random: { id: () => randomBytes(12).toString('base64url') },
		timing: timing(),
	});
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
