// npm test: layout, lint, types, unit, scenario and simulation tests. Options go to Jest.
import { check, close, ESLINT, jest, PRETTIER, TSC } from './lib/checks.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { ensureNode24 } from './lib/runtime.mjs';
import { runMain } from './lib/say.mjs';

const aside = true;
/** Of the scenarios once more on a PostgreSQL server: a memory copied and put back, campaigns, who wins; and what a server alone can. */
const ON_POSTGRES = ['people/memoryLost', 'people/campaigns', 'people/rules', 'people/server'];
const partOf = (file) => file.split('/')[0];

await runMain(async () => {
	await ensureDependencies();
	const node24 = await ensureNode24();
	const own = process.argv.slice(2);
	const layout = await check('Layout', node24, PRETTIER, ['--check', '--log-level=warn', '.']);
	// Two parts at a time, for two cores.
	const checks = await Promise.all([
		check('Lint', node24, ESLINT, ['.', '--max-warnings=0'], { aside }),
		check('Types', node24, TSC, ['-p', '.'], { aside }),
	]);
	checks.unshift(layout);
	if (own.length > 0) return close([...checks, await jest('Tests', node24, own, { partOf })]);
	const tests = await Promise.all([
		jest(
			'Tests',
			node24,
			// By itself Jest leaves one of two cores to others: nobody is there any more once the simulation has ended.
			['--maxWorkers=2', '--selectProjects', 'unit', 'postgres', 'scenarios'],
			{ partOf },
		),
		// Files first: whatever follows the option is a project's name.
		jest('On PostgreSQL', node24, [...ON_POSTGRES, '--selectProjects', 'postgresScenarios'], {
			aside,
		}),
		jest('Simulation', node24, ['--selectProjects', 'simulation'], { aside }),
	]);
	return close([...checks, ...tests]);
});
