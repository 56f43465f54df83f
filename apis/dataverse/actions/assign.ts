import { sendEach } from '../batch/sendEach';
import type { Dataverse } from '../client';
import type { DataverseProblem } from '../errors/problem';
import { noSuchRow } from '../errors/refusal';
import { readByIds } from '../rows/readByIds';
import { rowPath } from '../transport/odata';
import { ownerLink, type Owner } from './owner';

/** A row of a table whose rows are owned. */
export interface OwnedRow {
	/** Its table on the wire. */
	set: string;
	idColumn: string;
	/** A GUID, lower case. */
	id: string;
}

export interface Assignment {
	row: OwnedRow;
	owner: Owner;
}

/** `assigned` is false where the row had this owner already. */
export type Assigned =
	| { assigned: boolean; previousOwner: string | null }
	| { problem: DataverseProblem };

/**
 * Gives rows to owners, one outcome per row in their order. Rows that have their owner are
 * not written: that would set off plug-ins and workflows for nothing. One call per table to look, one per 100 rows
 * to write.
 *
 * @throws DataverseProblem where the rows cannot be read; Cancelled
 */
export async function assignRows(
	client: Dataverse,
	assignments: Assignment[],
): Promise<Assigned[]> {
	const owners = await currentOwners(
		client,
		assignments.map(({ row }) => row),
	);
	const results = new Map<number, Assigned>();
	const open: number[] = [];
	for (const [index, { row, owner }] of assignments.entries()) {
		const current = owners.get(row.id);
		if (current === undefined) results.set(index, { problem: noSuchRow() });
		else if (current === owner.id) results.set(index, { assigned: false, previousOwner: current });
		else open.push(index);
	}
	const done = await sendEach(
		client,
		open.map((index) => {
			const { row, owner } = assignments[index]!;
			return {
				method: 'PATCH',
				path: rowPath(row.set, row.id),
				headers: { 'If-Match': '*' },
				body: { 'ownerid@odata.bind': ownerLink(owner) },
			};
		}),
	);
	for (const [at, index] of open.entries()) {
		const outcome = done[at]!;
		const previousOwner = owners.get(assignments[index]!.row.id) ?? null;
		results.set(index, 'problem' in outcome ? outcome : { assigned: true, previousOwner });
	}
	return assignments.map((_, index) => results.get(index)!);
}

/** Owner by row id; null where the row has none, absent where there is no row. */
async function currentOwners(
	client: Dataverse,
	rows: OwnedRow[],
): Promise<Map<string, string | null>> {
	const owners = new Map<string, string | null>();
	for (const [set, some] of Map.groupBy(rows, (row) => row.set)) {
		const { idColumn } = some[0]!;
		const ids = some.map(({ id }) => id);
		for (const row of await readByIds(client, set, idColumn, ids, [idColumn, '_ownerid_value'])) {
			const owner = row._ownerid_value;
			owners.set(
				String(row[idColumn]).toLowerCase(),
				typeof owner === 'string' ? owner.toLowerCase() : null,
			);
		}
	}
	return owners;
}
