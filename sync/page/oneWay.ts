import type { FeedItem, PageStart, RecordItem } from '../items';
import { lookAtUsage } from '../schedule/dayQuota';
import { beginRead, reachedMarketo } from '../schedule/systems';
import { describedTables } from '../ledger/columns';
import type { LaneDefinition } from '../lanes/definition';
import type { Ledger } from '../ledger/ledger';
import { recordSubject } from '../ledger/subject';
import type { LaneMapping } from '../mapping';
import type { MarketoObjectPort } from '../ports';
import { account, DONE, STAND, type Fate } from './accounts';
import { columnsOf, describeAnew } from './columnCache';
import { readCompared, takeBackEdits } from './editsInMarketo';
import { acceptFeed, feedItem, NO_LOG } from './feed';
import { whileInFile } from './files';
import { keyHolders, workKeyed, type KeyHolders } from './keyed';
import { leaveOutOneWay } from './leftOut';
import { linkOf, send } from './oneWayWrite';
import type { Page } from './page';
import { standsFor } from './parents';
import { rowDeleted } from './removed';
import { isBehind, mappedFields, tableOf } from './tables';
import { unansweredTooYoung } from './unanswered';

/**
 * A lane that goes one way: Dynamics always wins, nothing of Marketo is read or contested (but by choice, R55). What was sent last
 * is the base; each write sends all mapped fields by our own key, so that one without an answer is simply sent again.
 */

/** *Get Marketo Changes* of such a lane: looks what fields the object has (cached), and reads no record but those that R55 compares. */
export async function readObjectPage(
	ledger: Ledger,
	definition: LaneDefinition,
	start: PageStart,
	dynamicsItems: unknown[],
	mapping: LaneMapping,
	port: MarketoObjectPort,
): Promise<Array<FeedItem | RecordItem>> {
	await beginRead(ledger, definition, start, 'Get Marketo Changes', (by) =>
		reachedMarketo(port, by),
	);
	await lookAtUsage(ledger, port.quota);
	const { book, records: rows } = acceptFeed(definition, dynamicsItems, 'dynamics');
	const describe = async () => await port.describe();
	// By hand: a field that somebody has just made is to be in the editor's lists afterwards.
	const { object } = definition;
	const catalogue = await describedTables(ledger.db, [object]);
	const columns = start.preview
		? await describeAnew(ledger, object, describe)
		: await columnsOf(ledger, catalogue, object, mappedFields(mapping), describe);
	const readAt = ledger.clock.now();
	const isKnown = (field: string) => columns.has(field);
	const records = await readCompared(ledger, definition, start.page, rows, mapping, isKnown, port);
	const rest = { steps: [], due: book.due, readAt, guids: [], unlinked: 0, log: NO_LOG };
	return [feedItem(start, 'marketo', records, rest), ...records];
}

/** The way of every row of the page. */
export async function workOneWay(page: Page): Promise<void> {
	const holders = await keyHolders(page);
	for (const row of page.rows)
		await account(page, recordSubject(row), row.label, await workRow(page, holders, row));
}

async function workRow(page: Page, holders: KeyHolders, row: RecordItem): Promise<Fate> {
	const link = page.known.links.get(recordSubject(row));
	const plans = (link && page.known.plans.get(link.id)) ?? [];
	const waits = whileInFile(page.now, plans);
	if (waits) return waits;
	if (row.deleted) return link ? await rowDeleted(page, link, row.label, plans) : DONE;
	if (row.leftOut)
		return unansweredTooYoung(page, plans) ?? (await leaveOutOneWay(page, link, row));
	// An id alone is no record for anybody.
	if (tableOf(page, row.table).live.length === 0) return DONE;
	const isSeen =
		link?.state === 'active' &&
		link.version === row.version &&
		!isBehind(tableOf(page, link.table), link);
	if (isSeen && row.because === 'feed') return STAND;
	const tooYoung = unansweredTooYoung(page, plans);
	if (tooYoung) return tooYoung;
	if (link) await takeBackEdits(page, link, row);
	const stands = standsFor(page.tables, row);
	if (stands !== undefined) return await workKeyed(page, holders, link, row, stands);
	const { idField } = tableOf(page, row.table).definition;
	const present = link?.state === 'active' ? link : await linkOf(page, link, row);
	return await send(page, present, row, { [idField]: row.id }, null);
}
