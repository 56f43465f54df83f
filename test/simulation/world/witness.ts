import type { DynamicsTable, PeopleTable, Side } from '../../../sync/items';
import type { MappingRow, PeopleMapping } from '../../../sync/mapping';
import {
	AFTER_REFUSAL,
	EDITED_SINCE,
	EMPTY_NEVER_WINS,
	LEFT_APART,
	SENT_AGAIN,
} from '../../../sync/page/decide';
import type { Raw } from '../../../sync/values';
import { descendsFrom, join, type Cell, type Edit } from './edits';
import type { Execution } from './execution';
import { ALL_PAIRS, type PairNames } from './fields';
import { agree, carried, sameIn } from './meaning';

const OF_MERGED_ROWS = ['Merged in Dynamics', 'Qualified in Dynamics'];

/** Sync replaced a value that the new one does not descend from. */
export interface Overwrite {
	side: Side;
	/** Dynamics row, `lead:…` or `contact:…`. */
	row: string;
	column: string;
	/** What the column is synced with. */
	field: string;
	lost: Edit;
	lostValue: Raw;
	by: Edit;
	at: number;
	/** How many conflicts were on record by then. */
	after: number;
}

/** A conflict that sync put on record. */
export interface Recorded {
	row: string;
	/** The person has, or had, other rows. */
	hasOthers: boolean;
	/** As the page had it that decided. */
	mapped: MappingRow;
	column: string;
	dynamics: Edit | null;
	marketo: Edit | null;
	winner: string;
	rule: string;
	base: string;
	open: boolean;
	/** What Marketo has may be the rest of a text that it has cut. */
	isCut: boolean;
}

/**
 * Watches every write on its way to a vendor. What is wrong at once is noted at once; what depends on
 * the rest of the history is judged at its end.
 */
export class Witness {
	readonly violations: string[] = [];
	readonly overwrites: Overwrite[] = [];
	readonly conflicts: Recorded[] = [];
	/** What the last call carried. */
	landed: Edit[] = [];
	/** Vendor writes, one per record. */
	writes = 0;
	readonly story: string[] = [];
	/** Rows of earlier mappings, the newest first. */
	private readonly before: Array<MappingRow & { until: number }> = [];

	constructor(
		private mapping: PeopleMapping,
		/** Whether a row is there, and always was. */
		private readonly lives: (record: string) => boolean,
		/** What stood in a person's field before, as Marketo's log tells. */
		private readonly replaced: (person: string, field: string) => Cell[],
		/** Whether the side may have turned away what one act has typed, and another act came after that. */
		private readonly mayFollowRefusal: (side: Side, refused: Edit, edit: Edit) => boolean,
		/** Nothing but the two edits has touched the records: *Newest Wins* can tell. */
		private readonly canBeDated: boolean,
	) {}

	/** The field mapping is another one. */
	remapped(mapping: PeopleMapping, at: number): void {
		this.before.unshift(...this.mapping.lead.rows.map((row) => ({ ...row, until: at })));
		this.mapping = mapping;
	}

	/** Whether one of the two was synced with another one than this since then. */
	wasPairedOtherwise({ column, field }: PairNames, since: number): boolean {
		return this.before.some(
			(row) => row.until > since && (row.column === column) !== (row.field === field),
		);
	}

	accuse(what: string): void {
		if (!this.violations.includes(what)) this.violations.push(what);
	}

	/** One field of one write; answers with the act that the written value comes from. */
	wrote(
		execution: Execution,
		side: Side,
		record: string,
		row: string,
		name: string,
		value: Raw,
		target: Cell | null,
	): Edit | null {
		const [pair] = this.pairsOf(execution, side, row, name);
		if (!pair) return null;
		const same = (other: Raw) => sameIn(name, side, other, value);
		const seen = execution.readings.get(record)?.get(name) ?? (side === 'dynamics' ? target : null);
		if (seen && same(seen.value))
			this.accuse(`I9 ${record}.${name} was written although it holds the value`);
		const source = this.sourceOf(execution, side, record, row, name, same);
		if (!source) {
			this.accuse(`I2 ${record}.${name} got a value that nobody typed: ${JSON.stringify(value)}`);
			return target?.edit ?? null;
		}
		if (target?.edit === source && same(target.value))
			this.accuse(`I12 ${record}.${name} was written twice`);
		source.carried = true;
		this.landed.push(source);
		this.checkOrigin(side, row, source);
		if (target && target.edit !== source && !descendsFrom(source, target.edit)) {
			if (same(target.value)) join(source, target.edit, pair);
			else
				this.overwrites.push({
					side,
					row,
					column: pair.column,
					field: pair.field,
					lost: target.edit,
					lostValue: target.value,
					by: source,
					at: execution.id,
					after: this.conflicts.length,
				});
		}
		return source;
	}

	/** A row of the mapping by which a page went, by its id. */
	mappedRow(execution: Execution, table: PeopleTable, id: string): MappingRow | undefined {
		return this.rowsOf(execution, table).find((one) => one.id === id);
	}

	/**
	 * The mapping of an execution, which somebody may have changed since it began; then the one that is, and those that
	 * were: whoever is at work beside the pages goes by the one of the last page.
	 */
	private rowsOf({ mapping }: Execution, table: PeopleTable): MappingRow[] {
		return [
			...(mapping?.[table]?.rows ?? []),
			...(this.mapping[table]?.rows ?? []),
			...this.before,
		];
	}

	/** What belongs to a column or field. */
	private pairsOf(execution: Execution, side: Side, row: string, name: string): PairNames[] {
		const rows = this.rowsOf(execution, row.split(':')[0] as PeopleTable);
		return [...rows, ...ALL_PAIRS].filter(
			(one) => (side === 'dynamics' ? one.column : one.field) === name,
		);
	}

	private sourceOf(
		execution: Execution,
		side: Side,
		record: string,
		row: string,
		name: string,
		same: (value: Raw) => boolean,
	): Edit | null {
		const person =
			side === 'marketo'
				? record
				: [...execution.partners].find(([, partner]) => partner === row)?.[0];
		for (const pair of this.pairsOf(execution, side, row, name)) {
			const becomes = (other: Raw) => {
				const there = carried(pair, side, other);
				return there !== undefined && same(there);
			};
			const cell =
				side === 'marketo'
					? execution.readings.get(row)?.get(pair.column)
					: execution.readings.get(`person:${person}`)?.get(pair.field);
			if (cell && becomes(cell.value)) return cell.edit;
			// R13: a value that only the log still knows, and that is put back or goes on.
			const logged = this.replaced(person?.replace('person:', '') ?? '', pair.field);
			const found = logged.findLast(({ value }) =>
				side === 'marketo' ? same(value) : becomes(value),
			);
			if (found) return found.edit;
		}
		return null;
	}

	/** I10: what a user typed into one row reaches no other row of the same table while both are there. An inactive one, or one that is left out, has stepped aside (R49, R54), and so has one that was ever deleted: its person stayed, with what came from it, and may have become another row's by the time it is restored. */
	private checkOrigin(side: Side, row: string, source: Edit): void {
		const table = row.split(':')[0]!;
		if (
			side === 'dynamics' &&
			source.record.startsWith(`${table}:`) &&
			source.record !== row &&
			this.lives(source.record)
		) {
			this.accuse(`I10 ${row} got a value that was typed into ${source.record}`);
		}
	}

	/** Both sides were looked at together, and agree. */
	sawEqual(dynamics: Cell, marketo: Cell, pair: PairNames): void {
		if (!agree(pair, dynamics.value, marketo.value)) return;
		join(dynamics.edit, marketo.edit, pair);
		dynamics.edit.carried = marketo.edit.carried = true;
	}

	recorded(one: Recorded): void {
		this.conflicts.push(one);
		const { dynamics, marketo, row, column } = one;
		if (
			// A row of one direction puts back what was typed on its other side: one edit is enough for a record.
			one.mapped.direction === 'both' &&
			one.base === 'known' &&
			// R28: it lost to what the row says that stays, which is another one.
			!OF_MERGED_ROWS.includes(one.rule) &&
			dynamics &&
			marketo &&
			// What stays impossible: the row says something else by now, so nobody knows what the rest is a rest of.
			!(one.isCut && dynamics !== marketo && descendsFrom(dynamics, marketo)) &&
			(descendsFrom(dynamics, marketo) || descendsFrom(marketo, dynamics))
		) {
			this.accuse(`I8 ${row}.${column}: a conflict was recorded, but only one side was edited`);
		}
		this.checkWinner(one);
	}

	/** I7: the winner is the side that the policy names. */
	private checkWinner({
		row,
		hasOthers,
		mapped,
		column,
		winner,
		rule,
		base,
		dynamics,
		marketo,
	}: Recorded): void {
		const table = row.split(':')[0] as DynamicsTable;
		if (
			rule === 'Both sides are equal again' ||
			rule === 'The record was deleted' ||
			rule === 'Answered by an edit' ||
			// R28: what stays with the person of a row that is none any more lost to what was chosen in the merge.
			OF_MERGED_ROWS.includes(rule)
		)
			return;
		if (base === 'unset' && rule === 'An opt-out stays') return;
		// R28: what was emptied while another row was the person's.
		if (base === 'unset' && rule === EMPTY_NEVER_WINS && hasOthers) return;
		// R24: an address that another person has is held like a value that is refused.
		if (rule === AFTER_REFUSAL && column === 'emailaddress1' && winner === 'marketo') return;
		// R15: nobody can say whether there were two edits; what is replaced is on record all the same.
		if (rule === SENT_AGAIN) return;
		if (rule === EDITED_SINCE || rule === LEFT_APART) {
			const [won, lost] = winner === 'dynamics' ? [dynamics, marketo] : [marketo, dynamics];
			if (won && lost && won.at < lost.at)
				this.accuse(
					`I7 ${row}.${column}: ${JSON.stringify(won.value)} won as if it had been typed after ${JSON.stringify(lost.value)}`,
				);
			return;
		}
		if (rule === AFTER_REFUSAL) {
			const [won, lost] = winner === 'dynamics' ? [dynamics, marketo] : [marketo, dynamics];
			if (won && lost && !this.mayFollowRefusal(winner as Side, lost, won)) {
				this.accuse(
					`I7 ${row}.${column}: ${JSON.stringify(won.value)} won as if it had been typed after ${winner} refused ${JSON.stringify(lost.value)}`,
				);
			}
			return;
		}
		const policy = mapped.winner ?? this.mapping[table as PeopleTable].ifBothChanged;
		const later =
			this.canBeDated && dynamics && marketo
				? dynamics.at > marketo.at
					? 'dynamics'
					: 'marketo'
				: null;
		const named = {
			toMarketo: 'dynamics',
			toDynamics: 'marketo',
			both: {
				native: table === 'lead' ? 'marketo' : 'dynamics',
				marketo: 'marketo',
				dynamics: 'dynamics',
				ask: '',
				newest: later,
			}[policy],
		}[mapped.direction];
		if (named !== null && winner !== named)
			this.accuse(
				`I7 ${row}.${column}: ${winner || 'nobody'} won, the policy names ${named || 'nobody yet'}`,
			);
	}
}
