import { basesOf, lastHeld, LOST, provisional, readBase, seen, stale, suspected } from '../../../../sync/ledger/bases';
import type { Ledger } from '../../../../sync/ledger/ledger';
import type { LinkRow } from '../../../../sync/ledger/schema';

const ledger = { key: { id: 'k2' } } as Ledger;
const link = (keyId: string) => ({ key_id: keyId, bases_dynamics: '{"jobtitle":"abc"}', bases_marketo: '{"title":"~def"}' }) as LinkRow;
const plain = { provisional: false, stale: false, suspect: null };

describe(basesOf, () => {
	it('keeps the sides apart', () => {
		expect(basesOf(ledger, link('k2'), 'dynamics')).toEqual({ jobtitle: 'abc' });
		expect(basesOf(ledger, link('k2'), 'marketo')).toEqual({ title: '~def' });
	});

	it('has none that was made with another key (R31: all values would look edited)', () => {
		expect(basesOf(ledger, link('k1'), 'dynamics')).toEqual({});
		expect(basesOf(ledger, link('k1'), 'marketo')).toEqual({});
	});
});

describe(readBase, () => {
	it.each([
		['a base', 'abc', { hash: 'abc', ...plain }],
		['what Marketo has not confirmed', provisional('abc'), { hash: 'abc', ...plain, provisional: true }],
		['the same, with what stands there instead', suspected('abc', 'def', 17), { hash: 'abc', ...plain, provisional: true, suspect: { hash: 'def', since: 17 } }],
		['what the row does not hold at its last version', stale('abc'), { hash: 'abc', ...plain, stale: true }],
		['nothing for what was lost', LOST, null],
		['nothing for what was only seen', seen('abc'), null],
	])('reads %s', (_, stored, base) => {
		expect(readBase({ title: stored }, 'title')).toEqual(base);
	});

	it('reads nothing where nothing is', () => {
		expect(readBase({}, 'title')).toBeNull();
	});
});

describe(lastHeld, () => {
	it.each([
		['a base', 'abc', 'abc'],
		['what was only seen', seen('abc'), 'abc'],
		['nothing that was lost', LOST, null],
	])('knows %s: a tombstone is lifted by an edit of it (R29)', (_, stored, held) => {
		expect(lastHeld({ jobtitle: stored }, 'jobtitle')).toBe(held);
	});
});
