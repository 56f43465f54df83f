import type { Table } from '../items';
import type { Ledger } from '../ledger/ledger';
import { dueOfSubjects, type Due } from '../ledger/due';
import { linkOfRow, linksOfPeople, linksOfRows, type Link } from '../ledger/links';
import { labelOfRefusals } from '../ledger/refusals';
import type { Db } from '../ledger/schema';
import { filterAsked } from '../page/leftOut';
import { actionSubject, readSubject, subjectOf, linkSubject } from '../ledger/subject';
import { PERSON } from '../lanes/people';
import { lanesOf, lanesOfTable, ONE_WAY_TABLES, PEOPLE, tablesOfLane } from './lanes';
import { CannotDo } from '../cannotDo';
import { tableName } from './words';

/** How a person names a record: an id of either system, and the table where it is known. */
export interface RecordReference {
	id: string;
	/** Absent: whatever the id belongs to. */
	table?: Table;
}

/** A record as the ledger knows it. */
export interface KnownRecord {
	lane: string;
	/** What the queue calls it: the Dynamics row where there is one, else the person. */
	subject: string;
	table: Table;
	id: string;
	link: Link | null;
	/** Other rows tied to the same person: leads behind a contact, deleted rows. */
	others: Link[];
	/** Its entries in the queue, the row's and the person's. */
	queue: Due[];
	/** Name or e-mail where somebody was shown it, else empty. */
	label: string;
}

const GUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
const NAMED: readonly Table[] = ['lead', 'contact', 'person', 'action', ...ONE_WAY_TABLES];
/** Tables that people have made have a prefix. */
const CUSTOM = /^[a-z]\w*_\w+$/;
const HOW_TO_FIND = [
	'Enter the ID of a lead, contact, account, user, team, opportunity or connection (in Dynamics the part after "id=" in the address of its form)',
	'or of a person (in Marketo the Marketo Unique ID on its Summary)',
].join(' ');

/**
 * Reads what people paste: ids with braces or capitals, or the id of a row of the table "Records That
 * Need Help" (`lead:<id>`, with or without a field behind it; `action:<person>`).
 * @throws CannotDo when it is no id
 */
export function readReference({ id, table }: RecordReference): RecordReference {
	const parts = id.trim().split(':');
	const named = parts.length > 1 && (NAMED.includes(parts[0]!) || CUSTOM.test(parts[0]!));
	const text = (named ? parts[1]! : id).trim().replace(/[{}]/g, '').toLowerCase();
	const known = named ? readSubject(id.trim()).table : table;
	const isGuid = GUID.test(text);
	if (!isGuid && !/^\d+$/.test(text)) {
		throw new CannotDo(
			text ? `"${id.trim()}" is not a record ID` : 'No record was chosen',
			HOW_TO_FIND,
		);
	}
	if (isGuid && known === 'person') {
		throw new CannotDo(
			`"${text}" is a Dynamics ID, not the ID of a Marketo person`,
			"Set 'Table' to Lead or Contact, or to Any",
		);
	}
	if (!isGuid && known !== undefined && known !== 'person') {
		throw new CannotDo(
			`"${text}" is the ID of a Marketo person, not of a ${known}`,
			"Set 'Table' to Person, or to Any",
		);
	}
	return { id: text, table: isGuid ? known : 'person' };
}

/** The record, or null when the sync has never met it. @throws CannotDo when the id is none */
export async function findRecord(
	ledger: Ledger,
	reference: RecordReference,
	db: Db = ledger.db,
): Promise<KnownRecord | null> {
	const { id, table } = readReference(reference);
	const lanes = table ? await lanesOfTable(db, table) : await lanesOf(db);
	for (const lane of lanes) {
		const found = await findIn(db, lane, id, table);
		if (found) return found;
	}
	return null;
}

async function findIn(
	db: Db,
	lane: string,
	id: string,
	table: Table | undefined,
): Promise<KnownRecord | null> {
	const links = await linksOf(db, lane, id, table);
	const link = links[0] ?? null;
	const subjects = link
		? [
				linkSubject(link),
				...(link.marketoId && link.object === PERSON ? personSubjects(link.marketoId) : []),
			]
		: (table ? [table] : tablesOf(lane)).flatMap((one) =>
				one === 'person' ? personSubjects(id) : [subjectOf(one, id)],
			);
	const queue = await dueOfSubjects(db, lane, subjects);
	if (!link && queue.length === 0) return null;
	const subject = link ? subjects[0]! : queue[0]!.subject;
	const found = link
		? { table: link.table as Table, id: link.dynamicsId }
		: { table: readSubject(subject).table, id };
	const label =
		queue.find((row) => row.label !== '')?.label ??
		(link ? await labelOfRefusals(db, link.id) : '');
	return { lane, subject, ...found, link, others: links.slice(1), queue, label };
}

/** Contacts first, as everywhere. */
function tablesOf(lane: string): readonly Table[] {
	return lane === PEOPLE ? ['contact', 'lead'] : tablesOfLane(lane);
}

function personSubjects(person: string): string[] {
	return [subjectOf('person', person), actionSubject(person)];
}

/** As `findRecord`. @throws CannotDo when the sync has never met it */
export async function recordOf(
	ledger: Ledger,
	reference: RecordReference,
	db: Db = ledger.db,
): Promise<KnownRecord> {
	const found = await findRecord(ledger, reference, db);
	if (found) return found;
	const { id, table } = readReference(reference);
	if (table === 'person') {
		throw new CannotDo(
			`The sync does not know a Marketo person ${id}`,
			`People come into the sync through their lead or contact in Dynamics; a person without one is left alone. ${HOW_TO_FIND}`,
		);
	}
	const [lane = PEOPLE] = table ? await lanesOfTable(db, table) : [];
	const asked = await filterAsked(db, lane);
	const filter = asked ? `The sync filter may leave it out, which takes ${asked}. ` : '';
	throw new CannotDo(
		`The sync does not know ${table ? `a ${tableName(table).toLowerCase()}` : 'a lead or contact'} ${id}`,
		`${filter}It may have been created after the last run, or the sync user may not be allowed to read it. Sync Again reads it now. ${HOW_TO_FIND}`,
	);
}

/** The record's own link first, then the others of its person; a person's own is the one in force. */
async function linksOf(
	db: Db,
	lane: string,
	id: string,
	table: Table | undefined,
): Promise<Link[]> {
	if (table === 'person') {
		const links = await linksOfPeople(db, lane, [id]);
		return links.sort((a, b) => Number(b.state === 'active') - Number(a.state === 'active'));
	}
	const own = table ? await linkOfRow(db, lane, table, id) : (await linksOfRows(db, lane, [id]))[0];
	if (!own?.marketoId) return own ? [own] : [];
	const others = await linksOfPeople(db, lane, [own.marketoId]);
	return [own, ...others.filter((one) => one.id !== own.id)];
}
