import { DateTime } from 'luxon';
import type { Side } from '../items';
import type { Db } from './schema';

/** The zone whose midnight starts a new day of calls: Marketo's daily quota resets by US Central time. */
const ZONES: Record<Side, string> = { marketo: 'America/Chicago', dynamics: 'utc' };

/** Counts one call of the vendor's present day. To be called where the call takes its turn. */
export async function countCall(db: Db, system: Side, now: number): Promise<void> {
	const count = ((await callsToday(db, system, now)) ?? 0) + 1;
	const row = { name: nameOf(system), value: `${dayOf(system, now)} ${count}` };
	await db
		.insertInto('meta')
		.values(row)
		.onConflict((c) => c.column('name').doUpdateSet(row))
		.execute();
}

/** Calls since the vendor's midnight; null where none was ever counted. */
export async function callsToday(db: Db, system: Side, now: number): Promise<number | null> {
	const row = await db
		.selectFrom('meta')
		.select('value')
		.where('name', '=', nameOf(system))
		.executeTakeFirst();
	if (!row) return null;
	const [day, count] = row.value.split(' ');
	return day === dayOf(system, now) ? Number(count) : 0;
}

function nameOf(system: Side): string {
	return `calls.${system}`;
}

/** The vendor's day of a moment: `2026-03-02`. */
export function dayOf(system: Side, now: number): string {
	return DateTime.fromMillis(now, { zone: ZONES[system] }).toISODate()!;
}

/** When the vendor's next day begins, milliseconds since the epoch. */
export function nextDay(system: Side, now: number): number {
	const today = DateTime.fromMillis(now, { zone: ZONES[system] }).startOf('day');
	return today.plus({ days: 1 }).toMillis();
}
