import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { FOUND } from './history';
import { mutated } from './mutants/load';
import { MUTANTS } from './mutants/mutants';

const MAIN = path.join(__dirname, 'main.ts');
const HISTORIES = 2000;
/** Fewer: with other lanes beside the people each takes some times as long. */
const OTHER_LANES = 40;
const SHORT_STORIES = 1000;
const WITH_MERGES = 120;
const WITH_FILTERS = 120;
const WITH_DELETES = 120;
const WITH_LIFE = 120;
/** All of the first ones: `npm run simulate -- --runs 1000 --postgres`. */
const ON_SERVER = 30;
/** Histories that nobody has lived before, others with each commit; and how many of them may fail. */
const FRESH = 400;
const MAY_FAIL = 4;
/** Processes at a time, one for each of two cores. */
const PROCESSES = 2;
/** They wait for one another. */
const PATIENCE = 30 * 60_000;
/** The first of the fresh histories: the same ones for everybody who tests a commit. */
function freshSeed(): number {
	try {
		const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: __dirname, encoding: 'utf8' });
		return 100_000_000 + Number.parseInt(commit.slice(0, 7), 16);
	} catch {
		// No repository: the sources alone were handed on.
		return 100_000_000;
	}
}

interface Ended {
	code: number | null;
	said: string;
}

let free = PROCESSES;
const waiting: Array<() => void> = [];

/** Runs it in a process of its own, when its turn has come. */
async function simulate(...options: string[]): Promise<Ended> {
	if (free > 0) free--;
	else await new Promise<void>((come) => waiting.push(come));
	try {
		return await ended(options);
	} finally {
		const next = waiting.shift();
		if (next) next();
		else free++;
	}
}

async function ended(options: string[]): Promise<Ended> {
	const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...options], {
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let said = '';
	child.stdout.on('data', (text: Buffer) => (said += text.toString()));
	child.stderr.on('data', (text: Buffer) => (said += text.toString()));
	const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
	return { code, said };
}

/** No history of these fails. */
function keeps(title: string, options: string): void {
	it.concurrent(
		title,
		async () => {
			const { code, said } = await simulate(...options.split(' '));
			expect(said).toContain('0 failed');
			expect(code).toBe(0);
		},
		PATIENCE,
	);
}

describe('the sync protocol, in a world of its own', () => {
	it.concurrent(
		`keeps its promises through ${HISTORIES} histories of edits, crashes and lost answers`,
		async () => {
			const share = HISTORIES / PROCESSES;
			const runs = Array.from(
				{ length: PROCESSES },
				async (_, n) => await simulate('--runs', `${share}`, '--seed', `${1 + n * share}`),
			);
			for (const { code, said } of await Promise.all(runs)) {
				expect(said).toContain('0 failed');
				expect(code).toBe(0);
			}
		},
		PATIENCE,
	);

	for (const [kind, seeds] of Object.entries(FOUND))
		keeps(
			`keeps them in the ${seeds.length} histories ${kind && `(${kind}) `}in which it once did not`,
			`${kind} --seeds ${seeds.join(',')}`.trim(),
		);

	it.concurrent(
		`keeps them in all but ${MAY_FAIL} of ${FRESH} histories that nobody has lived before (a story nobody knew is told, and fails nobody's change)`,
		async () => {
			const options = ['--runs', `${FRESH}`, '--seed', `${freshSeed()}`, '--failures', `${FRESH}`];
			const { said } = await simulate(...options);
			expect(said).toContain(`0 directed and ${FRESH} random histories`);
			const stories = said.split('\n').filter((line) => line.startsWith('seed '));
			if (stories.length > 0) console.warn(`Nobody knew these yet:\n${stories.join('\n')}`);
			expect(stories.length).toBeLessThanOrEqual(MAY_FAIL);
		},
		PATIENCE,
	);

	// From the second on: the directed ones have been lived, those of other lanes among them.
	for (const [lanes, kind] of [
		['owners,companies', ''],
		['opportunities,roles', ''],
		['companies,tickets', ''],
		['owners,companies,opportunities,roles,tickets', '--life '],
	] as const)
		keeps(
			`R52, R39 keeps lanes apart, and what they hang on each other whole, that run at the same time, through ${OTHER_LANES} histories (${kind}people, ${lanes})`,
			`${kind}--runs ${OTHER_LANES} --seed 2 --lanes ${lanes}`,
		);

	keeps(
		`keeps them through ${SHORT_STORIES} short stories: a write in which something goes wrong, and an edit or two`,
		`--short --runs ${SHORT_STORIES} --seed 30001`,
	);

	keeps(
		`keeps them through ${WITH_MERGES} histories in which people are merged in Marketo`,
		`--merges --runs ${WITH_MERGES} --seed 7600001`,
	);

	keeps(
		`R54 keeps them through ${WITH_FILTERS} histories in which the filter leaves rows out`,
		`--filters --runs ${WITH_FILTERS} --seed 7700001`,
	);

	keeps(
		`keeps them where the ledger is on a PostgreSQL server, through ${ON_SERVER} histories`,
		`--runs ${ON_SERVER} --seed 2 --postgres`,
	);

	keeps(
		`R29 keeps them through ${WITH_DELETES} histories in which deletes are followed by choice`,
		`--deletes --runs ${WITH_DELETES} --seed 8800001`,
	);

	keeps(
		`R27, R28, R44, R59 keeps them through ${WITH_LIFE} histories in which people are merged, qualified, left out, deleted, parted, joined by hand and created unasked`,
		`--life --runs ${WITH_LIFE} --seed 9900001`,
	);

	it('can break every rule that it names (the text of a rule may have changed)', () => {
		const texts = MUTANTS.map((mutant) =>
			mutated(mutant, readFileSync(path.join(__dirname, '../..', mutant.file), 'utf8')),
		);
		expect(texts).toHaveLength(MUTANTS.length);
	});

	it.concurrent(
		'notices each broken rule by a directed history (a story that nothing happens in any more shows nothing)',
		async () => {
			const { code, said } = await simulate('--mutants', '--runs', '0');
			expect(said).not.toContain('SURVIVED');
			expect(said).toContain(`${MUTANTS.length} of ${MUTANTS.length} mutants noticed`);
			expect(code).toBe(0);
		},
		PATIENCE,
	);
});
