import type { Dataverse } from '../../apis/dataverse/client';
import type { DataverseTable } from '../../apis/dataverse/metadata/table';
import { securedColumns } from '../../apis/dataverse/setup/securedColumns';
import type { Closed, Column } from '../../sync/values';
import { syncColumn } from './dynamicsColumn';
import { ownColumn, referenceColumns } from './dynamicsReferences';

/** The columns of a table as sync knows them; one call more where none is secured, three where one is. */
export async function syncColumns(
	client: Dataverse,
	described: DataverseTable,
	user: () => Promise<string>,
): Promise<Column[]> {
	const own = described.columns.filter((column) => column.canRead).map(syncColumn);
	const columns = [...own, ...(await referenceColumns(client, described))];
	if (!described.columns.some(({ isSecured }) => isSecured)) return columns;
	const closed = await closedColumns(client, described.name, await user());
	return columns.map((column) => {
		const closedTo = closed.get(ownColumn(column.name));
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
