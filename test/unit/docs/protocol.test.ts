import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { NORMAL_TIMING } from '../../../sync/ledger/ledger';
import { DIRECTED } from '../../simulation/directed';
import { MUTANTS } from '../../simulation/mutants/mutants';
import { ROOT, titlesIn } from './titles';

const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const filesIn = (folder: string) =>
	(existsSync(path.join(ROOT, folder))
		? readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
		: []
	).map((file) => `${folder}/${file}`);
const PAGE = read('docs/protocol.md');

/** The text of each rule and invariant, by its number: the heading it stands under. */
const RULES = new Map(
	PAGE.split(/^##+ /m).flatMap((section) => {
		const [, number, text] = /^([RIM]\d+)\n(.*)$/s.exec(section) ?? [];
		return number ? [[number, text!.trim()] as const] : [];
	}),
);

/** The last line of a rule: what fails when it is broken. */
function shownBy(number: string): { line: string; named: Array<{ kind: string; name: string }> } {
	const line = /^Shown by: (.*)\.$/.exec(RULES.get(number)!.split('\n').at(-1)!)?.[1] ?? '';
	return {
		line,
		named: [...line.matchAll(/(mutant|history|test) `([^`]+)`/g)].map(([, kind, name]) => ({
			kind: kind!,
			name: name!,
		})),
	};
}

const names = (number: string, kind: string) =>
	shownBy(number)
		.named.filter((one) => one.kind === kind)
		.map(({ name }) => name);

const histories = (beginning: string) =>
	Object.keys(DIRECTED).filter((name) => name.startsWith(beginning));

/** The rules that a mutant breaks, as its name says; none where no single one is broken. */
const rulesOf = (mutant: string): string[] =>
	/^(?:[RIM]\d+(?:, | ))*/.exec(mutant)![0].match(/[RIM]\d+/g) ?? [];

/** Whether what shows a rule is there, and knows that it does. */
function shows(kind: string, name: string, number: string): boolean {
	if (kind === 'history') return histories(name).length > 0;
	if (kind === 'mutant')
		return (
			MUTANTS.some((mutant) => mutant.name === name) &&
			(rulesOf(name).length === 0 || rulesOf(name).includes(number))
		);
	return existsSync(path.join(ROOT, name)) && new RegExp(`\\b${number}\\b`).test(read(name));
}

describe('docs/protocol.md', () => {
	it('has every number that code, tests and pages cite (a reader has nowhere else to look it up)', () => {
		const files = ['sync', 'apis', 'nodes', 'test', 'docs']
			.flatMap(filesIn)
			.filter((file) => /\.(ts|md)$/.test(file));
		const cited = files.flatMap((file) =>
			(read(file).match(/\b[RI]\d+\b/g) ?? []).map((number) => `${number} in ${file}`),
		);
		expect(cited.length).toBeGreaterThan(500);
		expect(cited.filter((one) => !RULES.has(one.split(' ')[0]!))).toEqual([]);
	});

	it.each([...RULES.keys()])('says what shows %s, and all of that is there', (number) => {
		const { line, named } = shownBy(number);
		if (named.length === 0) {
			// What is not built at all cannot be reasoned to be right.
			expect(['reasoned only', 'nothing yet']).toContain(line);
			if (line === 'nothing yet') expect(RULES.get(number)).toMatch(/^Not yet: /m);
			return;
		}
		expect(line).toBe(named.map(({ kind, name }) => `${kind} \`${name}\``).join('; '));
		expect(named.filter(({ kind, name }) => !shows(kind, name, number))).toEqual([]);
	});

	it('names every test under the rules in its title', () => {
		const files = ['unit', 'scenarios', 'e2e']
			.flatMap((folder) => filesIn(`test/${folder}`))
			.filter((file) => /\.(test|e2e)\.ts$/.test(file));
		const titled = files.flatMap((file) =>
			titlesIn(file).flatMap((title) =>
				(title.match(/\bR\d+\b/g) ?? []).map((number) => ({ number, file })),
			),
		);
		expect(titled.length).toBeGreaterThan(10);
		expect(
			titled.filter(
				({ number, file }) => !RULES.has(number) || !names(number, 'test').includes(file),
			),
		).toEqual([]);
	});

	it.each(MUTANTS.map(({ name }) => name))(
		'names the mutant "%s" under the rules that it breaks',
		(name) => {
			for (const number of rulesOf(name))
				expect([number, names(number, 'mutant')]).toEqual([number, expect.arrayContaining([name])]);
			if (rulesOf(name).length === 0)
				expect([...RULES.keys()].flatMap((number) => names(number, 'mutant'))).toContain(name);
		},
	);

	it('names all directed histories under the rule that they begin with', () => {
		const named = new Set(
			[...RULES.keys()].flatMap((number) =>
				names(number, 'history')
					.filter((name) => name.startsWith(`${number}:`))
					.flatMap(histories),
			),
		);
		expect(Object.keys(DIRECTED).filter((name) => !named.has(name))).toEqual([]);
	});

	it('tells times as they are', () => {
		const told = [...PAGE.matchAll(/^\| `(\w+)` \| (\d+) s \|/gm)].map(([, name, seconds]) => [
			name,
			Number(seconds) * 1000,
		]);
		expect(told).toEqual(Object.entries(NORMAL_TIMING));
	});
});
