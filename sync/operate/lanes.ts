import { laneRow } from '../lane/due';
import type { Ledger } from '../ledger/ledger';
import type { Db, LaneRow } from '../ledger/schema';

/** Leads, contacts and people are one lane: they share the person. */
export const PEOPLE = 'people';

const NAMES: Record<string, string> = { [PEOPLE]: 'People' };

/** How a lane is called on screen. */
export function laneName(lane: string): string {
	return NAMES[lane] ?? lane;
}

/** All lanes that ever had something to do. */
export async function knownLanes(db: Db): Promise<string[]> {
	const rows = await db.selectFrom('lane').select('name').orderBy('name').execute();
	return rows.map((row) => row.name);
}

/** A lane's row without making one: what nobody has started yet is shown as such. */
export async function findLane(db: Db, lane: string): Promise<LaneRow | undefined> {
	return await db.selectFrom('lane').selectAll().where('name', '=', lane).executeTakeFirst();
}

/** Changes a lane in one transaction; `change` gets the row as it is. */
export async function changeLane(
	ledger: Ledger,
	lane: string,
	change: (row: LaneRow, db: Db) => Promise<Partial<LaneRow>>,
): Promise<void> {
	await ledger.db.transaction().execute(async (db) => {
		const row = await laneRow(db, lane, ledger.clock.now());
		await db.updateTable('lane').set(await change(row, db)).where('name', '=', lane).execute();
	});
}

/** What a person has put on the list need not wait for the next round; a wait for a vendor stands. */
export async function startSoon(ledger: Ledger, db: Db): Promise<void> {
	const now = ledger.clock.now();
	await db
		.updateTable('lane')
		.set({ next_due: now })
		.where('waiting_for', 'is', null)
		.where('next_due', '>', now)
		.execute();
}
