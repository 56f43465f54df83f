import type { Ledger } from '../ledger/ledger';
import { allLanes } from '../ledger/lanes';
import { PEOPLE } from './lanes';
import { ofLate, type OfLate } from './ofLate';
import { statusOf, type StatusRow } from './status';

type Notes = string[] | ((lane: string) => string[]);

/** One row per lane; people are shown before they were ever synced. Changes nothing. */
export async function showStatus(ledger: Ledger, notes: Notes = []): Promise<StatusRow[]> {
	return await eachLane(ledger, async (lane) => await rowOf(ledger, lane, notes));
}

/** The same, with what the sync did of late. */
export async function showStatusAtLength(
	ledger: Ledger,
	notes: Notes = [],
): Promise<Array<{ row: StatusRow; late: OfLate }>> {
	return await eachLane(ledger, async (lane) => ({
		row: await rowOf(ledger, lane, notes),
		late: await ofLate(ledger, lane),
	}));
}

async function rowOf(ledger: Ledger, lane: string, notes: Notes): Promise<StatusRow> {
	return await statusOf(ledger, lane, typeof notes === 'function' ? notes(lane) : notes);
}

async function eachLane<Shown>(
	ledger: Ledger,
	show: (lane: string) => Promise<Shown>,
): Promise<Shown[]> {
	const lanes = new Set([PEOPLE, ...(await allLanes(ledger.db)).map(({ name }) => name)]);
	const rows: Shown[] = [];
	for (const lane of lanes) rows.push(await show(lane));
	return rows;
}
