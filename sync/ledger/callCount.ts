import { sql } from 'kysely';
import { DateTime } from 'luxon';
import type { Side } from '../items';
import { metaValue } from './meta';
import type { Db } from './schema';

/** The zone whose midnight starts a new day of calls: Marketo's daily quota resets by US Central time. */
const ZONES: Record<Side, string> = { marketo: 'America/Chicago', dynamics: 'utc' };

/** Counts one call of the vendor's present day. To be called where the call takes its turn. */
export async function countCall(db: Db, system: Side, now: number): Promise<void> {
	const day = dayOf(system, now);
	const kept = sql.ref('meta.value');
	const count = sql`(cast(substr(${kept}, ${sql.lit(day.length + 2)}) as integer) + 1)`;
	await db
		.insertInto('meta')
		.values({ name: callsName(system), value: `${day} 1` })
		.onConflict((c) =>
			c.column('name').doUpdateSet({
				value: sql`case when ${kept} like ${`${day} %`} then ${sql.lit(`${day} `)} || ${count} else excluded.value end`,
			}),
		)
		.execute();
}

/** Calls since the vendor's midnight; null where none was ever counted. */
export async function callsToday(db: Db, system: Side, now: number): Promise<number | null> {
	return callsIn(await metaValue(db, callsName(system)), system, now);
}

/** The same of what is kept by that name. */
export function callsIn(kept: string | undefined, system: Side, now: number): number | null {
	if (kept === undefined) return null;
	const [day, count] = kept.split(' ');
	return day === dayOf(system, now) ? Number(count) : 0;
}

export const callsName = (system: Side) => `calls.${system}`;

/** The vendor's day of a moment: `2026-03-02`. */
export function dayOf(system: Side, now: number): string {
	return DateTime.fromMillis(now, { zone: ZONES[system] }).toISODate()!;
}

/** When the vendor's next day begins, milliseconds since the epoch. */
export function nextDay(system: Side, now: number): number {
	const today = DateTime.fromMillis(now, { zone: ZONES[system] }).startOf('day');
	return today.plus({ days: 1 }).toMillis();
}
