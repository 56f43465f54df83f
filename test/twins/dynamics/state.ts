import { DataverseError } from './errors';
import type { Table } from './schema';
import type { Stored } from './store';

/**
 * Makes state and status of a write agree: a state alone brings its default status, a status alone
 * must belong to the state the row has.
 * @throws DataverseError 0x80048408 for a pair that does not go together
 */
export function settleState(
	table: Table,
	changes: Readonly<Record<string, Stored | null>>,
	current: Readonly<Record<string, Stored | undefined>>,
	id: string,
): Record<string, Stored | null> {
	const states = table.column('statecode')?.options;
	const statuses = table.column('statuscode')?.options;
	if (!states || !statuses) return {};
	const hasState = changes.statecode !== undefined && changes.statecode !== null;
	const hasStatus = changes.statuscode !== undefined && changes.statuscode !== null;
	const state = hasState ? changes.statecode : (current.statecode ?? states[0]?.[0] ?? 0);
	const entry = states.find(([value]) => value === state);
	if (!hasStatus) {
		if (!hasState && current.statuscode !== undefined) return { statuscode: current.statuscode };
		if (hasState && state === current.statecode && current.statuscode !== undefined) {
			return { statecode: state!, statuscode: current.statuscode };
		}
		const status = entry?.[2] ?? statuses.find(([, , of]) => of === state)?.[0];
		return { statecode: state!, statuscode: status ?? null };
	}
	const fits = statuses.some(([value, , of]) => value === changes.statuscode && of === state);
	if (fits) return { statecode: state!, statuscode: changes.statuscode! };
	throw new DataverseError(
		400,
		'0x80048408',
		`${String(changes.statuscode)} is not a valid status code for state code ${table.spec.schema}State.${entry?.[1] ?? String(state)} on ${table.name} with Id ${id}.`,
	);
}
