import { DataverseProblem } from '../errors/problem';
import type { DataverseColumn } from '../metadata/table';

/** A value that can never be written into its column; found before any request. */
export function valueProblem(
	column: Pick<DataverseColumn, 'name' | 'label'>,
	value: unknown,
	why: string,
	remedy: string,
): DataverseProblem {
	return new DataverseProblem({
		kind: 'refused',
		status: 0,
		code: '',
		field: column.name,
		reason: `${shown(value)} does not fit "${column.label}" (${column.name}): ${why}`,
		remedy,
	});
}

function shown(value: unknown): string {
	const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
	return `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`;
}
