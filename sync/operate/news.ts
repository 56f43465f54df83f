import type { Ledger } from '../ledger/ledger';
import { allLanes, findLane, isLeft, type Lane } from '../ledger/lanes';
import { lastEndedRun, lastPages } from '../ledger/runs';
import type { Db } from '../ledger/schema';
import { countSilenceFrom, keepTold, toldTo, type Told } from '../ledger/told';
import { whyStopped } from '../schedule/keyStop';
import { PEOPLE } from './lanes';
import { digestMessage, firstRunMessage, silenceMessage, stopMessage } from './newsInWords';
import { statusOf } from './status';

/**
 * What people are told without having asked: that the sync has stopped, that its first run is done, that it has
 * finished nothing for an hour, and once a day how it goes. One message for one cause, whoever looks and however
 * often: a cause is over with the first run that has read everything since.
 */

/** One message, ready to be sent. */
export interface News {
	about: 'stopped' | 'firstRun' | 'silent' | 'digest';
	subject: string;
	text: string;
}

export interface NewsSetting {
	/** The next moment after a given one at which a digest is due; null: there is none. */
	nextDigest: ((after: number) => number) | null;
}

const NO_DIGEST: NewsSetting = { nextDigest: null };

/** How a lane stands, as far as news go. */
export interface Standing {
	now: number;
	/** Why it stopped by itself; null while it has not. */
	stopped: string | null;
	isPaused: boolean;
	/** Since when it has finished nothing though it should have; in the future: the next run is not due yet. */
	silentSince: number;
	/** What is long enough a silence to be told, milliseconds. */
	longSilence: number;
}

/** With what it is told of once. */
export type DueNews =
	| { about: 'stopped' | 'silent'; cause: string }
	| { about: 'firstRun' | 'digest' };

/** The same stop again, with another count or time in its words, is the same cause. */
const stopCause = (reason: string) => `stopped: ${reason.replaceAll(/\d+/g, '#')}`;
const SILENCE = 'silent';

/** What is to be told now, if anything. */
export function dueNews(
	{ now, stopped, isPaused, silentSince, longSilence }: Standing,
	{ causes, digest, firstRun }: Told,
	{ nextDigest }: NewsSetting,
): DueNews | null {
	if (stopped !== null) {
		const cause = stopCause(stopped);
		if (!causes.includes(cause)) return { about: 'stopped', cause };
	} else if (!isPaused && silentSince + longSilence <= now && causes.length === 0) {
		// Whoever knows that it has stopped, and goes on with it, need not be told that nothing is done meanwhile.
		return { about: 'silent', cause: SILENCE };
	}
	// Later it is news to nobody: whoever switches messages on by then has seen it.
	if (firstRun !== null && now < firstRun + longSilence) return { about: 'firstRun' };
	return nextDigest && nextDigest(digest) <= now ? { about: 'digest' } : null;
}

/** What people have been told once they were told this. */
export function toldOf(told: Told, due: DueNews, now: number): Told {
	if ('cause' in due) return { ...told, causes: [...told.causes, due.cause] };
	return due.about === 'digest' ? { ...told, digest: now } : { ...told, firstRun: null };
}

/** The trigger of a lane is on from now: silence is counted from here, and the first digest tells of what is done from here. */
export async function beginTelling(ledger: Ledger, lane: string): Promise<void> {
	await ledger.db
		.transaction()
		.execute(async (db) => await countSilenceFrom(db, lane, ledger.clock.now()));
}

/** Whether people have to be told something. Changes nothing. */
export async function isNewsDue(
	ledger: Ledger,
	lane: string,
	setting: NewsSetting,
): Promise<boolean> {
	const told = await toldTo(ledger.db, lane, ledger.clock.now());
	return dueNews(await standingOf(ledger, lane, told, ledger.db), told, setting) !== null;
}

/** The message that is due, once: whoever asks next gets none for the same cause. */
export async function takeNews(
	ledger: Ledger,
	lane: string,
	setting: NewsSetting,
): Promise<News | null> {
	return await ledger.db.transaction().execute(async (db) => {
		const now = ledger.clock.now();
		const told = await toldTo(db, lane, now);
		const standing = await standingOf(ledger, lane, told, db);
		const due = dueNews(standing, told, setting);
		if (!due) return null;
		await keepTold(db, lane, toldOf(told, due, now));
		const row = await statusOf(ledger, lane, [], db);
		if (due.about === 'stopped') return { about: due.about, ...stopMessage(row) };
		if (due.about === 'firstRun')
			return { about: due.about, ...(await firstRunMessage(db, row, lane)) };
		if (due.about === 'silent')
			return { about: due.about, ...silenceMessage(row, standing.silentSince) };
		return { about: due.about, ...(await digestMessage(db, row, { lane, since: told.digest })) };
	});
}

/** The people first, whose digest comes once a day; of the others only what is wrong is told. */
async function lanesWith(
	{ db }: Ledger,
	setting: NewsSetting,
): Promise<Array<[string, NewsSetting]>> {
	const others = (await allLanes(db)).filter((lane) => lane.name !== PEOPLE && !isLeft(lane));
	return [[PEOPLE, setting], ...others.map(({ name }): [string, NewsSetting] => [name, NO_DIGEST])];
}

/** Whether people have to be told something of any lane. Changes nothing. */
export async function isAnyNewsDue(ledger: Ledger, setting: NewsSetting): Promise<boolean> {
	for (const [lane, own] of await lanesWith(ledger, setting))
		if (await isNewsDue(ledger, lane, own)) return true;
	return false;
}

/** The messages that are due of all lanes, one of each at most. */
export async function takeAllNews(ledger: Ledger, setting: NewsSetting): Promise<News[]> {
	const all: News[] = [];
	for (const [lane, own] of await lanesWith(ledger, setting)) {
		const one = await takeNews(ledger, lane, own);
		if (one) all.push(one);
	}
	return all;
}

/** Whether people have to be told of something that the ledger knows nothing of; from now on they have been. */
export async function isFirstTold(ledger: Ledger, lane: string, cause: string): Promise<boolean> {
	return await ledger.db.transaction().execute(async (db) => {
		const now = ledger.clock.now();
		const told = await toldTo(db, lane, now);
		if (told.causes.includes(cause)) return false;
		await keepTold(db, lane, toldOf(told, { about: 'stopped', cause }, now));
		return true;
	});
}

/** What a digest would say of the last day: for trying out how it arrives. */
export async function sampleNews(ledger: Ledger, lane: string): Promise<News> {
	const since = ledger.clock.now() - ledger.timing.day;
	const row = await statusOf(ledger, lane);
	return { about: 'digest', ...(await digestMessage(ledger.db, row, { lane, since })) };
}

async function standingOf(ledger: Ledger, name: string, told: Told, db: Db): Promise<Standing> {
	const lane = await findLane(db, name);
	return {
		now: ledger.clock.now(),
		stopped: await whyStopped(ledger, lane, db),
		isPaused: lane?.isPaused ?? false,
		silentSince: lane ? await silentSince(db, lane, told) : told.since,
		longSilence: ledger.timing.day / 24,
	};
}

/** A run that is not due yet is no silence, unless the last one ended early; a page that got somewhere is none either. */
async function silentSince(db: Db, lane: Lane, { since }: Told): Promise<number> {
	const lastEnded = await lastEndedRun(db, lane.name);
	const isWell = lane.waitingFor === null && (!lastEnded || lastEnded.outcome === 'done');
	const pages = lane.run ? await lastPages(db, lane.run, 2) : [];
	const moved = pages
		.filter(({ isCommitted, records }) => isCommitted && records > 0)
		.map(({ openedAt, closedAt }) => closedAt ?? openedAt);
	return Math.max(since, isWell ? lane.nextDue : 0, ...moved);
}
