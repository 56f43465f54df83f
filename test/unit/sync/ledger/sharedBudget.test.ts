import path from 'node:path';

import { callsToday } from '../../../../sync/ledger/callCount';
import { NORMAL_TIMING } from '../../../../sync/ledger/ledger';
import { openLedger, type PreparedDialect } from '../../../../sync/ledger/open';
import { sqliteDialect } from '../../../../sync/ledger/sqlite';
import { callOften, type Called } from './caller';
import { inSchema, isOnServer, newSchema } from './database';
import { OwnProcess } from './ownProcess';

const BUDGET = { calls: 40, window: 1_000, atOnce: 4 };
const TAKES = 40;
const LASTS = 4_000;

const openAs = async (place: PreparedDialect) =>
	await openLedger(place, {
		key: { id: 'k', secret: Buffer.alloc(32, 1) },
		clock: { now: () => Date.now() },
		random: { id: () => 'ledger' },
		timing: NORMAL_TIMING,
	});

/** Two processes with one file; on a server two workers, each with connections of its own. */
async function two(): Promise<{ both: Called[]; today: number | null }> {
	const processes = isOnServer ? undefined : new OwnProcess();
	const schema = newSchema();
	const file = path.join(processes?.folder ?? '', 'ledger.sqlite');
	const place = () => (isOnServer ? inSchema(schema) : sqliteDialect(file));
	try {
		// Made before, so that both begin at once.
		const ledger = await openAs(place());
		const from = Date.now() + 1_500;
		const calling = { budget: BUDGET, from, until: from + LASTS, takes: TAKES };
		const one = async () =>
			processes
				? (await processes.run<Called>('caller', { ...calling, file }))!
				: await callOften(place(), calling);
		const both = await Promise.all([one(), one()]);
		const today = await callsToday(ledger.db, 'marketo', Date.now());
		await ledger.close();
		return { both, today };
	} finally {
		processes?.remove();
	}
}

describe('two processes of n8n', () => {
	let both: Called[];
	let today: number | null;
	let all: Called['calls'];
	beforeAll(async () => {
		({ both, today } = await two());
		all = both.flatMap(({ calls }) => calls);
	});

	it('share one rate: no window has more calls than the budget, and both get their turns (I11)', () => {
		const starts = all.map(([begun]) => begun);
		const inWindow = starts.map(
			(end) => starts.filter((at) => at > end - BUDGET.window && at <= end).length,
		);
		expect(Math.max(...inWindow)).toBe(BUDGET.calls);
		for (const { calls } of both) expect(calls.length).toBeGreaterThan(all.length / 5);
	});

	it('share what may be under way at once', () => {
		const underWay = all.map(
			([begun]) => all.filter(([from, to]) => from <= begun && begun < to).length,
		);
		expect(Math.max(...underWay)).toBe(BUDGET.atOnce);
	});

	it("count each call of the day once, and one of them asks for other programs'", () => {
		expect(all.length).toBeGreaterThan(100);
		expect(today).toBe(all.length);
		expect(both.map(({ asked }) => asked).sort()).toEqual([0, 1]);
	});
});
