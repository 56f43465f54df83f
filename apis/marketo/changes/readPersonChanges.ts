import { attributeOf, guidOf, loggedValue, timeOf, type RawActivity } from '../activities/activity';
import { activityTypeIds } from '../activities/activityTypes';
import type { Marketo } from '../client';
import type { Envelope } from '../transport/answer';
import { call } from '../transport/call';
import { MarketoProblem } from '../transport/errors';
import { RECORDS_PER_CALL, TIMEOUT_MS } from '../transport/limits';
import { freshFeeds, readCursor, writeCursor, type Feed } from './cursor';
import { deleted, mergedAway, type PersonEnd } from './deletesAndMerges';
import { fieldNames, type FieldNames } from './fieldNames';
import { pagingToken } from './pagingToken';
import { serverTime } from './serverTime';

/** One logged change of one field; values as the log writes them. */
export interface LoggedEdit {
	/** REST name. */
	field: string;
	oldValue: string | null;
	newValue: string | null;
	at: string;
	guid: string;
}

/** One entry of the log. */
export interface LogEntry {
	guid: string;
	at: string;
}

/** Where a read starts. `untilAgo`: it is over with what is that old when it begins, in milliseconds by Marketo's clock. */
export interface LogStart {
	since: string;
	untilAgo?: number;
}

export interface ChangedPerson {
	id: string;
	/** Oldest first. */
	edits: LoggedEdit[];
	isNew: boolean;
	newestAt: string;
	guids: string[];
}

/** What the log says since some moment. A person may stand in both lists. */
export interface ReadChanges {
	changed: ChangedPerson[];
	deleted: PersonEnd[];
	/** Every entry that was read. */
	entries: LogEntry[];
	/** Where the read goes on; opaque. */
	next: string;
	/** It is over. */
	drained: boolean;
	/** It is over, and left nothing out that the log holds by now. */
	toNow: boolean;
	newestActivityAt: string | null;
	/** Marketo's clock when the read began; null where its answers do not tell. */
	serverTime: string | null;
}

/** How many pages of one feed one read goes through, even where all of them are empty. */
const PAGES_PER_READ = 50;

/** A page for fewer people than this is left to the next read. */
const SMALLEST_PAGE = 100;

const NEW_LEAD = 'New Lead';
const DELETE_LEAD = 'Delete Lead';
const MERGE_LEADS = 'Merge Leads';

/**
 * Changes, deletes and merges of people since a moment, or from where an earlier read stopped; stops
 * before `limit` people are exceeded by more than a page of each feed.
 *
 * An idle read costs three calls: one token, one page of lead changes, and one page of activities of
 * the kinds *Delete Lead* and *Merge Leads* together. The endpoint for deleted leads would be a fourth
 * call that tells less: it says nothing of who a merged person lives on as.
 *
 * @throws MarketoProblem, NoAnswer; nothing read so far is lost, since the caller still has its cursor
 */
export async function readPersonChanges(
	marketo: Marketo,
	from: LogStart | { next: string },
	fields: string[],
	limit: number,
): Promise<ReadChanges> {
	const reading = new Reading(marketo, fields);
	const feeds = 'next' in from ? readCursor(from.next).feeds : await reading.start(from);
	for (let pages = 0; pages < PAGES_PER_READ && feeds.some(({ done }) => !done); pages++) {
		for (const feed of feeds) {
			if (!feed.done && reading.hasRoom(limit)) await reading.page(feed, reading.room(limit));
		}
		if (!reading.hasRoom(limit)) break;
	}
	return reading.result(feeds);
}

/** One read under way: gathers what the pages say, per person. */
class Reading {
	private readonly changed = new Map<string, ChangedPerson>();
	private readonly ended = new Map<string, PersonEnd>();
	private readonly entries = new Map<string, LogEntry>();
	private readonly names: FieldNames;
	private newest: string | null = null;
	private startedAt: string | null = null;

	constructor(
		private readonly marketo: Marketo,
		private readonly fields: string[],
	) {
		this.names = fieldNames(marketo, fields);
	}

	/** Feeds that start at a moment. */
	async start({ since, untilAgo }: LogStart): Promise<Feed[]> {
		const { token, requestId } = await pagingToken(this.marketo, since);
		this.startedAt ??= serverTime(requestId);
		// Lead changes cannot be asked for without a field; new people come with any.
		const fields = this.fields.length > 0 ? this.fields : ['email'];
		return freshFeeds(since, token, fields, timeBefore(this.startedAt, untilAgo));
	}

	/** Activities to ask for next: what is full does not begin a small page, which costs a call as well. */
	room(limit: number): number {
		return Math.max(1, Math.min(limit - this.changed.size - this.ended.size, RECORDS_PER_CALL));
	}

	hasRoom(limit: number): boolean {
		const people = this.changed.size + this.ended.size;
		return people === 0 || limit - people >= Math.min(limit, SMALLEST_PAGE);
	}

	async page(feed: Feed, batchSize: number): Promise<void> {
		const types = await activityTypeIds(this.marketo, NEW_LEAD, DELETE_LEAD, MERGE_LEADS);
		const endTypes = [types[DELETE_LEAD], types[MERGE_LEADS]].filter((id) => id !== undefined);
		if (feed.kind === 'ends' && endTypes.length === 0) {
			feed.done = true;
			return;
		}
		const page = await this.fetch(feed, endTypes, batchSize);
		this.startedAt ??= serverTime(page.requestId);
		for (const activity of page.result) {
			const at = timeOf(activity);
			if (this.newest === null || at > this.newest) this.newest = at;
			this.entries.set(guidOf(activity), { guid: guidOf(activity), at });
			if (feed.kind === 'changes') {
				await this.addChange(activity, activity.activityTypeId === types[NEW_LEAD]);
			} else if (activity.activityTypeId === types[MERGE_LEADS]) {
				this.addMerge(activity);
			} else {
				this.addEnd(deleted(activity));
			}
		}
		const movedOn = page.nextPageToken !== undefined && page.nextPageToken !== feed.token;
		// The log stands in the order of its times: what comes after a newer entry is newer, too.
		const last = page.result.at(-1);
		const isEnd = !page.moreResult || !movedOn;
		feed.stopped =
			!isEnd && feed.until !== undefined && last !== undefined && isLater(timeOf(last), feed.until);
		feed.done = isEnd || feed.stopped;
		feed.token = page.nextPageToken ?? feed.token;
	}

	result(feeds: Feed[]): ReadChanges {
		for (const { edits } of this.changed.values()) {
			edits.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
		}
		return {
			changed: [...this.changed.values()],
			deleted: [...this.ended.values()],
			entries: [...this.entries.values()],
			next: writeCursor({ feeds }),
			drained: feeds.every(({ done }) => done),
			toNow: feeds.every(({ done, stopped }) => done && !stopped),
			newestActivityAt: this.newest,
			serverTime: this.startedAt,
		};
	}

	/**
	 * A page; where the token is refused, from a new one at the moment the read began. Not from the newest
	 * time read: activities that show up late may be older, and nobody may be lost. What comes twice is
	 * known by its guid.
	 */
	private async fetch(
		feed: Feed,
		endTypes: number[],
		batchSize: number,
	): Promise<Envelope<RawActivity>> {
		try {
			return await fetchPage(this.marketo, feed, endTypes, batchSize);
		} catch (cause) {
			if (!refusesPagingToken(cause)) throw cause;
			feed.token = (await pagingToken(this.marketo, feed.since)).token;
			return await fetchPage(this.marketo, feed, endTypes, batchSize);
		}
	}

	private async addChange(activity: RawActivity, isNew: boolean): Promise<void> {
		const person = this.person(activity);
		person.isNew ||= isNew;
		const at = timeOf(activity);
		const guid = guidOf(activity);
		for (const change of await this.changesIn(activity)) {
			if (!this.fields.includes(change.field)) continue;
			const { field, oldValue, newValue } = change;
			const known = person.edits.some((edit) => edit.guid === guid && edit.field === field);
			if (!known) person.edits.push({ field, oldValue, newValue, at, guid });
		}
	}

	private async changesIn(
		activity: RawActivity,
	): Promise<Array<Pick<LoggedEdit, 'field' | 'oldValue' | 'newValue'>>> {
		const changes = [];
		for (const { name, oldValue, newValue } of activity.fields ?? []) {
			const field = name === undefined ? undefined : await this.names.byLogName(name);
			if (field === undefined) continue;
			changes.push({ field, oldValue: loggedValue(oldValue), newValue: loggedValue(newValue) });
		}
		if (activity.fields !== undefined || activity.primaryAttributeValue === undefined)
			return changes;
		// Some answers describe the change as activities of the kind Change Data Value do.
		const field = await this.names.byActivity(activity);
		if (field === undefined) return changes;
		const oldValue = loggedValue(attributeOf(activity, 'Old Value'));
		return [{ field, oldValue, newValue: loggedValue(attributeOf(activity, 'New Value')) }];
	}

	private addMerge(activity: RawActivity): void {
		// The person who stays may have got values of the others, logged or not: it has to be read.
		this.person(activity);
		for (const end of mergedAway(activity)) this.addEnd(end);
	}

	private addEnd(end: PersonEnd): void {
		// A merge may also be logged as a delete; who the person lives on as is worth more.
		const known = this.ended.get(end.id);
		if (!known || (end.mergedInto && !known.mergedInto)) this.ended.set(end.id, end);
	}

	private person(activity: RawActivity): ChangedPerson {
		const id = String(activity.leadId);
		const at = timeOf(activity);
		const guid = guidOf(activity);
		let person = this.changed.get(id);
		if (!person) {
			person = { id, edits: [], isNew: false, newestAt: at, guids: [] };
			this.changed.set(id, person);
		}
		if (at > person.newestAt) person.newestAt = at;
		if (!person.guids.includes(guid)) person.guids.push(guid);
		return person;
	}
}

async function fetchPage(
	marketo: Marketo,
	feed: Feed,
	endTypes: number[],
	batchSize: number,
): Promise<Envelope<RawActivity>> {
	const ends = feed.kind === 'ends';
	return await call<RawActivity>(marketo, {
		method: 'GET',
		path: ends ? '/rest/v1/activities.json' : '/rest/v1/activities/leadchanges.json',
		query: {
			nextPageToken: feed.token,
			...(ends ? { activityTypeIds: endTypes.join(',') } : { fields: feed.fields?.join(',') }),
			batchSize,
		},
		timeoutMs: TIMEOUT_MS.usual,
		permission: 'Read-Only Activity',
		effect: 'read',
	});
}

function timeBefore(time: string | null, ago: number | undefined): string | undefined {
	if (time === null || ago === undefined) return undefined;
	return new Date(Date.parse(time) - ago).toISOString();
}

function isLater(one: string, other: string): boolean {
	return Date.parse(one) > Date.parse(other);
}

/** No code is documented for a paging token that Marketo does not take any more, so the words decide. */
function refusesPagingToken(cause: unknown): boolean {
	return (
		cause instanceof MarketoProblem &&
		cause.reaction === 'refused' &&
		/token/i.test(cause.details.said ?? '')
	);
}
