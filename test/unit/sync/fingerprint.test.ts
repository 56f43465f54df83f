import { fingerprint, fingerprintOf } from '../../../sync/fingerprint';
import { column } from './column';

const key = (id: string, fill: number) => ({ id, secret: Buffer.alloc(32, fill) });
const KEY = key('k', 1);

describe(fingerprint, () => {
	it.each([
		[null, 'lSWbhcUtUGA'],
		['true', 'u5_1B_74Pa4'],
		['Clerk', '5dbgmgoosnI'],
	])(
		'of %j stays what it was, whatever the version (another recipe would make edits of all values that are known)',
		(form, print) => {
			for (let time = 0; time < 2; time++) expect(fingerprint(KEY, form)).toBe(print);
		},
	);

	it('is not mixed up with others, however many were met in between', () => {
		for (let other = 0; other < 5_000; other++) fingerprint(KEY, `other ${other}`);
		expect(fingerprint(KEY, 'Clerk')).toBe('5dbgmgoosnI');
		expect(fingerprint(KEY, 'other 1')).toBe(fingerprint(key('again', 1), 'other 1'));
	});

	it('tells nothing, the empty text and words for both apart', () => {
		const forms = [null, '', 'null', 'true', 'false', '0', '1'];
		expect(new Set(forms.map((form) => fingerprint(KEY, form))).size).toBe(forms.length);
	});

	it('is another one with another key (nobody can look values up in it)', () => {
		for (const form of [null, 'true', 'Clerk'])
			expect(fingerprint(KEY, form)).not.toBe(fingerprint(key('k', 2), form));
	});

	it('says nothing of the length of a value', () => {
		for (const form of [null, '', 'x'.repeat(10_000)])
			expect(fingerprint(KEY, form)).toMatch(/^[\w-]{11}$/);
	});
});

describe(fingerprintOf, () => {
	it('is that of the normal form: how a value is spelled is no edit', () => {
		expect(fingerprintOf(KEY, column('email'), 'marketo', ' Ada@X.test')).toBe(
			fingerprint(KEY, 'ada@x.test'),
		);
		expect(fingerprintOf(KEY, column('boolean'), 'marketo', null)).toBe(fingerprint(KEY, 'false'));
		expect(fingerprintOf(KEY, column('boolean'), 'dynamics', undefined)).toBe(
			fingerprint(KEY, null),
		);
	});
});
