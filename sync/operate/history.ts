import type { Side } from '../items';
import type { Columns } from '../ledger/columns';
import { winnersOf } from '../ledger/conflicts';
import { ASKED, rememberedOf, type Remembered, type ShownValues } from '../ledger/history';
import type { Link } from '../ledger/links';
import { plansOfLinks } from '../ledger/plans';
import type { Db } from '../ledger/schema';
import type { MappingRow } from '../mapping';
import type { Raw } from '../values';
import { counted, fieldName, iso, systemName, valueInWords } from './words';

/** What was decided about one field (or about a whole new person), and what became of it. */
export interface HistoryEntry {
	at: string;
	/** `Job Title (title)`, as the written side calls it. */
	field: string;
	from: string;
	to: string;
	/** As they stood when it was decided, in words; null where it is not known: not read, or too old to be kept. */
	dynamicsValue: string | null;
	marketoValue: string | null;
	/** Where both sides had changed: who won. Empty where only one had. */
	winner: string;
	rule: string;
	outcome: string;
	run: string;
}

/** The rule by which a person is made. */
export const NEW_IN_DYNAMICS = 'New in Dynamics';

const OTHER: Record<Side, Side> = { dynamics: 'marketo', marketo: 'dynamics' };

/** Plans end before they are carried out, or wait for an answer; what became of them may be told later than that (R15). */
const OUTCOMES: Record<string, { onItsWay?: string; over: string }> = {
	planned: {
		onItsWay: 'about to be written',
		over: 'not written: its execution ended first; decided again',
	},
	'no answer': {
		onItsWay: 'not answered: it is read before anything is written again',
		over: 'not answered; it is unknown whether it was written',
	},
	arrived: { over: 'written; that was not answered, but seen later' },
	'not arrived': { over: 'not written: it was not answered and did not arrive; decided again' },
};

/** The last `most` verdicts of a record, the newest first. */
export async function historyOf(
	db: Db,
	link: Link,
	columns: { dynamics: Columns; marketo: Columns },
	mapping: MappingRow[],
	most: number,
): Promise<HistoryEntry[]> {
	const rows = await rememberedOf(db, link.id, most);
	const plans = await plansOfLinks(db, [link.id]);
	const onTheirWay = new Set((plans.get(link.id) ?? []).map(({ id }) => id));
	const winners = await winnersOf(db, link.id);
	const entries: HistoryEntry[] = [];
	for (const row of rows) {
		// A question is told by itself.
		if (row.operation === ASKED) continue;
		const shown = row.shown ?? {};
		const side = row.side ?? 'marketo';
		const entry = (
			field: string,
			rule: string,
			values?: ShownValues[string],
			winner = '',
			pair?: MappingRow,
		): HistoryEntry => ({
			at: iso(row.at),
			field,
			from: systemName(OTHER[side]),
			to: systemName(side),
			dynamicsValue:
				values && values[2] !== 'dynamics'
					? wordsOf(values[0], columns.dynamics, pair?.column)
					: null,
			marketoValue:
				values && values[2] !== 'marketo' ? wordsOf(values[1], columns.marketo, pair?.field) : null,
			winner,
			rule,
			outcome: outcomeOf(row, onTheirWay),
			run: row.run,
		});
		const mapped = row.decided
			.filter(({ own }) => !own)
			.flatMap(({ rule, fields, rows: ids }) =>
				fields.map((name, at) => ({ rule, name, id: ids?.[at] ?? '' })),
			);
		if (side === 'dynamics' && (row.operation === 'delete' || row.operation === 'deactivate')) {
			const how = row.operation === 'delete' ? 'Deleted in Dynamics' : 'Deactivated in Dynamics';
			entries.push(entry(how, 'Its person was deleted in Marketo'));
			continue;
		}
		if (row.operation === 'delete' || row.operation === 'mark') {
			const how = row.operation === 'delete' ? 'Deleted in Marketo' : 'Marked as deleted';
			entries.push(entry(how, 'Deleted in Dynamics'));
			continue;
		}
		if (row.operation === 'merge') {
			const where = row.side === 'dynamics' ? 'Merged in Dynamics' : 'Merged in Marketo';
			entries.push(entry(where, row.decided[0]?.rule ?? ''));
			continue;
		}
		if (row.operation === 'create') {
			const made = `with ${counted(mapped.length, 'field')}`;
			entries.push(
				side === 'dynamics'
					? entry(`New record ${made}`, mapped[0]?.rule ?? '')
					: entry(`New person ${made}`, NEW_IN_DYNAMICS),
			);
			continue;
		}
		if (mapped.length === 0)
			entries.push(entry("Sync's own fields of the person", row.decided[0]?.rule ?? ''));
		for (const { rule, name, id } of mapped) {
			const winner = winners.get(`${row.run} ${id}`);
			const field = fieldName(columns[side].get(name), name);
			const pair = mapping.find((one) => one.id === id);
			const won = winner ? systemName(winner as Side) : '';
			entries.push(entry(field, rule, shown[id], won, pair));
		}
	}
	return entries.slice(0, most);
}

/** One entry as a sentence. */
export function inWords(entry: HistoryEntry): string {
	const { field, from, to, rule, outcome } = entry;
	const [sent, replaced] =
		to === 'Marketo'
			? [entry.dynamicsValue, entry.marketoValue]
			: [entry.marketoValue, entry.dynamicsValue];
	if (sent === null) return `${field}, ${from} to ${to}. ${rule}: ${outcome}`;
	const where = replaced === null ? 'whose value was not read' : `where it was ${quoted(replaced)}`;
	return `${field}: ${quoted(sent)} from ${from} to ${to}, ${where}. ${rule}: ${outcome}`;
}

function wordsOf(value: Raw, columns: Columns, name = ''): string {
	return valueInWords(value, columns.get(name));
}

function quoted(value: string): string {
	return value === '' ? 'empty' : `"${value}"`;
}

function outcomeOf(row: Remembered, onTheirWay: Set<string>): string {
	const words = OUTCOMES[row.outcome];
	if (!words) return row.outcome;
	const isOnItsWay = row.plan !== null && onTheirWay.has(row.plan);
	return (isOnItsWay && words.onItsWay) || words.over;
}
