import { npmOrTrouble } from './npm.mjs';
import { ROOT } from './paths.mjs';
import { say } from './say.mjs';

/** Builds the package into dist/, unless whoever started this has built it. */
export async function build() {
	if (process.env.PACKAGE_IS_BUILT) return;
	say('Building the package …');
	await npmOrTrouble(['run', 'build'], ROOT, 'The package could not be built');
}

/** For what is started beside others: a second build would take dist/ away under their feet. */
export const withPackage = (env) => ({ ...env, PACKAGE_IS_BUILT: 'yes' });
