import type { Selectable } from 'kysely';
import type { Db, PageTable, RunTable } from './schema';

/** What happened in a run, in numbers. */
export interface RunCounts {
	records: number;
	/** Of these, what announced itself: rows that came in, and people who were due; without their partners. */
	looked: number;
	linked: number;
	created: number;
	toDynamics: number;
	toMarketo: number;
	conflicts: number;
	needHelp: number;
	gone: number;
	/** Records that the filter leaves out from now on (R54). */
	leftOut: number;
	/** Rows that our user seems to have saved though no plan did, and those of them that another sync has (R42). */
	savedByUs: number;
	savedByOthers: number;
}

export const NO_COUNTS: RunCounts = {
	records: 0,
	looked: 0,
	linked: 0,
	created: 0,
	toDynamics: 0,
	toMarketo: 0,
	conflicts: 0,
	needHelp: 0,
	gone: 0,
	leftOut: 0,
	savedByUs: 0,
	savedByOthers: 0,
};

/** One round of a lane. */
export interface Run {
	readonly id: string;
	readonly lane: string;
	readonly startedAt: number;
	endedAt: number | null;
	outcome: string | null;
	pages: number;
	/** The mapping and policies that all of its pages work by (R41). */
	mappingHash: string | null;
	counts: RunCounts;
}

/** One n8n execution of a run. */
export interface Page {
	run: string;
	number: number;
	openedAt: number;
	closedAt: number | null;
	isCommitted: boolean;
	/** Records it accounted for; a page without any is no progress. */
	records: number;
}

export async function beginRun(db: Db, id: string, lane: string, now: number): Promise<void> {
	await db
		.insertInto('run')
		.values({
			id,
			lane,
			started_at: now,
			ended_at: null,
			outcome: null,
			pages: 0,
			mapping_hash: null,
			counts: '{}',
		})
		.execute();
}

/** The run as it has ended. */
export async function finishRun(db: Db, id: string, now: number, outcome: string): Promise<Run> {
	const ended = db.updateTable('run').set({ ended_at: now, outcome }).where('id', '=', id);
	return runFrom(await ended.returningAll().executeTakeFirstOrThrow());
}

export async function runOf(db: Db, id: string): Promise<Run> {
	return runFrom(
		await db.selectFrom('run').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
	);
}

export async function lastRun(db: Db, lane: string): Promise<Run | undefined> {
	const row = await db
		.selectFrom('run')
		.selectAll()
		.where('lane', '=', lane)
		.orderBy('started_at', 'desc')
		.limit(1)
		.executeTakeFirst();
	return row && runFrom(row);
}

/** Whether a run that began then or later has ended. */
export async function hasRunSince(db: Db, lane: string, since: number): Promise<boolean> {
	return Boolean(
		await db
			.selectFrom('run')
			.select('id')
			.where('lane', '=', lane)
			.where('started_at', '>=', since)
			.where('ended_at', 'is not', null)
			.limit(1)
			.executeTakeFirst(),
	);
}

/** The last run that read everything. */
export async function lastCompleteRun(db: Db, lane: string): Promise<Run | undefined> {
	const row = await db
		.selectFrom('run')
		.selectAll()
		.where('lane', '=', lane)
		.where('outcome', '=', 'done')
		.orderBy('started_at', 'desc')
		.limit(1)
		.executeTakeFirst();
	return row && runFrom(row);
}

/** The run that ended last, however it ended. */
export async function lastEndedRun(db: Db, lane: string): Promise<Run | undefined> {
	const row = await db
		.selectFrom('run')
		.selectAll()
		.where('lane', '=', lane)
		.where('ended_at', 'is not', null)
		.orderBy('started_at', 'desc')
		.limit(1)
		.executeTakeFirst();
	return row && runFrom(row);
}

/** What the runs did that have ended since, in sum, and how many of them ended early. */
export async function runsSince(
	db: Db,
	lane: string,
	since: number,
): Promise<{ runs: number; early: number; counts: RunCounts }> {
	const rows = await db
		.selectFrom('run')
		.select(['outcome', 'counts'])
		.where('lane', '=', lane)
		.where('ended_at', '>', since)
		.execute();
	const sums = { ...NO_COUNTS };
	for (const { counts } of rows) addTo(sums, JSON.parse(counts) as Partial<RunCounts>);
	const early = rows.filter(({ outcome }) => outcome !== 'done').length;
	return { runs: rows.length, early, counts: sums };
}

/** In place of the hash of a run whose mapping is no longer the workflow's: it ends with its present page (R41). */
export const SUPERSEDED = 'superseded';

export async function setRunMapping(db: Db, id: string, mappingHash: string): Promise<void> {
	await db.updateTable('run').set({ mapping_hash: mappingHash }).where('id', '=', id).execute();
}

/** Adds what a page did to the sums of its run, as that was read in this transaction. */
export async function addCounts(
	db: Db,
	run: Pick<Run, 'id' | 'counts'>,
	counts: RunCounts,
	mappingHash: string,
): Promise<void> {
	const sums = { ...run.counts };
	addTo(sums, counts);
	await db
		.updateTable('run')
		.set({ counts: JSON.stringify(sums), mapping_hash: mappingHash })
		.where('id', '=', run.id)
		.execute();
}

function addTo(sums: RunCounts, counts: Partial<RunCounts>): void {
	for (const name of Object.keys(counts) as Array<keyof RunCounts>) sums[name] += counts[name] ?? 0;
}

/** Forgets runs that ended before then, with their pages. */
export async function forgetRunsBefore(db: Db, before: number): Promise<void> {
	const gone = db.selectFrom('run').select('id').where('ended_at', '<', before);
	await db.deleteFrom('page').where('run', 'in', gone).execute();
	await db.deleteFrom('run').where('ended_at', '<', before).execute();
}

/** Opens the run's next page; returns its number. */
export async function addPage(db: Db, run: string, now: number): Promise<number> {
	const { pages: number } = await db
		.updateTable('run')
		.set((e) => ({ pages: e('pages', '+', 1) }))
		.where('id', '=', run)
		.returning('pages')
		.executeTakeFirstOrThrow();
	await db
		.insertInto('page')
		.values({ run, number, opened_at: now, closed_at: null, committed: 0, records: 0 })
		.execute();
	return number;
}

/** The run's page that is not closed. */
export async function openPageOf(db: Db, run: string): Promise<Page | undefined> {
	const row = await db
		.selectFrom('page')
		.selectAll()
		.where('run', '=', run)
		.where('closed_at', 'is', null)
		.executeTakeFirst();
	return row && pageFrom(row);
}

/** The run's last pages, the newest first. */
export async function lastPages(db: Db, run: string, most: number): Promise<Page[]> {
	return (
		await db
			.selectFrom('page')
			.selectAll()
			.where('run', '=', run)
			.orderBy('number', 'desc')
			.limit(most)
			.execute()
	).map(pageFrom);
}

/** Closes the run's open page; undefined where there is none. */
export async function closePage(db: Db, run: string, now: number): Promise<Page | undefined> {
	const row = await db
		.updateTable('page')
		.set({ closed_at: now })
		.where('run', '=', run)
		.where('closed_at', 'is', null)
		.returningAll()
		.executeTakeFirst();
	return row && pageFrom(row);
}

/** What a page committed, and how many records it accounted for. */
export async function commitPage(
	db: Db,
	run: string,
	number: number,
	records: number,
): Promise<void> {
	await db
		.updateTable('page')
		.set({ committed: 1, records })
		.where('run', '=', run)
		.where('number', '=', number)
		.execute();
}

/** What a page decided was never written: it made no progress after all. */
export async function pageMadeNoProgress(db: Db, { run, number }: Page): Promise<void> {
	await db
		.updateTable('page')
		.set({ records: 0 })
		.where('run', '=', run)
		.where('number', '=', number)
		.execute();
}

function runFrom(row: Selectable<RunTable>): Run {
	return {
		id: row.id,
		lane: row.lane,
		startedAt: Number(row.started_at),
		endedAt: row.ended_at === null ? null : Number(row.ended_at),
		outcome: row.outcome,
		pages: row.pages,
		mappingHash: row.mapping_hash,
		counts: { ...NO_COUNTS, ...(JSON.parse(row.counts) as Partial<RunCounts>) },
	};
}

function pageFrom(row: Selectable<PageTable>): Page {
	return {
		run: row.run,
		number: row.number,
		openedAt: Number(row.opened_at),
		closedAt: row.closed_at === null ? null : Number(row.closed_at),
		isCommitted: Boolean(row.committed),
		records: row.records,
	};
}
