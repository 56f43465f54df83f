import type { Side } from '../../../../sync/items';
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
	type BaseField,
	type Bases,
	type FieldNumbers,
} from '../../../../sync/ledger/bases';
import type { Ledger } from '../../../../sync/ledger/ledger';
import { basesOf, copiedBases, type Link } from '../../../../sync/ledger/links';

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
});

describe(copiedBases, () => {
	it('are moved without the link (what a page thinks of a pair must not change it before it is saved)', () => {
		copiedBases(ledger, link('k2')).dynamics.set('jobtitle', known('other'));
		expect(bases.dynamics.get('jobtitle')).toEqual(known('abc'));
	});
});

const ONE = 'AQIDBAUGBwg';
const TWO = '_wAAAAAAAP8';

/** As stored, and read again; the fields of both sides are numbered one by one. */
function storedAndRead(both: Record<Side, Bases>) {
	const fields: BaseField[] = [];
	const numbers: FieldNumbers = { dynamics: new Map(), marketo: new Map() };
	for (const side of ['marketo', 'dynamics'] as const)
		for (const name of both[side].keys()) numbers[side].set(name, fields.push({ side, name }));
	const stored = storedBases(both, numbers);
	return { stored, read: readBases(stored, (number) => fields[number - 1]!) };
}

describe('what a base says', () => {
	it.each<[string, Base, boolean, string | null]>([
		['what both sides held', known(ONE), true, ONE],
		['what the row does not hold at its last version', stale(ONE), true, ONE],
		['what Marketo has not confirmed', unconfirmed(ONE), true, ONE],
		['the same, with what stands there instead', suspected(ONE, TWO, 1_795_897_809_014), true, ONE],
		['what was only seen', seen(ONE), false, ONE],
		['what was lost', LOST, false, null],
	])('%s', (_, base, isComparable, held) => {
		const one = new Map([['title', base]]);
		const both = { dynamics: new Map([['jobtitle', known(TWO)]]), marketo: one };
		expect(storedAndRead(both).read).toEqual(both);
		expect(baseOf(one, 'title')).toEqual(isComparable ? base : null);
		// A tombstone is lifted by an edit of it (R29).
		expect(lastHeld(one, 'title')).toBe(held);
	});

	it('nothing, where nothing is', () => {
		expect(baseOf(new Map(), 'title')).toBeNull();
		expect(lastHeld(new Map(), 'title')).toBeNull();
		expect(readBases(null, () => null)).toEqual({
			dynamics: new Map(),
			marketo: new Map(),
		});
	});
});

describe('how bases are kept', () => {
	const many = (count: number, baseAt: (at: number) => Base) =>
		new Map(Array.from({ length: count }, (_, at) => [`field${at}`, baseAt(at)]));

	it('holds as many fields and values as there are', () => {
		const print = (at: number) => Buffer.alloc(8, at).toString('base64url');
		const both = {
			dynamics: many(250, (at) => known(print(at))),
			marketo: many(250, (at) => suspected(print(at), print(255 - at), 2 ** 45 + at)),
		};
		expect(storedAndRead(both).read).toEqual(both);
	});

	it('takes two bytes for a field whose value stands elsewhere in the pair, too', () => {
		const both = {
			dynamics: many(30, () => known(ONE)),
			marketo: many(30, () => unconfirmed(ONE)),
		};
		expect(storedAndRead(both).stored).toHaveLength(1 + 8 + 60 * 2);
	});
});
