import type { Fingerprint } from '../fingerprint';
import type { ConflictItem, DynamicsTable, RecordItem, WriteItem } from '../items';
import type { PageRef } from '../lane/token';
import { inPieces, type Ledger } from '../ledger/ledger';
import type { ConflictRow, Db, HeldRow, LaneRow, LinkRow, PlanRow, PlannedFields } from '../ledger/schema';
import type { PeopleMapping } from '../mapping';
import { normalForm } from '../normalForm';
import type { PersonLinkFields } from '../ports';
import { keptColumns, liveRows, type Columns, type LiveRow } from './catalogue';
import { EMAIL_COLUMN, mailboxKey } from './mailbox';
import type { Bookkeeping } from './feed';

/** What one page of decisions works on and fills; lives as long as one ledger transaction. */
export interface PageState {
	ledger: Ledger;
	db: Db;
	ref: PageRef;
	token: string;
	lane: LaneRow;
	now: number;
	preview: boolean;
	mapping: PeopleMapping;
	mappingHash: string;
	fields: PersonLinkFields;
	me: string | null;
	/** When each side's reads of this page ended. */
	readAt: { dynamics: number; marketo: number };
	/** Up to when the activity log is known, but for what shows up late. */
	logReadTo: number;
	rows: RecordItem[];
	people: Map<string, RecordItem>;
	/** Subjects of the rows and people that came in. */
	came: Set<string>;
	columns: Record<DynamicsTable, Columns>;
	personColumns: Columns;
	live: Record<DynamicsTable, LiveRow[]>;
	/** Links by `table:dynamicsId`, and the active one by person id. */
	links: Map<string, LinkRow>;
	partners: Map<string, LinkRow>;
	/** Rows being made for people at this moment, by person id (R20). */
	reserved: Map<string, LinkRow>;
	plans: Map<number, PlanRow[]>;
	held: Map<number, HeldRow[]>;
	questions: Map<number, ConflictRow[]>;
	/** Full reads of this page: table -> generation. */
	generations: Map<string, number>;
	out: {
		dynamics: WriteItem[];
		marketo: WriteItem[];
		conflicts: ConflictItem[];
		notes: string[];
	};
	/** Subjects accounted for without anything left to do. */
	settled: string[];
	/** Subjects with a write on its way: no longer due. */
	inHand: string[];
	/** People who could not be judged in this page: what the log told of them is kept for the next. */
	unsettled: Set<string>;
	/** People of whom something was kept before. */
	keptEdits: Set<string>;
	counts: RunCounts;
}

export interface RunCounts {
	records: number;
	linked: number;
	created: number;
	toDynamics: number;
	toMarketo: number;
	conflicts: number;
	needHelp: number;
	gone: number;
}

export const NO_COUNTS: RunCounts = { records: 0, linked: 0, created: 0, toDynamics: 0, toMarketo: 0, conflicts: 0, needHelp: 0, gone: 0 };

export interface PageParts {
	ledger: Ledger;
	ref: PageRef;
	token: string;
	lane: LaneRow;
	preview: boolean;
	mapping: PeopleMapping;
	mappingHash: string;
	fields: PersonLinkFields;
	dynamics: { book: Bookkeeping; records: RecordItem[] };
	marketo: { book: Bookkeeping; records: RecordItem[] };
}

/** Loads what the ledger knows of a page's records: a fixed number of queries per 500 records. */
export async function loadPage(db: Db, parts: PageParts): Promise<PageState> {
	const { ledger, mapping } = parts;
	const people = new Map(parts.marketo.records.map((record) => [record.id, record]));
	const keptEdits = await addKeptEdits(db, people);
	const rows = [...parts.dynamics.records].sort((a, b) => rank(a) - rank(b));
	const columns = { lead: await keptColumns(db, 'lead'), contact: await keptColumns(db, 'contact') };
	const personColumns = await keptColumns(db, 'person');
	const lead = liveRows(mapping, 'lead', columns.lead, personColumns);
	const contact = liveRows(mapping, 'contact', columns.contact, personColumns);
	const byRow = await inPieces(rows, async (piece) =>
		await db.selectFrom('link').selectAll().where('dynamics_id', 'in', piece.map((row) => row.id)).execute(),
	);
	const byPerson = await inPieces([...people.keys()], async (piece) =>
		await db.selectFrom('link').selectAll().where('marketo_id', 'in', piece).execute(),
	);
	const links = new Map<string, LinkRow>();
	const partners = new Map<string, LinkRow>();
	const reserved = new Map<string, LinkRow>();
	for (const link of [...byRow, ...byPerson]) {
		const known = links.get(linkSubject(link)) ?? link;
		links.set(linkSubject(link), known);
		if (known.state === 'active' && known.marketo_id) partners.set(known.marketo_id, known);
		if (known.state === 'reserved' && known.marketo_id) reserved.set(known.marketo_id, known);
	}
	const ids = [...new Set([...links.values()].map((link) => link.id))];
	const plans = await inPieces(ids, async (piece) => await db.selectFrom('plan').selectAll().where('link', 'in', piece).orderBy('seq').execute());
	const held = await inPieces(ids, async (piece) => await db.selectFrom('held').selectAll().where('link', 'in', piece).where('state', '=', 'held').execute());
	const questions = await inPieces(ids, async (piece) =>
		await db.selectFrom('conflict').selectAll().where('link', 'in', piece).where('state', '=', 'open').execute(),
	);
	const me = await db.selectFrom('meta').select('value').where('name', '=', 'dynamics.me').executeTakeFirst();
	return {
		ledger,
		db,
		ref: parts.ref,
		token: parts.token,
		lane: parts.lane,
		now: ledger.clock.now(),
		preview: parts.preview,
		mapping,
		mappingHash: parts.mappingHash,
		fields: parts.fields,
		me: me?.value ?? null,
		readAt: { dynamics: parts.dynamics.book.readAt, marketo: parts.marketo.book.readAt },
		logReadTo: parts.marketo.book.logReadTo,
		rows,
		people,
		came: new Set([...rows.map(rowSubject), ...[...people.keys()].map((id) => `person:${id}`)]),
		columns,
		personColumns,
		live: { lead: lead.rows, contact: contact.rows },
		links,
		partners,
		reserved,
		plans: grouped(plans),
		held: grouped(held),
		questions: grouped(questions),
		generations: new Map(parts.dynamics.book.steps.filter((step) => step.generation > 0).map((step) => [step.feed, step.generation])),
		out: { dynamics: [], marketo: [], conflicts: [], notes: [...lead.gone, ...contact.gone].map((name) => `${name} is not there (any more); its rows of the field mapping are skipped`) },
		settled: [],
		inHand: [],
		unsettled: new Set(),
		keptEdits,
		counts: { ...NO_COUNTS },
	};
}

/** What the log told of these people in earlier pages that could not judge them. */
async function addKeptEdits(db: Db, people: Map<string, RecordItem>): Promise<Set<string>> {
	const kept = await inPieces([...people.keys()], async (piece) => await db.selectFrom('edit').selectAll().where('person', 'in', piece).execute());
	for (const row of kept) {
		const person = people.get(row.person)!;
		const edits = person.edits ?? [];
		if (edits.some((edit) => edit.guid === row.guid && edit.field === row.field)) continue;
		const edit = { field: row.field, oldValue: row.old_value, newValue: row.new_value, at: row.at, guid: row.guid };
		person.edits = [...edits, edit].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
	}
	return new Set(kept.map((row) => row.person));
}

/** Keeps the log's part of people who are judged later, and forgets that of people who were judged. */
export async function keepEdits(state: PageState): Promise<void> {
	const over = [...state.keptEdits].filter((person) => !state.unsettled.has(person));
	if (over.length > 0) await state.db.deleteFrom('edit').where('person', 'in', over).execute();
	for (const person of state.unsettled) {
		for (const { field, oldValue, newValue, at, guid } of state.people.get(person)?.edits ?? []) {
			const row = { person, guid, field, old_value: oldValue, new_value: newValue, at };
			await state.db.insertInto('edit').values(row).onConflict((c) => c.columns(['guid', 'field']).doNothing()).execute();
		}
	}
}

export function linkSubject(link: Pick<LinkRow, 'table_name' | 'dynamics_id'>): string {
	return `${link.table_name}:${link.dynamics_id}`;
}

export function rowSubject(row: RecordItem): string {
	return `${row.table}:${row.id}`;
}

/** Deletes first, then contacts, then leads (R11, R27). */
function rank(row: RecordItem): number {
	return row.deleted ? 0 : row.table === 'contact' ? 1 : 2;
}

function grouped<T extends { link: number }>(rows: T[]): Map<number, T[]> {
	const byLink = new Map<number, T[]>();
	for (const row of rows) {
		const list = byLink.get(row.link);
		if (list) list.push(row);
		else byLink.set(row.link, [row]);
	}
	return byLink;
}

export function plannedFields(plan: PlanRow): PlannedFields {
	return JSON.parse(plan.fields) as PlannedFields;
}

export function emailKeyOf(state: PageState, row: RecordItem): Fingerprint | null {
	return mailboxKey(state.ledger.key, row.values[EMAIL_COLUMN]);
}

export function personEmail(person: RecordItem): string | null {
	return normalForm({ type: 'email' } as never, 'marketo', person.values.email);
}
