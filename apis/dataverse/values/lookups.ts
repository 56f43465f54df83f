import type { Binding, DataverseColumn } from '../metadata/table';
import { isGuid } from '../transport/odata';
import { valueProblem } from './valueProblem';

/**
 * How a lookup is set: the name to write and its value. Accepts a GUID, or `table(GUID)` where a lookup
 * may point to several tables (`team(…)`, `contacts(…)`); a bare GUID means the first table, for an owner
 * a user. Null and empty text clear it.
 *
 * @throws DataverseProblem of kind `refused`
 */
export function lookupToWire(
	column: DataverseColumn,
	given: unknown,
): [name: string, link: string | null] {
	const bindings = column.bindings ?? [];
	if (bindings.length === 0) {
		throw valueProblem(
			column,
			given,
			'nothing is known about what this lookup may point to',
			'Check that the user of the credential may read the table it points to',
		);
	}
	if (given === null || given === undefined || String(given).trim() === '') {
		return [`${bindings[0]!.navigation}@odata.bind`, null];
	}
	const { table, id } = parsed(column, given);
	const binding = chosen(column, bindings, table, given);
	return [`${binding.navigation}@odata.bind`, `/${binding.set}(${id})`];
}

function parsed(column: DataverseColumn, given: unknown): { table?: string; id: string } {
	const parts = /^\s*\/?(?:([\w]+)\s*\()?\s*\{?([\da-f-]{36})\}?\s*\)?\s*$/i.exec(String(given));
	if (parts && isGuid(parts[2]!))
		return { table: parts[1]?.toLowerCase(), id: parts[2]!.toLowerCase() };
	throw valueProblem(
		column,
		given,
		'it is not a record ID',
		`Send the GUID of a row${column.targets && column.targets.length > 1 ? `, or ${column.targets.join('(…), ')}(…)` : ''}`,
	);
}

function chosen(
	column: DataverseColumn,
	bindings: Binding[],
	table: string | undefined,
	given: unknown,
): Binding {
	if (table === undefined) {
		return bindings.find((binding) => binding.table === 'systemuser') ?? bindings[0]!;
	}
	const binding = bindings.find(
		(candidate) => candidate.table === table || candidate.set === table,
	);
	if (binding) return binding;
	const tables = bindings.map((candidate) => candidate.table).join(', ');
	throw valueProblem(
		column,
		given,
		`it can only point to ${tables}`,
		'Send a row of one of these tables',
	);
}
