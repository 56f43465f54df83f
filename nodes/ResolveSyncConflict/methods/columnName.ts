import type { Column } from '../../../sync/values';

/** How the lists name types. */
export const TYPE_WORDS: Record<Column['type'], string> = {
	text: 'text',
	longText: 'long text',
	email: 'email',
	phone: 'phone',
	url: 'URL',
	integer: 'whole number',
	decimal: 'number',
	boolean: 'yes/no',
	date: 'date',
	dateTime: 'date and time',
	choice: 'choice',
	multiChoice: 'choices',
	lookup: 'lookup',
	id: 'ID',
};

/** `Job Title (jobtitle) · text 100` */
export function columnName(column: Column): string {
	const length = column.maxLength ? ` ${column.maxLength}` : '';
	const readOnly = column.canUpdate || column.canCreate ? '' : ' · read only';
	const type = column.wallClock ? 'wall clock time' : TYPE_WORDS[column.type];
	return `${column.label} (${column.name}) · ${type}${length}${readOnly}`;
}
