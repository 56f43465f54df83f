// node scripts/release-check.mjs v0.2.0: a tag is published only when package.json and the changelog say the same.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from './lib/paths.mjs';
import { runMain, Trouble } from './lib/say.mjs';

await runMain(async () => {
	const [tag = ''] = process.argv.slice(2);
	const { version } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'));
	const changelog = await readFile(path.join(ROOT, 'CHANGELOG.md'), 'utf8');
	if (tag !== `v${version}`)
		throw new Trouble(`The tag is ${tag || 'missing'}, but package.json says ${version}`);
	const heading = changelog.split('\n').find((line) => line.startsWith(`## ${version} `));
	if (!heading || !/\d{4}-\d{2}-\d{2}/.test(heading)) {
		throw new Trouble(`CHANGELOG.md has no heading "## ${version} (date)"`);
	}
	return 0;
});
