import { logDue } from './activityLog';
import { dueIn, type InRun } from './due';
import { helpUntold } from './help';
import type { Ledger } from './ledger';
import { refusalUntold } from './refusals';
import type { Db } from './schema';

/** Whether a page of this run would be handed something, or has something to tell or to log; asked at once. */
export async function isSomethingLeft({ clock }: Ledger, db: Db, by: InRun): Promise<boolean> {
	const { lane } = by;
	const { left } = await db
		.selectNoFrom((e) =>
			e
				.or([
					e.exists(dueIn(db, clock.now(), by).select('subject')),
					e.exists(helpUntold(db, lane)),
					e.exists(refusalUntold(db, lane)),
					e.exists(logDue(db, lane)),
				])
				.as('left'),
		)
		.executeTakeFirstOrThrow();
	return Boolean(left);
}
