import { COLUMN_CLOSED, NO_ACCESS, type Refusal, type WriteOutcome } from '../../../sync/ports';
import type { Closed } from '../../../sync/values';
import type { Cells } from './edits';

/** What the sync's user may not see for a while: rows, and columns. */
export class Eyes {
	private readonly rows = new Set<string>();
	/** Rows that the sync knew to be out of sight. */
	private readonly missed = new Set<string>();
	private readonly columns = new Set<string>();

	hide(record: string): void {
		this.rows.add(record);
	}

	close(column: string): void {
		this.columns.add(column);
	}

	get hidden(): string[] {
		return [...this.rows];
	}

	/** The sync has found out that a row is out of its sight. */
	miss(record: string): void {
		this.missed.add(record);
	}

	/** All is shown and open again. Answers what was not, and which rows of these the sync had missed. */
	openAll(): { rows: string[]; missed: Set<string>; columns: string[] } {
		const shut = { rows: this.hidden, missed: new Set(this.missed), columns: [...this.columns] };
		for (const those of [this.rows, this.missed, this.columns]) those.clear();
		return shut;
	}

	sees({ table, id }: { table: string; id: string }): boolean {
		return !this.rows.has(`${table}:${id}`);
	}

	mayRead(column: string): boolean {
		return !this.columns.has(column);
	}

	get closed(): Map<string, Closed> {
		return new Map([...this.columns].map((name) => [name, 'reading']));
	}

	/** Of a row's cells those that can be read. */
	readable(cells: Cells): Cells {
		return Object.fromEntries(Object.entries(cells).filter(([name]) => this.mayRead(name)));
	}

	get noAccess(): Refusal {
		return { code: NO_ACCESS, reason: 'May not see it', remedy: 'Share it' };
	}

	/** Why a row is not written; null: it is. */
	refusal(row: { table: string; id: string } | null, values: object): WriteOutcome | null {
		if (row && !this.sees(row)) return { kind: 'refused', refusal: this.noAccess };
		if (Object.keys(values).every((name) => this.mayRead(name))) return null;
		const refusal = { code: COLUMN_CLOSED, reason: 'A column is closed', remedy: 'Open it' };
		return { kind: 'refused', refusal };
	}
}
