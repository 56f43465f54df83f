import type { Column, ValueType } from '../../../sync/values';

/** A column or field of a type; all that a test does not name is harmless. */
export const column = (type: ValueType, more: Partial<Column> = {}): Column => ({
	name: 'x',
	label: 'X',
	type,
	canCreate: true,
	canUpdate: true,
	required: false,
	...more,
});

/** A choice between Hot (1), Cold (2) and Luke Warm (10), or several of them. */
export const choice = (type: 'choice' | 'multiChoice' = 'choice'): Column =>
	column(type, {
		options: [
			{ value: 1, label: 'Hot' },
			{ value: 2, label: 'Cold' },
			{ value: 10, label: 'Luke Warm' },
		],
	});
