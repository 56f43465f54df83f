import { convert, type Converted } from '../../../sync/convert';
import type { Side } from '../../../sync/items';
import type { Transform } from '../../../sync/mapping';
import { normalForm } from '../../../sync/normalForm';
import type { Column, Raw, ValueType } from '../../../sync/values';
import { choice, column } from './column';

const value = (raw: Raw): Converted => ({ value: raw });
const refusedAs = (code: string) => ({
	refusal: expect.objectContaining({
		field: 'x',
		code,
		reason: expect.stringContaining('X') as string,
		remedy: expect.stringMatching(/./) as string,
	}) as unknown,
});
const text = column('text');

describe(convert, () => {
	it.each<[string, Column, Column, Raw | undefined, Raw]>([
		['a text', text, text, 'Clerk', 'Clerk'],
		['a text of nought', text, text, '0', '0'],
		['nothing at all', text, text, undefined, null],
		['an empty text', text, text, '', null],
		['a number into a text', column('integer'), text, 7, '7'],
		['a yes into a text', column('boolean'), text, true, 'true'],
		['a number', text, column('integer'), ' 007 ', 7],
		['nought', text, column('integer'), '0', 0],
		[
			'a number with more digits than the target keeps',
			column('decimal'),
			column('decimal', { precision: 2 }),
			1.239,
			1.24,
		],
		['a whole number that looks like none', text, column('integer'), '2.0', 2],
		['a yes in words', text, column('boolean'), 'Yes', true],
		['a no in numbers', column('integer'), column('boolean'), 0, false],
		['an option as its label', choice(), text, 10, 'Luke Warm'],
		['an option as a whole number', choice(), column('integer'), 10, 10],
		['a label as its option', text, choice(), ' luke warm ', 10],
		['a number as the option that has it', column('integer'), choice(), 2, 2],
		['an option from choice to choice', choice(), choice(), 10, 10],
		['several options as their labels', choice('multiChoice'), text, '2,10', 'Cold; Luke Warm'],
		['several labels as their options', text, choice('multiChoice'), 'Luke Warm; cold', '2,10'],
		['several labels with nothing behind the last', text, choice('multiChoice'), 'Hot; ', '1'],
		['a day', text, column('date'), '2026-03-31', '2026-03-31'],
		['midnight as its day', text, column('date'), '2026-03-31T00:00:00Z', '2026-03-31'],
		[
			'a time without its milliseconds',
			column('dateTime'),
			column('dateTime'),
			'2026-03-31T11:00:00.250+02:00',
			'2026-03-31T09:00:00Z',
		],
		[
			'a day as its midnight',
			column('date'),
			column('dateTime'),
			'2026-03-31',
			'2026-03-31T00:00:00Z',
		],
		[
			'a GUID',
			column('lookup'),
			column('id'),
			'{60C4E274-0000-4000-8000-00000000000A}',
			'60c4e274-0000-4000-8000-00000000000a',
		],
	])('carries %s', (_, from, to, raw, carried) => {
		expect(convert(from, to, 'dynamics', raw)).toEqual(value(carried));
	});

	it.each<[ValueType, Side, Raw]>([
		['text', 'marketo', null],
		['integer', 'dynamics', null],
		['boolean', 'dynamics', null],
		['boolean', 'marketo', false],
	])('empties a %s in %s with %j (Marketo has no unset yes/no)', (type, side, empty) => {
		for (const raw of [null, ''])
			expect(convert(text, column(type), side, raw)).toEqual(value(empty));
	});

	it.each<[string, Column, Raw, string]>([
		['an empty value where one is required', column('text', { required: true }), null, 'required'],
		['a text that is too long', column('text', { maxLength: 3 }), 'four', 'tooLong'],
		['a word for a yes/no', column('boolean'), 'perhaps', 'notYesNo'],
		['a word for a number', column('integer'), 'many', 'notNumber'],
		['a number that never ends', column('decimal'), 'Infinity', 'notNumber'],
		['a broken number for a whole one', column('integer'), 1.5, 'notWhole'],
		['too small a number', column('integer', { min: 0, max: 9 }), -1, 'outOfRange'],
		['too large a number', column('integer', { min: 0, max: 9 }), 10, 'outOfRange'],
		['a label that is no option', choice(), 'Tepid', 'unknownChoice'],
		['a number that is no option', choice(), 3, 'unknownChoice'],
		[
			'several labels of which one is no option',
			choice('multiChoice'),
			'Hot; Tepid',
			'unknownChoice',
		],
		['a word for a day', column('date'), 'soon', 'notDate'],
		['a day in a local spelling', column('date'), '31.03.2026', 'notDate'],
		['a word for a time', column('dateTime'), 'soon', 'notTime'],
	])('refuses %s, with field, reason and remedy', (_, to, raw, code) => {
		expect(
			convert(typeof raw === 'number' ? column('decimal') : text, to, 'dynamics', raw),
		).toEqual(refusedAs(code));
	});

	it('takes what just fits', () => {
		expect(convert(text, column('text', { maxLength: 4 }), 'dynamics', 'four')).toEqual(
			value('four'),
		);
		const oneDigit = column('integer', { min: 0, max: 9 });
		expect([0, 9].map((raw) => convert(oneDigit, oneDigit, 'dynamics', raw))).toEqual([
			value(0),
			value(9),
		]);
	});

	it('refuses a yes/no for a number (nobody said which number is which)', () => {
		expect(convert(column('boolean'), column('integer'), 'dynamics', true)).toEqual(
			refusedAs('notNumber'),
		);
	});

	it.each<[string, Transform, Column, Column, Raw, Raw]>([
		['trim', { trim: true }, text, text, '  Ada ', 'Ada'],
		['trim what is blank', { trim: true }, text, text, '  ', null],
		['lower case', { letterCase: 'lower' }, text, text, 'ADA', 'ada'],
		['upper case', { letterCase: 'upper' }, text, text, 'ada', 'ADA'],
		['title case', { letterCase: 'title' }, text, text, "ada o'NEILL-smith", "Ada O'Neill-Smith"],
		['the case of a label', { letterCase: 'upper' }, choice(), text, 2, 'COLD'],
		['options by number', { choiceBy: 'value' }, choice(), text, 10, '10'],
		['invert a yes', { invert: true }, column('boolean'), column('boolean'), true, false],
		['invert a no', { invert: true }, column('boolean'), column('boolean'), 'no', true],
		[
			'invert nothing (unset is not no)',
			{ invert: true },
			column('boolean'),
			column('boolean'),
			null,
			null,
		],
		['truncate', { truncate: 3 }, text, text, 'Clerk', 'Cle'],
		['truncate what is short', { truncate: 9 }, text, text, 'Clerk', 'Clerk'],
		['truncate between signs, not within one', { truncate: 1 }, text, text, '😀😀', '😀'],
		[
			'truncate so that it fits',
			{ truncate: 3 },
			text,
			column('text', { maxLength: 3 }),
			'Clerk',
			'Cle',
		],
		['a constant', { constant: 'CRM' }, text, text, 'Web', 'CRM'],
		['a constant in place of nothing', { constant: 'CRM' }, text, text, null, 'CRM'],
		[
			'a constant in the type of the target',
			{ constant: 'yes' },
			text,
			column('boolean'),
			null,
			true,
		],
		['a default for nothing', { defaultWhenEmpty: 'CRM' }, text, text, null, 'CRM'],
		['no default for a value', { defaultWhenEmpty: 'CRM' }, text, text, 'Web', 'Web'],
		['no default for nought', { defaultWhenEmpty: 7 }, column('integer'), column('integer'), 0, 0],
		[
			'a default where one is required',
			{ defaultWhenEmpty: 'CRM' },
			text,
			column('text', { required: true }),
			'',
			'CRM',
		],
	])('changes a value on its way: %s', (_, transform, from, to, raw, carried) => {
		expect(convert(from, to, 'dynamics', raw, transform)).toEqual(value(carried));
	});

	it('refuses a constant that the target cannot hold', () => {
		expect(convert(text, column('boolean'), 'dynamics', 'Web', { constant: 'CRM' })).toEqual(
			refusedAs('notYesNo'),
		);
	});

	it.each<[string, Column, Column, Raw, Transform?]>([
		['text', text, text, 'Clerk'],
		['a whole number as text', column('integer'), text, 7],
		['a decimal as text', column('decimal', { precision: 2 }), text, 1.5],
		['a yes/no', column('boolean'), column('boolean'), true],
		['a yes/no turned round', column('boolean'), column('boolean'), false, { invert: true }],
		['a choice by its label', choice(), text, 10],
		['a choice by its number', choice(), text, 10, { choiceBy: 'value' }],
		['a choice as a whole number', choice(), column('integer'), 10],
		['several choices by their labels', choice('multiChoice'), text, '2,10'],
		['a day', column('date'), column('date'), '2026-03-31'],
		['a time', column('dateTime'), column('dateTime'), '2026-03-31T09:00:00Z'],
		['a GUID as text', column('id'), text, '60c4e274-0000-4000-8000-00000000000a'],
	])(
		'brings back what it carried, so that no row writes for ever: %s',
		(_, dynamics, marketo, raw, transform = {}) => {
			const there = convert(dynamics, marketo, 'marketo', raw, transform) as { value: Raw };
			const back = convert(marketo, dynamics, 'dynamics', there.value, transform) as { value: Raw };
			expect(normalForm(dynamics, 'dynamics', back.value)).toBe(
				normalForm(dynamics, 'dynamics', raw),
			);
			expect(convert(dynamics, marketo, 'marketo', back.value, transform)).toEqual(there);
		},
	);
});
