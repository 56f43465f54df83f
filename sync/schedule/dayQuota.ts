import { nextDay } from '../ledger/callCount';
import {
	dayUsage,
	isUsageKnown,
	noteAllowed,
	noteUsed,
	takeTurnToAsk,
	type DayUsage,
} from '../ledger/dayUsage';
import type { Lane } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { lastCompleteRun } from '../ledger/runs';
import type { Db } from '../ledger/schema';
import { PEOPLE } from '../lanes/people';
import type { DayQuota } from '../ports';

/**
 * R57: at which share of Marketo's calls of a day, those of all programs counted, a lane stops until the next. So a first
 * copy leaves calls for what people change, that for campaigns, and all of them some for other programs.
 */
export const STOPS_AT = { copy: 0.7, besidePeople: 0.8, people: 0.9 } as const;

const KEPT_FOR = {
	copy: 'changes, campaigns and other programs',
	besidePeople: 'leads, contacts, campaigns and other programs',
	people: 'campaigns and other programs',
} as const;

/**
 * Until when a lane makes no more pages, and why; null while its share of the day is not used up. `isThrough`: nothing
 * is left of the run that is on.
 */
export async function quotaStop(
	db: Db,
	lane: Pick<Lane, 'name'>,
	now: number,
	isThrough: boolean,
): Promise<{ until: number; why: string } | null> {
	// The first share to be used up is that of a copy; which it is, is asked only then.
	const usage = await usedUp(db, 'copy', now);
	if (!usage) return null;
	const kind = await kindOf(db, lane.name, isThrough);
	if (usage.used < usage.allowed * STOPS_AT[kind]) return null;
	const { allowed, used, own } = usage;
	const number = (count: number) => count.toLocaleString('en-US');
	const ofOthers = used > own ? `, ${number(used - own)} of them by other programs` : '';
	return {
		until: nextDay('marketo', now),
		why: `${number(used)} of Marketo's ${number(allowed)} calls of today are used${ofOthers}; the rest is kept for ${KEPT_FOR[kind]} (Calls per Day in the Marketo credential says how many there are)`,
	};
}

/** Whether what goes on in the background (R50) is left for another day; what people change goes on. */
export async function isCopyStopped(db: Db, now: number): Promise<boolean> {
	return (await usedUp(db, 'copy', now)) !== null;
}

/** More were answered than there are: it is the number in the credential that is wrong, and Marketo itself says when there are no more. */
export const isTooFew = ({ allowed, used }: DayUsage): boolean => used > allowed;

type Kind = keyof typeof STOPS_AT;

/** A lane that has never been through is at its first copy. */
async function kindOf(db: Db, lane: string, isThrough: boolean): Promise<Kind> {
	if (!isThrough && !(await lastCompleteRun(db, lane))) return 'copy';
	return lane === PEOPLE ? 'people' : 'besidePeople';
}

async function usedUp(db: Db, kind: Kind, now: number): Promise<DayUsage | null> {
	const usage = await dayUsage(db, 'marketo', now);
	if (!usage || isTooFew(usage)) return null;
	return usage.used >= usage.allowed * STOPS_AT[kind] ? usage : null;
}

/**
 * What the admin allows, as the credential of this page says, and now and then (one call in a hundred, once in a quarter
 * of an hour at the most) what all programs have used of it. Whatever becomes of that call, the page goes on.
 */
export async function lookAtUsage(
	{ db, clock }: Pick<Ledger, 'db' | 'clock'>,
	quota: DayQuota | undefined,
): Promise<void> {
	if (!quota || (await isUsageKnown(db, 'marketo', quota.callsADay, clock.now()))) return;
	const isDue = await db.transaction().execute(async (inOne) => {
		await noteAllowed(inOne, 'marketo', quota.callsADay);
		return await takeTurnToAsk(inOne, 'marketo', clock.now());
	});
	const used = isDue && (await quota.callsUsed().catch(() => undefined));
	if (used) await keepUsage({ db, clock }, quota.callsADay, used);
}

/** What the vendor has counted, as somebody has asked it. */
export async function keepUsage(
	{ db, clock }: Pick<Ledger, 'db' | 'clock'>,
	callsADay: number,
	used: Awaited<ReturnType<DayQuota['callsUsed']>>,
): Promise<void> {
	await db.transaction().execute(async (inOne) => {
		await noteAllowed(inOne, 'marketo', callsADay);
		if (used) await noteUsed(inOne, 'marketo', used, clock.now());
	});
}
