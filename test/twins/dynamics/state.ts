import { DataverseError } from './errors';
import type { Table } from './schema';
import type { Changes, Stored } from './store';

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

/**
 * Keeps an opportunity from being closed by a plain write; reopening one takes what closing has set.
 * @throws DataverseError 0x80100005
 */
export function guardClosing(
	table: Table,
	asked: Changes,
	current: Readonly<Record<string, Stored | undefined>>,
): Record<string, Stored | null> {
	const state = asked.statecode;
	if (state === undefined || state === null || state === (current.statecode ?? 0)) return {};
	if (state === 0) return { actualclosedate: null, actualvalue: null };
	const options = table.column('statecode')?.options;
	const name = options?.find(([value]) => value === state)?.[1] ?? String(state);
	throw new DataverseError(
		400,
		'0x80100005',
		`This message can not be used to set the state of opportunity to ${name}. In order to set state of opportunity to ${name}, use the ${name} message instead.`,
	);
}
