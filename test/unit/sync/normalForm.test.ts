import type { Side } from '../../../sync/items';
import { asBoolean, dateOnly, normalForm, utcSecond } from '../../../sync/normalForm';
import type { Raw, ValueType } from '../../../sync/values';
import { column } from './column';

const SIDES: Side[] = ['dynamics', 'marketo'];
const formOf = (type: ValueType, raw: Raw | undefined, side: Side = 'dynamics') =>
	normalForm(column(type, type === 'decimal' ? { precision: 2 } : {}), side, raw);

describe(normalForm, () => {
	it.each<[ValueType, Raw | undefined, Raw | undefined, string]>([
		['text', ' Clerk\t', 'Clerk', 'both systems trim'],
		['text', '', null, 'a system without a value may say either'],
		['text', undefined, null, 'Marketo leaves out what is empty'],
		['text', ' \n ', null, 'blanks alone are trimmed away'],
		['longText', 'a\r\nb\rc', 'a\nb\nc', 'line ends change on the way'],
		['text', 'Jose\u0301', 'Jos\u00e9', 'one sign, spelled in two ways'],
		['text', 5, '5', 'JSON may hold a number in a text'],
		['email', ' Ada@X.Test ', 'ada@x.test', 'mail systems do not tell letter cases apart'],
		['email', '\ufeffada\u200b@x.test', 'ada@x.test', 'nobody sees the difference'],
		['email', 'a\u00add\u2060a@x.test\u200f', 'ada@x.test', 'nor this one'],
		['integer', ' ', null, 'blanks are no number'],
		['multiChoice', ' ', null, 'nor a choice'],
		[
			'id',
			'{60C4E274-0000-4000-8000-00000000000A}',
			'60c4e274-0000-4000-8000-00000000000a',
			'a GUID is written in many ways',
		],
		[
			'lookup',
			'60C4E274-0000-4000-8000-00000000000A',
			'60c4e274-0000-4000-8000-00000000000a',
			'a lookup is a GUID',
		],
		['integer', '007', 7, 'numbers come as text from logs'],
		['integer', 7.0, ' 7 ', 'blanks around a number'],
		['integer', -0, 0, 'there is one zero'],
		['decimal', '1.50', 1.5, 'trailing zeros'],
		['decimal', 1.239, 1.24, 'digits that the column does not keep'],
		['choice', '1', 1, 'an option is its number'],
		['multiChoice', '10, 2', '2,10', 'several choices have no order'],
		['date', '2026-03-31T00:00:00Z', '2026-03-31', 'a day may come with its midnight'],
		['dateTime', '2026-03-31T11:00:00+02:00', '2026-03-31T09:00:00Z', 'one moment in two zones'],
		['dateTime', '2026-03-31T09:00:00.999Z', '2026-03-31T09:00:00Z', 'Marketo keeps whole seconds'],
		['dateTime', '2026-03-31T11:00:00+0200', '2026-03-31T09:00:00Z', 'a zone without a colon'],
		['dateTime', '2026-03-31T09:00:00Z+0000', '2026-03-31T09:00:00Z', 'as Marketo answers'],
		['dateTime', '2026-03-31 09:00:00', '2026-03-31T09:00:00Z', "as Marketo's log writes"],
		['boolean', 'Yes', true, 'yes in words'],
		['boolean', '1', true, 'yes in numbers'],
		['boolean', 'false', 0, 'no in words and numbers'],
	])('is the same %s for %j and %j (%s)', (type, one, other) => {
		for (const side of SIDES) expect(formOf(type, one, side)).toBe(formOf(type, other, side));
	});

	it.each<[ValueType, Raw, Raw, string]>([
		['text', 'clerk', 'Clerk', 'somebody may have mended it'],
		['text', 'a  b', 'a b', 'blanks inside are typed'],
		['text', '0', null, 'nought is a value'],
		['text', 'No', null, 'so is a no'],
		['url', 'https://x.test/A', 'https://x.test/a', 'paths tell letter cases apart'],
		['phone', '+49 30 1', '+49301', 'formatting a number is an edit like any other'],
		['integer', 0, null, 'nought is a value'],
		['decimal', 1.23, 1.24, 'a digit that the column keeps'],
		['choice', 0, null, 'an option may have the number 0'],
		['multiChoice', '1,2', '1', 'another set'],
		['date', '2026-03-31', '2026-04-01', 'another day'],
		['dateTime', '2026-03-31T09:00:00Z', '2026-03-31T09:00:01Z', 'another second'],
		['boolean', true, false, 'another answer'],
	])('tells the %s %j from %j (%s)', (type, one, other) => {
		for (const side of SIDES) expect(formOf(type, one, side)).not.toBe(formOf(type, other, side));
	});

	it('tells an unset yes/no from a no in Dynamics alone (Marketo has none that is unset)', () => {
		expect(formOf('boolean', null, 'dynamics')).toBeNull();
		expect(formOf('boolean', null, 'marketo')).toBe(formOf('boolean', false, 'marketo'));
	});

	it.each<[ValueType, string]>([
		['integer', 'many'],
		['date', 'soon'],
		['dateTime', 'soon'],
	])('leaves what is no %s as it is: %j (it differs from every other)', (type, raw) => {
		expect(formOf(type, ` ${raw} `)).toBe(raw);
	});
});

describe(asBoolean, () => {
	it.each<[Raw | undefined, boolean | null]>([
		[true, true],
		[' TRUE ', true],
		['yes', true],
		['1', true],
		[1, true],
		[false, false],
		['No', false],
		['0', false],
		[0, false],
		[null, null],
		[undefined, null],
		['', null],
		['perhaps', null],
	])('reads %j as %j', (raw, read) => {
		expect(asBoolean(raw)).toBe(read);
	});
});

describe(dateOnly, () => {
	it('takes the day as it is written, without moving it into another zone', () => {
		expect(dateOnly(' 2026-03-31T23:59:00-08:00 ')).toBe('2026-03-31');
	});
});

describe(utcSecond, () => {
	it('takes a time without a zone for UTC, as Marketo means it', () => {
		expect(utcSecond('2026-03-31T09:00:00')).toBe('2026-03-31T09:00:00Z');
	});

	it('takes a day for its midnight', () => {
		expect(utcSecond('2026-03-31')).toBe('2026-03-31T00:00:00Z');
	});
});
