import { convert } from '../convert';
import type { Side } from '../items';
import type { Refusal } from '../ports';
import type { Raw } from '../values';
import type { LiveRow } from './tables';

/** What a new record takes over from its counterpart, by the mapping. */
export interface NewRecord {
	/** Values to send, by the target's name. */
	readonly sent: ReadonlyMap<string, { live: LiveRow; value: Raw }>;
	/** What the new record cannot hold: it is made without. */
	readonly refused: ReadonlyArray<{ live: LiveRow; refusal: Refusal }>;
	/** An empty value, or a yes/no that nobody answered, says nothing; the new record has it anyway. */
	readonly empty: readonly LiveRow[];
}

/** The values of a record as a new one on the other side takes them over. Pure. */
export function newRecord(
	rows: readonly LiveRow[],
	to: Side,
	values: Readonly<Record<string, Raw>>,
): NewRecord {
	const sent = new Map<string, { live: LiveRow; value: Raw }>();
	const refused: Array<{ live: LiveRow; refusal: Refusal }> = [];
	const empty: LiveRow[] = [];
	for (const live of rows) {
		const { row } = live;
		const [source, target] =
			to === 'marketo' ? [live.column, live.field] : [live.field, live.column];
		const value = values[source.name];
		const goesThere = row.direction === 'both' || row.direction === DIRECTION[to];
		if (!goesThere || value === undefined || sent.has(target.name)) continue;
		if (to === 'dynamics' && !target.canCreate) continue;
		const there = convert(source, target, to, value, row.transform);
		if ('refusal' in there) refused.push({ live, refusal: there.refusal });
		else if (there.value === null || there.value === false) empty.push(live);
		else sent.set(target.name, { live, value: there.value });
	}
	return { sent, refused, empty };
}

const DIRECTION = { marketo: 'toMarketo', dynamics: 'toDynamics' } as const;
