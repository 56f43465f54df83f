import type { Generated, Kysely } from 'kysely';
import type { DynamicsTable, Operation, Service, Side } from '../items';

/**
 * The ledger's tables, as its rooms keep them; nobody outside reads a row. Times are milliseconds since the
 * epoch; JSON is text; yes/no is 0 or 1. What each value means stands at the thing that it belongs to.
 */
export interface LedgerTables {
	meta: { name: string; value: string };
	lane: LaneTable;
	run: RunTable;
	page: PageTable;
	feed: {
		lane: string;
		name: string;
		cursor: string;
		drained_in: string | null;
		more: Generated<number>;
	};
	edition: { lane: string; number: number; rows: string };
	link: LinkTable;
	base_field: BaseFieldTable;
	plan: PlanTable;
	held: RefusalTable;
	queue: QueueTable;
	conflict: ConflictTable;
	history: HistoryTable;
	claim: { key: string; holder: string; expires_at: number };
	waiting: WaitingTable;
	seen: { lane: string; guid: string; at: number };
	edit: {
		lane: string;
		person: string;
		guid: string;
		field: string;
		old_value: string | null;
		new_value: string | null;
		at: string;
	};
	catalogue: { table_name: string; columns: string; at: number };
	mapping: { lane: string; hash: string; mapping: string; at: number };
	log: LogTable;
	/** Calls of the last window, and those that are under way. */
	call: { id: Generated<number>; system: Side; at: number; ends_at: Generated<number> };
	file: FileTable;
	request: RequestTable;
	chunk: ChunkTable;
}

export interface LaneTable {
	name: string;
	workflow: string | null;
	paused: number;
	stopped: string | null;
	next_due: number;
	waiting_for: string | null;
	run: string | null;
	owner: string | null;
	owner_pid: number | null;
	lease_until: number;
	cycle: number;
	crashes: number;
	deletes_allowed: number;
}

export interface RunTable {
	id: string;
	lane: string;
	started_at: number;
	ended_at: number | null;
	outcome: string | null;
	pages: number;
	mapping_hash: string | null;
	counts: string;
}

export interface PageTable {
	run: string;
	number: number;
	opened_at: number;
	closed_at: number | null;
	committed: number;
	records: number;
}

/**
 * active: values flow. creating: a person is being made. secondary: another row is its person's partner
 * (R27, R49). reserved: a row is being made in Dynamics for this person (R20). goneInDynamics,
 * goneInMarketo: tombstones (R29). leftOut: the filter leaves the row out, no values flow (R54). unlinked: a person had sync forget it; matched as if it were new.
 * apart: a person has unlinked it; matched no more, until somebody links it or asks for it (R27).
 */
export type LinkState =
	| 'active'
	| 'creating'
	| 'reserved'
	| 'secondary'
	| 'goneInDynamics'
	| 'goneInMarketo'
	| 'leftOut'
	| 'unlinked'
	| 'apart';

/**
 * R29, by choice, of a tombstone. counting: the other record follows once all deletes of the run are counted (R35). counted: it
 * may. deactivated: the row was deactivated by the sync; whoever activates it again asks for a person.
 */
export type Deletion = 'counting' | 'counted' | 'deactivated';

export interface WaitingTable {
	parent: string;
	lane: string;
	subject: string;
	/** 1: without that parent there is no record. */
	required: Generated<number>;
}

export interface LinkTable {
	id: Generated<number>;
	lane: string;
	table_name: DynamicsTable;
	dynamics_id: string;
	object: string;
	marketo_id: string | null;
	state: LinkState;
	version: string | null;
	email_key: string | null;
	/** Of both sides, packed; null: none. */
	bases: Uint8Array | null;
	wrote: string;
	key_id: string;
	generation: number;
	/** 1: the row is inactive, as far as it was seen. */
	inactive: Generated<number>;
	/** Null: none. */
	edit_times: string | null;
	/** The edition of the mapping by which the two were compared last (R50). */
	edition: Generated<number>;
	/** What the other side still owes to a delete; null: nothing. */
	deletion: Generated<Deletion | null>;
	created_at: number;
	updated_at: number;
}

export interface BaseFieldTable {
	id: Generated<number>;
	lane: string;
	table_name: DynamicsTable;
	side: Side;
	name: string;
	/** Version of the mapping row and of the normal form; empty: the row was not known. */
	made_by: string;
}

/**
 * planned: decided. sent: claimed, the call is on its way. unknown: no answer came. echo: written to
 * Marketo, its echo is awaited (R13). inFile: Marketo works off the file that it is in (R56). Settled and dropped plans are deleted; the history keeps them.
 */
export type PlanState = 'planned' | 'sent' | 'unknown' | 'echo' | 'inFile';

export interface PlanTable {
	id: string;
	lane: string;
	run: string;
	page: number;
	side: Side;
	link: number;
	operation: Operation;
	state: PlanState;
	fields: string;
	version: string | null;
	created_at: number;
	sent_at: number | null;
	over_at: number | null;
	seq: Generated<number>;
}

/** Files that Marketo works off. */
export interface FileTable {
	lane: string;
	job: string;
	/** Ids of the plans in it, JSON. */
	plans: string;
	handed_at: number;
	looked_at: number;
}

/** Refusals. */
export interface RefusalTable {
	lane: string;
	link: number;
	side: Side;
	field: string;
	source: string;
	stood: string | null;
	code: string;
	reason: string;
	remedy: string;
	since: number;
	run: string;
	/** `quiet`: it is sent again, or the record rests; what it tells still counts. */
	state: 'held' | 'quiet' | 'solved';
	/** 1 once people were shown it. */
	told: number;
	label: string;
	waits_for: string | null;
}

/** What is due, and what needs help. */
export interface QueueTable {
	lane: string;
	subject: string;
	/** `over`: looked at and in order. Kept while the run goes on, so that handing out has an end (R46). */
	state: 'due' | 'help' | 'solved' | 'over';
	due_at: number;
	attempts: number;
	code: string;
	reason: string;
	remedy: string;
	since: number;
	run: string;
	told: number;
	label: string;
	email_key: string | null;
	side: Side | null;
	/** The run in which it was handed out last, and how often in that run. */
	handed_in: string;
	handed_out: number;
	/** 1: a person wants it looked at. */
	asked: Generated<number>;
	/** R3. 1: it comes before what is longer due. */
	first: Generated<number>;
}

export interface ConflictTable {
	id: string;
	lane: string;
	link: number;
	row: string;
	state: 'open' | 'decided';
	base: 'known' | 'unset';
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
	verdicts: string;
	shown: string | null;
	mapping_hash: string;
}

export interface LogTable {
	id: Generated<number>;
	lane: string;
	person: string;
	at: number;
	subject: string;
	field: string;
	reason: string;
	remedy: string;
	state: 'due' | 'sent' | 'written' | 'failed';
}

export interface RequestTable {
	id: string;
	lane: string;
	receiver: string;
	service: Service;
	person: string;
	campaign: string;
	parameters: string;
	chunk: string | null;
	state: 'waiting' | 'taken' | 'answered';
	due_at: number;
	attempts: number;
	looks: number;
	batch: string | null;
	taken_until: number;
	answer: string | null;
	created_at: number;
	answered_at: number | null;
}

export interface ChunkTable {
	id: string;
	receiver: string;
	state: 'open' | 'due' | 'calling' | 'done' | 'failed';
	callback: string;
	people: number;
	due_at: number;
	attempts: number;
	reason: string;
	created_at: number;
}

export type Db = Kysely<LedgerTables>;
