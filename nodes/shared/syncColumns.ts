import type { Dataverse } from '../../apis/dataverse/client';
import type { CustomText } from '../../apis/dataverse/metadata/customTexts';
import type { DataverseTable } from '../../apis/dataverse/metadata/table';
import { securedColumns } from '../../apis/dataverse/setup/securedColumns';
import type { Closed, Column } from '../../sync/values';
import { derivedColumns, madeOf } from './derivedColumns';
import { syncColumn } from './dynamicsColumn';
import { ownColumn, referenceColumns, textsBehind } from './dynamicsReferences';

/**
 * The columns of a table as sync knows them; one call more where none is secured, three where one is.
 *
 * @param custom columns behind its lookups, where they are known already: one call less
 */
export async function syncColumns(
	client: Dataverse,
	described: DataverseTable,
	user: () => Promise<string>,
	custom?: readonly CustomText[],
): Promise<Column[]> {
	const own = described.columns.filter((column) => column.canRead).map(syncColumn);
	const references = referenceColumns(
		described,
		custom ?? (await textsBehind(client, [described])),
	);
	const columns = [...own, ...references, ...derivedColumns(described)];
	if (!described.columns.some(({ isSecured }) => isSecured)) return columns;
	const closed = await closedColumns(client, described.name, await user());
	return columns.map((column) => {
		const closedTo = madeOf(described, column.name)
			.map((name) => closed.get(ownColumn(name)))
			.find((one) => one !== undefined);
		return closedTo ? { ...column, closedTo } : column;
	});
}

/** Columns that column-level security keeps from a user. */
export async function closedColumns(
	client: Dataverse,
	table: string,
	user: string,
): Promise<Map<string, Closed>> {
	const secured = await securedColumns(client, table, user);
	return new Map(
		secured
			.filter(({ canRead, canWrite }) => !canRead || !canWrite)
			.map(({ name, canRead }) => [name, canRead ? 'writing' : 'reading']),
	);
}
