import type { HelpItem } from '../items';
import { metaValue, setMeta } from '../ledger/meta';
import type { Db } from '../ledger/schema';
import type { Page } from './page';
import type { SkippedRow } from './tables';

/** A skipped row as people were shown it. */
export type Told = SkippedRow & Pick<HelpItem, 'since' | 'run'>;

/** The rows that a lane's last page left out. */
export async function skippedRows(db: Db, lane: string): Promise<Told[]> {
	return rowsOf(await metaValue(db, skippedIn(lane)));
}

const rowsOf = (kept: string | undefined) => JSON.parse(kept ?? '[]') as Told[];

export const skippedIn = (lane: string) => `skippedRows.${lane}`;

/** Rows of the mapping that are left out, and those that are no longer: each is told once, and anew where the cause has changed. */
export async function skippedItems(page: Page): Promise<HelpItem[]> {
	const { db, ref, skipped, facts } = page;
	const before = rowsOf(facts.get(skippedIn(ref.lane)));
	const since = new Date(page.now).toISOString();
	const now = skipped.map(
		(row): Told => before.find((told) => isSame(told, row)) ?? { ...row, since, run: ref.run },
	);
	const news = now.filter((told) => !before.includes(told));
	const over = before.filter((told) => !now.some((one) => isAt(one, told)));
	if (news.length + over.length > 0) await setMeta(db, skippedIn(ref.lane), JSON.stringify(now));
	return [
		...news.map((told) => item(page, told, 'needs help')),
		...over.map((told) => item(page, told, 'solved')),
	];
}

const isAt = (one: SkippedRow, other: SkippedRow) =>
	one.table === other.table && one.row === other.row;

const isSame = (one: SkippedRow, other: SkippedRow) =>
	isAt(one, other) && one.reason === other.reason && one.remedy === other.remedy;

function item(page: Page, told: Told, status: HelpItem['status']): HelpItem {
	const { table, row, reason, remedy, since, run } = told;
	return {
		kind: 'help',
		page: page.token,
		id: `mapping:${table}:${row}`,
		status,
		label: 'Field mapping',
		table,
		recordId: '',
		field: row,
		reason,
		remedy,
		dynamicsLink: '',
		since,
		run,
	};
}
