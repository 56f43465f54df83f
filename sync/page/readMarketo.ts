import type { FeedItem, FieldEdit, PageStart, RecordItem } from '../items';
import { lookAtUsage } from '../schedule/dayQuota';
import { beginRead, reachedMarketo } from '../schedule/systems';
import type { PageRef } from '../schedule/token';
import type { Ledger } from '../ledger/ledger';
import { describedTables, type Catalogue, type Columns } from '../ledger/columns';
import { claimedNow } from '../ledger/claims';
import { questionsOf } from '../ledger/conflicts';
import { linksOfPeople, linksOfRows, type Link } from '../ledger/links';
import { plansOfLinks } from '../ledger/plans';
import { linksWithRefusals } from '../ledger/refusals';
import { linkSubject, readSubject, recordSubject, subjectOf } from '../ledger/subject';
import { twoWayOf, type LaneDefinition } from '../lanes/definition';
import type { LaneMapping } from '../mapping';
import type { MarketoPort, Person, PersonChanges } from '../ports';
import { addressToBe } from './addresses';
import { describeAnew, readWithColumns } from './columnCache';
import { COMPANY_KEY } from './companyFields';
import { acceptFeed, feedItem } from './feed';
import { isSettledEcho, isUnmovedRow } from './echo';
import { emailOf } from './emailKey';
import { assertIdFields } from './idFields';
import { PeopleReader } from './peopleReader';
import { successorOf } from './standing';
import { PAGE_RECORDS, ROOM_FOR_LOG } from './readDynamics';
import { mappedFields, mappedLane, tableOf, tablesOf, type MappedLane } from './tables';
import { needsPerson } from './leftOut';
import { ANONYMOUS, fieldsToWantBy } from './wanted';
import { readLog } from './readLog';

/**
 * *Get Marketo changes*: whose fields changed, their present values, and the partners of the Dynamics
 * records that came in (R5), with one feed item in front (R4).
 */
export async function readMarketoPage(
	ledger: Ledger,
	definition: LaneDefinition,
	start: PageStart,
	dynamicsItems: unknown[],
	mapping: LaneMapping,
	port: MarketoPort,
): Promise<Array<FeedItem | RecordItem>> {
	const { ref } = await beginRead(ledger, definition, start, 'Get Marketo Changes', (by) =>
		reachedMarketo(port, by),
	);
	await lookAtUsage(ledger, port.quota);
	// By hand: a field that somebody has just made is to be in the editor's lists afterwards.
	if (start.preview)
		await describeAnew(ledger, definition.object, async () => await port.describe());
	const catalogue = await describedTables(ledger.db, tablesOf(definition));
	return await readWithColumns(
		ledger,
		catalogue,
		definition.object,
		[
			...definition.tables.map(({ idField }) => idField),
			...mappedFields(mapping),
			...fieldsToWantBy(mapping),
		],
		async () => await port.describe(),
		async (columns) => {
			assertIdFields(definition, columns);
			return await readPage(
				{ ledger, catalogue, definition, start, ref, mapping, port },
				dynamicsItems,
				columns,
			);
		},
	);
}

interface Reading {
	ledger: Ledger;
	catalogue: Catalogue;
	definition: LaneDefinition;
	start: PageStart;
	ref: PageRef;
	mapping: LaneMapping;
	port: MarketoPort;
}

async function readPage(
	{ ledger, catalogue, definition, start, ref, mapping, port }: Reading,
	dynamicsItems: unknown[],
	columns: Columns,
): Promise<Array<FeedItem | RecordItem>> {
	const { book, records: rows } = acceptFeed(definition, dynamicsItems, 'dynamics');
	const reader = new PeopleReader(ledger.clock, port, fieldsWanted(definition, mapping, columns));

	const links = await linksBySubject(ledger, ref.lane, rows);
	const lane = await mappedLane(ledger.db, definition, mapping, catalogue);
	// R24: who has the address that the row's person may get.
	const wantAddress = (row: RecordItem, link: Link, meetsAnother = false) => {
		const table = tableOf(lane, link.table);
		const address = addressToBe(ledger, definition, table, link, row, meetsAnother);
		if (address) reader.want(twoWayOf(definition).email.field, address, recordSubject(row));
	};
	readPartners(ledger, lane, rows, links, reader, wantAddress);
	readDuePeople(definition, book.due, reader);

	const { email } = twoWayOf(definition);
	const changed = new Map<string, PersonChanges['changed'][number]>();
	const deleted = new Map<string, PersonChanges['deleted'][number]>();
	let unlinked = 0;
	const mapped = mappedFields(mapping);
	const wantedBy = fieldsToWantBy(mapping);
	const besides = new Set(wantedBy.filter((name) => !mapped.includes(name)));
	const log = await readLog(
		ledger,
		ref,
		start,
		{ isDue: book.due.length > 0, asks: book.asksLog ?? book.due.length > 0 },
		[...mapped, ...besides].filter((name) => columns.has(name)),
		port,
		Math.max(PAGE_RECORDS - rows.length, ROOM_FOR_LOG),
		!book.isSample,
	);
	if (log.fresh) {
		const { fresh } = log;
		for (const person of fresh.deleted) deleted.set(person.id, person);
		// R49: whoever was linked with the merged one is linked with them from now on.
		const survivors = new Set(fresh.deleted.flatMap(({ mergedInto }) => mergedInto ?? []));
		for (const id of survivors) reader.want('id', id, subjectOf(definition.object, id));
		for (const row of survivors.size > 0 ? rows : []) {
			const link = links.get(recordSubject(row));
			if (link?.marketoId && deleted.get(link.marketoId)?.mergedInto) wantAddress(row, link, true);
		}
		const ids = fresh.changed.map((person) => person.id);
		const { linked, beingLinked } = await linksOfChanged(ledger, ref.lane, definition, ids);
		const linkIds = [...linked.values()].map(({ id }) => id);
		const plans = await plansOfLinks(ledger.db, linkIds, 'marketo');
		const held = await linksWithRefusals(ledger.db, linkIds);
		const asked = await questionsOf(ledger.db, linkIds);
		const isMapped = ({ field }: FieldEdit) => !besides.has(field);
		for (const one of fresh.changed) {
			const link = linked.get(one.id);
			const person = link ? { ...one, edits: one.edits.filter(isMapped) } : one;
			// Such a field is asked for because of those who have no row (R59).
			const isNews = one.edits.length === 0 || person.edits.length > 0 || survivors.has(one.id);
			if (!isNews) continue;
			if (link || survivors.has(person.id)) changed.set(person.id, person);
			if (!link) {
				if (survivors.has(person.id)) continue;
				unlinked++;
				if (wantedBy.length > 0) {
					changed.set(person.id, person);
					reader.want('id', person.id, subjectOf(definition.object, person.id));
					continue;
				}
				// R24: somebody may wait for the address that is free now.
				const isMoved = person.edits.some(({ field }) => field === email.field);
				if (isMoved || beingLinked.has(person.id)) changed.set(person.id, person);
				continue;
			}
			// Where a field was left behind or asked about, an edit back to the base is news (R36, R38).
			const isEcho =
				!held.has(link.id) &&
				!asked.has(link.id) &&
				isSettledEcho(ledger, columns, link, plans.get(link.id) ?? [], person.edits);
			if (!isEcho) reader.want('id', person.id, subjectOf(definition.object, person.id));
		}
	}
	for (const { person } of log.swept) reader.want('id', readSubject(person).id, person);
	const people = await reader.read(deleted);
	const due = new Set(book.due);
	const whyRead = (person: string) =>
		due.has(person) ? 'due' : reader.isMeant(person) ? 'feed' : 'partner';
	const records = recordsOf(definition, start, people, changed, deleted, whyRead);
	const item = feedItem(start, 'marketo', records, {
		steps: log.steps,
		due: book.due,
		readAt: reader.begunAt ?? ledger.clock.now(),
		guids: log.guids,
		notFound: log.swept
			.filter(({ person }) => !people.has(readSubject(person).id))
			.map(({ row }) => row),
		unlinked,
		log: log.state,
		notLookedUp: [...reader.refused],
	});
	return [item, ...records];
}

/**
 * Of people whom the log names: who is linked, and whom somebody is about to link, with what was read of them before (R4).
 * These are asked for first: whoever is linked by then is no longer claimed.
 */
async function linksOfChanged(
	ledger: Ledger,
	lane: string,
	{ object }: LaneDefinition,
	ids: string[],
): Promise<{ linked: Map<string, Link>; beingLinked: Set<string> }> {
	const claimed = await claimedNow(
		ledger,
		ledger.db,
		ids.map((id) => subjectOf(object, id)),
	);
	const links = await linksOfPeople(ledger.db, lane, ids, ['active', 'reserved']);
	const ofState = (state: Link['state']) =>
		links.filter((link) => link.state === state).map((link) => [link.marketoId!, link] as const);
	const reserved = new Map(ofState('reserved'));
	const isOpen = (id: string) => reserved.has(id) || claimed.has(subjectOf(object, id));
	return { linked: new Map(ofState('active')), beingLinked: new Set(ids.filter(isOpen)) };
}

/** Mapped fields and those that sync keeps on the person, as far as this Marketo has them. */
function fieldsWanted(
	definition: LaneDefinition,
	mapping: LaneMapping,
	columns: Columns,
): string[] {
	const { email, marks } = twoWayOf(definition);
	const ids = definition.tables.map(({ idField }) => idField);
	const wantedBy = fieldsToWantBy(mapping);
	const own = [...ids, ...Object.values(marks), ...(wantedBy.length > 0 ? [ANONYMOUS] : [])];
	return [
		...new Set([
			'id',
			email.field,
			'firstName',
			'lastName',
			COMPANY_KEY,
			...own,
			...mappedFields(mapping),
			...wantedBy,
		]),
	].filter((name) => name === 'id' || columns.has(name));
}

async function linksBySubject(
	ledger: Ledger,
	lane: string,
	rows: RecordItem[],
): Promise<Map<string, Link>> {
	const links = await linksOfRows(
		ledger.db,
		lane,
		rows.map((row) => row.id),
	);
	return new Map(links.map((link) => [linkSubject(link), link]));
}

/** R5: by link where there is one, else by the id stored on the person and by e-mail. */
function readPartners(
	ledger: Ledger,
	lane: MappedLane,
	rows: RecordItem[],
	links: Map<string, Link>,
	reader: PeopleReader,
	wantAddress: (row: RecordItem, link: Link) => void,
) {
	const { definition } = lane;
	const { email, standing } = twoWayOf(definition);
	const merged = mergedOf(definition, rows, links);
	for (const row of rows) {
		const link = links.get(recordSubject(row));
		if (link?.marketoId && merged.has(recordSubject(row)))
			reader.want('id', link.marketoId, recordSubject(row));
		if (row.leftOut && !(link && needsPerson(row, link, standing.master))) continue;
		if (link && !row.leftOut && isUnmovedRow(ledger, tableOf(lane, link.table), link, row)) {
			// The person may come for something else.
			if (link.state === 'active') wantAddress(row, link);
			continue;
		}
		// R27: nobody is looked for.
		if (link?.state === 'apart') continue;
		if (link?.marketoId && link.state !== 'goneInMarketo') {
			reader.want('id', link.marketoId, recordSubject(row));
			// What stands behind another record is matched anew whenever it is looked at.
			if (link.state !== 'secondary') {
				wantAddress(row, link);
				continue;
			}
		}
		// R21: a person may be on its way although its source is gone.
		if (row.deleted && link?.state !== 'creating') continue;
		reader.want(tableOf(lane, row.table).definition.idField, row.id, recordSubject(row));
		const address = emailOf(definition, row);
		if (address) reader.want(email.field, address, recordSubject(row));
	}
}

/**
 * R28: rows that were merged, or qualified, while they were linked, and those that they were merged into, whether or
 * not anything else is new.
 */
function mergedOf(
	definition: LaneDefinition,
	rows: RecordItem[],
	links: Map<string, Link>,
): Set<string> {
	const merged = new Set<string>();
	for (const row of rows) {
		const into = successorOf({ definition }, row);
		if (into && links.get(recordSubject(row))?.state === 'active')
			merged.add(recordSubject(row)).add(into);
	}
	return merged;
}

function readDuePeople({ object }: LaneDefinition, due: string[], reader: PeopleReader) {
	for (const subject of due) {
		const { table, id } = readSubject(subject);
		if (table === object) reader.want('id', id, subject);
	}
}

function recordsOf(
	{ object }: LaneDefinition,
	start: PageStart,
	people: Map<string, Person>,
	changed: Map<string, PersonChanges['changed'][number]>,
	deleted: Map<string, PersonChanges['deleted'][number]>,
	whyRead: (person: string) => RecordItem['because'],
): RecordItem[] {
	const records: RecordItem[] = [];
	const one = (id: string, rest: Partial<RecordItem>): RecordItem => ({
		kind: 'record',
		page: start.page,
		table: object,
		id,
		label: id,
		changedAt: null,
		values: {},
		because: 'feed',
		...rest,
	});
	for (const person of people.values()) {
		const change = changed.get(person.id);
		records.push(
			one(person.id, {
				label: nameOf(person),
				changedAt: change?.newestAt ?? null,
				values: person.values,
				edits: change?.edits ?? [],
				because: change ? 'feed' : whyRead(subjectOf(object, person.id)),
			}),
		);
	}
	for (const [id, change] of changed) {
		if (!people.has(id) && !deleted.has(id))
			records.push(one(id, { changedAt: change.newestAt, edits: change.edits }));
	}
	for (const [id, { at, mergedInto }] of deleted) {
		const more = mergedInto ? { mergedInto, edits: changed.get(id)?.edits ?? [] } : {};
		records.push(one(id, { changedAt: at, deleted: true, ...more }));
	}
	return records;
}

function nameOf(person: Person): string {
	const name = [person.values.firstName, person.values.lastName].filter(Boolean).join(' ');
	return name || String(person.values.email ?? person.id);
}
