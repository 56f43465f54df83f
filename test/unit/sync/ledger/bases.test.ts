import {
	baseOf,
	known,
	lastHeld,
	LOST,
	readBases,
	seen,
	stale,
	storedBases,
	suspected,
	unconfirmed,
	type Base,
} from '../../../../sync/ledger/bases';
import type { Ledger } from '../../../../sync/ledger/ledger';
import { basesOf, type Link } from '../../../../sync/ledger/links';

const ledger = { key: { id: 'k2' } } as Ledger;
const bases = {
	dynamics: new Map([['jobtitle', known('abc')]]),
	marketo: new Map([['title', unconfirmed('def')]]),
};
const link = (keyId: string) => ({ keyId, bases }) as Link;

describe(basesOf, () => {
	it('keeps the sides apart', () => {
		expect(basesOf(ledger, link('k2'), 'dynamics')).toEqual(bases.dynamics);
		expect(basesOf(ledger, link('k2'), 'marketo')).toEqual(bases.marketo);
	});

	it('has none that was made with another key (R31: all values would look edited)', () => {
		expect(basesOf(ledger, link('k1'), 'dynamics').size).toBe(0);
		expect(basesOf(ledger, link('k1'), 'marketo').size).toBe(0);
	});

	it('is a copy (what a page thinks of a pair must not change the link before it is saved)', () => {
		basesOf(ledger, link('k2'), 'dynamics').set('jobtitle', known('other'));
		expect(bases.dynamics.get('jobtitle')).toEqual(known('abc'));
	});
});

describe('what a base says', () => {
	it.each<[string, Base, string, boolean, string | null]>([
		['what both sides held', known('abc'), 'abc', true, 'abc'],
		['what the row does not hold at its last version', stale('abc'), '!abc', true, 'abc'],
		['what Marketo has not confirmed', unconfirmed('abc'), '~abc', true, 'abc'],
		[
			'the same, with what stands there instead',
			suspected('abc', 'def', 17),
			'~abc:def:17',
			true,
			'abc',
		],
		['what was only seen', seen('abc'), '=abc', false, 'abc'],
		['what was lost', LOST, '?', false, null],
	])('%s', (_, base, stored, isComparable, held) => {
		const one = new Map([['title', base]]);
		expect(storedBases(one)).toBe(JSON.stringify({ title: stored }));
		expect(readBases(storedBases(one))).toEqual(one);
		expect(baseOf(one, 'title')).toEqual(isComparable ? base : null);
		// A tombstone is lifted by an edit of it (R29).
		expect(lastHeld(one, 'title')).toBe(held);
	});

	it('nothing, where nothing is', () => {
		expect(baseOf(new Map(), 'title')).toBeNull();
		expect(lastHeld(new Map(), 'title')).toBeNull();
	});
});
