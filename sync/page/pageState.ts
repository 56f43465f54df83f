import type { Fingerprint } from '../fingerprint';
import type { ConflictItem, DynamicsTable, RecordItem, WriteItem } from '../items';
import type { PageRef } from '../lane/token';
import type { Columns } from '../ledger/columns';
import { keptColumns } from '../ledger/columns';
import { questionsOf, type Conflict } from '../ledger/conflicts';
import { forgetEditsOf, keepEditsOf, keptEdits } from '../ledger/edits';
import type { Lane } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { linksOfPeople, linksOfRows, type Link } from '../ledger/links';
import { metaValue } from '../ledger/meta';
import { plansOfLinks, type Plan } from '../ledger/plans';
import { refusalsOf, type Refusal } from '../ledger/refusals';
import { NO_COUNTS, type RunCounts } from '../ledger/runs';
import type { Db } from '../ledger/schema';
import type { PeopleMapping } from '../mapping';
import { normalForm } from '../normalForm';
import type { PersonLinkFields } from '../ports';
import { inWords, liveRows, type LiveRow, type SkippedRow } from './catalogue';
import { subjectOf } from '../ledger/subject';
import { EMAIL_COLUMN, mailboxKey, unseenIn } from './mailbox';
import type { Bookkeeping } from './feed';

/** What one page of decisions works on and fills; lives as long as one ledger transaction. */
export interface PageState {
	ledger: Ledger;
	db: Db;
	ref: PageRef;
	token: string;
	lane: Lane;
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
	/** Rows of the mapping that are left out. */
	skipped: Array<SkippedRow & { table: DynamicsTable }>;
	/** Links by `table:dynamicsId`, and the active one by person id. */
	links: Map<string, Link>;
	partners: Map<string, Link>;
	/** Rows being made for people at this moment, by person id (R20). */
	reserved: Map<string, Link>;
	plans: Map<number, Plan[]>;
	held: Map<number, Refusal[]>;
	questions: Map<number, Conflict[]>;
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

export interface PageParts {
	ledger: Ledger;
	ref: PageRef;
	token: string;
	lane: Lane;
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
	const judgedLater = await addKeptEdits(db, parts.ref.lane, people);
	const rows = [...parts.dynamics.records].sort((a, b) => rank(a) - rank(b));
	const columns = {
		lead: await keptColumns(db, 'lead'),
		contact: await keptColumns(db, 'contact'),
	};
	const personColumns = await keptColumns(db, 'person');
	const lead = liveRows(mapping, 'lead', columns.lead, personColumns);
	const contact = liveRows(mapping, 'contact', columns.contact, personColumns);
	const skipped = [
		...lead.skipped.map((one) => ({ table: 'lead' as const, ...one })),
		...contact.skipped.map((one) => ({ table: 'contact' as const, ...one })),
	];
	const byRow = await linksOfRows(
		db,
		parts.ref.lane,
		rows.map((row) => row.id),
	);
	const byPerson = await linksOfPeople(db, parts.ref.lane, [...people.keys()]);
	const links = new Map<string, Link>();
	const partners = new Map<string, Link>();
	const reserved = new Map<string, Link>();
	for (const link of [...byRow, ...byPerson]) {
		const known = links.get(linkSubject(link)) ?? link;
		links.set(linkSubject(link), known);
		if (known.state === 'active' && known.marketoId) partners.set(known.marketoId, known);
		if (known.state === 'reserved' && known.marketoId) reserved.set(known.marketoId, known);
	}
	const ids = [...new Set([...links.values()].map((link) => link.id))];
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
		me: (await metaValue(db, 'dynamics.me')) ?? null,
		readAt: { dynamics: parts.dynamics.book.readAt, marketo: parts.marketo.book.readAt },
		logReadTo: parts.marketo.book.logReadTo,
		rows,
		people,
		came: new Set([...rows.map(rowSubject), ...[...people.keys()].map((id) => `person:${id}`)]),
		columns,
		personColumns,
		live: { lead: lead.rows, contact: contact.rows },
		skipped,
		links,
		partners,
		reserved,
		plans: await plansOfLinks(db, ids),
		held: await refusalsOf(db, ids),
		questions: await questionsOf(db, ids),
		generations: new Map(
			parts.dynamics.book.steps
				.filter((step) => step.generation > 0)
				.map((step) => [step.feed, step.generation]),
		),
		out: {
			dynamics: [],
			marketo: [],
			conflicts: [],
			notes: [...skipped.map((one) => inWords(one.table, one)), ...rows.flatMap(unseenIn)],
		},
		settled: [],
		inHand: [],
		unsettled: new Set(),
		keptEdits: judgedLater,
		counts: { ...NO_COUNTS },
	};
}

/** What the log told of these people in earlier pages that could not judge them. */
async function addKeptEdits(
	db: Db,
	lane: string,
	people: Map<string, RecordItem>,
): Promise<Set<string>> {
	const kept = await keptEdits(db, lane, [...people.keys()]);
	for (const [id, earlier] of kept) {
		const person = people.get(id)!;
		const edits = person.edits ?? [];
		const news = earlier.filter(
			(one) => !edits.some((edit) => edit.guid === one.guid && edit.field === one.field),
		);
		person.edits = [...edits, ...news].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
	}
	return new Set(kept.keys());
}

/** Keeps the log's part of people who are judged later, and forgets that of people who were judged. */
export async function keepEdits(state: PageState): Promise<void> {
	await forgetEditsOf(
		state.db,
		state.ref.lane,
		[...state.keptEdits].filter((person) => !state.unsettled.has(person)),
	);
	for (const person of state.unsettled)
		await keepEditsOf(state.db, state.ref.lane, person, state.people.get(person)?.edits ?? []);
}

export function linkSubject(link: Pick<Link, 'table' | 'dynamicsId'>): string {
	return subjectOf(link.table, link.dynamicsId);
}

export function rowSubject(row: RecordItem): string {
	return `${row.table}:${row.id}`;
}

/** Deletes first, then contacts, then leads (R11, R27). */
function rank(row: RecordItem): number {
	return row.deleted ? 0 : row.table === 'contact' ? 1 : 2;
}

export function emailKeyOf(state: PageState, row: RecordItem): Fingerprint | null {
	return mailboxKey(state.ledger.key, row.values[EMAIL_COLUMN]);
}

export function personEmail(person: RecordItem): string | null {
	return normalForm({ type: 'email' } as never, 'marketo', person.values.email);
}
