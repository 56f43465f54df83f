import { DateTime } from 'luxon';

import {
	fromMarketo,
	toMarketo,
	UnfitValue,
	utcSeconds,
} from '../../../../../apis/marketo/fields/values';

const field = (dataType: string) => ({ name: 'aField', label: 'A Field', dataType });

describe('toMarketo', () => {
	it.each([null, undefined, ''])('clears the field for %p', (value) => {
		expect(toMarketo(field('string'), value)).toBeNull();
	});

	it.each(['integer', 'score', 'percent', 'float', 'currency', 'boolean', 'date', 'datetime'])(
		'clears a %s with blanks: they are no nought and no day',
		(type) => {
			expect(toMarketo(field(type), ' \t')).toBeNull();
		},
	);

	it.each([
		['2024-05-31', '2024-05-31'],
		['2024-05-31T00:00:00+14:00', '2024-05-31'],
		['2024-05-31T23:59:59-12:00', '2024-05-31'],
		['2024-05-31 00:00', '2024-05-31'],
		[DateTime.fromISO('2024-05-31', { zone: 'Pacific/Auckland' }), '2024-05-31'],
		[DateTime.fromISO('2024-05-31', { zone: 'America/Los_Angeles' }), '2024-05-31'],
	])('keeps the day of a date as it is written: %s', (value, day) => {
		expect(toMarketo(field('date'), value)).toBe(day);
	});

	it.each(['31.05.2024', '2024-02-30', 'soon'])('refuses %s as a date', (value) => {
		expect(() => toMarketo(field('date'), value)).toThrow(UnfitValue);
	});

	it.each([
		['2020-08-30T05:49:48.999Z', '2020-08-30T05:49:48Z'],
		['2020-08-30T05:49:48+02:00', '2020-08-30T03:49:48Z'],
		['2020-08-30T05:49:48+0200', '2020-08-30T03:49:48Z'],
		[new Date(Date.UTC(2020, 7, 30, 5, 49, 48)), '2020-08-30T05:49:48Z'],
		[DateTime.fromISO('2020-08-30T05:49:48', { zone: 'Europe/Berlin' }), '2020-08-30T03:49:48Z'],
	])('sends a time in UTC, whole seconds: %s', (value, time) => {
		expect(toMarketo(field('datetime'), value)).toBe(time);
	});

	it('reads a time without an offset in the zone that it is given', () => {
		expect(toMarketo(field('datetime'), '2024-01-31 08:00:00', 'Europe/Berlin')).toBe(
			'2024-01-31T07:00:00Z',
		);
	});

	it.each([
		['True', true],
		['false', false],
		[0, false],
		['1', true],
	])('reads %p as yes or no', (value, expected) => {
		expect(toMarketo(field('boolean'), value)).toBe(expected);
	});

	it('keeps zero and false (they are values, not emptiness)', () => {
		expect(toMarketo(field('integer'), 0)).toBe(0);
		expect(toMarketo(field('boolean'), false)).toBe(false);
	});

	it.each([
		['integer', '14.1'],
		['integer', 2_147_483_648],
		['percent', '100%'],
		['currency', '14c'],
		['boolean', 'other'],
		['string', { a: 1 }],
		['datetime', 'tomorrow'],
	])('refuses for %s the value %p, naming the field', (dataType, value) => {
		expect(() => toMarketo(field(dataType), value)).toThrow(/A Field \(aField\)/);
	});
});

describe('utcSeconds', () => {
	it.each([
		['2024-05-31T14:00:00Z', '2024-05-31T14:00:00Z'],
		['2024-05-31T14:00:00+0000', '2024-05-31T14:00:00Z'],
		['2024-05-31T14:00:00Z+0000', '2024-05-31T14:00:00Z'],
		['2024-05-31T06:00:00-08:00', '2024-05-31T14:00:00Z'],
		['2014-11-13 12:43:04', '2014-11-13T12:43:04Z'],
	])('brings %s into one form', (written, utc) => {
		expect(utcSeconds(written)).toBe(utc);
	});

	it('leaves what is no time as it is', () => {
		expect(utcSeconds('whenever')).toBe('whenever');
	});
});

describe('fromMarketo', () => {
	it('changes times only', () => {
		expect(fromMarketo('datetime', '2024-05-31T06:00:00-08:00')).toBe('2024-05-31T14:00:00Z');
		expect(fromMarketo('date', '2024-05-31')).toBe('2024-05-31');
		expect(fromMarketo('integer', 0)).toBe(0);
		expect(fromMarketo('boolean', false)).toBe(false);
		expect(fromMarketo('string', undefined)).toBeNull();
	});
});
