import type { Dataverse } from './client';
import { rowIn } from './transport/answer';
import { call } from './transport/call';

/**
 * How many rows tables have, by a snapshot that is up to a day old (function `RetrieveTotalRecordCount`); whoever signs
 * in may see fewer of them. @throws DataverseProblem
 */
export async function totalRows(client: Dataverse, tables: string[]): Promise<Map<string, number>> {
	const names = tables.map((name) => `'${name}'`).join();
	const path = `RetrieveTotalRecordCount(EntityNames=[${names}])`;
	const row = rowIn(await call(client, { method: 'GET', path, safety: 'repeatable' }));
	const { Keys, Values } = row.EntityRecordCountCollection as { Keys: string[]; Values: number[] };
	return new Map(Keys.map((name, index) => [name, Values[index]!]));
}
