import type { DatabaseSync } from 'node:sqlite';

/** Columns by which nearly all rows of a table are alike. */
const ALIKE = new Set([
	'lane',
	'state',
	'table_name',
	'side',
	'told',
	'system',
	'receiver',
	'code',
]);

/** Rows of any table, as far as plans are concerned: what is fast for a million is fast for ten. */
const ROWS = 1_000_000;
/** Rows that are alike in a column that tells them apart. */
const FEW = 10;

/**
 * SQLite knows nothing of what is in a table, and takes it that the first column of any index tells its rows apart.
 * Ours mostly begin with the lane: of a list of five hundred subjects it would rather look through the whole lane.
 * So it is told, in the table that `ANALYZE` fills by going through everything; plans are the same for all ledgers.
 */
export function tellWhatIsAlike(database: DatabaseSync): void {
	const all = (text: string, ...values: string[]) =>
		database.prepare(text).all(...values) as Array<Record<string, string | number>>;
	const indexes = all("select name, tbl_name as owner from sqlite_schema where type = 'index'");
	const rows = indexes.map(({ name, owner }) => {
		const isUnique = all(
			'select "unique" from pragma_index_list(?) where name = ?',
			`${owner}`,
			`${name}`,
		);
		const columns = all('select name from pragma_index_info(?) order by seqno', `${name}`);
		const names = columns.map((column) => String(column.name));
		return [owner, name, statistic(names, isUnique[0]?.unique === 1)].map(String);
	});
	const told = database.prepare("select 1 from sqlite_schema where name = 'sqlite_stat1'").get()
		? all('select tbl, idx, stat from sqlite_stat1')
		: [];
	if (
		isSame(
			told.map((row) => Object.values(row).map(String)),
			rows,
		)
	)
		return;
	database.exec('begin immediate; analyze meta; delete from sqlite_stat1');
	const tell = database.prepare('insert into sqlite_stat1 (tbl, idx, stat) values (?, ?, ?)');
	for (const row of rows) tell.run(...row);
	database.exec('commit; analyze sqlite_schema');
}

/** Rows in all, then rows that are alike in the first column, in the first two, and so on. */
function statistic(columns: string[], isUnique: boolean): string {
	let alike = ROWS;
	const perColumn = columns.map((column, at) => {
		if (isUnique && at === columns.length - 1) return 1;
		alike = ALIKE.has(column) ? Math.ceil(alike / 2) : Math.min(alike, FEW);
		return alike;
	});
	return [ROWS, ...perColumn].join(' ');
}

function isSame(one: string[][], other: string[][]): boolean {
	const sorted = (rows: string[][]) =>
		rows
			.map((row) => row.join(' '))
			.sort()
			.join();
	return sorted(one) === sorted(other);
}
