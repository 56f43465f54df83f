import { readFileSync } from 'node:fs';
import path from 'node:path';

import { missing, ROOT, testsNamed } from './titles';

const PAGE = readFileSync(path.join(ROOT, 'docs/native-sync-parity.md'), 'utf8');

/** How many rules of Adobe's sync there are under each letter; T is what its documentation leaves open. */
const RULES = {
	A: 13,
	B: 14,
	C: 7,
	D: 10,
	E: 11,
	F: 6,
	G: 6,
	H: 4,
	I: 10,
	J: 5,
	K: 6,
	L: 5,
	M: 4,
	N: 5,
	O: 7,
	P: 12,
	Q: 8,
	T: 12,
};

const ROWS = PAGE.split('\n')
	.filter((line) => /^\| [A-Z]\d+ \|/.test(line))
	.map((line) => line.split('|').map((cell) => cell.trim()))
	.map(([, rule, , here, how, seen]) => ({ rule: rule!, here: here!, how: how!, seen: seen! }));

/** What is claimed has to be seen; what is missing has to be explained. */
const CLAIMS = ['same', 'better', 'own'];
const GAPS = ['not yet', 'not'];

describe('docs/native-sync-parity.md', () => {
	it('has every rule, once and in their order', () => {
		const all = Object.entries(RULES).flatMap(([letter, count]) =>
			Array.from({ length: count }, (_, at) => `${letter}${at + 1}`),
		);
		expect(ROWS.map(({ rule }) => rule)).toEqual(all);
	});

	it.each(ROWS)('$rule: $here: what is claimed is shown by tests that are there', (row) => {
		expect([...CLAIMS, ...GAPS]).toContain(row.here);
		if (CLAIMS.includes(row.here)) expect(missing(testsNamed(row.seen))).toEqual([]);
		else expect([row.how === '', row.seen]).toEqual([false, '']);
		if (row.here === 'better') expect(row.how).not.toBe('');
	});
});
