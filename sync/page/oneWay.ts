import { fingerprintOf } from '../fingerprint';
import type { FeedItem, PageStart, RecordItem } from '../items';
import { beginRead, reachedMarketo } from '../schedule/systems';
import type { LaneDefinition } from '../lanes/definition';
import { baseOf } from '../ledger/bases';
import type { Ledger } from '../ledger/ledger';
import { basesOf, changeLink, noBases, putLink, type Link } from '../ledger/links';
import { dropPlans, OWN_FIELD } from '../ledger/plans';
import { recordSubject } from '../ledger/subject';
import type { LaneMapping } from '../mapping';
import type { MarketoObjectPort } from '../ports';
import { account, DONE, STAND, WRITE, type Fate } from './accounts';
import { columnsOf, describeAnew } from './columnCache';
import { valueForCreate } from './decide';
import { acceptFeed, feedItem, NO_LOG } from './feed';
import { tombstone } from './gone';
import type { Page } from './page';
import { noteMissingParents, referredTo } from './parents';
import { unansweredTooYoung } from './unanswered';
import { KEY, planWrite, type DraftField } from './plan';
import { leaveBehind } from './refusedField';
import { isBehind, mappedFields, tableOf } from './tables';

/**
 * A lane that goes one way: Dynamics always wins, nothing of Marketo is read or contested. What was sent last
 * is the base; each write sends all mapped fields by our own key, so that one without an answer is simply sent again.
 */

/** *Get Marketo Changes* of such a lane: looks what fields the object has (cached), and reads no record. */
export async function readObjectPage(
	ledger: Ledger,
	definition: LaneDefinition,
	start: PageStart,
	dynamicsItems: unknown[],
	mapping: LaneMapping,
	port: MarketoObjectPort,
): Promise<FeedItem[]> {
	await beginRead(ledger, definition, start, 'Get Marketo Changes', (by) =>
		reachedMarketo(port, by),
	);
	const { book } = acceptFeed(definition, dynamicsItems, 'dynamics');
	const describe = async () => await port.describe();
	// By hand: a field that somebody has just made is to be in the editor's lists afterwards.
	if (start.preview) await describeAnew(ledger, definition.object, describe);
	else await columnsOf(ledger, definition.object, mappedFields(mapping), describe);
	const readAt = ledger.clock.now();
	const nothing = { steps: [], due: book.due, readAt, guids: [], unlinked: 0, log: NO_LOG };
	return [feedItem(start, 'marketo', [], nothing)];
}

/** The way of every row of the page. */
export async function workOneWay(page: Page): Promise<void> {
	for (const row of page.rows)
		await account(page, recordSubject(row), row.label, await workRow(page, row));
}

async function workRow(page: Page, row: RecordItem): Promise<Fate> {
	const link = page.known.links.get(recordSubject(row));
	if (row.deleted) {
		if (link && link.state !== 'goneInDynamics') await tombstone(page, link, 'goneInDynamics');
		return DONE;
	}
	// An id alone is no record for anybody.
	if (tableOf(page, row.table).live.length === 0) return DONE;
	const isSeen =
		link?.state === 'active' &&
		link.version === row.version &&
		!isBehind(tableOf(page, link.table), link);
	if (isSeen && row.because === 'feed') return STAND;
	const plans = (link && page.known.plans.get(link.id)) ?? [];
	const tooYoung = unansweredTooYoung(page, plans);
	if (tooYoung) return tooYoung;
	return await send(page, link?.state === 'active' ? link : await linkOf(page, link, row), row);
}

/** A row that is new, or is back. */
async function linkOf(page: Page, before: Link | undefined, row: RecordItem): Promise<Link> {
	const { ref, definition, ledger, generations, now } = page;
	const about = { lane: ref.lane, table: row.table, dynamicsId: row.id, object: definition.object };
	return await putLink(page.db, before, about, {
		state: 'creating',
		marketoId: before?.marketoId ?? null,
		version: null,
		emailKey: null,
		bases: noBases(),
		wrote: {},
		keyId: ledger.key.id,
		generation: generations.get(row.table) ?? before?.generation ?? 0,
		updatedAt: now,
	});
}

/** All mapped fields, if one of them is not as it was sent last. */
async function send(page: Page, link: Link, row: RecordItem): Promise<Fate> {
	await noteMissingParents(page, link, row.values);
	const { fields, differs } = await draftOf(page, link, row);
	const unanswered = (page.known.plans.get(link.id) ?? []).filter(
		({ state }) => state === 'unknown',
	);
	// R50: what has not come in is not compared.
	const isWhole = tableOf(page, link.table).live.every(({ column }) => column.name in row.values);
	await changeLink(page.db, link, {
		version: row.version ?? null,
		...(isWhole ? { edition: page.edition.number } : {}),
		keyId: page.ledger.key.id,
		...(link.keyId === page.ledger.key.id ? {} : { bases: noBases() }),
		generation: page.generations.get(row.table) ?? link.generation,
	});
	if (!differs && link.state === 'active' && unanswered.length === 0) return DONE;
	await dropPlans(
		page.db,
		unanswered.map(({ id }) => id),
	);
	await planWrite(page, {
		link,
		side: 'marketo',
		operation: link.state === 'creating' ? 'create' : 'update',
		id: link.marketoId ?? '',
		table: page.definition.object,
		label: row.label,
		changedAt: row.changedAt,
		version: null,
		fields,
		shown: {},
	});
	page.out.counts[link.state === 'creating' ? 'created' : 'toMarketo']++;
	return WRITE;
}

async function draftOf(
	page: Page,
	link: Link,
	row: RecordItem,
): Promise<{ fields: Map<string, DraftField>; differs: boolean }> {
	const { key } = page.ledger;
	const { live, definition } = tableOf(page, link.table);
	const bases = basesOf(page.ledger, link, 'dynamics');
	const refusals = page.known.refusals.get(link.id) ?? [];
	const fields = new Map<string, DraftField>();
	let differs = false;
	for (const mapped of live) {
		const { column, field } = mapped;
		const value = row.values[column.name];
		if (value === undefined || fields.has(field.name)) continue;
		const base = baseOf(bases, column.name);
		const referred = referredTo(page, mapped, row.values, base !== null);
		if (referred === 'waits') continue;
		const there = referred ?? valueForCreate(mapped.row, column, field, value);
		if (!there) continue;
		const source = fingerprintOf(key, column, 'dynamics', referred?.told ?? value);
		if ('refusal' in there) {
			const left = { source, stood: source };
			await leaveBehind(page, link, 'marketo', mapped, left, there.refusal, row.label);
			continue;
		}
		if (refusals.some((one) => one.field === field.name && one.source === source)) continue;
		if (base?.hash !== source) differs = true;
		fields.set(field.name, {
			row: mapped.row.id,
			column: field,
			value: there.value,
			old: null,
			source: { column: column.name, value: source },
			rule: 'One way: Dynamics to Marketo',
		});
	}
	const idField = page.fields.get(definition.idField)!;
	fields.set(idField.name, {
		row: OWN_FIELD,
		column: idField,
		value: link.dynamicsId,
		old: null,
		source: null,
		rule: KEY,
	});
	return { fields, differs };
}
