import type { Wrote } from '../../../../sync/ledger/links';
import type { PlannedFields } from '../../../../sync/ledger/plans';
import {
	answersOf,
	isPingPong,
	isTugOfWar,
	noteWrites,
	stillPulled,
} from '../../../../sync/page/pingPong';

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

describe(answersOf, () => {
	const row = { column: 'jobtitle', field: 'title' };
	const both = { dynamics: true, marketo: true };
	const none = { dynamics: false, marketo: false };
	/** Writes to and fro, each an answer to the one before. */
	const pulled = (...cycles: number[]): Wrote =>
		cycles.reduce<Wrote>((wrote, cycle, at) => {
			const side = at % 2 === 0 ? 'marketo' : 'dynamics';
			const name = side === 'marketo' ? 'title' : 'jobtitle';
			const answers = answersOf(wrote, row, both, cycle);
			const fields = { [name]: { ...title(`v${at}`).title!, answers } };
			return noteWrites(wrote, side, fields, cycle);
		}, {});
	const cycles = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

	it('is a tug of war from the eleventh answer in a row on, whichever the values (R18)', () => {
		expect(isTugOfWar(answersOf(pulled(...cycles(10)), row, both, 11))).toBe(false);
		expect(isTugOfWar(answersOf(pulled(...cycles(11)), row, both, 12))).toBe(true);
	});

	it('is one as well where all writes go one way, and each replaces another edit of the target', () => {
		const wrote = cycles(11).reduce<Wrote>((before, cycle) => {
			const answers = answersOf(before, row, both, cycle);
			const fields = { title: { ...title(`v${cycle}`).title!, answers } };
			return noteWrites(before, 'marketo', fields, cycle);
		}, {});
		expect(isTugOfWar(answersOf(wrote, row, both, 12))).toBe(true);
	});

	it('starts over where nobody changed what was written, after a pause, and counts a cycle once', () => {
		const wrote = pulled(...cycles(11));
		expect(answersOf(wrote, row, none, 12)).toBe(0);
		expect(answersOf(wrote, row, both, 16)).toBe(0);
		expect(answersOf(wrote, row, both, 11)).toBe(10);
		expect(answersOf(wrote, { column: 'x', field: 'y' }, both, 12)).toBe(0);
	});

	it('goes on while it is held, until it is quiet for five cycles', () => {
		const wrote = stillPulled(pulled(...cycles(11)), row, 14);
		expect(isTugOfWar(answersOf(wrote, row, both, 18))).toBe(true);
		expect(answersOf(wrote, row, both, 19)).toBe(0);
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
