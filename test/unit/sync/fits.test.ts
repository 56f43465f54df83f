import { FITS, doubles, whyUnusable } from '../../../sync/fits';
import type { Direction, MappingRow } from '../../../sync/mapping';
import type { Column, ValueType } from '../../../sync/values';
import { choice, column } from './column';

const row = (direction: Direction, more: Partial<MappingRow> = {}): MappingRow => ({
	id: 'here>there',
	column: 'here',
	field: 'there',
	direction,
	...more,
});
const here = (type: ValueType, more: Partial<Column> = {}) =>
	column(type, { name: 'here', label: 'Here', ...more });
const there = (type: ValueType, more: Partial<Column> = {}) =>
	column(type, { name: 'there', label: 'There', ...more });
const READ_ONLY = { canCreate: false, canUpdate: false };

describe(whyUnusable, () => {
	it.each<[ValueType, ValueType]>([
		['text', 'longText'],
		['text', 'integer'],
		['text', 'lookup'],
		['choice', 'text'],
		['choice', 'integer'],
		['multiChoice', 'text'],
		['decimal', 'integer'],
		['boolean', 'boolean'],
		['date', 'date'],
		['dateTime', 'dateTime'],
		['lookup', 'text'],
		['id', 'text'],
	])('takes both ways: %s and %s', (one, other) => {
		expect(whyUnusable(row('both'), here(one), there(other))).toBeNull();
		expect(whyUnusable(row('both'), here(other), there(one))).toBeNull();
	});

	it.each<[ValueType, ValueType]>([
		['text', 'boolean'],
		['text', 'date'],
		['longText', 'dateTime'],
		['boolean', 'integer'],
		['boolean', 'choice'],
		['date', 'decimal'],
		['choice', 'date'],
		['multiChoice', 'integer'],
		['lookup', 'integer'],
	])('says of both ways that they do not fit: %s and %s', (one, other) => {
		for (const [from, to] of [
			[one, other],
			[other, one],
		] as const) {
			const problem = whyUnusable(row('both'), here(from), there(to));
			expect(problem).toMatchObject({
				reason: expect.stringMatching(/cannot hold what/) as string,
				remedy: expect.stringMatching(/same type/) as string,
			});
			expect(problem!.reason).toContain('(here)');
			expect(problem!.reason).toContain('(there)');
		}
	});

	it('has an answer for every pair of types, and takes each with itself', () => {
		const types = Object.keys(FITS) as ValueType[];
		expect(types).toHaveLength(14);
		for (const type of types) expect(FITS[type]).toContain(type);
	});

	it('names the group that a row can be moved to whose way back alone does not fit', () => {
		expect(whyUnusable(row('toMarketo'), here('date'), there('text'))).toBeNull();
		expect(whyUnusable(row('both'), here('date'), there('text'))!.remedy).toContain(
			'One Way: Dynamics Column → Marketo Field',
		);
		expect(whyUnusable(row('both'), here('text'), there('boolean'))!.remedy).toContain(
			'One Way: Marketo Field → Dynamics Column',
		);
	});

	it.each<[string, MappingRow, Column, Column, RegExp, RegExp]>([
		[
			'a read-only column in Both Ways',
			row('both'),
			here('text', READ_ONLY),
			there('text'),
			/Dynamics allows nobody to write Here \(here\)/,
			/One Way: Dynamics Column → Marketo Field/,
		],
		[
			'a read-only field in Both Ways',
			row('both'),
			here('text'),
			there('text', READ_ONLY),
			/Marketo allows nobody to write There \(there\)/,
			/One Way: Marketo Field → Dynamics Column/,
		],
		[
			'a read-only field at the end of one way',
			row('toMarketo'),
			here('text'),
			there('text', READ_ONLY),
			/Marketo allows nobody to write/,
			/remove the row/,
		],
		[
			'a column that is set when a row is made, and never again',
			row('both'),
			here('text', { canUpdate: false }),
			there('text'),
			/only when a record is created/,
			/Only on Create/,
		],
		[
			'Truncate To both ways (R19)',
			row('both', { transform: { truncate: 9 } }),
			here('text'),
			there('text'),
			/Truncate To cannot be undone/,
			/One Way groups, or remove Truncate To/,
		],
		[
			'Constant and Default When Empty both ways (R19)',
			row('both', { transform: { constant: 'x', defaultWhenEmpty: 'y' } }),
			here('text'),
			there('text'),
			/Constant and Default When Empty cannot be undone/,
			/One Way groups/,
		],
		[
			'a constant that the target cannot hold',
			row('toMarketo', { transform: { constant: 'CRM' } }),
			here('text'),
			there('boolean'),
			/There expects yes or no, but got "CRM"/,
			/./,
		],
		[
			'a default that the target cannot hold',
			row('toDynamics', { transform: { defaultWhenEmpty: 'Tepid' } }),
			{ ...choice(), name: 'here', label: 'Here' },
			there('text'),
			/no choice "Tepid"/,
			/Hot, Cold/,
		],
		[
			'a day beside a moment',
			row('both'),
			here('dateTime'),
			there('date'),
			/Here \(here\) is a date and time, There \(there\) a date/,
			/Time Zone/,
		],
		[
			'a time zone that there is none of',
			row('both', { transform: { zone: 'Berlin' } }),
			here('dateTime'),
			there('date'),
			/"Berlin" is not a time zone/,
			/Europe\/Berlin/,
		],
	])('says why, and what to do: %s', (_, mapped, one, other, reason, remedy) => {
		const problem = whyUnusable(mapped, one, other);
		expect(problem!.reason).toMatch(reason);
		expect(problem!.remedy).toMatch(remedy);
	});

	it.each<[string, MappingRow, Column, Column]>([
		[
			'a read-only column that is only read',
			row('toMarketo'),
			here('text', READ_ONLY),
			there('text'),
		],
		[
			'a column that is set when a row is made, by a rule that says so',
			row('both', { onlyOnCreate: true }),
			here('text', { canUpdate: false }),
			there('text'),
		],
		[
			'Truncate To one way',
			row('toMarketo', { transform: { truncate: 9 } }),
			here('text'),
			there('text'),
		],
		[
			'types that do not fit behind a constant',
			row('toMarketo', { transform: { constant: 'yes' } }),
			here('text'),
			there('boolean'),
		],
		[
			'a day beside a moment in a time zone',
			row('both', { transform: { zone: 'Europe/Berlin' } }),
			here('dateTime'),
			there('date'),
		],
		[
			'a day beside a wall clock',
			row('both'),
			here('dateTime', { wallClock: true }),
			there('date'),
		],
	])('takes %s', (_, mapped, one, other) => {
		expect(whyUnusable(mapped, one, other)).toBeNull();
	});
});

describe(doubles, () => {
	const rows = (...ids: string[]): MappingRow[] =>
		ids.map((id) => {
			const [column = '', field = '', direction = 'both'] = id.split('>');
			return { id, column, field, direction: direction as Direction };
		});

	it.each([
		['a column twice', rows('a>x', 'a>y', 'b>z'), ['a>x', 'a>y']],
		['a field twice', rows('a>x', 'b>x', 'c>y'), ['a>x', 'b>x']],
		[
			'a lookup written in two ways',
			rows('o.name>x', 'o.email>y', 'o.name>z>toMarketo'),
			['o.name>x', 'o.email>y', 'o.name>z>toMarketo'],
		],
		['a lookup read in two ways', rows('o.name>x>toMarketo', 'o.email>y'), []],
		['nothing twice', rows('a>x', 'b>y'), []],
	])('are all rows of %s, since nobody could say which is meant', (_, given, found) => {
		expect([...doubles(given).keys()].sort()).toEqual([...found].sort());
	});
});
