import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { moveNodeLedger, openNodeLedger } from '../../nodes/shared/ledger';
import type { Ledger } from '../../sync/ledger/ledger';
import { openLane } from '../../sync/ledger/lanes';
import { countCommit } from '../../sync/schedule/restoreGuard';
import { startServer } from '../unit/sync/ledger/server/server';
import type { Bench } from './main';
import { MB } from './measure';

const context = { getNode: () => ({ name: 'Bench', type: 'x', typeVersion: 1 }) as never };
const PIECE = 500;
/** Bytes of both sides' bases in a link, as the shipped mapping leaves them. */
const BASES = 900;

/** *Move the Sync's Memory*, both ways: how long it takes, and whether what is in memory grows with the ledger. */
export async function move({ report, say, leads }: Bench): Promise<void> {
	const home = await mkdtemp(path.join(os.tmpdir(), 'bench-move-'));
	const server = await startServer();
	const { user, password, host, port, database } = await server.createDatabase('ledgers');
	Object.assign(process.env, { N8N_USER_FOLDER: home, N8N_ENCRYPTION_KEY: 'bench' });
	try {
		const ledger = await openNodeLedger(context);
		process.env.MARKETO_DYNAMICS_LEDGER = `postgres://${user}:${password}@${host}:${port}/${database}`;
		say(`${leads} links …`);
		await fill(ledger, leads);
		for (const to of ['postgres', 'file'] as const) {
			const before = memory();
			const heights: number[] = [];
			const watch = setInterval(() => heights.push(memory()), 500);
			const begun = performance.now();
			const { rows } = await moveNodeLedger(context, to, async () => undefined);
			clearInterval(watch);
			const seconds = (performance.now() - begun) / 1000;
			const all = Object.values(rows).reduce((sum, count) => sum + count, 0);
			say(`to ${to}: ${all} rows in ${seconds.toFixed(1)} s`);
			report({ name: `move.${to}.seconds`, value: seconds, unit: 's' });
			report({ name: `move.${to}.rowsPerSecond`, value: all / seconds, unit: 'rows/s' });
			report({
				name: `move.${to}.memory`,
				value: Math.max(...heights, before),
				unit: 'MB',
				reference: before,
			});
		}
		await ledger.close();
	} finally {
		await server.stop();
		await rm(home, { recursive: true, force: true });
	}
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** In use, after a collection. */
function memory(): number {
	collect();
	const { heapUsed, external } = process.memoryUsage();
	return (heapUsed + external) / MB;
}

async function fill({ db, key, clock }: Ledger, links: number): Promise<void> {
	await openLane(db, 'people', clock.now());
	await countCommit(db);
	for (let from = 0; from < links; from += PIECE) {
		const numbers = Array.from({ length: Math.min(PIECE, links - from) }, (_, n) => from + n);
		await db.transaction().execute(async (db) => {
			await db
				.insertInto('link')
				.values(
					numbers.map((n) => ({
						lane: 'people',
						table_name: 'lead' as const,
						dynamics_id: `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`,
						object: 'person',
						marketo_id: String(n),
						state: 'active' as const,
						version: String(n),
						email_key: `fingerprint of ${n}`,
						bases: Buffer.alloc(BASES, n % 256),
						wrote: '{}',
						key_id: key.id,
						generation: 1,
						edit_times: null,
						created_at: clock.now(),
						updated_at: clock.now(),
					})),
				)
				.execute();
			await db
				.insertInto('history')
				.values(
					numbers.map((n) => ({
						at: clock.now(),
						run: 'run',
						page: 1,
						plan: null,
						link: n + 1,
						side: 'marketo' as const,
						operation: 'create',
						outcome: 'written',
						verdicts: '{}',
						shown: null,
						mapping_hash: 'hash',
					})),
				)
				.execute();
		});
	}
}
