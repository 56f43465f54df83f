import type { Ledger } from '../ledger/ledger';
import { allLanes } from '../ledger/lanes';
import { PEOPLE } from './lanes';
import { statusOf, type StatusRow } from './status';

/** One row per lane; people are shown before they were ever synced. Changes nothing. */
export async function showStatus(
	ledger: Ledger,
	notes: string[] | ((lane: string) => string[]) = [],
): Promise<StatusRow[]> {
	const lanes = new Set([PEOPLE, ...(await allLanes(ledger.db)).map(({ name }) => name)]);
	const rows: StatusRow[] = [];
	for (const lane of lanes)
		rows.push(await statusOf(ledger, lane, typeof notes === 'function' ? notes(lane) : notes));
	return rows;
}
