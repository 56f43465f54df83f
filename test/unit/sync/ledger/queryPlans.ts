import { sql } from 'kysely';
import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';

import type { Ledger } from '../../../../sync/ledger/ledger';

/**
 * No query walks what grows. Jest loads this beside every test of `unit/` and `scenarios/`: all that a test file
 * asks a ledger is explained when the file has ended. SQLite's plan depends on the tables alone, not on what is
 * in them, so an empty ledger tells.
 */

/** Tables with rows for records, runs, calls or days. */
const GROWING =
	/\b(link|plan|held|queue|conflict|history|claim|seen|edit|log|call|request|chunk|run|page)\b/;

/** Columns by which nearly all rows of a table are alike. */
const ALIKE: Record<string, string[]> = {
	link: ['lane', 'table_name', 'state'],
	held: ['lane', 'state'],
	queue: ['lane', 'state'],
};

/** What may walk, and why. */
const MAY_WALK: Array<[query: RegExp, why: string]> = [
	[
		/count\(\*\) as "pairs" from "link"/,
		'R50: the status, while a change of the mapping is filled in',
	],
	[/ from "link" .* order by "dynamics_id", "table_name" limit \?$/, 'R50: a piece at a time'],
	[/^select count\(\*\).* from "link" where "lane" = \? and "state" = \?$/, 'counted in its index'],
	[/^select count\(\*\)/, 'counted in an index, no row is read'],
	[/^select "table_name", "edition", count\(\*\)/, 'R50: while a changed mapping is filled'],
	[/^update "held" .* "side" = \? and "field" = \? and exists/, 'a row of the mapping is removed'],
	[/"table_name" = \? and "state" in \(.*\) and "generation" </, 'R32: once per full read'],
	[
		/ from "link" where "lane" = \? and "state" = \? order by "id" desc limit \?$/,
		'Preview Mapping: backwards in its index, ends at once',
	],
	[/ from "run" .* order by "started_at" desc limit \?$/, 'the newest first: ends at once'],
	[
		/ from "queue" where "lane" = \? and "state" = \? order by "since" desc$/,
		'a person asks for all',
	],
	[
		/^select distinct "link" from "held" where "lane" = \? and "state" = \?$/,
		'a person asks for all',
	],
	[/ from "held" .* order by "held"."since" desc$/, 'a person asks for all'],
	[
		/^delete from "queue" where .*select "subject" from "queue" where "lane" = \? and "state" = \? limit \?\)$/,
		'R46: all that it walks goes, and no more than so many',
	],
	[/^select "key_id" from "link"/, 'when a ledger of 0.1 is opened'],
	[/^update "link" set "bases" = \?/, 'Adopt Present State'],
	[/^update "held" set "source" = \?, "stood" = \?/, 'Adopt Present State'],
	[/^delete from "plan" where "link" in \(select/, 'Adopt Present State'],
	[/ limit 1$/, 'migrations: whether there is anything'],
];

const asked = new Set<string>();
const known = new Set<string>();
const prepare = DatabaseSync.prototype.prepare;

beforeAll(() => {
	DatabaseSync.prototype.prepare = function (text: string) {
		if (/^(select|update|delete|insert)/.test(text) && isOurs()) asked.add(text);
		return prepare.call(this, text);
	};
});

afterAll(async () => {
	DatabaseSync.prototype.prepare = prepare;
	const news = [...asked].filter((text) => GROWING.test(text) && !known.has(text));
	asked.clear();
	if (news.length === 0) return;
	const ledger = await emptyLedger();
	const walks: string[] = [];
	for (const text of news) {
		known.add(text);
		if (MAY_WALK.some(([query]) => query.test(text))) continue;
		walks.push(...(await walksOf(ledger.db, text)).map((walk) => `${walk}: ${text}`));
	}
	await ledger.close();
	expect(walks).toEqual([]);
});

/** Loaded late: tests may replace modules. */
async function emptyLedger(): Promise<Ledger> {
	const { NORMAL_TIMING } = await import('../../../../sync/ledger/ledger');
	const { openLedger } = await import('../../../../sync/ledger/open');
	const { sqliteDialect } = await import('../../../../sync/ledger/sqlite');
	return await openLedger(sqliteDialect(':memory:'), {
		key: { id: 'k', secret: randomBytes(32) },
		clock: { now: () => 0 },
		random: { id: () => 'l' },
		timing: NORMAL_TIMING,
	});
}

/** What tests ask by themselves does not count. */
function isOurs(): boolean {
	const limit = Error.stackTraceLimit;
	Error.stackTraceLimit = 60;
	const stack = String(new Error().stack);
	Error.stackTraceLimit = limit;
	return /sync\/ledger\/(?!sqlite)/.test(stack.replaceAll(/.*[/\\]test[/\\].*/g, ''));
}

async function walksOf(db: Ledger['db'], text: string): Promise<string[]> {
	try {
		const { rows } = await sql
			.raw<{ detail: string }>(`explain query plan ${withLongLists(text)}`)
			.execute(db);
		return rows.map(({ detail }) => detail).filter(isWalk);
	} catch {
		// Of another database, or of tables as a migration finds them.
		return [];
	}
}

/** A plan may be another one for many values than for few. */
function withLongLists(text: string): string {
	const long = Array.from({ length: 500 }, () => '?').join(', ');
	return text.replaceAll(/ in \(\?(?:, \?)*\)/g, (list) =>
		/"(state|side)"$/.test(text.slice(0, text.indexOf(list))) ? list : ` in (${long})`,
	);
}

function isWalk(detail: string): boolean {
	const [, how, table = '', by] = /^(SCAN|SEARCH) (\w+)(?:.*\((.*)\))?$/.exec(detail) ?? [];
	if (!how || !GROWING.test(table)) return false;
	if (how === 'SCAN') return true;
	const columns = (by ?? '').split(' AND ').map((one) => one.replace(/[=<>].*$/, ''));
	const alike = ALIKE[table] ?? ['lane'];
	return columns.every((column) => alike.includes(column));
}
