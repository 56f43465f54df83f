import { randomUUID } from 'crypto';

import type { Dataverse } from '../../../apis/dataverse/client';
import { DataverseProblem } from '../../../apis/dataverse/errors/problem';
import type { DataverseTable } from '../../../apis/dataverse/metadata/table';
import { create } from '../../../apis/dataverse/rows/create';
import { condition, conditions } from '../../../apis/dataverse/rows/filter';
import { get } from '../../../apis/dataverse/rows/get';
import { query } from '../../../apis/dataverse/rows/query';
import { update } from '../../../apis/dataverse/rows/update';
import { upsert } from '../../../apis/dataverse/rows/upsert';
import type { Row } from '../../../apis/dataverse/transport/answer';
import { fitsInKeyPath, guid, keyPath, rowPath } from '../../../apis/dataverse/transport/odata';
import { columnNamed } from '../../../apis/dataverse/values/body';
import { bodyFor } from './writing';

export interface Upserted {
	row: Row;
	created: boolean;
}

/**
 * Updates the one row that has the matching values, or creates it. By the row's id or by an alternate key
 * Dataverse does both in one step; by other columns the row is looked up first, and two rows that match
 * are nobody's guess.
 */
export async function createOrUpdate(
	client: Dataverse,
	table: DataverseTable,
	matchOn: string[],
	values: Record<string, unknown>,
	options: { detectDuplicates: boolean },
): Promise<Upserted> {
	assertMatchable(table, matchOn, values);
	// The matching columns have their values already; writing them again would only fire plug-ins.
	const rest = Object.fromEntries(
		Object.entries(values).filter(([name]) => !matchOn.includes(name)),
	);
	if (matchOn.length === 1 && matchOn[0] === table.idColumn) {
		const path = rowPath(table.set, guid(String(values[table.idColumn])));
		return await upsert(client, path, bodyFor(table, rest, 'upsert'), options);
	}
	const byKey = keyOf(table, matchOn, values);
	if (byKey) {
		return await upsert(client, keyPath(table.set, byKey), bodyFor(table, rest, 'upsert'), options);
	}
	return await bySearch(client, table, matchOn, values, rest, options);
}

async function bySearch(
	client: Dataverse,
	table: DataverseTable,
	matchOn: string[],
	values: Record<string, unknown>,
	rest: Record<string, unknown>,
	options: { detectDuplicates: boolean },
): Promise<Upserted> {
	const filter = conditions(
		matchOn.map((name) => condition(columnNamed(table, name), 'eq', values[name])),
		'and',
	);
	const found = await query(client, table.set, { select: [table.idColumn], filter, limit: 2 });
	if (found.length > 1) {
		throw new DataverseProblem({
			kind: 'refused',
			status: 0,
			code: '',
			reason: `More than one record has this ${matchOn.join(' and ')}`,
			remedy: 'Match on columns that only one record can have, or merge the duplicates first',
		});
	}
	if (found[0]) {
		const id = String(found[0][table.idColumn]);
		if (Object.keys(rest).length === 0)
			return { row: await get(client, table.set, id), created: false };
		const row = await update(client, table.set, id, bodyFor(table, rest, 'update'));
		return { row, created: false };
	}
	const row = await create(
		client,
		table.set,
		randomUUID(),
		bodyFor(table, values, 'create'),
		options,
	);
	return { row, created: true };
}

/** The values as an alternate key of the table, where the matching columns are one that can be used. */
function keyOf(
	table: DataverseTable,
	matchOn: string[],
	values: Record<string, unknown>,
): Record<string, string | number> | undefined {
	const key = table.keys.find(
		({ active, columns }) =>
			active &&
			columns.length === matchOn.length &&
			columns.every((name) => matchOn.includes(name)),
	);
	if (!key) return undefined;
	const found: Record<string, string | number> = {};
	for (const name of key.columns) {
		const value = values[name];
		const column = columnNamed(table, name);
		const usable =
			(column.type === 'String' && typeof value === 'string') ||
			(column.type === 'Integer' && typeof value === 'number');
		if (!usable || !fitsInKeyPath(value)) return undefined;
		found[name] = value;
	}
	return found;
}

function assertMatchable(
	table: DataverseTable,
	matchOn: string[],
	values: Record<string, unknown>,
): void {
	const empty = matchOn.filter(
		(name) => values[name] === undefined || values[name] === null || values[name] === '',
	);
	if (matchOn.length > 0 && empty.length === 0) return;
	const labels = empty.map((name) => `"${columnNamed(table, name).label}" (${name})`).join(', ');
	throw new DataverseProblem({
		kind: 'refused',
		status: 0,
		code: '',
		reason: labels
			? `The column to match on is empty: ${labels}`
			: 'There is no column to match on',
		remedy: "Enter a value, or choose another column under 'Columns to Match On'",
	});
}
