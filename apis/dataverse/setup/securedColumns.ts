import { isObject } from '../../wire/json';
import type { Dataverse } from '../client';
import { labelText, type Label } from '../metadata/definitions';
import { rowIn, rowsIn } from '../transport/answer';
import { call } from '../transport/call';
import { textLiteral } from '../transport/odata';

/** A column under column-level security, and what one user may do with it. */
export interface SecuredColumn {
	name: string;
	label: string;
	canRead: boolean;
	/** In new rows and in those that are there. */
	canWrite: boolean;
}

/** `CanRead` and its like: 0 not allowed, 4 allowed. */
const ALLOWED = 4;

/**
 * The secured columns of a table. To who may not read one it is just empty, so nothing else tells.
 *
 * @throws DataverseProblem
 */
export async function securedColumns(
	client: Dataverse,
	table: string,
	userId: string,
): Promise<SecuredColumn[]> {
	const columns = rowsIn(
		await call(client, {
			method: 'GET',
			path: `EntityDefinitions(LogicalName=${textLiteral(table)})/Attributes`,
			query: { $select: 'LogicalName,DisplayName,MetadataId', $filter: 'IsSecured eq true' },
			safety: 'repeatable',
		}),
	);
	if (columns.length === 0) return [];
	const { AttributePrivileges: listed } = rowIn(
		await call(client, {
			method: 'GET',
			path: `systemusers(${userId})/Microsoft.Dynamics.CRM.RetrievePrincipalAttributePrivileges()`,
			safety: 'repeatable',
		}),
	);
	const privileges = (Array.isArray(listed) ? listed : []).filter(isObject);
	return columns.map((column) => {
		const may = privileges.find(({ AttributeId }) => AttributeId === column.MetadataId);
		const name = String(column.LogicalName);
		return {
			name,
			label: labelText(column.DisplayName as Label | undefined) ?? name,
			canRead: may?.CanRead === ALLOWED,
			canWrite: may?.CanCreate === ALLOWED && may.CanUpdate === ALLOWED,
		};
	});
}
