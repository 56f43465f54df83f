import { historyOf, type History } from './history';
import { live, shrink } from './run';

/** npm run simulate -- --runs N [--seed S] */
async function main(): Promise<void> {
	const option = (name: string) => {
		const at = process.argv.indexOf(`--${name}`);
		return at < 0 ? undefined : process.argv[at + 1];
	};
	const runs = Number(option('runs') ?? 1000);
	const first = Number(option('seed') ?? 1);
	const most = Number(option('failures') ?? 1);
	const started = performance.now();
	let failures = 0;
	let pages = 0;
	let seed = first;
	for (; seed < first + runs && failures < most; seed++) {
		const verdict = await live(historyOf(seed));
		pages += verdict.cycles;
		if (verdict.violations.length === 0) continue;
		failures++;
		if (most > 1) {
			console.log(seed, verdict.violations.slice(0, 2).join(' | '));
			continue;
		}
		const small = await shrink(historyOf(seed), verdict.violations[0]!);
		const told = await live(small, true);
		console.log(describe(small));
		console.log(told.story.join('\n'));
		console.log(`seed ${seed}:\n${told.violations.join('\n')}\n(as found: ${verdict.violations.join('\n')})`);
	}
	const seconds = (performance.now() - started) / 1000;
	console.log(`${seed - first} histories, ${failures} failed, ${pages} pages, ${(seconds).toFixed(1)} s, ${((seed - first) / seconds).toFixed(0)}/s`);
	process.exitCode = failures > 0 ? 1 : 0;
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
