import type { Side } from '../items';
import type { Wrote } from '../ledger/links';
import { OWN_FIELD, type PlannedFields } from '../ledger/plans';

/** Cycles in which the same value written three times to one field is ping-pong (R18). */
const CYCLES = 5;
const WRITES = 3;

/** Would this be the third cycle of late in which the same value is written to the field? */
export function isPingPong(
	wrote: Wrote,
	side: Side,
	field: string,
	hash: string,
	cycle: number,
): boolean {
	const earlier = recent(wrote, side, field, cycle).filter(
		([at, value]) => value === hash && at !== cycle,
	);
	return new Set(earlier.map(([at]) => at)).size >= WRITES - 1;
}

/** What was written, and not what was only decided: an update node that fails is nobody's ping-pong. */
export function noteWrites(wrote: Wrote, side: Side, fields: PlannedFields, cycle: number): Wrote {
	const noted: Wrote = {};
	for (const [key, writes] of Object.entries(wrote))
		if (writes.at(-1)![0] > cycle - CYCLES) noted[key] = writes;
	for (const [field, { row, new: hash }] of Object.entries(fields)) {
		if (row === OWN_FIELD) continue;
		noted[`${side}:${field}`] = [
			...recent(wrote, side, field, cycle).slice(-WRITES * 2),
			[cycle, hash],
		];
	}
	return noted;
}

function recent(wrote: Wrote, side: Side, field: string, cycle: number): Array<[number, string]> {
	return (wrote[`${side}:${field}`] ?? []).filter(([at]) => at > cycle - CYCLES);
}
