import type { SyncFilter, WhenLeft, WhenMerged, WhenPeopleMerged } from './filter';
import type { Raw } from './values';

/** Which system a record, field or base belongs to. */
export type Side = 'dynamics' | 'marketo';

/** Logical name of a table of Dynamics. */
export type DynamicsTable = string;
/** The tables of the people lane; on the Marketo side there is one object, the person. */
export type PeopleTable = 'lead' | 'contact';
/** Of either side: a table of Dynamics, or an object of Marketo (`person`). */
export type Table = string;

/**
 * The page's token (R2), as one string: `lane/run/page@ledger`. Every item between our nodes carries
 * it, so that a node can refuse what belongs to another page or another ledger.
 */
export type PageToken = string;

/** What the trigger emits: one page to work on. */
export interface PageStart {
	kind: 'start';
	page: PageToken;
	/** Preview shows what a page would do and writes nothing, neither to the systems nor to the ledger. */
	preview: boolean;
	/** Which workflow's mapping is used, for messages. */
	label: string;
	/** A preview of the mapping: so many records that are linked already, in place of what is new. */
	linkedRecords?: number;
	/** A preview of all records: what a trial run has found out before these are shown one by one. */
	all?: AllRecords;
	/** A change of the mapping reaches linked records whose row was saved since then (R50); ISO 8601. Without: all. */
	fillSince?: string;
	/** Which records of Dynamics take part (R54). Without: as in Adobe's sync. */
	filter?: SyncFilter;
	/** What becomes of the second person where two linked rows were merged (R28). Without: it is unlinked. */
	whenMerged?: WhenMerged;
	/** What becomes of the second row where two linked people were merged (R28). Without: it is named. */
	whenPeopleMerged?: WhenPeopleMerged;
}

/** What the options of *Get Dynamics Changes* say of a page. */
export type PageOptions = Pick<
	PageStart,
	'fillSince' | 'filter' | 'whenMerged' | 'whenPeopleMerged'
>;

/** How many records of a table would be created, updated, deleted or marked as deleted. */
export interface Changes {
	side: Side;
	operation: Operation;
	table: Table;
	records: number;
}

/** What everything that is due would do, in numbers. */
export interface AllRecords {
	linked: number;
	changes: Changes[];
	conflicts: number;
	needHelp: number;
	/** That the run would make, reads and writes. */
	calls: Record<Side, number>;
	/** That it would take at the least. */
	milliseconds: number;
	/** Why not everything was looked at; null: it was. */
	stopped: string | null;
	/** How far it got then: `12,000 of about 100,000 records`; empty where nobody knows. */
	far: string;
}

/** One changed (or asked-for) record, as it was read. */
export interface RecordItem {
	kind: 'record';
	page: PageToken;
	table: Table;
	id: string;
	/** Name or e-mail, for people who look at the table view. */
	label: string;
	/** ISO 8601, UTC: `modifiedon` of the row, or the time of the newest activity on the person. */
	changedAt: string | null;
	/** Dynamics: not saved since the day from which on a change of the mapping is to reach records (R50). */
	isOld?: true;
	/** Dynamics: row version (ETag). Marketo has none. */
	version?: string;
	/** Dynamics: GUID of the user who wrote last. */
	changedBy?: string;
	/** True where the feed says the record was deleted; `values` is then empty. */
	deleted?: boolean;
	/** Dynamics: the filter leaves the row out, and what is to become of its person (R54). */
	leftOut?: WhenLeft;
	/** Marketo: no delete, the person was merged into this one. */
	mergedInto?: string;
	/** Mapped columns and the few that sync needs itself. */
	values: Record<string, Raw>;
	/** Marketo: what the activity log says about single fields, oldest first. */
	edits?: FieldEdit[];
	/**
	 * Why it was read: the feed announced it, it is due in the ledger, a row asked for it (its partner, or whoever has its
	 * e-mail or its id), the mapping has changed (R50), or it is compared though nothing announced it (R55).
	 */
	because: 'feed' | 'due' | 'partner' | 'fill' | 'sweep';
}

/** One logged change of one Marketo field. Values as the activity log writes them, or null. */
export interface FieldEdit {
	field: string;
	oldValue: string | null;
	newValue: string | null;
	/** ISO 8601, UTC, whole seconds. */
	at: string;
	guid: string;
}

/** The one bookkeeping item of each *get changes* (R4). Same keys as a record, so table views read well. */
export interface FeedItem {
	kind: 'page';
	page: PageToken;
	table: 'dynamics' | 'marketo';
	id: string;
	label: string;
	changedAt: string | null;
	values: Record<string, Raw>;
	preview: boolean;
	/** Count and digest of announced ids, cursors from and to; opaque to people. JSON, compact. */
	bookkeeping: string;
}

/**
 * What a write does. delete, mark: the row is gone, and so is its record, or it says so in a field; a record that is
 * not there is not made again by it. Where both ways are synced, delete goes either way. deactivate: a row of Dynamics is closed. merge: the person of a row that was merged goes into that of the row that stays, or the other way round.
 */
export type Operation = 'create' | 'update' | 'delete' | 'deactivate' | 'mark' | 'merge';

/** What *Resolve* asks an apply node to write: one record, only the fields that differ. */
export interface WriteItem {
	kind: 'write';
	page: PageToken;
	side: Side;
	/** Plan id in the ledger; a write without a current plan is refused (R8). */
	plan: string;
	operation: Operation;
	table: Table;
	/** Id of the record to write; empty for one that is made, or found by its own key. */
	id: string;
	label: string;
	changedAt: string | null;
	/** New values in the target's wire form. `null` clears. */
	values: Record<string, Raw>;
	/** Dynamics: row version for `If-Match` (R5). */
	version?: string;
	/** Milliseconds: when the target was read; an older read is repeated before a Marketo write (R12). */
	readAt: number;
	preview: boolean;
}

/** A person for whom *Resolve* asks to have a row made in Dynamics, or found there (R59). */
export interface WantedItem {
	kind: 'wanted';
	page: PageToken;
	side: 'dynamics';
	/** What to make. */
	table: PeopleTable;
	/** The person's. */
	id: string;
	label: string;
	changedAt: string | null;
	/** What the person holds. */
	values: Record<string, Raw>;
	/** Keyed fingerprint of the rest: nobody has changed it on its way (R8). */
	seal: string;
	preview: boolean;
}

/** The bookkeeping item that *Resolve* sends ahead of the writes of a branch. */
export interface WriteHead {
	kind: 'page';
	page: PageToken;
	side: Side;
	id: string;
	label: string;
	preview: boolean;
}

/** What *apply* reports per record. For people and for *Record Results*; the ledger already knows. */
export interface Receipt {
	kind: 'receipt';
	page: PageToken;
	side: Side;
	plan: string;
	table: Table;
	id: string;
	label: string;
	outcome: 'written' | 'preview' | 'partly' | 'refused' | 'again' | 'unknown' | 'dropped';
	/** Plain words: what happened, and for anything but `written` what to do. */
	message: string;
	fields: string[];
}

/** One conflict, one field. Values shown as people read them. */
export interface ConflictItem {
	kind: 'conflict';
	page: PageToken;
	id: string;
	label: string;
	table: DynamicsTable;
	dynamicsId: string;
	marketoId: string;
	/** `Job Title (jobtitle) = Job Title (title)` */
	field: string;
	base: 'known' | 'unset';
	dynamicsValue: string;
	marketoValue: string;
	winner: 'dynamics' | 'marketo' | 'nobody yet';
	rule: string;
	/** Opens the lead or contact in Dynamics; Marketo tells nobody where its own pages are. */
	dynamicsLink: string;
	run: string;
	at: string;
}

/** One record (or one field of it) that needs a person. */
export interface HelpItem {
	kind: 'help';
	page: PageToken;
	/** Same record and field, same id: the Data Table keeps one row. */
	id: string;
	status: 'needs help' | 'solved';
	label: string;
	table: Table;
	recordId: string;
	field: string;
	reason: string;
	remedy: string;
	/** Opens the lead or contact in Dynamics; empty where it is about none. */
	dynamicsLink: string;
	since: string;
	run: string;
}

/** How a campaign reached us: a Call Webhook step, or a Self-Service Flow Step. */
export type Service = 'webhook' | 'flowStep';

/** One person that a Marketo campaign sent, with the action it asks for. */
export interface RequestItem {
	kind: 'request';
	/** Id in the ledger; *Complete Flow Step* answers by it. */
	request: string;
	table: 'person';
	/** Marketo person id. */
	id: string;
	label: string;
	/** When it was received; ISO 8601, UTC. */
	changedAt: string;
	service: Service;
	/** Name of the campaign, as far as it was told. */
	campaign: string;
	/** The step's parameters, or what else the payload held. */
	values: Record<string, Raw>;
}

/** What became of one person's action. Carries the request on, so that more steps can follow. */
export interface AnswerItem {
	kind: 'answer';
	/** Null for a person that no campaign sent. */
	request: string | null;
	table: 'person';
	id: string;
	label: string;
	changedAt: string;
	/** Null: not known yet, it goes on by itself. */
	success: boolean | null;
	outcome: 'created' | 'linked' | 'exists' | 'failed' | 'waiting';
	dynamicsTable: DynamicsTable | '';
	dynamicsId: string;
	/** Upper case with underscores; empty on success. */
	errorCode: string;
	/** What happened, and what to do about it, in plain words. */
	reason: string;
	remedy: string;
	values: Record<string, Raw>;
}
