import { readBySavedParent } from '../../apis/dataverse/changes/readBySavedParent';
import { readChanges } from '../../apis/dataverse/changes/readChanges';
import { readModifiedSince } from '../../apis/dataverse/changes/readModifiedSince';
import type { Dataverse } from '../../apis/dataverse/client';
import { mergeRows } from '../../apis/dataverse/actions/mergeRows';
import { DataverseProblem } from '../../apis/dataverse/errors/problem';
import type { CustomText } from '../../apis/dataverse/metadata/customTexts';
import {
	describe,
	describeTogether,
	describeUnknown,
} from '../../apis/dataverse/metadata/describe';
import { wireName, type DataverseTable } from '../../apis/dataverse/metadata/table';
import { createMany, type RowCreate } from '../../apis/dataverse/rows/createMany';
import { readByIds } from '../../apis/dataverse/rows/readByIds';
import { readEach } from '../../apis/dataverse/rows/readEach';
import { readMatching } from '../../apis/dataverse/rows/readMatching';
import { removeMany, type RowRemoval } from '../../apis/dataverse/rows/removeMany';
import { updateMany, type RowUpdate } from '../../apis/dataverse/rows/updateMany';
import { totalRows } from '../../apis/dataverse/totals';
import { versionOf, type Row } from '../../apis/dataverse/transport/answer';
import { columnNamed } from '../../apis/dataverse/values/body';
import { fromWire } from '../../apis/dataverse/values/fromWire';
import { whileAllowed } from '../../apis/wire/wire';
import type { DynamicsTable, PeopleTable } from '../../sync/items';
import { EMAIL_COLUMN } from '../../sync/lanes/people';
import type {
	DynamicsChanges,
	DynamicsCreate,
	DynamicsIdentity,
	DynamicsMaker,
	DynamicsRow,
	DynamicsUpdate,
	EachRow,
	MayStart,
	OnRefused,
	WriteOutcome,
} from '../../sync/ports';
import type { Closed, Column, Raw } from '../../sync/values';
import { derivedValue, madeOf } from './derivedColumns';
import { identityIn } from './dynamicsIdentity';
import { inSyncWords, outcomeOf, refusalOf } from './dynamicsOutcome';
import { ownColumn, References, shownThrough, textsBehind } from './dynamicsReferences';
import type { FeedPage } from './setUpRows';
import { closedColumns, syncColumns } from './syncColumns';

export interface DynamicsPortOptions {
	/** Who signs in: what `WhoAmI` says of them is kept for other executions. */
	account?: string;
}

/**
 * Dataverse takes 1,000, works them off one after the other, and gives up after two minutes: each may take 0.3
 * seconds, plug-ins included. Their number costs nobody anything, since it counts each update as a request.
 */
export const WRITES_PER_CALL = 400;

/** A sync describes a table anew when it meets something unknown; until then metadata costs nothing. */
const OLD_ENOUGH = { maxAgeMs: 24 * 3_600_000 };

/** What sync needs of every row, besides the mapped columns. */
const ALWAYS_READ = ['modifiedon', 'modifiedby'];

/** Nothing was done, for the moment. */
const TURNED_AWAY: ReadonlySet<string> = new Set(['throttled', 'again']);

/** A longer wait is the lane's to decide about: it holds a lease meanwhile. */
const LONGEST_WAIT_MS = 60_000;

/** A table, and what people have added to those that its lookups point to. */
interface Described {
	table: DataverseTable;
	custom: CustomText[];
}

/** Dynamics as the sync engine sees it. One port lives as long as one execution. */
export function dynamicsPort(
	environment: Dataverse,
	options: DynamicsPortOptions = {},
): DynamicsMaker {
	const patience = { longestWaitMs: LONGEST_WAIT_MS, ...environment.patience };
	const client: Dataverse = { ...environment, patience };
	const references = new References(client);
	let self: Promise<DynamicsIdentity> | undefined;
	const me = async () =>
		await (self ??= inSyncWords('', async () => await identityIn(client, options.account)));
	/** Described along with another table, until somebody asks for it. */
	const alongside = new Map<DynamicsTable, Described>();
	const describedNow = async (table: DynamicsTable, along: readonly DynamicsTable[]) => {
		const ready = alongside.get(table);
		alongside.delete(table);
		if (ready) return ready;
		const others = [...new Set(along)].filter((one) => one !== table);
		const [own, ...beside] = await describeTogether(client, table, others);
		const custom = await textsBehind(client, [own, ...beside]);
		for (const one of beside) alongside.set(one.name, { table: one, custom });
		return { table: own, custom };
	};
	return {
		url: client.origin,
		batchSize: WRITES_PER_CALL,
		timeoutMs: client.timeoutMs,

		async whoAmI(): Promise<DynamicsIdentity> {
			return await me();
		},

		async countRows(tables): Promise<Map<DynamicsTable, number>> {
			return (await totalRows(client, tables)) as Map<DynamicsTable, number>;
		},

		async describe(table, along = []): Promise<Column[]> {
			return await inSyncWords(table, async () => {
				const described = await describedNow(table, along);
				const user = async () => (await me()).user;
				return await syncColumns(client, described.table, user, described.custom);
			});
		},

		async getReady(tables): Promise<void> {
			await describeUnknown(client, tables, OLD_ENOUGH);
		},

		async closedColumns(table): Promise<Map<string, Closed>> {
			return await inSyncWords(
				table,
				async () => await closedColumns(client, table, (await me()).user),
			);
		},

		async readChanges(table, columns, link, pageSize): Promise<DynamicsChanges> {
			return await inSyncWords(table, async () => {
				const described = await describe(client, table, OLD_ENOUGH);
				const select = selectOf(described, columns);
				const page = await readChanges(client, described.set, select, link, pageSize);
				const { rows, serverTime } = page;
				const feed = { isFirst: link === null, serverTime };
				return { ...page, rows: await syncRows(references, described, columns, rows, feed) };
			});
		},

		async readModifiedSince(table, columns, since, next, pageSize): Promise<DynamicsChanges> {
			return await inSyncWords(table, async () => {
				const described = await describe(client, table, OLD_ENOUGH);
				const select = selectOf(described, columns);
				const page = await readModifiedSince(client, described, select, since, next, pageSize);
				return { ...page, rows: await syncRows(references, described, columns, page.rows) };
			});
		},

		async readBySavedParent(table, columns, since, next, pageSize): Promise<DynamicsChanges> {
			return await inSyncWords(table, async () => {
				const described = await describe(client, table, OLD_ENOUGH);
				const page = await readBySavedParent(
					client,
					described,
					selectOf(described, columns),
					shownThrough(described, columns),
					since,
					next,
					pageSize,
				);
				return { ...page, rows: await syncRows(references, described, columns, page.rows) };
			});
		},

		async readByIds(table, columns, ids): Promise<DynamicsRow[]> {
			return await inSyncWords(table, async () => {
				if (ids.length === 0) return [];
				const described = await describe(client, table, OLD_ENOUGH);
				const select = selectOf(described, columns);
				const rows = await readByIds(client, described.set, described.idColumn, ids, select);
				return await syncRows(references, described, columns, rows);
			});
		},

		async readEach(table, columns, ids): Promise<EachRow> {
			return await inSyncWords(
				table,
				async () => await readOneByOne(client, references, table, columns, ids),
			);
		},

		async update(updates, mayStart): Promise<WriteOutcome[]> {
			return await inSyncWords(
				updates[0]?.table ?? '',
				async () => await updateAll(client, references, updates, mayStart),
			);
		},

		async remove(removals, mayStart): Promise<WriteOutcome[]> {
			return await inSyncWords(removals[0]?.table ?? '', async () => {
				const tables = await tablesOf(client, removals);
				const rows = removals.map((one): RowRemoval => ({ ...one, table: tables.get(one.table)! }));
				const results = await removeMany(writing(client, mayStart), rows);
				return results.map((result, index) =>
					outcomeOf(result, rows[index]!.id, [], rows[index]!.table),
				);
			});
		},

		async merge({ table, target, subordinate }, mayStart): Promise<WriteOutcome> {
			return await inSyncWords(table, async () => {
				const described = await describe(client, table, OLD_ENOUGH);
				const merging = { target, subordinate, content: {}, checkParents: false };
				const result = await mergeRows(writing(client, mayStart), described, merging)
					.then(() => ({}))
					.catch((problem: unknown) => {
						if (!(problem instanceof DataverseProblem) || TURNED_AWAY.has(problem.kind))
							throw problem;
						return { problem };
					});
				return outcomeOf(result, subordinate, [], described);
			});
		},

		async readByMailbox(columns, mailboxes, onRefused): Promise<DynamicsRow[]> {
			return await inSyncWords(
				'lead',
				async () => await readByMailbox(client, references, columns, mailboxes, onRefused),
			);
		},

		async create(creates, mayStart): Promise<WriteOutcome[]> {
			return await inSyncWords(
				creates[0]?.table ?? '',
				async () => await createAll(client, references, creates, mayStart),
			);
		},
	};
}

async function readOneByOne(
	client: Dataverse,
	references: References,
	table: DynamicsTable,
	columns: string[],
	ids: string[],
): Promise<EachRow> {
	const described = await describe(client, table, OLD_ENOUGH);
	const found = await readEach(client, described.set, ids, selectOf(described, columns));
	const there: Row[] = [];
	const each: EachRow = { rows: [], deleted: [], refused: new Map() };
	for (const [index, one] of found.entries()) {
		const id = ids[index]!;
		if ('row' in one) there.push(one.row);
		else if ('problem' in one) each.refused.set(id, refusalOf(one.problem, described.label));
		else each.deleted.push(id);
	}
	each.rows = await syncRows(references, described, columns, there);
	return each;
}

async function readByMailbox(
	client: Dataverse,
	references: References,
	columns: Record<PeopleTable, string[]>,
	mailboxes: string[],
	onRefused: OnRefused,
): Promise<DynamicsRow[]> {
	if (mailboxes.length === 0) return [];
	const tables: PeopleTable[] = ['contact', 'lead'];
	const described = await Promise.all(
		tables.map(async (table) => await describe(client, table, OLD_ENOUGH)),
	);
	const found = await readMatching(
		client,
		tables.map((table, index) => ({
			set: described[index]!.set,
			column: EMAIL_COLUMN,
			texts: mailboxes,
			select: selectOf(described[index]!, columns[table]),
		})),
		(email, problem) => onRefused(email, refusalOf(problem, 'record')),
	);
	const rows = await Promise.all(
		tables.map(
			async (table, index) =>
				await syncRows(references, described[index]!, columns[table], found[index]!),
		),
	);
	return rows.flat();
}

async function createAll(
	client: Dataverse,
	references: References,
	creates: DynamicsCreate[],
	mayStart?: MayStart,
): Promise<WriteOutcome[]> {
	return await writeAll(client, references, creates, async (own, tables) => {
		const told = own.map(({ table, values, alsoTell = [] }) => {
			const { columns } = tables.get(table)!;
			// Columns that sync makes are not Dynamics' own.
			const more = alsoTell.filter((name) => columns.some((column) => column.name === name));
			return [...new Set([...Object.keys(values), ...more])];
		});
		const rows = own.map((create, index): RowCreate => {
			const table = tables.get(create.table)!;
			return { ...create, table, select: selectOf(table, told[index]!) };
		});
		const results = await createMany(writing(client, mayStart), rows);
		const outcomes = results.map((result, index) =>
			outcomeOf(result, own[index]!.id, told[index]!, rows[index]!.table),
		);
		for (const [index, result] of results.entries()) {
			if (!('problem' in result) || result.problem.kind !== 'exists') continue;
			const create = own[index]!;
			const table = tables.get(create.table)!;
			const columns = [...told[index]!, 'createdon'];
			const [made] = await readByIds(
				client,
				table.set,
				table.idColumn,
				[create.id],
				selectOf(table, columns),
			);
			if (made)
				outcomes[index] = alreadyMade(outcomeOf({ row: made }, create.id, told[index]!, table));
		}
		return outcomes;
	});
}

/** An earlier try made the row; it may have been edited since. */
function alreadyMade(outcome: WriteOutcome): WriteOutcome {
	return outcome.kind === 'ok' ? { ...outcome, created: false } : outcome;
}

async function updateAll(
	client: Dataverse,
	references: References,
	updates: DynamicsUpdate[],
	mayStart?: MayStart,
): Promise<WriteOutcome[]> {
	return await writeAll(client, references, updates, async (own, tables) => {
		const rows = own.map((update): RowUpdate => ({ ...update, table: tables.get(update.table)! }));
		const results = await updateMany(writing(client, mayStart), rows);
		return results.map((result, index) => {
			const { id, values } = own[index]!;
			return outcomeOf(result, id, Object.keys(values), rows[index]!.table);
		});
	});
}

function writing(client: Dataverse, mayStart?: MayStart): Dataverse {
	return { ...client, wire: whileAllowed(client.wire, mayStart) };
}

/** Writes with the tables' own columns; what cannot be told in them is refused without being sent. */
async function writeAll<Write extends DynamicsCreate | DynamicsUpdate>(
	client: Dataverse,
	references: References,
	writes: Write[],
	send: (own: Write[], tables: Map<DynamicsTable, DataverseTable>) => Promise<WriteOutcome[]>,
): Promise<WriteOutcome[]> {
	const tables = await tablesOf(client, writes);
	const resolved = await references.resolve(
		writes.map((write) => ({ write, table: tables.get(write.table)! })),
	);
	const sendable = resolved.filter(({ refusal }) => !refusal);
	const outcomes = await send(
		sendable.map(({ write }) => write),
		tables,
	);
	let next = 0;
	return resolved.map(({ refusal }, index): WriteOutcome => {
		if (refusal) return { kind: 'refused', refusal };
		const { table, values } = writes[index]!;
		return references.inSyncNames(tables.get(table)!, values, outcomes[next++]!);
	});
}

async function tablesOf(
	client: Dataverse,
	writes: Array<{ table: DynamicsTable }>,
): Promise<Map<DynamicsTable, DataverseTable>> {
	const tables = new Map<DynamicsTable, DataverseTable>();
	for (const { table } of writes) {
		if (!tables.has(table)) tables.set(table, await describe(client, table));
	}
	return tables;
}

function selectOf(table: DataverseTable, columns: string[]): string[] {
	const own = columns.flatMap((name) => madeOf(table, name)).map(ownColumn);
	const names = [...new Set([...own, ...ALWAYS_READ])];
	return names.map((name) => wireName(columnNamed(table, name)));
}

async function syncRows(
	references: References,
	described: DataverseTable,
	names: string[],
	rows: Row[],
	page?: FeedPage,
): Promise<DynamicsRow[]> {
	const asked = names.flatMap((name) => madeOf(described, name));
	await references.read(described, [...new Set(asked)], rows, page);
	return rows.map((row) => {
		const valueOf = (name: string): Raw | undefined => {
			const own = fromWire(columnNamed(described, ownColumn(name)), row);
			return name.includes('.') ? references.valueOf(described, name, own) : own;
		};
		const values: Record<string, Raw> = {};
		for (const name of names) {
			const value = derivedValue(described, name, valueOf);
			if (value !== undefined) values[name] = value;
		}
		const modifiedBy = row._modifiedby_value;
		return {
			table: described.name as DynamicsTable,
			id: String(row[described.idColumn]).toLowerCase(),
			version: versionOf(row) ?? '',
			modifiedOn: String(row.modifiedon),
			modifiedBy: typeof modifiedBy === 'string' ? modifiedBy.toLowerCase() : null,
			values,
		};
	});
}
