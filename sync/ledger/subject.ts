import type { Table } from '../items';

const ACTION = 'action';

/** How the queue names a record: `lead:<guid>`, `contact:<guid>`, `person:<id>`. */
export function subjectOf(table: Table, id: string): string {
	return `${table}:${id}`;
}

/** A campaign's action on a person that needs help. Pages have no say in it: only another try settles it. */
export function actionSubject(person: string): string {
	return `${ACTION}:${person}`;
}

export function isAction(subject: string): boolean {
	return subject.startsWith(`${ACTION}:`);
}

export function readSubject(subject: string): { table: Table; id: string } {
	const at = subject.indexOf(':');
	const kind = subject.slice(0, at);
	return { table: kind === ACTION ? 'person' : (kind as Table), id: subject.slice(at + 1) };
}

export function linkSubject(link: { table: Table; dynamicsId: string }): string {
	return subjectOf(link.table, link.dynamicsId);
}

export function recordSubject(record: { table: Table; id: string }): string {
	return subjectOf(record.table, record.id);
}
