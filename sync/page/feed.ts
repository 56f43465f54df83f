import { createHash } from 'node:crypto';
import type { SyncFilter, WhenMerged, WhenPeopleMerged } from '../filter';
import type { AllRecords, FeedItem, PageStart, RecordItem } from '../items';
import { NotThisPage } from '../schedule/token';
import type { LaneDefinition } from '../lanes/definition';
import type { Refusal } from '../ports';
import type { Swept } from './sweep';

/** Where a feed stood when the page read it, and where it stands after. */
export interface CursorStep {
	feed: string;
	/** The cursor as stored when the page started (null: none yet): the commit is conditional on it (R6). */
	from: string | null;
	/** Null: it has said all that it had to say. */
	to: string | null;
	drained: boolean;
	/** There is more to read of it, with the room that is left. */
	more?: boolean;
	/** Full reads number their generation; 0 otherwise. */
	generation: number;
}

/** How far Marketo's log is known (R34). This host's clock, milliseconds. */
export interface LogState {
	/** When the last read that came to its end began: what is older is in, but for what shows up late. */
	readTo: number;
	/** What was logged until then is in. */
	certainTo: number;
	/** How late entries may show up. */
	overlap: number;
}

/** Of a lane, or a side, without a log. */
export const NO_LOG: LogState = { readTo: 0, certainTo: 0, overlap: 0 };

/** What a feed item says beside its records (R4). */
export interface Bookkeeping {
	count: number;
	digest: string;
	steps: CursorStep[];
	/** Subjects the ledger handed out for this page. */
	due: string[];
	/** Dynamics: whether one of these is judged by what Marketo's log says. */
	asksLog?: boolean;
	/** Milliseconds: when the first of these records was asked for. */
	readAt: number;
	/** Marketo: guids of the activities taken in. */
	guids: string[];
	/** Marketo: changed persons that have no Dynamics partner. */
	unlinked: number;
	/** Marketo: how far its log is known. */
	log: LogState;
	/** Rows whose person was looked up though no feed named either, and was not found (R51). */
	notFound?: string[];
	/** Dynamics: records that are linked already, in place of what is new. */
	isSample?: true;
	/** Dynamics, of what goes one way: how far it was compared with what Marketo has (R55). */
	swept?: Swept;
	/** Dynamics: the filter that people have set (R54). */
	filter?: SyncFilter;
	/** Dynamics: what becomes of the second person where two linked rows were merged (R28). */
	whenMerged?: WhenMerged;
	/** Dynamics: what becomes of the second row where two linked people were merged (R28). */
	whenPeopleMerged?: WhenPeopleMerged;
	/** Dynamics: what a trial run over all records has found out. */
	all?: AllRecords;
	/** Dynamics: of a preview that a first copy begins with, how many rows that has in all, about. */
	toCopy?: number;
	/** Dynamics: where people open its records. */
	address?: string;
	/** Dynamics: subjects of rows that its user may not see, and why (R30). */
	hidden?: Array<[subject: string, refusal: Refusal]>;
	/** Subjects of records that Marketo refused to look up, and why (R46). */
	notLookedUp?: Array<[subject: string, refusal: Refusal]>;
}

export function digestOf(records: Array<{ table: string; id: string }>): string {
	const names = records.map((record) => `${record.table}:${record.id}`).sort();
	return createHash('sha256').update(names.join('\n')).digest('base64url').slice(0, 22);
}

export function feedItem(
	start: Pick<PageStart, 'page' | 'preview'>,
	side: 'dynamics' | 'marketo',
	records: RecordItem[],
	rest: Omit<Bookkeeping, 'count' | 'digest'>,
): FeedItem {
	const bookkeeping: Bookkeeping = { count: records.length, digest: digestOf(records), ...rest };
	return {
		kind: 'page',
		page: start.page,
		table: side,
		id: '',
		label: `${records.length} ${records.length === 1 ? 'record' : 'records'} read`,
		changedAt: null,
		values: {},
		preview: start.preview,
		bookkeeping: JSON.stringify(bookkeeping),
	};
}

/** The feed item among the items of one input, with its records checked against what it announced (R4). */
export function acceptFeed(
	{ object }: Pick<LaneDefinition, 'object'>,
	items: unknown[],
	side: 'dynamics' | 'marketo',
): { feed: FeedItem; book: Bookkeeping; records: RecordItem[] } {
	const name = side === 'dynamics' ? 'Get Dynamics Changes' : 'Get Marketo Changes';
	const all = items as Array<FeedItem | RecordItem>;
	const feeds = all.filter(
		(item): item is FeedItem => item?.kind === 'page' && item.table === side,
	);
	const feed = feeds[0];
	if (!feed || feeds.length > 1) {
		throw new NotThisPage(
			`The bookkeeping item of "${name}" is ${feed ? 'there more than once' : 'missing'}`,
			`Connect "${name}" directly to this node; a Filter node between them would lose edits`,
		);
	}
	const book = JSON.parse(feed.bookkeeping) as Bookkeeping;
	const wanted = (item: FeedItem | RecordItem): item is RecordItem =>
		item?.kind === 'record' && (item.table === object) === (side === 'marketo');
	const records = all.filter(wanted);
	if (records.length !== book.count || digestOf(records) !== book.digest) {
		throw new NotThisPage(
			`"${name}" announced ${book.count} records, but ${records.length} arrived or they are not the same`,
			'Remove the node between them: a Filter, Limit or Edit Fields loses edits',
		);
	}
	return { feed, book, records };
}
