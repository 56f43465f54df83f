import { convert, type Converted } from '../../../sync/convert';
import type { Side } from '../../../sync/items';
import type { Transform } from '../../../sync/mapping';
import { rounded } from '../../../sync/convert/numbers';
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
const choiceOf = (...options: Array<[number, string, string[]?]>): Column =>
	column('choice', { options: options.map(([value, label, also]) => ({ value, label, also })) });
const LOOKALIKES = choiceOf([1, 'Cold'], [2, 'Hot'], [10, '2']);
const HARD: Column = {
	...choiceOf(
		[1, 'Sales, EMEA'],
		[2, 'Web; Mail, Post'],
		[3, 'Fax'],
		[4, 'A'],
		[5, 'B'],
		[6, 'A; B'],
		[7, 'Other'],
		[8, 'Other'],
		[9, ' Padded  twice '],
	),
	type: 'multiChoice',
};

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

	it.each<[string, Column, Column, Raw, Raw]>([
		['no nought of blanks', text, column('integer'), ' ', null],
		['no nought of blanks for money', text, column('decimal', { precision: 2 }), '\t', null],
		['no text of blanks', text, text, ' \n ', null],
		['no label of blanks', text, choice(), ' ', null],
		['no labels of blanks', text, choice('multiChoice'), ' ', null],
		['labels of nothing but separators as nothing', text, choice('multiChoice'), ' ; ,', null],
		['no day of blanks', text, column('date'), ' ', null],
		['no time of blanks', text, column('dateTime'), ' ', null],
		['no answer of blanks', text, column('boolean'), ' ', null],
		['no id of blanks', text, column('lookup'), ' ', null],
		[
			'half a cent up, as it is written (1.005 is less in binary)',
			column('decimal'),
			column('decimal', { precision: 2 }),
			1.005,
			1.01,
		],
		['a large number with all its digits', column('decimal'), text, 1e21, '1000000000000000000000'],
		['a tiny number with all its digits', column('decimal'), text, 1.5e-7, '0.00000015'],
		['a number with a plus', text, column('integer'), '+7', 7],
		['an option as a number', choice(), column('decimal'), 10, 10],
		[
			'a number as the option, not as a label that looks like it',
			column('integer'),
			LOOKALIKES,
			2,
			2,
		],
		['a label that looks like a number as its option', text, LOOKALIKES, '2', 10],
		[
			'an e-mail without what nobody sees in it',
			text,
			column('email'),
			'\ufeffada\u200b@x.test\u200e',
			'ada@x.test',
		],
		['a text with what nobody sees in it', text, text, 'a\u200bb', 'a\u200bb'],
		['HTML, tags and all', column('longText'), text, '<p>a &amp; b</p>', '<p>a &amp; b</p>'],
		['lines as they are', column('longText'), text, 'a\r\nb', 'a\r\nb'],
		['zeros in front', text, text, '00420', '00420'],
		['half a sign as the mark for what cannot be read', text, text, 'a\ud83d', 'a\ufffd'],
		['a whole sign as it is', text, text, 'a\ud83d\ude00', 'a😀'],
		[
			'a row of one of several tables',
			text,
			column('lookup'),
			'Team(60C4E274-0000-4000-8000-00000000000A)',
			'team(60c4e274-0000-4000-8000-00000000000a)',
		],
		[
			'a wall clock time as the day that it shows',
			column('dateTime', { wallClock: true }),
			column('date'),
			'2026-03-31T23:30:00',
			'2026-03-31',
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
		['a day that no month has', column('date'), '2026-02-31', 'notDate'],
		['a day with something behind it', column('date'), '2026-03-31x', 'notDate'],
		['a time on a day that no month has', column('dateTime'), '2026-02-31T10:00:00Z', 'notTime'],
		['a day before all that Dynamics keeps', column('date'), '1752-12-31', 'outOfRange'],
		[
			'a time before all that Dynamics keeps',
			column('dateTime'),
			'1752-12-31T10:00:00Z',
			'outOfRange',
		],
		['a number as programs write it', column('integer'), '0x10', 'notNumber'],
		['a number with a comma', column('decimal'), '1,5', 'notNumber'],
		['a name for the id of a row', column('lookup'), 'Ada Lovelace', 'notId'],
		['a number for an id', column('id'), '17', 'notId'],
		['too long a number', column('integer'), '9007199254740993', 'tooManyDigits'],
		[
			'too large a number where only that is limited',
			column('integer', { max: 9 }),
			10,
			'outOfRange',
		],
		[
			'a text of too many bytes',
			column('longText', { maxLength: 30_000, measure: 'bytes' }),
			'é'.repeat(15_001),
			'tooLong',
		],
		['a text of too many UTF-16 units', column('text', { maxLength: 3 }), '😀😀', 'tooLong'],
		[
			'a label that two choices have',
			choiceOf([1, 'Other'], [7, 'other']),
			'OTHER',
			'ambiguousChoice',
		],
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

	it('says in words what a number may be', () => {
		const range = (more: Partial<Column>) =>
			(convert(text, column('integer', more), 'dynamics', '-5') as { refusal: { reason: string } })
				.refusal.reason;
		expect(range({ min: 0 })).toBe('X takes 0 and more; the value is -5');
		expect(range({ max: -9 })).toBe('X takes at most -9; the value is -5');
		expect(range({ min: 0, max: 9 })).toBe('X takes 0 to 9; the value is -5');
	});

	it('carries a whole number of more digits than JSON keeps nowhere (it has lost some already)', () => {
		expect(convert(column('integer'), text, 'marketo', 2 ** 53)).toEqual(
			refusedAs('tooManyDigits'),
		);
	});

	it('gives no number in place of the label of a choice that is not described', () => {
		expect(convert(choice(), text, 'marketo', 100000005)).toEqual(refusedAs('unknownChoice'));
		expect(convert(choice('multiChoice'), text, 'marketo', '1,100000005')).toEqual(
			refusedAs('unknownChoice'),
		);
		expect(convert(choice(), text, 'marketo', 100000005, { choiceBy: 'value' })).toEqual(
			value('100000005'),
		);
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
		[
			'truncate no further than by bytes where the vendor counts bytes',
			{ truncate: 9 },
			text,
			column('longText', { maxLength: 5, measure: 'bytes' }),
			'éééé',
			'éé',
		],
		[
			'truncate so that it fits as the vendor counts',
			{ truncate: 3 },
			text,
			column('text', { maxLength: 3 }),
			'😀😀😀',
			'😀',
		],
		[
			'truncate before an accent, not between it and its letter',
			{ truncate: 2 },
			text,
			text,
			'ae\u0301',
			'a',
		],
		['read a number as the option that has it', { choiceBy: 'value' }, text, LOOKALIKES, '2', 2],
		['read a label where numbers are written', { choiceBy: 'value' }, text, LOOKALIKES, 'Cold', 1],
		[
			'a default that is none of the choices',
			{ defaultWhenEmpty: 'Web' },
			choice(),
			text,
			null,
			'Web',
		],
		[
			'no in Marketo as not set',
			{ noIsUnset: true },
			column('boolean'),
			column('boolean'),
			false,
			null,
		],
		[
			'yes in Marketo as yes',
			{ noIsUnset: true },
			column('boolean'),
			column('boolean'),
			true,
			true,
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
		['several choices whose labels have separators in them', HARD, text, '1,2,3'],
		['two choices that together look like a third', HARD, text, '4,5'],
		['the third', HARD, text, '6'],
		['choices that share a label', HARD, text, '7,8'],
		['a choice that shares its label', { ...HARD, type: 'choice' }, text, 8],
		['a choice whose label has blanks around it', { ...HARD, type: 'choice' }, text, 9],
		['a choice whose label is the number of another', LOOKALIKES, text, 10],
		[
			'a choice by its number where labels look like numbers',
			LOOKALIKES,
			text,
			2,
			{ choiceBy: 'value' },
		],
		['a choice as a number that may have decimals', choice(), column('decimal'), 10],
		['a number with an exponent as text', column('decimal'), text, 1.5e-7],
		[
			'a wall clock time',
			column('dateTime', { wallClock: true }),
			column('dateTime'),
			'2026-03-31T09:00:00',
		],
		[
			'a wall clock time in its zone',
			column('dateTime', { wallClock: true }),
			column('dateTime'),
			'2026-03-31T09:00:00',
			{ zone: 'Asia/Tokyo' },
		],
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

describe('a choice as text', () => {
	const WRITTEN = column('text');
	it.each<[string, Column, Raw, string]>([
		['labels, with a semicolon between', HARD, '3,1', 'Sales, EMEA; Fax'],
		['with its number where another choice has the label', HARD, '7', 'Other (7)'],
		['all with their numbers where labels run together', HARD, '4,5', 'A (4); B (5)'],
		['without the blanks around it', { ...HARD, type: 'choice' }, 9, 'Padded  twice'],
	])('is written %s', (_, from, raw, written) => {
		expect(convert(from, WRITTEN, 'marketo', raw)).toEqual(value(written));
	});

	it.each<[string, Column, string, Raw]>([
		['in another language', choiceOf([1, 'Cold', ['Kalt']], [2, 'Hot', ['Heiß']]), 'kalt', 1],
		[
			'in the own language first',
			choiceOf([1, 'Gift', ['Poison']], [2, 'Present', ['Gift']]),
			'Gift',
			1,
		],
		['with other blanks', choiceOf([1, 'Word of\u00a0Mouth']), 'word  of mouth', 1],
		['with an accent of its own', choiceOf([1, 'Caf\u00e9']), 'Cafe\u0301', 1],
		['as the one that is spelled so', choiceOf([1, 'web'], [2, 'Web']), 'Web', 2],
		['with its number', choiceOf([1, 'Other'], [2, 'Other']), 'other (2)', 2],
		['by its number alone', choiceOf([1, 'Cold'], [2, 'Hot']), '2', 2],
		['in a list with commas', HARD, 'fax, Sales, EMEA', '1,3'],
		['in a list that somebody has typed', HARD, 'Fax;sales, emea ;', '1,3'],
		['twice as once', HARD, 'Fax; fax', '3'],
	])('is read %s', (_, to, written, raw) => {
		expect(convert(WRITTEN, to, 'dynamics', written)).toEqual(value(raw));
	});
});

describe('a day and a moment', () => {
	const day = column('date');
	const moment = column('dateTime');
	it.each<[string, Raw, Raw, string]>([
		['Europe/Berlin', '2026-10-26T23:00:00Z', '2026-10-27', 'winter time'],
		['Europe/Berlin', '2026-06-30T22:00:00Z', '2026-07-01', 'summer time'],
		['America/New_York', '2026-12-24T05:00:00Z', '2026-12-24', 'behind UTC'],
		['Pacific/Kiritimati', '2026-03-30T10:00:00Z', '2026-03-31', 'ahead of all'],
		['America/Sao_Paulo', '2018-11-04T03:00:00Z', '2018-11-04', 'a day without a midnight'],
		['Europe/Berlin', '1890-05-01T23:06:32Z', '1890-05-02', 'before there were zones'],
	])('are one in %s: %s is %s (%s)', (zone, at, on) => {
		expect(convert(moment, day, 'marketo', at, { zone })).toEqual(value(on));
		const back = convert(day, moment, 'dynamics', on, { zone }) as { value: string };
		expect(back.value).toBe(at);
	});

	it('keeps a word that is neither, and says so', () => {
		expect(convert(moment, day, 'marketo', 'soon', { zone: 'Europe/Berlin' })).toEqual(
			refusedAs('notDate'),
		);
		expect(convert(day, moment, 'dynamics', 'soon', { zone: 'Europe/Berlin' })).toEqual(
			refusedAs('notTime'),
		);
	});
});

describe(rounded, () => {
	it.each([
		[1.005, 2, 1.01],
		[-1.005, 2, -1.01],
		[2.5, 0, 3],
		[1e-7, 2, 0],
		[-1e-7, 2, 0],
		[123456789012.345, 2, 123456789012.35],
		[1e300, 2, 1e300],
	])('of %d to %d digits is %d', (number, digits, result) => {
		expect(Object.is(rounded(number, digits), result)).toBe(true);
	});
});
