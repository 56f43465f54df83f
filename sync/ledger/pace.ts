import type { Side } from '../items';
import { countCall } from './callCount';
import type { Ledger } from './ledger';

/** How many calls may start within how many milliseconds. */
export interface Budget {
	calls: number;
	window: number;
}

/** Half of each vendor's limit, so that others who use the same subscription are not pushed out. */
export const BUDGETS: Record<Side, Budget> = {
	/** Marketo: 100 calls in 20 seconds per instance; Adobe advises one integration to stay at half. */
	marketo: { calls: 50, window: 20_000 },
	/** Dataverse: 6,000 requests in 5 minutes per user and web server. */
	dynamics: { calls: 3_000, window: 300_000 },
};

/**
 * Takes a turn in the budget that all executions share through the ledger. Returns 0 when the call may
 * go, else the milliseconds after which to ask again. One short transaction.
 */
export async function takeTurn(ledger: Ledger, system: Side, budget: Budget = BUDGETS[system]): Promise<number> {
	return await ledger.db.transaction().execute(async (db) => {
		const now = ledger.clock.now();
		await db.deleteFrom('call').where('system', '=', system).where('at', '<=', now - budget.window).execute();
		const calls = await db
			.selectFrom('call')
			.select((e) => [e.fn.countAll<number>().as('count'), e.fn.min('at').as('oldest')])
			.where('system', '=', system)
			.executeTakeFirstOrThrow();
		if (Number(calls.count) >= budget.calls) return Math.max(1, Number(calls.oldest) + budget.window - now);
		await db.insertInto('call').values({ system, at: now }).execute();
		await countCall(db, system, now);
		return 0;
	});
}

/** Share of a budget that is spent at full speed. */
const AT_FULL_SPEED = 0.4;
/** Milliseconds before more work is begun when the budget is used up. */
const LONGEST_BREATH = 3_000;

/**
 * How long to hold back before more work is begun, in milliseconds: the less of the budget is left, the
 * longer. Whoever would run into its end stands still for seconds; whoever holds back does more at once.
 */
export async function breather(ledger: Ledger, system: Side, budget: Budget = BUDGETS[system]): Promise<number> {
	const { calls } = await ledger.db
		.selectFrom('call')
		.select((e) => e.fn.countAll<number>().as('calls'))
		.where('system', '=', system)
		.where('at', '>', ledger.clock.now() - budget.window)
		.executeTakeFirstOrThrow();
	const beyond = Number(calls) / budget.calls - AT_FULL_SPEED;
	return Math.round(LONGEST_BREATH * Math.min(1, Math.max(0, beyond / (1 - AT_FULL_SPEED))));
}
