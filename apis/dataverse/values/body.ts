import { DataverseProblem } from '../errors/problem';
import { wireName, type DataverseColumn, type DataverseTable } from '../metadata/table';
import { lookupToWire } from './lookups';
import { toPlain, type Plain } from './toWire';

export interface WriteBody {
	/** What is sent. */
	body: Record<string, Plain>;
	/** The written columns as `$select` names them, to learn what was really stored. */
	select: string[];
}

/**
 * The request body that writes values given by logical column name. Dataverse silently ignores columns
 * that are not valid for the operation; here they are refused, so that nobody believes them written.
 *
 * @throws DataverseProblem of kind `refused` or `setUp`
 */
export function writeBody(
	table: DataverseTable,
	values: Record<string, unknown>,
	operation: 'create' | 'update' | 'upsert',
): WriteBody {
	const body: Record<string, Plain> = {};
	const select: string[] = [];
	for (const [name, value] of Object.entries(values)) {
		if (value === undefined) continue;
		const column = columnNamed(table, name);
		assertWritable(table, column, operation);
		if (column.targets) {
			const [property, link] = lookupToWire(column, value);
			body[property] = link;
		} else {
			body[column.name] = toPlain(column, value);
		}
		select.push(wireName(column));
	}
	bringState(table, body);
	return { body, select };
}

/** A status reason belongs to one state and is refused in any other: it brings its own along. */
function bringState(table: DataverseTable, body: Record<string, Plain>): void {
	const status = table.columns.find(({ type }) => type === 'Status');
	const state = table.columns.find(({ type }) => type === 'State');
	if (!status || !state || body[status.name] === undefined || body[state.name] !== undefined)
		return;
	const chosen = status.choices?.find(({ value }) => value === body[status.name]);
	if (chosen?.state !== undefined) body[state.name] = chosen.state;
}

/** The column of a table. @throws DataverseProblem of kind `setUp` where it has none of this name */
export function columnNamed(table: DataverseTable, name: string): DataverseColumn {
	const column = table.columns.find((candidate) => candidate.name === name);
	if (column) return column;
	throw new DataverseProblem({
		kind: 'setUp',
		status: 0,
		code: '',
		field: name,
		reason: `The table "${table.label}" (${table.name}) has no column "${name}"`,
		remedy: 'Check whether the column was deleted or renamed; names are in lower case',
	});
}

function assertWritable(
	table: DataverseTable,
	column: DataverseColumn,
	operation: 'create' | 'update' | 'upsert',
): void {
	const allowed =
		(operation !== 'update' && column.canCreate) || (operation !== 'create' && column.canUpdate);
	if (allowed) return;
	const when = operation === 'create' ? 'when a row is created' : 'in an existing row';
	throw new DataverseProblem({
		kind: 'refused',
		status: 0,
		code: '',
		field: column.name,
		reason: `"${column.label}" (${column.name}) of "${table.label}" cannot be set ${when}`,
		remedy: 'Leave the column out',
	});
}
