import { sql, type ExpressionBuilder } from 'kysely';
import type { Side } from '../items';
import type { Ledger } from './ledger';
import { inPieces } from './inPieces';
import type { Db, LedgerTables } from './schema';
import { OVER, enqueue } from './due';
import { type NewHelp, needsHelp } from './help';

/** R46: failures in a row after which a record needs help. */
const MOST_ATTEMPTS = 6;

/** Of these the first few are tried again in the same run. */
const SOON_ATTEMPTS = 2;

/** A failure that may pass. */
export interface Failed extends Omit<NewHelp, 'emailKey'> {
	/** Pause before each of the first few further tries, milliseconds; 0: in this run, with what is read anew. */
	soon?: number;
	/** It may have arrived all the same: looked at again, later and later, also when it needs help. */
	isUnanswered?: boolean;
}

/**
 * R46: after a failure that may pass the record is due again, later each time, and needs help after too many.
 * Failures are counted until a write of it went through.
 */
export async function retryLater(ledger: Ledger, db: Db, failed: Failed): Promise<void> {
	const { soon, isUnanswered = false, ...help } = failed;
	const row = await db
		.selectFrom('queue')
		.select('attempts')
		.where('lane', '=', help.lane)
		.where('subject', '=', help.subject)
		.executeTakeFirst();
	const attempts = (row?.attempts ?? 0) + 1;
	if (attempts >= MOST_ATTEMPTS) {
		// The words are the same each time: only what is new is told again.
		await needsHelp(ledger, db, {
			...help,
			reason: `${help.reason} (tried ${MOST_ATTEMPTS} times)`,
		});
		if (!isUnanswered) return;
	}
	const pause =
		soon !== undefined && attempts <= SOON_ATTEMPTS
			? soon
			: ledger.timing.retry * 2 ** Math.max(0, attempts - 2);
	const dueAt = ledger.clock.now() + pause;
	await enqueue(ledger, db, { ...help, dueAt });
	await db
		.updateTable('queue')
		.set((e) => ({
			due_at: dueAt,
			attempts,
			side: e
				.case()
				.when('state', '=', 'due')
				.then(help.side ?? null)
				.else(e.ref('side'))
				.end(),
		}))
		.where('lane', '=', help.lane)
		.where('subject', '=', help.subject)
		.execute();
}

/** R46: how often in a row writes to that system failed of the records of these plans; by plan, of those that have. */
export async function failuresOfPlans(
	db: Db,
	lane: string,
	plans: string[],
	side: Side,
): Promise<Map<string, number>> {
	const subject = sql<string>`link.table_name || ':' || link.dynamics_id`;
	const rows = await inPieces(
		plans,
		async (piece) =>
			await db
				.selectFrom('plan')
				.innerJoin('link', 'link.id', 'plan.link')
				.innerJoin('queue', (join) => join.on('queue.subject', '=', subject))
				.select(['plan.id', 'queue.attempts'])
				.where('plan.id', 'in', piece)
				.where('queue.lane', '=', lane)
				.where('queue.side', '=', side)
				.where('queue.attempts', '>', 0)
				.execute(),
	);
	return new Map(rows.map(({ id, attempts }) => [id, attempts]));
}

/** Whether this is the last try before a record needs help. */
export function isLastTry(failures: number): boolean {
	return failures >= MOST_ATTEMPTS - 1;
}

/** R46: a write went through, so nothing counts any more that failed before it in that system. */
export async function forgetFailures(
	db: Db,
	lane: string,
	subjects: string[],
	side: Side,
): Promise<void> {
	const failedThere = (e: ExpressionBuilder<LedgerTables, 'queue'>) =>
		e.or([e('side', 'is', null), e('side', '=', side)]);
	await db
		.updateTable('queue')
		.set(OVER)
		.where('lane', '=', lane)
		.where('subject', 'in', subjects)
		.where('state', '=', 'due')
		.where('due_at', '=', 0)
		.where(failedThere)
		.execute();
	await db
		.updateTable('queue')
		.set({ attempts: 0 })
		.where('lane', '=', lane)
		.where('subject', 'in', subjects)
		.where('attempts', '>', 0)
		.where(failedThere)
		.execute();
}

/** R46: nothing is to be written to that system any more: that it failed there counts no more, and is solved. */
export async function failureIsOver(
	db: Db,
	lane: string,
	subjects: string[],
	side: Side,
): Promise<void> {
	await inPieces(subjects, async (piece) => {
		const failedThere = db
			.updateTable('queue')
			.where('lane', '=', lane)
			.where('subject', 'in', piece)
			.where('side', '=', side);
		await failedThere.set({ attempts: 0, side: null }).where('state', '=', 'due').execute();
		return await failedThere
			.set({ state: 'solved', told: 0 })
			.where('state', '=', 'help')
			.execute();
	});
}
