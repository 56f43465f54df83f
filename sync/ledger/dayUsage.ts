import type { Side } from '../items';
import { callsIn, callsName, dayOf } from './callCount';
import { metaValue, metaValues, setMeta } from './meta';
import type { Db } from './schema';

/** What of a day's calls is gone, and how many there are. */
export interface DayUsage {
	/** Calls that the system allows in a day, as its admin says. */
	allowed: number;
	/** Calls of today, by all programs as far as it is known. */
	used: number;
	/** Calls of today that went through this ledger. */
	own: number;
}

/** What the vendor's own count was, and at which of our calls. */
interface Reading {
	day: string;
	total: number;
	own: number;
}

interface Kept {
	allowed: number;
	reading?: Reading;
	/** When the vendor was asked last, answered or not, and at which of that day's calls. */
	asked?: { at: number; day: string; own: number };
}

/** The vendor's own count is asked for by one call in so many at the most, */
const CALLS_BETWEEN = 100;
/** and no more often than once in this; milliseconds. */
const LEAST_BETWEEN = 15 * 60_000;

const nameFor = (system: Side) => `calls.${system}.day`;

/** Undefined where nobody has said what the system allows. */
export async function dayUsage(db: Db, system: Side, now: number): Promise<DayUsage | undefined> {
	const { kept, own } = await ofToday(db, system, now);
	if (!kept) return undefined;
	const { allowed, reading } = kept;
	const isOfToday = reading?.day === dayOf(system, now);
	const used = isOfToday ? reading.total + Math.max(0, own - reading.own) : own;
	return { allowed, used: Math.max(own, used), own };
}

/** What the admin says from now on. */
export async function noteAllowed(db: Db, system: Side, allowed: number): Promise<void> {
	const kept = keptIn(await metaValue(db, nameFor(system)));
	if (kept?.allowed !== allowed) await keep(db, system, { ...kept, allowed });
}

/** Whether so many are allowed as is known, and the vendor is not to be asked for its own count now. */
export async function isUsageKnown(
	db: Db,
	system: Side,
	allowed: number,
	now: number,
): Promise<boolean> {
	const { kept, own } = await ofToday(db, system, now);
	return kept?.allowed === allowed && !isTurn(kept, own, system, now);
}

/** Whether the vendor is to be asked for its own count now; who is told so asks, and nobody else does for a while. */
export async function takeTurnToAsk(db: Db, system: Side, now: number): Promise<boolean> {
	const { kept, own } = await ofToday(db, system, now);
	if (!kept || !isTurn(kept, own, system, now)) return false;
	await keep(db, system, { ...kept, asked: { at: now, day: dayOf(system, now), own } });
	return true;
}

function isTurn({ asked }: Kept, own: number, system: Side, now: number): boolean {
	const since = asked?.day === dayOf(system, now) ? own - asked.own : own;
	return since >= CALLS_BETWEEN && !(asked && Math.abs(now - asked.at) < LEAST_BETWEEN);
}

/** What the vendor says that all programs have called on one of its days. Of another day than today it says nothing. */
export async function noteUsed(
	db: Db,
	system: Side,
	{ day, total }: { day: string; total: number },
	now: number,
): Promise<void> {
	const { kept, own } = await ofToday(db, system, now);
	if (!kept || day !== dayOf(system, now)) return;
	await keep(db, system, { ...kept, reading: { day, total, own } });
}

/** What is kept, and how many calls went through this ledger today. */
async function ofToday(
	db: Db,
	system: Side,
	now: number,
): Promise<{ kept: Kept | undefined; own: number }> {
	const facts = await metaValues(db, [nameFor(system), callsName(system)]);
	return {
		kept: keptIn(facts.get(nameFor(system))),
		own: callsIn(facts.get(callsName(system)), system, now) ?? 0,
	};
}

const keptIn = (text: string | undefined) =>
	text === undefined ? undefined : (JSON.parse(text) as Kept);

async function keep(db: Db, system: Side, kept: Kept): Promise<void> {
	await setMeta(db, nameFor(system), JSON.stringify(kept));
}
