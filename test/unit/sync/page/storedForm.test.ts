import { isShortened, isTidied, likeness } from '../../../../sync/page/storedForm';
import type { Column, ValueType } from '../../../../sync/values';

const column = (type: ValueType): Column => ({
	name: 'x',
	label: 'X',
	type,
	canCreate: true,
	canUpdate: true,
	required: false,
});

describe(likeness, () => {
	it.each([
		['phone', '(030) 123-45 67', '0301234567'],
		['longText', ' Ümit  said: "Hi!" ', 'UMIT SAID HI'],
		['url', 'https://x.test/', 'HTTPS X TEST'],
		['text', null, ''],
	] as const)(
		'is the same for a %s and what a system makes of it on storing (R14)',
		(type, sent, stored) => {
			expect(likeness(column(type), sent)).toBe(likeness(column(type), stored));
		},
	);

	it('tells apart what a user has typed', () => {
		expect(likeness(column('text'), 'Chief')).not.toBe(likeness(column('text'), 'Chef'));
		expect(likeness(column('text'), null)).not.toBe(likeness(column('text'), 'Chef'));
	});

	it('is nothing for what is no text (a number is rounded, a time cut, in its own way)', () => {
		expect(likeness(column('decimal'), 1.25)).toBeNull();
		expect(likeness(column('dateTime'), '2026-03-02T08:00:00Z')).toBeNull();
	});
});

describe(isTidied, () => {
	it.each([
		['text', 'Ümit', 'UMIT', true],
		['text', 'Chief', 'Chef', false],
		['text', 'Chief', null, false],
		['decimal', 1.256, 1.26, true],
		['decimal', 1, 2, false],
		['dateTime', '2026-03-02T08:00:31Z', '2026-03-02T08:00:00Z', true],
		['dateTime', '2026-03-02T08:00:31Z', '2026-03-02T09:00:31Z', false],
		['boolean', true, false, false],
	] as const)('R48: a %s that was sent as %s and is kept as %s: %s', (type, sent, stored, is) => {
		expect(isTidied(column(type), 'dynamics', sent, stored)).toBe(is);
	});
});

describe(isShortened, () => {
	it.each([
		['Chief of Everything', 'Chief of', true],
		['Chief 𠀀 of all', 'Chief  of all', true],
		['Chief', 'Chief', false],
		['Chief', 'fiC', false],
		['Chief', 'Chief of all', false],
	])('R48: "%s", of which "%s" is kept: %s', (sent, stored, is) => {
		expect(isShortened(column('text'), sent, stored)).toBe(is);
	});
});
