import type { Side } from '../items';
import { PEOPLE } from '../lanes/people';
import { countCall } from './callCount';
import { findLane } from './lanes';
import type { Ledger } from './ledger';
import type { Db } from './schema';

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

/** Whose call it is: of people, whom somebody may be waiting for, or of a lane beside them, which may take hours. */
export type Caller = 'people' | 'beside people';

/** Shares of a budget that lanes beside people may use up: while people are at work, and otherwise. */
const BESIDE_PEOPLE = { atWork: 0.5, otherwise: 0.8 };

/**
 * Takes a turn in the budget that all executions share through the ledger. Returns 0 when the call may
 * go, else the milliseconds after which to ask again. One short transaction. Whoever calls beside people
 * leaves them a share: a first copy of other records holds up neither their run nor a campaign.
 */
export async function takeTurn(
	ledger: Ledger,
	system: Side,
	budget: Budget = BUDGETS[system],
	caller: Caller = 'people',
): Promise<number> {
	return await ledger.db.transaction().execute(async (db) => {
		const now = ledger.clock.now();
		const most = caller === 'people' ? budget.calls : await leftByPeople(db, budget);
		await db
			.deleteFrom('call')
			.where('system', '=', system)
			// R40: nor does it count what a clock has dated that was ahead.
			.where((e) => e.or([e('at', '<=', now - budget.window), e('at', '>', now)]))
			.execute();
		// The call that has to be over before there is room.
		const inTheWay = await db
			.selectFrom('call')
			.select('at')
			.where('system', '=', system)
			.orderBy('at', 'desc')
			.limit(1)
			.offset(most - 1)
			.executeTakeFirst();
		if (inTheWay) return Math.max(1, Number(inTheWay.at) + budget.window - now);
		await db.insertInto('call').values({ system, at: now }).execute();
		await countCall(db, system, now);
		return 0;
	});
}

async function leftByPeople(db: Db, { calls }: Budget): Promise<number> {
	const isAtWork = (await findLane(db, PEOPLE))?.run != null;
	const share = isAtWork ? BESIDE_PEOPLE.atWork : BESIDE_PEOPLE.otherwise;
	return Math.max(1, Math.floor(calls * share));
}

/** Share of a budget at which work goes on and on; the rest is for what comes between. */
const STEADY = 0.8;
/** Calls that may come in one go before it is held to that. */
const IN_ONE_GO = 4;
/** The longest it is held back, milliseconds: beyond that the budget itself holds every call. */
const LONGEST_BREATH = 3_000;

/**
 * How long to hold back before more work is begun, in milliseconds, so that calls come evenly (the generic
 * cell rate algorithm, over the calls of one window). Whoever spends a budget as fast as it lasts stands
 * still afterwards, and those who come then wait longest; whoever holds back does more at once.
 */
export async function paceDelay(
	ledger: Ledger,
	system: Side,
	budget: Budget = BUDGETS[system],
): Promise<number> {
	const now = ledger.clock.now();
	const apart = budget.window / (budget.calls * STEADY);
	const calls = await ledger.db
		.selectFrom('call')
		.select('at')
		.where('system', '=', system)
		.where('at', '>', now - budget.window)
		.where('at', '<=', now)
		.orderBy('at')
		.execute();
	const even = calls.reduce((due, { at }) => Math.max(due, Number(at)) + apart, 0);
	return Math.round(Math.min(LONGEST_BREATH, Math.max(0, even - IN_ONE_GO * apart - now)));
}
