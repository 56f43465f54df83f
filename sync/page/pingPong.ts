import type { Side } from '../items';
import type { Wrote } from '../ledger/links';
import { OWN_FIELD, type PlannedFields } from '../ledger/plans';
import type { MappingRow } from '../mapping';

/** Cycles in which the same value written three times to one field is ping-pong (R18). */
const CYCLES = 5;
const WRITES = 3;
/** Writes of a field, each the answer to an edit of what the one before had written, after which it is a tug of war. */
const ANSWERS = 10;

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

/**
 * How many writes of a mapping row in a row, this one included, answer an edit of what the one before had written,
 * in whichever direction, each within five cycles of it. People do not go on like that; programs do.
 */
export function answersOf(
	wrote: Wrote,
	row: Pick<MappingRow, 'column' | 'field'>,
	isEdited: Record<Side, boolean>,
	cycle: number,
): number {
	const last = lastWrite(wrote, row);
	if (!last || last.at <= cycle - CYCLES) return 0;
	// Writes of one cycle count once.
	if (last.at === cycle) return last.answers;
	return isEdited[last.side] ? last.answers + 1 : 0;
}

export function isTugOfWar(answers: number): boolean {
	return answers > ANSWERS;
}

/** The tug of war goes on, though nothing is written any more: only quiet ends it. */
export function stillPulled(
	wrote: Wrote,
	row: Pick<MappingRow, 'column' | 'field'>,
	cycle: number,
): Wrote {
	const last = lastWrite(wrote, row);
	if (!last) return wrote;
	const [, hash, answers] = last.write;
	return { ...wrote, [last.key]: [...wrote[last.key]!.slice(0, -1), [cycle, hash, answers]] };
}

/** What was written, and not what was only decided: an update node that fails is nobody's ping-pong. */
export function noteWrites(wrote: Wrote, side: Side, fields: PlannedFields, cycle: number): Wrote {
	const noted: Wrote = {};
	for (const [key, writes] of Object.entries(wrote))
		if (writes.at(-1)![0] > cycle - CYCLES) noted[key] = writes;
	for (const [field, { row, new: hash, answers }] of Object.entries(fields)) {
		if (row === OWN_FIELD) continue;
		noted[`${side}:${field}`] = [
			...recent(wrote, side, field, cycle).slice(-WRITES * 2),
			answers ? [cycle, hash, answers] : [cycle, hash],
		];
	}
	return noted;
}

function recent(wrote: Wrote, side: Side, field: string, cycle: number): Wrote[string] {
	return (wrote[`${side}:${field}`] ?? []).filter(([at]) => at > cycle - CYCLES);
}

/** The latest write of a mapping row, to either side. */
function lastWrite(wrote: Wrote, { column, field }: Pick<MappingRow, 'column' | 'field'>) {
	const writes = (['dynamics', 'marketo'] as const).flatMap((side) => {
		const key = `${side}:${side === 'dynamics' ? column : field}`;
		const write = wrote[key]?.at(-1);
		return write ? [{ side, key, write, at: write[0], answers: write[2] ?? 0 }] : [];
	});
	return writes.sort((a, b) => b.at - a.at)[0];
}
