import type { Fingerprint } from '../fingerprint';
import type { ConflictItem, FieldEdit, RecordItem, Side, WantedItem, WriteItem } from '../items';
import { OWN_USER } from '../schedule/systems';
import type { PageRef } from '../schedule/token';
import type { WhenMerged, WhenPeopleMerged } from '../filter';
import type { LaneDefinition } from '../lanes/definition';
import type { Columns } from '../ledger/columns';
import { conflictsOf, type Conflict } from '../ledger/conflicts';
import { isMoreDue } from '../ledger/due';
import { keptEdits } from '../ledger/edits';
import { feedsOf, LOG_FEED } from '../ledger/feeds';
import type { Lane } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { linksOfPeople, linksOfRows, type Link } from '../ledger/links';
import { setMeta } from '../ledger/meta';
import { plansOfLinks, type Plan } from '../ledger/plans';
import { refusalsOf, type Refusal } from '../ledger/refusals';
import { NO_COUNTS, type Run, type RunCounts } from '../ledger/runs';
import type { Db } from '../ledger/schema';
import { linkSubject, readSubject, recordSubject } from '../ledger/subject';
import type { LaneMapping } from '../mapping';
import type { Refusal as VendorRefusal } from '../ports';
import type { Accounts } from './accounts';
import type { Draft } from './plan';
import { mailboxKey, unseenIn } from './emailKey';
import { LOOKED_AT } from './otherSync';
import { knownParents, type Parents } from './parents';
import type { Bookkeeping, LogState } from './feed';
import { qualifiedAs } from './qualified';
import { inWords, mappedLane, type MappedLane } from './tables';

/** What one page of decisions works on; lives as long as one ledger transaction. */
export interface Page {
	readonly ledger: Ledger;
	readonly db: Db;
	readonly ref: PageRef;
	readonly token: string;
	readonly definition: LaneDefinition;
	readonly lane: Lane;
	/** As it was before this page; null in a preview. */
	readonly run: Run | null;
	/** What the ledger keeps by name, as it was before this page, as far as every page asks for it. */
	readonly facts: ReadonlyMap<string, string>;
	readonly now: number;
	readonly preview: boolean;
	readonly mapping: LaneMapping;
	readonly mappingHash: string;
	readonly me: string | null;
	/** When a person last looked at what another sync seems to have written (R42); ISO 8601. */
	readonly othersLookedAt: string | null;
	/** Where people open records of Dynamics; empty where it is not known. */
	readonly address: string;
	/** What becomes of the second person where two linked rows were merged (R28). */
	readonly whenMerged: WhenMerged;
	/** What becomes of the second row where two linked people were merged (R28). */
	readonly whenPeopleMerged: WhenPeopleMerged;
	/** With this page the run has met all that is new, deletes above all (R35). */
	readonly isAllRead: boolean;
	/** When each side's reads of this page began. */
	readonly readAt: Record<Side, number>;
	/** How far the activity log is known. */
	readonly log: LogState;
	readonly rows: readonly RecordItem[];
	readonly people: ReadonlyMap<string, RecordItem>;
	/** Subjects of the rows and people that came in. */
	readonly came: ReadonlySet<string>;
	/** Rows that the sync's user may not see (R30). */
	readonly hidden: ReadonlyMap<string, VendorRefusal>;
	/** Records that Marketo refused to look up (R46). */
	readonly notLookedUp: ReadonlyMap<string, VendorRefusal>;
	/** Full reads of this page: table -> generation. */
	readonly generations: ReadonlyMap<string, number>;
	readonly tables: MappedLane['tables'];
	/** Rows of the mapping that are left out. */
	readonly skipped: MappedLane['skipped'];
	/** The edition of the page before; null where this is the first. */
	readonly before: MappedLane['before'];
	/** Rows that are worked, and since when (R50). */
	readonly edition: MappedLane['edition'];
	/** Fields of the Marketo object. */
	readonly fields: Columns;
	/** What the rows name as their company and owner (R39). */
	readonly parents: Parents;
	readonly known: Known;
	readonly accounts: Accounts;
	readonly addresses: Addresses;
	readonly out: Output;
}

/** Who of Marketo has which e-mail address, and gets which in this page (R24). */
export interface Addresses {
	/** Person ids by mailbox. */
	byAddress: Map<string, string[]>;
	/** People who get another address; null: none. */
	moves: Map<string, string | null>;
	/** To whom an address was given. */
	given: Map<string, string>;
}

/** What the ledger knows of the records of a page; kept up while the page is worked on. */
export interface Known {
	/** Links by `table:dynamicsId`, and the active one by person id. */
	links: Map<string, Link>;
	partners: Map<string, Link>;
	/** People whom a link names, whatever it says of them, but that a row is being made for them. */
	named: Set<string>;
	/** Rows being made for people at this moment, by person id (R20). */
	reserved: Map<string, Link>;
	plans: Map<number, Plan[]>;
	refusals: Map<number, Refusal[]>;
	/** Questions, and what is decided; the oldest first. */
	conflicts: Map<number, Conflict[]>;
}

/** What a page hands out. */
export interface Output {
	writes: Record<Side, WriteItem[]>;
	/** People for whom a row is to be made in Dynamics (R59). */
	wanted: WantedItem[];
	conflicts: ConflictItem[];
	/** Of a preview: what is behind its writes, for people. */
	drafts: Draft[];
	/** Hints for the node's output. */
	notes: string[];
	counts: RunCounts;
}

export interface PageParts {
	ledger: Ledger;
	ref: PageRef;
	token: string;
	lane: Lane;
	run: Run | null;
	facts: ReadonlyMap<string, string>;
	preview: boolean;
	definition: LaneDefinition;
	mapping: LaneMapping;
	mappingHash: string;
	dynamics: { book: Bookkeeping; records: RecordItem[] };
	marketo: { book: Bookkeeping; records: RecordItem[] };
}

/** Loads what the ledger knows of a page's records: a fixed number of queries per 500 records. */
export async function loadPage(db: Db, parts: PageParts): Promise<Page> {
	const { ledger, definition, mapping } = parts;
	const people = new Map(parts.marketo.records.map((record) => [record.id, record]));
	const withKeptEdits = await addKeptEdits(db, parts.ref.lane, people);
	const rank = (row: RecordItem) => {
		if (row.deleted) return -2;
		return row.leftOut ? -1 : definition.tables.findIndex(({ name }) => name === row.table);
	};
	// Deleted rows first, then those that the filter leaves out, then by the order of the lane's tables (R11, R27, R54).
	const rows = [...parts.dynamics.records].sort((a, b) => rank(a) - rank(b));
	const mapped = await mappedLane(db, definition, mapping);
	const hidden = new Map(parts.dynamics.book.hidden);
	const ofRows = [
		...rows.map(({ id }) => id),
		...rows.flatMap((row) => qualifiedAs(definition, row) ?? []).map((one) => readSubject(one).id),
		...[...hidden.keys()].map((one) => readSubject(one).id),
	];
	const byRow = await linksOfRows(db, parts.ref.lane, ofRows);
	const byPerson = await linksOfPeople(db, parts.ref.lane, [...people.keys()]);
	const known = await whatIsKnown(db, [...byRow, ...byPerson]);
	return {
		ledger,
		db,
		ref: parts.ref,
		token: parts.token,
		lane: parts.lane,
		run: parts.run,
		facts: parts.facts,
		now: ledger.clock.now(),
		preview: parts.preview,
		definition,
		mapping,
		mappingHash: parts.mappingHash,
		me: parts.facts.get(OWN_USER) ?? null,
		othersLookedAt: parts.facts.get(LOOKED_AT) ?? null,
		address: parts.dynamics.book.address ?? '',
		whenMerged: parts.dynamics.book.whenMerged ?? 'unlink',
		whenPeopleMerged: parts.dynamics.book.whenPeopleMerged ?? 'name',
		isAllRead: await isAllRead(db, parts),
		readAt: { dynamics: parts.dynamics.book.readAt, marketo: parts.marketo.book.readAt },
		log: parts.marketo.book.log,
		rows,
		people,
		came: new Set([...rows, ...people.values()].map(recordSubject)),
		hidden,
		notLookedUp: new Map(parts.marketo.book.notLookedUp),
		generations: new Map(
			parts.dynamics.book.steps
				.filter((step) => step.generation > 0)
				.map((step) => [step.feed, step.generation]),
		),
		tables: mapped.tables,
		skipped: mapped.skipped,
		before: mapped.before,
		edition: mapped.edition,
		fields: mapped.fields,
		parents: await knownParents(db, mapped, rows),
		known,
		accounts: {
			done: [],
			written: [],
			over: { dynamics: [], marketo: [] },
			withRow: new Set(),
			unjudged: new Set(),
			withKeptEdits,
		},
		addresses: { byAddress: new Map(), moves: new Map(), given: new Map() },
		out: {
			writes: { dynamics: [], marketo: [] },
			wanted: [],
			conflicts: [],
			drafts: [],
			notes: [...mapped.skipped.map(inWords), ...rows.flatMap((row) => unseenIn(definition, row))],
			counts: { ...NO_COUNTS },
		},
	};
}

/** Every feed is at its end, and nobody else is due in this run. */
async function isAllRead(
	db: Db,
	{ ledger, ref, definition, dynamics, marketo }: PageParts,
): Promise<boolean> {
	if (!definition.twoWay) return true;
	const steps = [...dynamics.book.steps, ...marketo.book.steps];
	// R32: the end of a full read is followed by a roll call.
	if (steps.some(({ generation }) => generation > 1)) return false;
	const names = [...definition.tables.map(({ name }) => name), LOG_FEED];
	const read = new Map(steps.map(({ feed, drained }) => [feed, drained]));
	if (names.some((name) => read.get(name) === false)) return false;
	if (names.some((name) => !read.has(name))) {
		const feeds = await feedsOf(db, ref.lane);
		const isAtItsEnd = (name: string) => read.has(name) || feeds.get(name)?.drainedIn === ref.run;
		if (!names.every(isAtItsEnd)) return false;
	}
	return !(await isMoreDue(ledger, db, ref, dynamics.book.due));
}

async function whatIsKnown(db: Db, all: Link[]): Promise<Known> {
	const links = new Map<string, Link>();
	const partners = new Map<string, Link>();
	const reserved = new Map<string, Link>();
	const named = new Set<string>();
	for (const link of all) {
		const known = links.get(linkSubject(link)) ?? link;
		links.set(linkSubject(link), known);
		if (known.state === 'active' && known.marketoId) partners.set(known.marketoId, known);
		if (known.state === 'reserved' && known.marketoId) reserved.set(known.marketoId, known);
		else if (known.marketoId) named.add(known.marketoId);
	}
	const ids = [...new Set([...links.values()].map((link) => link.id))];
	return {
		links,
		partners,
		named,
		reserved,
		plans: await plansOfLinks(db, ids),
		refusals: await refusalsOf(db, ids, true),
		conflicts: await conflictsOf(db, ids),
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
		addEdits(people.get(id)!, earlier);
	}
	return new Set(kept.keys());
}

/** Adds what the log told elsewhere of a person, each edit once, oldest first. */
export function addEdits(person: RecordItem, more: FieldEdit[]): void {
	const own = person.edits ?? [];
	const news = more.filter(
		(one) => !own.some((edit) => edit.guid === one.guid && edit.field === one.field),
	);
	person.edits = [...own, ...news].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** Keeps something that every page finds out anew, where it is another than before. */
export async function keepFact({ db, facts }: Page, name: string, value: string): Promise<void> {
	if (facts.get(name) !== value) await setMeta(db, name, value);
}

export function hasValues(person: RecordItem): boolean {
	return Object.keys(person.values).length > 0;
}

export function emailKeyOf({ ledger, definition }: Page, row: RecordItem): Fingerprint | null {
	const column = definition.twoWay?.email.column;
	return column === undefined ? null : mailboxKey(ledger.key, row.values[column]);
}
