import { metaValue, metaValues, setMeta } from './meta';
import { lastCompleteRun } from './runs';
import type { Db } from './schema';

/** What the people who look after a lane have been told without having asked. */
export interface Told {
	/** Since when a run could have finished: the trigger is on, somebody resumed it, or one has. */
	since: number;
	/** Up to when digests have told. */
	digest: number;
	/** What they were told of since a run has finished. */
	causes: string[];
	/** When the lane's first run had read everything, unless they were told. */
	firstRun: number | null;
}

const nameFor = (lane: string) => `told.${lane}`;
/** Of a lane of which a run has read everything; gone with its records. */
const wholeFor = (lane: string) => `whole.${lane}`;

/** Times that a clock has set while it was ahead count as now (R40). */
export async function toldTo(db: Db, lane: string, now: number): Promise<Told> {
	return toldIn(await metaValue(db, nameFor(lane)), now);
}

function toldIn(kept: string | undefined, now: number): Told {
	const nothing: Told = { since: now, digest: now, causes: [], firstRun: null };
	const told: Told = { ...nothing, ...(kept && (JSON.parse(kept) as Partial<Told>)) };
	return {
		...told,
		since: Math.min(told.since, now),
		digest: Math.min(told.digest, now),
		firstRun: told.firstRun && Math.min(told.firstRun, now),
	};
}

export async function keepTold(db: Db, lane: string, told: Told): Promise<void> {
	await setMeta(db, nameFor(lane), JSON.stringify(told));
}

/** What was not finished before that moment is no silence: nobody was to start it. */
export async function countSilenceFrom(db: Db, lane: string, now: number): Promise<void> {
	await keepTold(db, lane, { ...(await toldTo(db, lane, now)), since: now });
}

/** A run that is about to end has read everything: whatever was in the way before is over. The lane's first is news itself. */
export async function causesAreOver(db: Db, lane: string, now: number): Promise<void> {
	const kept = await metaValues(db, [nameFor(lane), wholeFor(lane)]);
	const told = toldIn(kept.get(nameFor(lane)), now);
	const isFirst = !kept.has(wholeFor(lane)) && (await isFirstWhole(db, lane));
	const firstRun = isFirst ? now : told.firstRun;
	await keepTold(db, lane, { ...told, since: now, causes: [], firstRun });
}

async function isFirstWhole(db: Db, lane: string): Promise<boolean> {
	await setMeta(db, wholeFor(lane), 'yes');
	// A ledger of 0.2 has kept its last runs alone.
	return !(await lastCompleteRun(db, lane));
}
