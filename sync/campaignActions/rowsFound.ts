import type { DynamicsTable } from '../items';
import { twoWayOf } from '../lanes/definition';
import { EMAIL_COLUMN } from '../lanes/people';
import { readSubject, recordSubject, subjectOf } from '../ledger/subject';
import { mailbox } from '../page/emailKey';
import { masterOf } from '../page/standing';
import { tableOf } from '../page/tables';
import type { DynamicsRow, EachRow, Refusal } from '../ports';
import type { Batch } from './batch';

/** Rows in a chain of merges that are followed: each is a call more. */
const MOST_MERGES = 3;

/** Rows of Dynamics that were looked for, and what Dynamics would not look for. */
export class RowsFound {
	private readonly rows = new Map<string, DynamicsRow>();
	private readonly byEmail = new Map<string, DynamicsRow[]>();
	/** Masters that were asked for. */
	private readonly asked = new Set<string>();
	/** By subject, or by e-mail. */
	private readonly refused = new Map<string, Refusal>();

	constructor(private readonly batch: Batch) {}

	/** @param carried ids that must be accounted for: a row out of sight is not to be made once more (R30) */
	async byIds(table: DynamicsTable, ids: string[], carried: string[]): Promise<void> {
		const wanted = [...new Set(ids)];
		if (wanted.length === 0) return;
		for (const row of await this.batch.dynamics.readByIds(table, this.columns(table), wanted))
			this.rows.set(recordSubject(row), row);
		const missing = wanted.filter(
			(id) => carried.includes(id) && !this.rows.has(subjectOf(table, id)),
		);
		await this.oneByOne(table, missing);
	}

	/** One that Dynamics does not look for holds up its own person alone (R46). */
	async byMailboxes(mailboxes: string[]): Promise<void> {
		const columns = { lead: this.columns('lead'), contact: this.columns('contact') };
		const found = await this.batch.dynamics.readByMailbox(columns, mailboxes, (email, refusal) =>
			this.refused.set(email, refusal),
		);
		for (const row of found) {
			const email = mailbox(row.values[EMAIL_COLUMN]);
			const key = recordSubject(row);
			// One that was read by its id already is that very row.
			const known = this.rows.get(key) ?? row;
			this.rows.set(key, known);
			if (email) this.byEmail.set(email, [...(this.byEmail.get(email) ?? []), known]);
		}
	}

	/** R28, R49: of a merged row the one that stays. */
	async mergedInto(): Promise<void> {
		for (let round = 0; round < MOST_MERGES; round++) {
			const masters = [...this.rows.values()].flatMap((row) => masterOf(this.batch, row) ?? []);
			const missing = masters.filter((one) => !this.rows.has(one) && !this.asked.has(one));
			if (missing.length === 0) return;
			for (const one of missing) this.asked.add(one);
			for (const { name } of this.batch.definition.tables) {
				const ofTable = missing.map(readSubject).filter(({ table }) => table === name);
				await this.oneByOne(name, [...new Set(ofTable.map(({ id }) => id))]);
			}
		}
	}

	/** A person's: rows by its ids, those alike by e-mail, both as what they were merged into; or why nobody knows. */
	of(
		ids: string[],
		email: string | null,
	): { own: DynamicsRow[]; alike: DynamicsRow[]; refusal: Refusal | undefined } {
		const own = ids.flatMap((id) => this.rows.get(id) ?? []);
		const alike = email === null ? [] : (this.byEmail.get(email) ?? []);
		const asked = [...ids, ...(email === null ? [] : [email])];
		const masters = [...own, ...alike].map((row) => this.last(row));
		const refusal = [...asked, ...masters.flatMap((row) => masterOf(this.batch, row) ?? [])]
			.map((one) => this.refused.get(one))
			.find((one) => one !== undefined);
		// Whoever was merged into one that is gone has nobody.
		const stays = (row: DynamicsRow) => {
			const last = this.last(row);
			return masterOf(this.batch, last) ? [] : [last];
		};
		return { own: own.flatMap(stays), alike: alike.flatMap(stays), refusal };
	}

	private last(row: DynamicsRow): DynamicsRow {
		let last = row;
		for (let round = 0; round < MOST_MERGES; round++)
			last = this.rows.get(masterOf(this.batch, last) ?? '') ?? last;
		return last;
	}

	private async oneByOne(table: DynamicsTable, ids: string[]): Promise<void> {
		if (ids.length === 0) return;
		const { rows, refused }: EachRow = await this.batch.dynamics.readEach(
			table,
			this.columns(table),
			ids,
		);
		for (const row of rows) this.rows.set(recordSubject(row), row);
		for (const [id, refusal] of refused) this.refused.set(subjectOf(table, id), refusal);
	}

	private columns(table: DynamicsTable): string[] {
		const { live, columns } = tableOf(this.batch, table);
		const { standing } = twoWayOf(this.batch.definition);
		const needed = [EMAIL_COLUMN, 'createdon', standing.state, standing.master];
		const mapped = live.map(({ row }) => row.column);
		return [...new Set([...needed, ...mapped])].filter((name) => columns.has(name));
	}
}
