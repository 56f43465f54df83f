import type { DynamicsTable, PeopleTable, FieldEdit } from './items';
import type { Closed, Column, Raw } from './values';

/** The world as the engine sees it. A simulation hands in its own. */
export interface Clock {
	/** Milliseconds since the epoch. */
	now(): number;
}

export interface Randomness {
	/** A random id, URL-safe, at least 96 bits. */
	id(): string;
}

/** A Dynamics row as read. */
export interface DynamicsRow {
	table: DynamicsTable;
	id: string;
	/** ETag, verbatim. */
	version: string;
	/** ISO 8601 UTC. */
	modifiedOn: string;
	modifiedBy: string | null;
	values: Record<string, Raw>;
}

/** One page of a change feed of one table. */
export interface DynamicsChanges {
	rows: DynamicsRow[];
	deletedIds: string[];
	/** Where to go on: a next link (more pages now) or a delta link (all read). Opaque. */
	link: string;
	drained: boolean;
	/** The vendor's clock when it answered, ISO 8601 UTC (HTTP `Date`). */
	serverTime: string | null;
}

/** Change tracking cannot go on from this link: it is too old. The feed starts anew (R32). */
export class CursorExpired extends Error {
	constructor(readonly feed: string) {
		super(`The change tracking position of ${feed} has expired`);
		this.name = 'CursorExpired';
	}
}

/** What the vendor said to a whole call: come back later. Not a failure of any record. */
export class ComeBackLater extends Error {
	constructor(
		message: string,
		/** Milliseconds to wait; the lane says when it goes on. */
		readonly afterMs: number,
		readonly reason: 'quota' | 'throttled' | 'unavailable',
	) {
		super(message);
		this.name = 'ComeBackLater';
	}
}

/** The set-up is wrong (permission, unknown column, native sync on): the lane stops and says why. */
export class SetUpProblem extends Error {
	constructor(
		message: string,
		readonly remedy: string,
	) {
		super(message);
		this.name = 'SetUpProblem';
	}
}

/** R59: our user may make no rows of a table at all. */
export class MayNotCreate extends SetUpProblem {}

/** A column that was asked for is not there (any more): its table is described anew, and read without it. */
export class ColumnGone extends SetUpProblem {}

/** Why a vendor refused a value or a record, in plain words. */
export interface Refusal {
	/** Column or field at fault, where the vendor names one. */
	field?: string;
	code: string;
	reason: string;
	remedy: string;
}

/**
 * Code of a refusal: the record is out of the sync's user's sight, or out of its reach (R30). That says nothing
 * of the record itself, and passes once somebody gives the right.
 */
export const NO_ACCESS = 'noAccess';

/** Code of a refusal: as `MayNotCreate`, of one row. */
export const MAY_NOT_CREATE = 'mayNotCreate';

/** Code of a refusal: a column of the record is closed to the sync's user, and Dynamics does not say which. */
export const COLUMN_CLOSED = 'columnClosed';

/** Rows that were asked for one by one: what is there, what is deleted, and why others were not shown. */
export interface EachRow {
	rows: DynamicsRow[];
	deleted: string[];
	refused: Map<string, Refusal>;
}

/** What became of one record of a write call. */
export type WriteOutcome =
	| {
			kind: 'ok';
			id: string;
			version?: string;
			modifiedOn?: string;
			createdOn?: string;
			values?: Record<string, Raw>;
			created?: boolean;
	  }
	| { kind: 'refused'; refusal: Refusal }
	/** Dynamics 412 on the row version: somebody changed the row meanwhile. */
	| { kind: 'changedMeanwhile' }
	/** The record is not there (404 / 1004), or a parent that this field names. */
	| { kind: 'missing'; field?: string }
	/** createOnly: somebody has it already (1005, duplicate rule). */
	| { kind: 'exists'; reason: string }
	/** Transient, nothing was written. */
	| { kind: 'again'; reason: string; remedy?: string }
	/** The answer was lost; the write may have happened. */
	| { kind: 'unknown'; reason: string };

/** R8: asked right before each request of a write goes out, after whatever it had to wait for. False: it stays. */
export type MayStart = () => Promise<boolean>;

export interface DynamicsUpdate {
	table: DynamicsTable;
	id: string;
	/** ETag for `If-Match`. */
	version: string;
	values: Record<string, Raw>;
}

/** A row to delete, on its version. */
export type DynamicsRemoval = Omit<DynamicsUpdate, 'values'>;

/** A row that is merged into another one of its table: it is deactivated, and names the one that stays. */
export interface DynamicsMerge {
	table: DynamicsTable;
	target: string;
	subordinate: string;
}

/** Who signs in to Dynamics, and to which organization (`WhoAmI`): GUIDs in lower case. */
export interface DynamicsIdentity {
	user: string;
	organization: string;
}

/** Dynamics, as far as the people lane needs it. */
export interface DynamicsPort {
	/** Address of the environment, as people know it. */
	readonly url: string;
	/** Who we are, and where; cached. @throws ComeBackLater, SetUpProblem */
	whoAmI(): Promise<DynamicsIdentity>;
	/** Columns of a table; `along`: those that may be asked for next, described by the same calls. */
	describe(table: DynamicsTable, along?: readonly DynamicsTable[]): Promise<Column[]>;
	/** Tables that are read next: what a process that has just begun has to learn of them comes by one call. Never throws. */
	getReady?(tables: DynamicsTable[]): Promise<void>;
	/** Columns of a table, by name, that our user may not read or write at this moment; those shown through a lookup, too. */
	closedColumns(table: DynamicsTable): Promise<Map<string, Closed>>;
	/** How many rows tables have, about: for people only. */
	countRows?(tables: DynamicsTable[]): Promise<Map<DynamicsTable, number>>;
	/**
	 * One page of changes; at most `pageSize` rows. `link` null: from the start (a full read).
	 * @throws CursorExpired, ComeBackLater, SetUpProblem
	 */
	readChanges(
		table: DynamicsTable,
		columns: string[],
		link: string | null,
		pageSize: number,
	): Promise<DynamicsChanges>;
	/**
	 * Rows whose `modifiedon` is at or after `since`, oldest first: the sweep after a full read (R32).
	 * `next` null: first page. The answer's `link` is where to go on while not drained.
	 */
	readModifiedSince(
		table: DynamicsTable,
		columns: string[],
		since: string,
		next: string | null,
		pageSize: number,
	): Promise<DynamicsChanges>;
	/**
	 * R58: rows that show columns of another row (`ofParent`) which was saved at or after `since`, in no set order; one
	 * call. `next` and the answer's `link` as above.
	 */
	readBySavedParent(
		table: DynamicsTable,
		columns: string[],
		since: string,
		next: string | null,
		pageSize: number,
	): Promise<DynamicsChanges>;
	/** Rows by id, at most 1,200; absent are those that are not there, and those that our user may not see. */
	readByIds(table: DynamicsTable, columns: string[], ids: string[]): Promise<DynamicsRow[]>;
	/** Rows by id, each by its own address, which tells the two apart (R30); one call for 500. */
	readEach(table: DynamicsTable, columns: string[], ids: string[]): Promise<EachRow>;
	/** At most `batchSize` updates in one call; outcomes in request order. Never throws for a record. */
	update(updates: DynamicsUpdate[], mayStart?: MayStart): Promise<WriteOutcome[]>;
	/** Deletes rows, likewise. A row that is not there is `missing`. */
	remove(removals: DynamicsRemoval[], mayStart?: MayStart): Promise<WriteOutcome[]>;
	/** Merges a row into another one, for good. A second time it is `refused`. */
	merge(merge: DynamicsMerge, mayStart?: MayStart): Promise<WriteOutcome>;
	/** Most updates per call, and the time-out of one call in milliseconds. */
	readonly batchSize: number;
	readonly timeoutMs: number;
}

/** A row to make in Dynamics, under an id that was chosen beforehand (R20). */
export interface DynamicsCreate {
	table: DynamicsTable;
	id: string;
	values: Record<string, Raw>;
	/** R22: published duplicate detection rules may refuse it. */
	detectDuplicates: boolean;
	/** Columns whose values the answer tells besides those of `values`. */
	alsoTell?: string[];
}

/** Dynamics, as far as making rows needs more of it. */
export interface DynamicsMaker extends DynamicsPort {
	/**
	 * Rows of both tables with one of these mailboxes (lower case), in one call; at most 300. A mailbox that the
	 * vendor does not look for is told to `onRefused` and left out, for one call more (R46).
	 */
	readByMailbox(
		columns: Record<PeopleTable, string[]>,
		mailboxes: string[],
		onRefused: OnRefused,
	): Promise<DynamicsRow[]>;
	/**
	 * Makes at most `batchSize` rows in one call; outcomes in request order. A row that is there under its id
	 * is `ok` and not `created`: an earlier try made it. `exists`: another row stands in the way.
	 */
	create(creates: DynamicsCreate[], mayStart?: MayStart): Promise<WriteOutcome[]>;
}

/** A Marketo person as read. `values` holds the fields asked for. */
export interface Person {
	id: string;
	values: Record<string, Raw>;
}

/** What the activity log announced since the cursor. */
export interface PersonChanges {
	/** Person ids with the logged edits of the fields asked for, oldest first. New persons have none. */
	changed: Array<{
		id: string;
		edits: FieldEdit[];
		isNew: boolean;
		newestAt: string;
		guids: string[];
	}>;
	/** `mergedInto`: not deleted by somebody but merged into that person, who lives on. */
	deleted: Array<{ id: string; at: string; guid: string; mergedInto?: string }>;
	/** Every entry that was read; `at`: server's clock, ISO 8601. */
	entries: Array<{ guid: string; at: string }>;
	/** Opaque: where the next page of this read goes on. */
	next: string;
	/** The read is over. */
	drained: boolean;
	/** It is over, and left nothing out that the log holds by now. */
	toNow: boolean;
	/** Newest activity time seen, server's clock, ISO 8601; null where nothing was seen. */
	newestActivityAt: string | null;
	/** The vendor's clock at the first call of this read, ISO 8601 UTC (from the request id). */
	serverTime: string | null;
}

/** An object of Marketo other than the person, as a lane that goes one way needs it: its own key makes each write repeatable. */
export interface MarketoObjectPort
	extends Pick<MarketoPort, 'subscription' | 'quota' | 'describe' | 'batchSize' | 'timeoutMs'> {
	/** Records by their key, any number; those that are not there are absent. Marketo's own ids of them. */
	readByKey(
		keyField: string,
		keys: string[],
		fields: string[],
	): Promise<Array<{ id: string; values: Record<string, Raw> }>>;
	/** As `readByKey`, by Marketo's own ids. */
	readById(
		ids: string[],
		fields: string[],
	): Promise<Array<{ id: string; values: Record<string, Raw> }>>;
	/** Create or update by a key field, at most `batchSize`; outcomes in request order. Never throws for a record. */
	upsert(
		records: Array<Record<string, Raw>>,
		keyField: string,
		mayStart?: MayStart,
	): Promise<WriteOutcome[]>;
	/** As `upsert`; a record that is not there is `missing`, and not made. */
	update(
		records: Array<Record<string, Raw>>,
		keyField: string,
		mayStart?: MayStart,
	): Promise<WriteOutcome[]>;
	/**
	 * Deletes by Marketo's own ids, or by the key of one that it has not told (`idByKey`), at most `batchSize`.
	 * `again`: something there still belongs to it.
	 */
	remove(ids: string[], keyField: string, mayStart?: MayStart): Promise<WriteOutcome[]>;
	/** Only where Marketo takes records of the object in files. */
	readonly files?: FilePort;
}

/** In place of Marketo's own id of a record that it has not told, by a file or since no answer came: this, and its key. */
const BY_KEY = 'key:';

export function isByKey(id: string): boolean {
	return id.startsWith(BY_KEY);
}

/** Such an id, of one field or of several. */
export function idByKey(key: string | Readonly<Record<string, Raw>>): string {
	return BY_KEY + (typeof key === 'string' ? key : JSON.stringify(key));
}

/** What it says; `field`: that of the key, where there is one alone. */
export function keyInId(id: string, field: string): Readonly<Record<string, Raw>> {
	const key = id.slice(BY_KEY.length);
	return key.startsWith('{') ? (JSON.parse(key) as Record<string, Raw>) : { [field]: key };
}

/** Records in a file that Marketo works off by itself, in minutes or hours: one call for thousands (R56). */
export interface FilePort {
	readonly timeoutMs: number;
	/**
	 * Hands over new records; the job's id. Null: nothing was handed over, since Marketo has too much to work off, or
	 * the file would be too large. `unknown`: no answer came, it may have arrived.
	 */
	hand(
		records: Array<Record<string, Raw>>,
		mayStart?: MayStart,
	): Promise<string | null | { unknown: string }>;
	/** What became of a file, by the records' key; null while Marketo is at it. */
	look(job: string, keyField: string): Promise<FileEnd | null>;
}

/** How a file was worked off. */
export interface FileEnd {
	/** Records that were not taken as they were, by their key, and why. */
	failed: ReadonlyMap<string, string>;
	/** Nobody can tell record by record, and why. */
	lost?: string;
}

/** Told of each value that a vendor refuses to look up, with the reason. */
export type OnRefused = (value: string, refusal: Refusal) => void;

/** What the admin says that a system allows in a day, and what of that is gone. */
export interface DayQuota {
	readonly callsADay: number;
	/** Calls of the vendor's present day (`2026-03-02`) by all programs together; one call. */
	callsUsed(): Promise<{ day: string; total: number } | undefined>;
}

export interface MarketoPort {
	/** Where it is known what the subscription allows. */
	readonly quota?: DayQuota;
	/** What tells this subscription from all others, for ever: its Munchkin ID, else its address (R20, R44). */
	readonly subscription: string;
	describe(): Promise<Column[]>;
	/**
	 * Changes of people, at most about `limit` of them.
	 * `since`: ISO time where a fresh read starts; `next`: where an unfinished read goes on. `untilAgo`: the read
	 * is over with what is that old, in milliseconds by the vendor's clock; to its end where that clock is not known.
	 */
	readChanges(
		from: { since: string; untilAgo?: number } | { next: string },
		fields: string[],
		limit: number,
	): Promise<PersonChanges>;
	/**
	 * People by a field's values (`id`, `email`, or a searchable custom field), any number of them: as many calls as that
	 * takes, of which several may be under way together. A value that the vendor does not look up is told to `onRefused` and left out (R46); without it, it stops the call.
	 */
	readBy(
		filterField: string,
		values: string[],
		fields: string[],
		onRefused?: OnRefused,
	): Promise<Person[]>;
	/** Updates by id, at most 300; outcomes in request order. */
	update(
		updates: Array<{ id: string; values: Record<string, Raw> }>,
		mayStart?: MayStart,
	): Promise<WriteOutcome[]>;
	/**
	 * Creates, at most 300. With `lookupField` `email` they are `createOnly` by e-mail (R23);
	 * otherwise create-or-update by the named id field.
	 */
	create(
		people: Array<Record<string, Raw>>,
		lookupField: string,
		mayStart?: MayStart,
	): Promise<WriteOutcome[]>;
	/** Deletes people for good, at most 300; outcomes in request order. Who is not there is `missing`. */
	remove(ids: string[], mayStart?: MayStart): Promise<WriteOutcome[]>;
	/** Merges people, at most `mergeSize`, into another one, for good: all of them, or none. One outcome for all. */
	merge(winner: string, losers: string[], mayStart?: MayStart): Promise<WriteOutcome>;
	/** Adds entries of the sync-result activity type, at most 300. At most once: never repeated (R25). */
	logResults(
		entries: Array<{
			personId: string;
			at: string;
			subject: string;
			field: string;
			reason: string;
			remedy: string;
		}>,
	): Promise<WriteOutcome[]>;
	readonly batchSize: number;
	/** People whom one call merges at the most. */
	readonly mergeSize: number;
	readonly timeoutMs: number;
}

/** The person fields that sync itself needs, by REST name; made by *Marketo: prepare*. */
export interface PersonLinkFields {
	leadId: string;
	contactId: string;
	type: string;
	createdDate: string;
	isDeleted: string;
	lastSync: string;
	/** Whether the filter leaves its row out; not there where nobody asked for such a flag. */
	leftOut?: string;
}
