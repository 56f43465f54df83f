import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { startServer } from '../unit/sync/ledger/server/server';
import type { History } from './history';
import { breakRule, loadAnew } from './mutants/load';
import { MUTANTS, type Mutant } from './mutants/mutants';
import type { LaneName } from './world/lanes';

/** Histories after which a mutant counts as unnoticed. */
const MUTANT_RUNS = 1500;
/** Mutants that are tried at a time. */
const AT_A_TIME = 2;

/** How to reach the server on which the ledger is, if not in memory. */
const SERVER = 'LEDGER_TESTS_POSTGRES';

const load = createRequire(__filename);

/** npm run simulate -- --runs N [--seed S | --seeds S,T] [--lanes owners,companies,opportunities,roles,tickets] [--postgres] [--short | --merges | --row-merges | --filters | --deletes | --life] [--mutants] [--mutant "part of its name"] [--failures N] */
async function main(): Promise<void> {
	if (process.argv.includes('--postgres') && !process.env[SERVER]) {
		const server = await startServer();
		process.env[SERVER] = JSON.stringify(await server.createDatabase('ledgers'));
		return await act().finally(async () => await server.stop());
	}
	await act();
}

async function act(): Promise<void> {
	if (process.argv.includes('--mutants')) {
		const areNoticed = option('runs') === '0' ? await tryDirected() : await tryMutants();
		process.exitCode = areNoticed ? 0 : 1;
		return;
	}
	const name = option('mutant');
	const mutant = MUTANTS.find((one) => name !== undefined && one.name.includes(name));
	if (mutant) breakRule(mutant);
	process.exitCode = await simulate(
		Number(option('runs') ?? 1000),
		Number(option('seed') ?? 1),
		mutant && ruleOf(mutant),
		lanesAsked() ?? mutant?.lanes ?? [],
	);
}

function option(name: string): string | undefined {
	const at = process.argv.indexOf(`--${name}`);
	return at < 0 ? undefined : process.argv[at + 1];
}

/** Of those that run beside the people. */
function lanesAsked(): LaneName[] | undefined {
	return option('lanes')?.split(',') as LaneName[] | undefined;
}

async function simulate(
	runs: number,
	first: number,
	/** Of the mutant, if there is one: its own histories are lived first. */
	rule: string | undefined,
	lanes: readonly LaneName[],
): Promise<number> {
	// Loaded only now: a mutant changes what is loaded.
	const { live, shrink, closeLedger } = load('./run') as typeof import('./run');
	const isShort = process.argv.includes('--short');
	const {
		historyOf: usual,
		withDeletes,
		withMerges,
		withFilters,
		withRowMerges,
		withLife,
	} = load('./history') as typeof import('./history');
	const { shortStoryOf } = load('./shortStory') as typeof import('./shortStory');
	const merged = process.argv.includes('--merges') ? withMerges : usual;
	const joined = process.argv.includes('--row-merges') ? withRowMerges : merged;
	const filtered = process.argv.includes('--filters') ? withFilters : joined;
	const deleting = process.argv.includes('--deletes') ? withDeletes : filtered;
	const living = process.argv.includes('--life') ? withLife : deleting;
	const historyOf = isShort ? shortStoryOf : living;
	const { DIRECTED } = load('./directed') as typeof import('./directed');
	const most = Number(option('failures') ?? 1);
	const started = performance.now();
	let failures = 0;
	let pages = 0;
	// In any order: what a seed stands for does not depend on those before it.
	const seeds =
		option('seeds')?.split(',').map(Number) ?? Array.from({ length: runs }, (_, n) => first + n);
	let lived = 0;
	// Once is enough where several processes share the seeds, or some of them are looked at.
	const directed =
		first === 1 && option('seeds') === undefined ? ofRuleFirst(Object.entries(DIRECTED), rule) : [];
	for (const [name, history] of directed) {
		const { violations } = await live(history);
		if (violations.length === 0) continue;
		failures++;
		console.log(`directed "${name}": ${violations[0]}`);
		if (failures >= most) break;
	}
	for (const seed of seeds) {
		if (failures >= most) break;
		lived++;
		const verdict = await live(historyOf(seed), { lanes });
		pages += verdict.cycles;
		if (verdict.violations.length === 0) continue;
		failures++;
		if (rule !== undefined || most > 1) {
			console.log(`seed ${seed}: ${verdict.violations.slice(0, 2).join(' | ')}`);
			continue;
		}
		const small = await shrink(historyOf(seed), verdict.violations[0]!, { lanes });
		const told = await live(small, { verbose: true, lanes });
		console.log(describe(small));
		console.log(told.story.join('\n'));
		console.log(
			`seed ${seed}:\n${told.violations.join('\n')}\n(as found: ${verdict.violations.join('\n')})`,
		);
	}
	await closeLedger();
	const seconds = (performance.now() - started) / 1000;
	const rate = `${seconds.toFixed(1)} s, ${(lived / seconds).toFixed(0)}/s`;
	console.log(
		`${directed.length} directed and ${lived} random histories, ${failures} failed, ${pages} pages, ${rate}`,
	);
	return failures > 0 ? 1 : 0;
}

function ofRuleFirst<T>(histories: Array<[string, T]>, rule?: string): Array<[string, T]> {
	const isOfRule = ([name]: [string, T]) => rule !== undefined && name.startsWith(rule);
	return [...histories.filter(isOfRule), ...histories.filter((one) => !isOfRule(one))];
}

/** Directed histories alone, and all mutants in this process; true when every one was noticed. */
async function tryDirected(): Promise<boolean> {
	const survived: string[] = [];
	for (const mutant of MUTANTS) {
		const by = await noticedBy(mutant);
		console.log(by ? `noticed ${mutant.name}: ${by}` : `SURVIVED ${mutant.name}`);
		if (!by) survived.push(mutant.name);
	}
	console.log(
		`${MUTANTS.length - survived.length} of ${MUTANTS.length} mutants noticed by directed histories`,
	);
	return survived.length === 0;
}

/** The directed history that notices a broken rule; those of the rule are lived first. */
async function noticedBy(mutant: Mutant): Promise<string | null> {
	const mend = breakRule(mutant);
	loadAnew();
	try {
		const { live } = load('./run') as typeof import('./run');
		const { DIRECTED } = load('./directed') as typeof import('./directed');
		for (const [name, history] of ofRuleFirst(Object.entries(DIRECTED), ruleOf(mutant)))
			if ((await live(history, { lanes: mutant.lanes ?? [] })).violations.length > 0) return name;
		return null;
	} finally {
		mend();
	}
}

const ruleOf = ({ name }: Mutant) => name.split(' ')[0]!;

/** Each mutant in a process of its own; true when every one was noticed. */
async function tryMutants(): Promise<boolean> {
	const waiting = [...MUTANTS];
	const survived: string[] = [];
	const work = async () => {
		for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
			const { code, said } = await tryMutant(mutant.name);
			// A rule whose text has changed cannot be broken: that is no notice.
			const isNoticed = code === 1 && /^(directed "|seed \d)/.test(said);
			console.log(`${isNoticed ? 'noticed ' : 'SURVIVED'}  ${mutant.name}\n          ${said}`);
			if (!isNoticed) survived.push(mutant.name);
		}
	};
	await Promise.all(Array.from({ length: AT_A_TIME }, work));
	console.log(
		`${MUTANTS.length - survived.length} of ${MUTANTS.length} mutants noticed${survived.length > 0 ? `; not: ${survived.join('; ')}` : ''}`,
	);
	return survived.length === 0;
}

async function tryMutant(name: string): Promise<{ code: number | null; said: string }> {
	const runs = option('runs') ?? String(MUTANT_RUNS);
	const child = spawn(
		process.execPath,
		['--import', 'tsx', __filename, '--mutant', name, '--runs', runs],
		{ stdio: ['ignore', 'pipe', 'pipe'] },
	);
	let out = '';
	child.stdout.on('data', (text: Buffer) => (out += text.toString()));
	child.stderr.on('data', (text: Buffer) => (out += text.toString()));
	const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
	return { code, said: out.trim().split('\n')[0]!.slice(0, 200) };
}

function describe({ habits, steps }: History): string {
	const { mapping, ...rest } = habits;
	const { rows, ...defaults } = mapping.lead;
	return [
		JSON.stringify(rest),
		JSON.stringify(defaults),
		...rows.map((row) => `  ${JSON.stringify(row)}`),
		...steps.map((step) => `  ${JSON.stringify(step)}`),
	].join('\n');
}

void main();
