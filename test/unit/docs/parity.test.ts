import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(__dirname, '../../..');
const PAGE = readFileSync(path.join(ROOT, 'docs/native-sync-parity.md'), 'utf8');

/** How many rules each table of Adobe's sync has. */
const RULES = { G: 6, H: 4, I: 10, J: 5, L: 5, M: 4, N: 5, O: 7 };

const rows = PAGE.split('\n')
	.filter((line) => /^\| [A-Z]\d+ \|/.test(line))
	.map((line) => line.split('|').map((cell) => cell.trim()))
	.map(([, rule, , here, , seen]) => ({ rule: rule!, here: here!, seen: seen! }));

describe('docs/native-sync-parity.md', () => {
	it('has every rule of the tables, once and in their order', () => {
		const all = Object.entries(RULES).flatMap(([table, count]) =>
			Array.from({ length: count }, (_, at) => `${table}${at + 1}`),
		);
		expect(rows.map(({ rule }) => rule)).toEqual(all);
	});

	it('says of each whether it is so here, and where that is seen', () => {
		for (const { rule, here, seen } of rows) {
			const isHere = here === 'same' || here === 'better';
			expect([rule, isHere || here === 'not yet' || here === 'not']).toEqual([rule, true]);
			const files = [...seen.matchAll(/`([^`]+)`/g)].map(([, file]) => file!);
			expect([rule, files.length > 0]).toEqual([rule, isHere]);
			for (const file of files)
				expect([rule, file, existsSync(path.join(ROOT, file))]).toEqual([rule, file, true]);
		}
	});
});
