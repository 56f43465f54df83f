import type { Side } from '../items';
import { PEOPLE } from '../lanes/people';
import { countCall } from './callCount';
import { callLimits } from './callLimits';
import { findLane } from './lanes';
import type { Ledger } from './ledger';
import type { Db } from './schema';

/** How many calls may start within how many milliseconds, and how many may be under way at once. */
export interface Budget {
	calls: number;
	window: number;
	/** Where the system advises another number (`callLimits.ts`), that one counts. */
	atOnce: number;
}

/** Half of each vendor's limit, so that others who use the same subscription are not pushed out. */
export const BUDGETS: Record<Side, Budget> = {
	/** Marketo: 100 calls in 20 seconds and 10 at once per instance; Adobe advises one integration to stay at half. */
	marketo: { calls: 50, window: 20_000, atOnce: 5 },
	/** Dataverse: 6,000 requests in 5 minutes and 52 at once per user and web server; it says what suits it (`x-ms-dop-hint`). */
	dynamics: { calls: 3_000, window: 300_000, atOnce: 4 },
};

/** Whose call it is: of people, whom somebody may be waiting for, or of a lane beside them, which may take hours. */
export type Caller = 'people' | 'beside people';

/** Shares of a budget that lanes beside people may use up: while people are at work, and otherwise. */
const BESIDE_PEOPLE = { atWork: 0.5, otherwise: 0.8 };

/**
 * A call that may go, to be ended by `endCall`; or the milliseconds after which to ask again, `isClosed` where the system
 * itself asks to be left alone.
 */
export type Turn = { call: number } | { wait: number; isClosed?: true };

/** A call whose end nobody has noted is over by then: no time-out is longer. Milliseconds. */
const LONGEST_CALL = 300_000;
/** Calls end at any moment: milliseconds after which to look again. */
const LOOK_AGAIN = 200;

/**
 * Takes a turn in the budget that all executions share through the ledger. One short transaction. Whoever calls beside
 * people leaves them a share: a first copy of other records holds up neither their run nor a campaign.
 */
export async function takeTurn(
	ledger: Ledger,
	system: Side,
	{ budget = BUDGETS[system], caller = 'people' }: { budget?: Budget; caller?: Caller } = {},
): Promise<Turn> {
	return await ledger.db.transaction().execute(async (db): Promise<Turn> => {
		const now = ledger.clock.now();
		const said = await callLimits(db, system, now);
		if (said.closedFor > 0) return { wait: said.closedFor, isClosed: true };
		const most = caller === 'people' ? budget.calls : await leftByPeople(db, budget);
		await db
			.deleteFrom('call')
			.where('system', '=', system)
			// R40: nor does it count what a clock has dated that was ahead.
			.where((e) =>
				e.or([
					e.and([e('at', '<=', now - budget.window), e('ends_at', '<=', now)]),
					e('at', '>', now),
				]),
			)
			.execute();
		const calls = db.selectFrom('call').where('system', '=', system);
		const { underWay, inTheWay } = await db
			.selectNoFrom((e) => [
				calls.where('ends_at', '>', now).select(e.fn.countAll().as('underWay')).as('underWay'),
				// The call that has to be over before there is room.
				calls
					.where('at', '>', now - budget.window)
					.select('at')
					.orderBy('at', 'desc')
					.limit(1)
					.offset(most - 1)
					.as('inTheWay'),
			])
			.executeTakeFirstOrThrow();
		const atOnce = said.atOnce ?? budget.atOnce;
		// One is left to people.
		if (Number(underWay) >= Math.max(1, caller === 'people' ? atOnce : atOnce - 1))
			return { wait: LOOK_AGAIN };
		if (inTheWay !== null) return { wait: Math.max(1, Number(inTheWay) + budget.window - now) };
		const { id } = await db
			.insertInto('call')
			.values({ system, at: now, ends_at: now + LONGEST_CALL })
			.returning('id')
			.executeTakeFirstOrThrow();
		await countCall(db, system, now);
		return { call: Number(id) };
	});
}

/** The call is over, with whatever answer. */
export async function endCall({ db, clock }: Pick<Ledger, 'db' | 'clock'>, call: number) {
	await db.updateTable('call').set({ ends_at: clock.now() }).where('id', '=', call).execute();
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
