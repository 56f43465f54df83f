import { callsOfCopy, copyInWords } from '../../../../sync/operate/forecast';

const usage = (used: number, allowed = 50_000) => ({ allowed, used, own: used });

describe(callsOfCopy, () => {
	it('looks people up before it makes them, and nothing else', () => {
		expect(callsOfCopy('people', 100_000)).toEqual({ marketo: 1_500, dynamics: 400 });
		expect(callsOfCopy('companies', 100_000)).toEqual({ marketo: 380, dynamics: 270 });
	});

	it('gives two digits, since it is an estimate', () => {
		expect(callsOfCopy('people', 123_456)).toEqual({ marketo: 1_900, dynamics: 500 });
		expect(callsOfCopy('companies', 2)).toEqual({ marketo: 1, dynamics: 1 });
	});
});

describe(copyInWords, () => {
	it('says calls and time at the pace of both systems', () => {
		expect(copyInWords('people', 100_000, undefined)).toBe(
			'The first copy, of about 100,000 records, takes about 1500 calls to Marketo and 400 calls to Dynamics 365 and 11 minutes or more',
		);
	});

	it.each([
		['enough is left today', usage(33_000), null],
		['not enough is left today', usage(34_000), 'day'],
		['a day has too few', usage(0, 1_000), '2 days'],
		['nothing is left, and a day has too few', usage(1_000, 1_000), '3 days'],
	])('says on how many days more it works where %s', (_, used, days) => {
		const words = copyInWords('people', 100_000, used);
		if (days === null) expect(words).not.toMatch(/day/);
		else expect(words).toMatch(new RegExp(`continues by itself on the next ${days}$`));
	});
});
