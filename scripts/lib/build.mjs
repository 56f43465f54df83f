import { npmOrTrouble } from './npm.mjs';
import { ROOT } from './paths.mjs';
import { say } from './say.mjs';

/** Builds the package into dist/. */
export async function build() {
	say('Building the package …');
	await npmOrTrouble(['run', 'build'], ROOT, 'The package could not be built');
}

/** How the TypeScript side (test/e2e/harness) learns where everything is. */
export const harnessEnvironment = (node24, n8n, programs = {}) => ({
	...process.env,
	HARNESS_NODE: node24.node,
	HARNESS_N8N: n8n.cli,
	...(programs.chromium && { HARNESS_CHROME: programs.chromium }),
	...(programs.postgres && { HARNESS_POSTGRES: programs.postgres }),
	...(programs.redis && { HARNESS_REDIS: programs.redis }),
});
