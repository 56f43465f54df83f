import { metaValue, setMeta } from './meta';
import type { Db } from './schema';

/** What the people who look after a lane have been told without having asked. */
export interface Told {
	/** Since when a run could have finished: the trigger is on, somebody resumed it, or one has. */
	since: number;
	/** Up to when digests have told. */
	digest: number;
	/** What they were told of since a run has finished. */
	causes: string[];
}

const nameFor = (lane: string) => `told.${lane}`;

/** Times that a clock has set while it was ahead count as now (R40). */
export async function toldTo(db: Db, lane: string, now: number): Promise<Told> {
	const kept = await metaValue(db, nameFor(lane));
	const told = { since: now, digest: now, causes: [], ...(kept ? (JSON.parse(kept) as Told) : {}) };
	return { ...told, since: Math.min(told.since, now), digest: Math.min(told.digest, now) };
}

export async function keepTold(db: Db, lane: string, told: Told): Promise<void> {
	await setMeta(db, nameFor(lane), JSON.stringify(told));
}

/** What was not finished before that moment is no silence: nobody was to start it. */
export async function countSilenceFrom(db: Db, lane: string, now: number): Promise<void> {
	await keepTold(db, lane, { ...(await toldTo(db, lane, now)), since: now });
}

/** A run has read everything: whatever was in the way before is over. */
export async function causesAreOver(db: Db, lane: string, now: number): Promise<void> {
	await keepTold(db, lane, { ...(await toldTo(db, lane, now)), since: now, causes: [] });
}
