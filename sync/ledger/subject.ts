import type { Table } from '../items';

/** How the queue names a record: `lead:<guid>`, `contact:<guid>`, `person:<id>`. */
export function subjectOf(table: Table, id: string): string {
	return `${table}:${id}`;
}

export function readSubject(subject: string): { table: Table; id: string } {
	const at = subject.indexOf(':');
	return { table: subject.slice(0, at) as Table, id: subject.slice(at + 1) };
}
