import type { Dataverse } from '../client';
import { rowIn, type Row } from '../transport/answer';
import { call } from '../transport/call';
import { prefer, rowPath } from '../transport/odata';

export interface ReadOptions {
	/** Names as the wire has them (`_ownerid_value` for a lookup); empty reads every column. */
	select?: string[];
	/** Also gives labels of choices and names of lookups. */
	withLabels?: boolean;
}

/** Annotations that carry what people see. Not to be combined with change tracking. */
export const LABELS =
	'odata.include-annotations="OData.Community.Display.V1.FormattedValue,Microsoft.Dynamics.CRM.lookuplogicalname"';

/** One row by its id. @throws DataverseProblem, kind `missing` where it is not there */
export async function get(
	client: Dataverse,
	set: string,
	id: string,
	options: ReadOptions = {},
): Promise<Row> {
	const answer = await call(client, {
		method: 'GET',
		path: rowPath(set, id),
		query: { $select: options.select?.length ? options.select.join(',') : undefined },
		headers: prefer(options.withLabels && LABELS),
		safety: 'repeatable',
	});
	return rowIn(answer);
}
