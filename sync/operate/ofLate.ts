import { waitingSince } from '../ledger/due';
import type { Ledger } from '../ledger/ledger';
import { runsSince } from '../ledger/runs';
import { iso } from './words';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Records that the sync has written of late, by the runs that ended then, people who were made among them; and how long the oldest of what waits has waited. */
export interface OfLate {
	toDynamicsLastHour: number;
	toMarketoLastHour: number;
	toDynamicsLastDay: number;
	toMarketoLastDay: number;
	/** ISO 8601, UTC; null where nothing waits. */
	waitingSince: string | null;
}

export async function ofLate({ db, clock }: Ledger, lane: string): Promise<OfLate> {
	const now = clock.now();
	const hour = (await runsSince(db, lane, now - HOUR_MS)).counts;
	const day = (await runsSince(db, lane, now - DAY_MS)).counts;
	const since = await waitingSince(db, lane);
	return {
		toDynamicsLastHour: hour.toDynamics,
		toMarketoLastHour: hour.created + hour.toMarketo,
		toDynamicsLastDay: day.toDynamics,
		toMarketoLastDay: day.created + day.toMarketo,
		waitingSince: since === null ? null : iso(since),
	};
}
