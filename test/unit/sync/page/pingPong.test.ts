import type { Wrote } from '../../../../sync/ledger/links';
import type { PlannedFields } from '../../../../sync/ledger/plans';
import { isPingPong, noteWrites } from '../../../../sync/page/pingPong';

const title = (hash: string): PlannedFields => ({
	title: { row: 'jobtitle>title', new: hash, old: null, source: null },
});

const writtenIn = (hash: string, ...cycles: number[]): Wrote =>
	cycles.reduce<Wrote>((wrote, cycle) => noteWrites(wrote, 'marketo', title(hash), cycle), {});

describe(isPingPong, () => {
	it('is the third cycle of five in which one value is written to a field (R18)', () => {
		expect(isPingPong(writtenIn('a', 1), 'marketo', 'title', 'a', 2)).toBe(false);
		expect(isPingPong(writtenIn('a', 1, 3), 'marketo', 'title', 'a', 5)).toBe(true);
		expect(isPingPong(writtenIn('a', 1, 3), 'marketo', 'title', 'a', 6)).toBe(false);
	});

	it('is not several writes of one cycle, another value, another field or the other side', () => {
		expect(isPingPong(writtenIn('a', 1, 1, 1), 'marketo', 'title', 'a', 1)).toBe(false);
		expect(isPingPong(writtenIn('a', 1, 2), 'marketo', 'title', 'b', 3)).toBe(false);
		expect(isPingPong(writtenIn('a', 1, 2), 'marketo', 'city', 'a', 3)).toBe(false);
		expect(isPingPong(writtenIn('a', 1, 2), 'dynamics', 'title', 'a', 3)).toBe(false);
	});
});

describe(noteWrites, () => {
	it('keeps what is recent, and nothing of the fields that sync keeps for itself', () => {
		const cycles = Array.from({ length: 40 }, (_, index) => index + 1);
		expect(writtenIn('a', ...cycles)).toEqual({
			'marketo:title': [36, 37, 38, 39, 40].map((cycle) => [cycle, 'a']),
		});
		const link = { lastSync: { row: 'link', new: 'x', old: null, source: null } };
		expect(noteWrites({}, 'marketo', link, 1)).toEqual({});
	});
});
