import type { Generated, Kysely, Selectable } from 'kysely';
import type { DynamicsTable, Service, Side } from '../items';

/** Everything the ledger keeps. Times are milliseconds since the epoch; JSON is text. */
export interface LedgerTables {
	meta: { name: string; value: string };
	lane: LaneRow;
	run: RunRow;
	page: PageRow;
	feed: FeedRow;
	link: LinkTable;
	plan: PlanTable;
	held: HeldRow;
	queue: QueueRow;
	conflict: ConflictRow;
	history: HistoryTable;
	claim: { key: string; holder: string; expires_at: number };
	seen: { guid: string; at: number };
	edit: EditRow;
	catalogue: { table_name: string; columns: string; at: number };
	mapping: { lane: string; hash: string; mapping: string; at: number };
	log: LogTable;
	call: { id: Generated<number>; system: Side; at: number };
	request: RequestRow;
	chunk: ChunkRow;
}

export interface LaneRow {
	name: string;
	/** The n8n workflow it is bound to (R41). */
	workflow: string | null;
	paused: number;
	/** Why the lane stopped by itself and what to do; null while all is well. */
	stopped: string | null;
	next_due: number;
	/** Why the next round is later than usual (quota, set-up); null: as usual. */
	waiting_for: string | null;
	run: string | null;
	/** Nonce of the process that holds the lease. */
	owner: string | null;
	owner_pid: number | null;
	lease_until: number;
	cycle: number;
	/** Pages in a row that were opened and never committed (R37). */
	crashes: number;
	/** Deletes above the set share were confirmed by a person up to this many, for one complete run (R35). */
	deletes_allowed: number;
}

export interface RunRow {
	id: string;
	lane: string;
	started_at: number;
	ended_at: number | null;
	outcome: string | null;
	pages: number;
	mapping_hash: string | null;
	/** JSON `RunCounts`. */
	counts: string;
}

export interface PageRow {
	run: string;
	number: number;
	opened_at: number;
	closed_at: number | null;
	committed: number;
	/** Records it accounted for; a page without any is no progress. */
	records: number;
}

export interface FeedRow {
	lane: string;
	name: string;
	/** JSON, what it was made for is inside. */
	cursor: string;
	/** The run in which it was last read to its end. */
	drained_in: string | null;
}

/**
 * active: values flow. creating: a person is being made. secondary: a lead whose e-mail belongs to a
 * contact's person (R27). reserved: a row is being made in Dynamics for this person (R20). goneInDynamics, goneInMarketo: tombstones (R29). unlinked: a person had
 * sync forget it; matched as if it were new.
 */
export type LinkState = 'active' | 'creating' | 'reserved' | 'secondary' | 'goneInDynamics' | 'goneInMarketo' | 'unlinked';

export interface LinkTable {
	id: Generated<number>;
	table_name: DynamicsTable;
	dynamics_id: string;
	marketo_id: string | null;
	state: LinkState;
	/** Row version the ledger saw last (R5). */
	version: string | null;
	/** Fingerprint of the e-mail, for matching without keeping it. */
	email_key: string | null;
	/** JSON `Bases`, one per side. */
	bases_dynamics: string;
	bases_marketo: string;
	/** JSON: what we wrote lately, for ping-pong (R18). */
	wrote: string;
	/** Which key made the bases (R31). */
	key_id: string;
	/** The full read in which the Dynamics row was last seen (R32). */
	generation: number;
	created_at: number;
	updated_at: number;
}

/**
 * planned: decided. sent: claimed, the call is on its way. unknown: no answer came. echo: written to
 * Marketo, its echo is awaited (R13). Settled and dropped plans are deleted; the history keeps them.
 */
export type PlanState = 'planned' | 'sent' | 'unknown' | 'echo';

export interface PlanTable {
	id: string;
	run: string;
	page: number;
	side: Side;
	link: number;
	operation: 'create' | 'update';
	state: PlanState;
	/** JSON `PlannedFields`. */
	fields: string;
	/** Row version the write is conditional on. */
	version: string | null;
	created_at: number;
	sent_at: number | null;
	/** When its call has ended, one way or the other: `sent_at` plus the call's time-out. */
	over_at: number | null;
	/** Order of planning: intentions of a field are read oldest first. */
	seq: Generated<number>;
}

/** A logged change of a person who could not be judged yet; gone as soon as the person was. */
export interface EditRow {
	person: string;
	guid: string;
	field: string;
	old_value: string | null;
	new_value: string | null;
	at: string;
}

/** A field that stays behind because the target refuses its value (R36). */
export interface HeldRow {
	link: number;
	side: Side;
	field: string;
	/** Fingerprint of the source value that was refused: another value is tried anew. */
	source: string;
	/** Fingerprint of what stood there at that time: an edit of it settles the field. Null: not known. */
	stood: string | null;
	code: string;
	reason: string;
	remedy: string;
	since: number;
	run: string;
	state: 'held' | 'solved';
	/** 1 once people were shown it. */
	told: number;
	label: string;
}

/** What is due, and what needs help. One row per record. */
export interface QueueRow {
	/** `lead:<id>`, `contact:<id>` or `person:<id>`. */
	subject: string;
	state: 'due' | 'help' | 'solved';
	/** When it is looked at again. 0: not due, a write of it is planned; one that needs help, or is solved, may be due beside that. */
	due_at: number;
	/** Failures since a write of it went through (R46). */
	attempts: number;
	code: string;
	reason: string;
	remedy: string;
	since: number;
	run: string;
	told: number;
	label: string;
	/** So that a record with the same e-mail can wake it. */
	email_key: string | null;
	/** The system that refused it; a successful write to the other one solves nothing. */
	side: Side | null;
	/** The run in which it was handed out last, and how often in that run. */
	handed_in: string;
	handed_out: number;
}

export interface ConflictRow {
	id: string;
	link: number;
	row: string;
	state: 'open' | 'decided';
	base: 'known' | 'unset';
	/** What was shown, as fingerprints (R38). */
	shown_dynamics: string;
	shown_marketo: string;
	winner: string;
	rule: string;
	run: string;
	at: number;
}

export interface HistoryTable {
	id: Generated<number>;
	at: number;
	run: string;
	page: number;
	plan: string | null;
	link: number;
	side: Side | null;
	operation: string;
	outcome: string;
	/** JSON `Verdict[]`, without values. */
	verdicts: string;
	/** JSON values of both sides; emptied after the set number of days. */
	shown: string | null;
	mapping_hash: string;
}

/**
 * Fields that were decided by the same rule, and the mapping row of each. No rows: fields that sync itself keeps
 * on the person, or a new record, of which it is enough to know the fields.
 */
export interface Verdict {
	rule: string;
	fields: string[];
	rows?: string[];
	/** Sync's own fields. */
	own?: true;
}

/** An entry for the person's activity log: written at most once (R25). */
export interface LogTable {
	id: Generated<number>;
	person: string;
	at: number;
	subject: string;
	field: string;
	reason: string;
	remedy: string;
	state: 'due' | 'sent' | 'written' | 'failed';
}

/** One person whom a campaign sent, kept from before the call is answered until its end is told. */
export interface RequestRow {
	id: string;
	/** `workflow:node` that received it and works on it. */
	receiver: string;
	service: Service;
	person: string;
	campaign: string;
	/** JSON, the step's parameters; emptied with the values of the history. */
	parameters: string;
	/** The invocation it came with; null for a Call Webhook step. */
	chunk: string | null;
	/** waiting: to be worked on when due. taken: an execution is at it. answered: its end is known. */
	state: 'waiting' | 'taken' | 'answered';
	due_at: number;
	/** Times it was taken by a batch that has not ended well so far. */
	attempts: number;
	/** Times it could not be settled yet and was put back: nothing failed. */
	looks: number;
	/** The batch that took it, and until when that counts. */
	batch: string | null;
	taken_until: number;
	/** JSON `Answer`; null until answered. */
	answer: string | null;
	created_at: number;
	answered_at: number | null;
}

/** One invocation of a flow step: many people, one callback. */
export interface ChunkRow {
	id: string;
	receiver: string;
	/** open: people are still worked on. due: to be called back. calling: under way. done: taken. failed: given up. */
	state: 'open' | 'due' | 'calling' | 'done' | 'failed';
	/** Where and with which one-time token to call back; sealed with the ledger's key. Emptied when done. */
	callback: string;
	people: number;
	due_at: number;
	attempts: number;
	reason: string;
	created_at: number;
}

export type LinkRow = Selectable<LinkTable>;
export type PlanRow = Selectable<PlanTable>;
export type HistoryRow = Selectable<HistoryTable>;
export type LogRow = Selectable<LogTable>;

export type Db = Kysely<LedgerTables>;

/**
 * Base per field: a fingerprint. In front of it `~` while Marketo has not confirmed it (R14; behind it, if
 * need be, the value that stands there instead and since when it was seen), `!` while
 * the Dynamics row at its last seen version holds another value than this base (R5). `?`: it was synced, but from what is not known any more (R15).
 */
export type Bases = Record<string, string>;

/** In place of a mapping row: a user's edit that our own write had replaced is put back as such (R13). */
export const PUT_BACK = 'putBack';

/** What a plan means to write into one field. */
export interface PlannedField {
	/** Mapping row; `link` for the fields that sync itself keeps on the person; `PUT_BACK`. */
	row: string;
	/** Fingerprint of the new value, and of the value it expects to replace (null: unset). */
	new: string;
	old: string | null;
	/** Source column and the fingerprint of its value: becomes the source's base once this is written. */
	source: { column: string; value: string } | null;
	/** Texts sent to Marketo: fingerprint of what the stored form must have in common with it (R14). */
	like?: string;
}

export type PlannedFields = Record<string, PlannedField>;
