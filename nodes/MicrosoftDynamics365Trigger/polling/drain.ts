import { readChanges, type ChangedRows } from '../../../apis/dataverse/changes/readChanges';
import { readModifiedSince } from '../../../apis/dataverse/changes/readModifiedSince';
import type { Dataverse } from '../../../apis/dataverse/client';
import { DataverseProblem } from '../../../apis/dataverse/errors/problem';
import type { Row } from '../../../apis/dataverse/transport/answer';
import { deletedItem, rowItem, selectFor, type ChangeItem } from '../item';
import type { EventName, Setting } from '../setting';
import { armed, followed, isNew, rearmed, swept, toldAsNew, wasSwept, type Cursor } from './cursor';

/** Rows per page when nothing but the position is wanted of them. */
const ARMING_PAGE = 5_000;
const PAGE = 500;
/** Pages with content per poll; what is left waits for the next. */
const MOST_PAGES = 10;

export interface Drained {
	cursor: Cursor;
	items: ChangeItem[];
	/** What ended the drain early. */
	problem?: unknown;
	/** What to know about the position, where it had expired. */
	expired?: string;
}

/**
 * Reads on from the cursor until nothing is left, the time is over or enough has been found. Rows go page
 * by page; a problem keeps what was found before it, with the cursor behind that.
 *
 * @param until milliseconds since the epoch
 */
export async function drain(
	client: Dataverse,
	setting: Setting,
	start: Cursor,
	until: number,
): Promise<Drained> {
	const items: ChangeItem[] = [];
	let cursor = start;
	let expired: string | undefined;
	let contentPages = 0;
	for (;;) {
		try {
			const before = cursor.phase;
			const page = await pageFor(client, setting, cursor);
			cursor = after(client, setting, cursor, page, items);
			if (before !== 'arming') contentPages++;
			const caughtUp = cursor.phase === 'following' && page.drained;
			if (caughtUp || contentPages >= MOST_PAGES || client.wire.now() >= until) break;
		} catch (problem) {
			const isExpiry = problem instanceof DataverseProblem && problem.kind === 'cursorExpired';
			if (isExpiry && expired === undefined) {
				cursor = rearmed(cursor, nowOf(client));
				expired = cursor.notice ?? '';
				continue;
			}
			return { ...withNotice(cursor, items), expired, problem };
		}
	}
	return { ...withNotice(cursor, items), expired };
}

/** What is to be said goes with the first item that there is. */
function withNotice(cursor: Cursor, items: ChangeItem[]): Pick<Drained, 'cursor' | 'items'> {
	const [first] = items;
	if (!first || cursor.notice === null) return { cursor, items };
	first.note = cursor.notice;
	return { cursor: { ...cursor, notice: null }, items };
}

async function pageFor(client: Dataverse, setting: Setting, cursor: Cursor): Promise<ChangedRows> {
	const { table } = setting;
	const select = selectFor(setting);
	if (cursor.phase === 'sweeping') {
		return await readModifiedSince(client, table, select, cursor.since!, cursor.link, PAGE);
	}
	const size = cursor.phase === 'arming' ? ARMING_PAGE : PAGE;
	return await readChanges(client, table.set, select, cursor.link, size);
}

function after(
	client: Dataverse,
	setting: Setting,
	cursor: Cursor,
	page: ChangedRows,
	items: ChangeItem[],
): Cursor {
	const { idColumn, columns } = setting.table;
	const now = nowOf(client);
	if (cursor.phase === 'arming') {
		return armed(
			cursor,
			page,
			now,
			columns.some(({ name }) => name === 'modifiedon'),
		);
	}
	const rows = page.rows.filter((row) => !wasSwept(cursor, row, idColumn));
	const fresh = rows.filter((row) => isNew(cursor, row, idColumn));
	const known = toldAsNew(cursor, fresh, idColumn);
	for (const row of rows) {
		const event = fresh.includes(row) ? 'created' : 'updated';
		if (setting.events.has(event) && !isOwn(setting, cursor, event, row))
			items.push(rowItem(setting, event, row));
	}
	if (setting.events.has('deleted')) {
		for (const id of page.deletedIds) items.push(deletedItem(setting, id));
	}
	return cursor.phase === 'sweeping'
		? swept(known, page, now, idColumn)
		: followed(known, page, now);
}

/** Whose row is new is told by who made it: the user of the credential may have written to it since. */
function isOwn({ ignoreOwn }: Setting, { user }: Cursor, event: EventName, row: Row): boolean {
	const hand =
		event === 'created' ? (row._createdby_value ?? row._modifiedby_value) : row._modifiedby_value;
	return ignoreOwn && String(hand).toLowerCase() === user;
}

function nowOf(client: Dataverse): string {
	return new Date(client.wire.now()).toISOString();
}
