import type { Ledger } from '../ledger/ledger';
import { metaValue, setMeta } from '../ledger/meta';
import type { StatusRow } from './status';

/** What the table *Sync status* says of a lane: told anew where it is no longer so. Times and numbers of a run are of the last run that wrote. */
export function gist(row: StatusRow): string {
	const { status, needHelp, heldFields, openQuestions, linkedInAll } = row;
	return JSON.stringify([status, needHelp, heldFields, openQuestions, linkedInAll]);
}

const nameFor = (row: StatusRow) => `status.shown.${row.lane}`;

/** Rows that go into the table. */
export async function noteShown({ db }: Ledger, rows: StatusRow[]): Promise<void> {
	for (const row of rows) if (await isNews({ db }, row)) await setMeta(db, nameFor(row), gist(row));
}

/** Whether the table says something else. */
export async function isNews({ db }: Pick<Ledger, 'db'>, row: StatusRow): Promise<boolean> {
	return (await metaValue(db, nameFor(row))) !== gist(row);
}
