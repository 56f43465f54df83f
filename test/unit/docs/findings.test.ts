import { readFileSync } from 'node:fs';
import path from 'node:path';

import { DIRECTED } from '../../simulation/directed';
import { MUTANTS } from '../../simulation/mutants/mutants';
import { missing, testsNamed, titlesIn } from './titles';

const TESTS = path.join(__dirname, '../..');
const read = (file: string) => readFileSync(path.join(TESTS, file), 'utf8');

/** Letters of the findings, and how many there are of each. */
const ALL = { A: 15, B: 8, C: 6, D: 5, E: 7, F: 8, G: 4, P: 12, S: 11, H: 10 };

const jestConfig = () => readFileSync(path.join(TESTS, '../jest.config.js'), 'utf8');

/** The rows of the table: name, what was wrong, what shows that it is mended. */
const ROWS = [...read('findings.md').matchAll(/^\| ([A-HPS]\d+) \| (.+?) \| (.+) \|$/gm)].map(
	([, name, inShort, shown]) => ({ name: name!, inShort: inShort!, shown: shown! }),
);

/** The tests of one row; none where it is not mended yet. */
const testsOf = (shown: string) => (shown.startsWith('not yet: ') ? [] : testsNamed(shown));

function titles(file: string): string[] {
	if (jestConfig().includes(file)) return ['beside all tests'];
	if (file === 'directed.ts') return Object.keys(DIRECTED);
	if (file === 'mutants.ts') return MUTANTS.map(({ name }) => name);
	return titlesIn(`test/${file}`);
}

describe('test/findings.md', () => {
	it('has each finding once, in their order', () => {
		expect(ROWS.map(({ name }) => name)).toEqual(
			Object.entries(ALL).flatMap(([letter, many]) =>
				Array.from({ length: many }, (_, at) => `${letter}${at + 1}`),
			),
		);
	});

	it.each(ROWS)('$name: $inShort: is shown by tests that are there', ({ shown }) => {
		expect(missing(testsOf(shown), titles)).toEqual([]);
	});
});
