import { valueInWords } from '../../../../sync/operate/words';
import type { Column, ValueType } from '../../../../sync/values';

const column = (type: ValueType, options?: Column['options']): Column => ({
	name: 'c',
	label: 'C',
	type,
	canCreate: true,
	canUpdate: true,
	required: false,
	...(options && { options }),
});
const RATINGS = [
	{ value: 1, label: 'Hot' },
	{ value: 2, label: 'Warm' },
];

describe('a value in words', () => {
	it.each([
		['a choice by its label', 2, column('choice', RATINGS), 'Warm'],
		['several choices by theirs', '1,2', column('multiChoice', RATINGS), 'Hot, Warm'],
		['a choice that is gone by its number', 9, column('choice', RATINGS), '9'],
		['yes and no', true, column('boolean'), 'Yes'],
		[
			'yes and no by their labels',
			false,
			column('boolean', [
				{ value: 0, label: 'Allow' },
				{ value: 1, label: 'Do Not Allow' },
			]),
			'Allow',
		],
		['a number as it is', 2, column('integer'), '2'],
		['a text as it is', 'Hot', column('text'), 'Hot'],
		['nothing', null, column('choice', RATINGS), ''],
		['a column that nobody knows', 'x', undefined, 'x'],
	])('shows %s', (_what, value, of, words) => {
		expect(valueInWords(value, of)).toBe(words);
	});
});
