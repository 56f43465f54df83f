import type { AnswerItem, PeopleTable } from '../items';
import { whyStopped } from '../schedule/keyStop';
import type { Step } from '../schedule/systems';
import type { Ledger } from '../ledger/ledger';
import type { Db } from '../ledger/schema';
import { findLane } from '../ledger/lanes';
import type { Link } from '../ledger/links';
import { pinnedMapping } from '../ledger/mappings';
import type { LaneDefinition } from '../lanes/definition';
import { PEOPLE } from '../lanes/people';
import { mappedLane, type MappedLane } from '../page/tables';
import type { DynamicsMaker, DynamicsRow, MarketoPort, Person, Refusal } from '../ports';
import type { Raw } from '../values';

/** *Sync Person to Dynamics*, asked for one person. */
export interface PersonAction {
	/** The campaign's request; null for a person that somebody chose by hand. */
	request: string | null;
	person: string;
	syncAs: PeopleTable;
	/** When the campaign sent the person, milliseconds since 1970. */
	askedAt?: number;
	/** `systemuser(<id>)` or `team(<id>)`; empty: Dynamics decides. */
	owner: string;
	/** Carried on to the steps behind. */
	values: Record<string, Raw>;
}

/** What the work is done with. */
export interface Making<Marketo extends Subscription = Subscription> {
	ledger: Ledger;
	dynamics: DynamicsMaker;
	marketo: Marketo;
	/** The lane of people. */
	definition: LaneDefinition;
	/** R22: published duplicate detection rules of Dynamics may refuse a row. */
	detectDuplicates: boolean;
	/** Nobody is linked or made: who is not linked is told so. */
	onlyLinked?: boolean;
}

/** Which Marketo it is, where nothing is asked of it. */
export type Subscription = Pick<MarketoPort, 'subscription'>;
export type AtOnce = Making<MarketoPort>;

/** In whose name the work is done. */
export interface By {
	/** Where the sync's history names the run that did it. */
	run: string;
	page: number;
	/** Why, in the history of a row. */
	rule: string;
	/** The step as people know it. */
	step: Step;
	/** Somebody asks for these people: whose row is gone gets another one (R59). */
	isAsked: boolean;
	/** How long the call that writes the ids may take before a page does it instead, milliseconds. */
	idsWithin: number;
	/** Asked in the transaction that decides, and before each call that makes rows (R8). */
	mayGo(db: Db): Promise<boolean>;
}

/** What became of one person. */
export type Result = Pick<
	AnswerItem,
	'outcome' | 'dynamicsTable' | 'dynamicsId' | 'errorCode' | 'reason' | 'remedy'
> & {
	/** For `waiting`: when to try again, milliseconds from now. */
	afterMs?: number;
	/** For `waiting`: somebody has stopped the sync; however long that takes, nobody is given up for it. */
	patient?: boolean;
	/** Our user may make no such rows: what is wrong, and how it is mended. */
	mayNot?: Pick<Refusal, 'reason' | 'remedy'>;
};

/** A person who is being worked on. */
export interface Candidate {
	action: PersonAction;
	person: Person | null;
	label: string;
	/** Lower case; null where there is none to match by. */
	email: string | null;
	/** Rows of Dynamics that may be this person. */
	rows: DynamicsRow[];
	/** Those among them whose id the person carries, that was reserved for it, or that it had; or what they were merged into. */
	own: DynamicsRow[];
	/** What an earlier try reserved for the person, or this one does. */
	reserved: Link | null;
	/** Of rows that the person had, and that were deleted. */
	gone: Link[];
	/** The link that this work made; its ids are written back. */
	linked: { link: Link; createdOn: string | null } | null;
}

/** People worked on together: one read, one search, one create, one write-back. */
export interface Batch<Marketo extends Subscription = Subscription>
	extends Making<Marketo>,
		Pick<MappedLane, 'tables' | 'fields' | 'edition'> {
	by: By;
	/** Claims are held under this name. */
	holder: string;
	mappingHash: string;
	/** When the people were read; where they came with a page, when rows that may be these were looked for. */
	lookedAt: number;
	/** Everybody asked for. */
	candidates: Map<string, Candidate>;
	/** People without a result so far. */
	open: Map<string, Candidate>;
	results: Map<string, Result>;
}

/** Where the history names the run of what campaigns ask for. */
export const AT_ONCE = 'at once';

/** For a campaign, which waits for the answer. */
export const BY_CAMPAIGN: By = {
	run: AT_ONCE,
	page: 0,
	rule: 'Sync Person to Dynamics',
	step: { name: 'Sync to Dynamics', then: 'choose Retry' },
	isAsked: true,
	idsWithin: 60_000,
	mayGo: async () => true,
};

/** Told where only linked people were asked for. */
export const NOT_LINKED = 'NOT_IN_DYNAMICS';

/** Who works on it is another execution by now. */
export const OVER = 'This execution of the sync is over; nothing was written';

/** How soon somebody else's work on the same person is looked at again. */
export const SOON_MS = 2_000;

const NOT_RUN_YET = {
	reason:
		'The sync of leads, contacts and people has not run yet, so its field mapping is not known',
	remedy: 'Publish the workflow of the people sync and wait for its first run',
};

/** Loads what the last run of the sync left: the mapping and the columns. */
export async function openBatch<Marketo extends Subscription>(
	parts: Making<Marketo>,
	actions: PersonAction[],
	by: By,
): Promise<Batch<Marketo>> {
	const { db, random } = parts.ledger;
	const pinned = await pinnedMapping(db, PEOPLE);
	const lane = await mappedLane(db, parts.definition, pinned?.mapping ?? {});
	const open = new Map<string, Candidate>();
	for (const action of actions) {
		if (open.has(action.person)) continue;
		open.set(action.person, {
			action,
			person: null,
			label: `Person ${action.person}`,
			email: null,
			rows: [],
			own: [],
			reserved: null,
			gone: [],
			linked: null,
		});
	}
	const batch: Batch<Marketo> = {
		...parts,
		by,
		...lane,
		holder: `at once:${random.id()}`,
		mappingHash: pinned?.hash ?? '',
		lookedAt: Infinity,
		candidates: new Map(open),
		open,
		results: new Map(),
	};
	const state = await findLane(db, PEOPLE);
	const stopped = await whyStopped(parts.ledger, state);
	if (!pinned || lane.fields.size === 0)
		closeAll(batch, fail('NOT_SET_UP', NOT_RUN_YET.reason, NOT_RUN_YET.remedy));
	else if (state?.isPaused)
		closeAll(batch, {
			...wait('The sync is paused; it continues when somebody resumes it', 60_000),
			patient: true,
		});
	else if (stopped)
		closeAll(batch, { ...wait(`The sync has stopped: ${stopped}`, 60_000), patient: true });
	return batch;
}

/** Says what became of a person. */
export function close(batch: Batch, person: string, result: Result): void {
	batch.open.delete(person);
	batch.results.set(person, result);
}

export function closeAll(batch: Batch, result: Result): void {
	for (const person of [...batch.open.keys()]) close(batch, person, result);
}

export function done(outcome: 'created' | 'linked' | 'exists', link: Link, reason: string): Result {
	return {
		outcome,
		dynamicsTable: link.table,
		dynamicsId: link.dynamicsId,
		errorCode: '',
		reason,
		remedy: '',
	};
}

/**
 * Native: where the person is linked already, nothing is done. Linked since this was asked for, as by an earlier
 * try that broke off: then the steps behind it (adding to a campaign) are still to be done.
 */
export function linkedAlready({ action: { askedAt } }: Candidate, link: Link): Result {
	if (askedAt !== undefined && link.createdAt >= askedAt)
		return done(
			'linked',
			link,
			`The person was linked with this ${link.table} since the request came in`,
		);
	const why =
		link.state === 'leftOut'
			? `The person has this ${link.table}, which the sync filter leaves out`
			: `The person is already linked with this ${link.table}`;
	return done('exists', link, `${why}; nothing was done`);
}

export function fail(errorCode: string, reason: string, remedy: string): Result {
	return { outcome: 'failed', dynamicsTable: '', dynamicsId: '', errorCode, reason, remedy };
}

export function wait(reason: string, afterMs: number): Result {
	return {
		outcome: 'waiting',
		dynamicsTable: '',
		dynamicsId: '',
		errorCode: '',
		reason,
		remedy: '',
		afterMs,
	};
}
