import { writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { dataverse } from '../../apis/dataverse/client';
import type { Wire } from '../../apis/wire/wire';
import { dynamicsPort } from '../../nodes/shared/dynamicsPort';
import { definitionOf } from '../../nodes/shared/lanes';
import { marketoObjectPort } from '../../nodes/shared/marketoObjectPort';
import { marketoObjectOf } from '../../nodes/shared/marketoObjects';
import { marketoPort } from '../../nodes/shared/marketoPort';
import { NORMAL_TIMING } from '../../sync/ledger/ledger';
import { openLedger } from '../../sync/ledger/open';
import { sqliteDialect } from '../../sync/ledger/sqlite';
import type { LaneMapping } from '../../sync/mapping';
import { statusOf } from '../../sync/operate/status';
import { trialOf } from '../../sync/operate/trial';
import { afterPage, lookForWork, syncNow, type LaneSetting } from '../../sync/schedule/runs';
import type { TwinsLine } from '../e2e/harness/twins';
import { nameOf } from '../scenarios/support/line';
import { handedOut, workPage } from '../scenarios/support/workflow';
import { twinMarketo } from '../unit/apis/marketo/twinWire';
import { twinWire } from './twinWire';

/** What a worker is told, as its one argument. */
export interface CopyOrder {
	line: TwinsLine;
	/** The ledger. */
	file: string;
	/** Hex. */
	secret: string;
	lane: string;
	mapping: LaneMapping;
	/** How far the ledger's clock is ahead of the machine's, milliseconds. */
	ahead: number;
	/** Only previewed, with all records: `records` are its pages then. */
	preview?: boolean;
}

/** What it says, one JSON line each; of every call before it goes out, and when it is over. */
export type CopySaid =
	| { call: 'dynamics' | 'marketo'; name: string }
	| { isOver: 'dynamics' | 'marketo' }
	/** After a page: records of the run so far, and bytes. */
	| { records: number; heap: number; resident: number }
	/** Nothing is due: whether all is done, and until when there is nothing to do. */
	| { isDone: boolean; until: number; status: string };

const say = (said: CopySaid) => void writeSync(1, `${JSON.stringify(said)}\n`);

/** One lane, page by page, until nothing is due: a process of its own, so that it can be killed, and its memory be seen. */
async function work(order: CopyOrder): Promise<void> {
	const { line, file, secret, lane, mapping, ahead } = order;
	const ledger = await openLedger(sqliteDialect(file), {
		key: { id: 'bench', secret: Buffer.from(secret, 'hex') },
		clock: { now: () => Date.now() + ahead },
		random: { id: () => randomBytes(12).toString('base64url') },
		timing: NORMAL_TIMING,
	});
	const setting: LaneSetting = {
		lane,
		workflow: lane,
		interval: 300_000,
		owner: `${process.pid}@${hostname()}`,
		pid: process.pid,
		isAlive,
	};
	const told = (wire: Wire, call: 'dynamics' | 'marketo'): Wire => ({
		...wire,
		now: () => ledger.clock.now(),
		send: async (...request) => {
			say({ call, name: nameOf(request[0]) });
			try {
				return await wire.send(...request);
			} finally {
				say({ isOver: call });
			}
		},
	});
	const marketo = twinMarketo(line.marketo);
	const automation = { ...marketo, wire: told(marketo.wire, 'marketo') };
	const crm = dataverse(told(twinWire(line.dynamics), 'dynamics'), line.dynamics.url);
	const define = async () => await definitionOf(ledger, lane, mapping);
	const sayMemory = (records: number) => {
		global.gc?.();
		const { heapUsed: heap, rss: resident } = process.memoryUsage();
		say({ records, heap, resident });
	};
	if (order.preview) {
		let pages = 0;
		const { stopped } = await trialOf({
			copy: ledger,
			definition: await define(),
			mapping,
			dynamics: dynamicsPort(crm, { account: 'bench' }),
			marketo: { people: marketoPort(automation) },
			mostCalls: Infinity,
			calls: () => ({ dynamics: 0, marketo: 0 }),
			sleep,
			onProgress: () => sayMemory(++pages),
		});
		say({ isDone: stopped === null, until: 0, status: stopped ?? 'Previewed' });
		return await ledger.close();
	}
	await syncNow(ledger, lane);
	let records = 0;
	let look = await lookForWork(ledger, setting);
	while (look.do === 'page') {
		const { object, twoWay } = await define();
		// Each page is an execution of its own, and so are its ports.
		const parts = {
			ledger,
			define,
			mapping,
			dynamics: dynamicsPort(crm, { account: 'bench' }),
			marketo: marketoPort(automation),
			object: twoWay ? null : marketoObjectPort(automation, marketoObjectOf(object)),
		};
		const out = handedOut();
		await workPage(parts, look.start, out);
		if (out.errors.length > 0) throw new Error(out.errors.join('\n'));
		records += out.receipts.length;
		sayMemory(records);
		look = await afterPage(ledger, setting, look.ref);
	}
	const { status, waiting } = await statusOf(ledger, lane);
	const now = ledger.clock.now();
	say({ isDone: status === 'Up to date' && waiting === 0, until: look.until ?? now, status });
	await ledger.close();
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

work(JSON.parse(process.argv[2]!) as CopyOrder).catch((cause: unknown) => {
	process.stderr.write(`${cause instanceof Error ? cause.stack : String(cause)}\n`);
	process.exitCode = 1;
});
