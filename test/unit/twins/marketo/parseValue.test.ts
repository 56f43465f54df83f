import { makeField, type FieldType } from '../../../twins/marketo/fields/field';
import {
	InvalidValue,
	logValue,
	parseValue,
	type ValueRules,
} from '../../../twins/marketo/fields/parseValue';

const RULES: ValueRules = { longStrings: 'reject', trimStrings: false };
const field = (dataType: FieldType) => makeField({ id: 1, displayName: 'F', name: 'f', dataType });
const parse = (dataType: FieldType, raw: unknown, rules = RULES) =>
	parseValue(field(dataType), raw, rules);

describe('parseValue', () => {
	it.each<[FieldType, unknown, unknown]>([
		['string', 'Zoë', 'Zoë'],
		['string', 4828, '4828'],
		['string', ' a ', ' a '],
		['text', 'line\nline', 'line\nline'],
		['email', ' Ann@Example.com ', 'Ann@Example.com'],
		['email', "o'brien+tag@sub.example.co.uk", "o'brien+tag@sub.example.co.uk"],
		['integer', 5, 5],
		['integer', '5', 5],
		['integer', -2147483647, -2147483647],
		['percent', 99, 99],
		['float', 5.4, 5.4],
		['currency', '34.66', 34.66],
		['boolean', true, true],
		['boolean', 'False', false],
		['boolean', 1, true],
		['date', '2020-08-30', '2020-08-30'],
		['date', '2020-08-30T05:49:48.000Z', '2020-08-30'],
		['datetime', '2020-08-30T05:49:48.000Z', '2020-08-30T05:49:48Z'],
		['datetime', '2020-08-30T05:49:48+02:00', '2020-08-30T03:49:48Z'],
		['datetime', '2020-08-30T05:49:48-0800', '2020-08-30T13:49:48Z'],
		['phone', '+49 30 1', '+49 30 1'],
	])('takes a %s %j as %j', (dataType, raw, stored) => {
		expect(parse(dataType, raw)).toBe(stored);
	});

	it('takes a time without offset in the zone of the instance (Central, so five hours later in summer)', () => {
		expect(parse('datetime', '2020-08-30T05:00:00')).toBe('2020-08-30T10:00:00Z');
		expect(parse('datetime', '2020-01-30 05:00:00')).toBe('2020-01-30T11:00:00Z');
	});

	it.each<[FieldType, unknown]>([
		['boolean', 'other'],
		['email', 'bademail'],
		['email', 'jürgen@example.com'],
		['email', 'two@at@example.com'],
		['integer', 14.1],
		['integer', 2 ** 31],
		['integer', 'five'],
		['integer', true],
		['float', '14c'],
		['percent', '100%'],
		['datetime', 'yesterday'],
		['datetime', '2020-02-30T00:00:00Z'],
		['datetime', '2020-08-30T25:00:00Z'],
		['date', '30.08.2020'],
		['string', { a: 1 }],
		['string', ['a']],
		['string', 'x'.repeat(256)],
		['text', 'ü'.repeat(15_001)],
	])('refuses a %s %j', (dataType, raw) => {
		expect(() => parse(dataType, raw)).toThrow(InvalidValue);
	});

	it('clears with null and with an empty string; a boolean becomes false instead', () => {
		for (const raw of [null, '']) {
			expect(parse('string', raw)).toBeNull();
			expect(parse('integer', raw)).toBeNull();
			expect(parse('datetime', raw)).toBeNull();
			expect(parse('boolean', raw)).toBe(false);
		}
	});

	it('cuts long strings and trims when the instance does so', () => {
		const rules: ValueRules = { longStrings: 'truncate', trimStrings: true };
		expect(parse('string', `  ${'x'.repeat(300)} `, rules)).toBe('x'.repeat(255));
		expect(parse('string', '   ', rules)).toBeNull();
		const cut = parse('text', 'ü'.repeat(20_000), rules) as string;
		expect(Buffer.byteLength(cut)).toBe(30_000);
	});
});

describe('logValue', () => {
	it('writes values as the activity log has them', () => {
		expect(logValue(field('boolean'), true)).toBe('True');
		expect(logValue(field('boolean'), false)).toBe('False');
		expect(logValue(field('integer'), 10)).toBe('10');
		expect(logValue(field('datetime'), '2023-01-26T18:46:00Z')).toBe('2023-01-26 18:46:00');
		expect(logValue(field('string'), null)).toBeNull();
	});
});
