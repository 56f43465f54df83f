import type { Side } from '../items';
import type { Ledger } from './ledger';
import { metaValue, metaValues, setMeta } from './meta';
import type { Db } from './schema';

/** What a system itself has said of how it wants to be called. */
export interface CallLimits {
	/** For how many milliseconds more it asks to be left alone; 0: not at all. */
	closedFor: number;
	/** How many calls at once it advises; undefined where it never did. */
	atOnce: number | undefined;
}

/** No system asks to be left alone for longer (R40: nor does a clock that was ahead). */
const LONGEST_CLOSED_MS = 3_600_000;

const closedName = (system: Side) => `calls.${system}.closed`;
const atOnceName = (system: Side) => `calls.${system}.atOnce`;

export async function callLimits(db: Db, system: Side, now: number): Promise<CallLimits> {
	const kept = await metaValues(db, [closedName(system), atOnceName(system)]);
	const left = Number(kept.get(closedName(system)) ?? 0) - now;
	const atOnce = kept.get(atOnceName(system));
	return {
		closedFor: left > LONGEST_CLOSED_MS ? 0 : Math.max(0, left),
		atOnce: atOnce === undefined ? undefined : Number(atOnce),
	};
}

/** The system asks everybody to stay away for so many milliseconds. */
export async function noteClosed(
	{ db, clock }: Pick<Ledger, 'db' | 'clock'>,
	system: Side,
	pause: number,
): Promise<void> {
	await setMeta(db, closedName(system), String(clock.now() + pause));
}

export async function noteAtOnce(db: Db, system: Side, calls: number): Promise<void> {
	if ((await metaValue(db, atOnceName(system))) !== String(calls))
		await setMeta(db, atOnceName(system), String(calls));
}
