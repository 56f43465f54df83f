import { npmOrTrouble } from './npm.mjs';
import { ROOT } from './paths.mjs';
import { say } from './say.mjs';

/** Builds the package into dist/. */
export async function build() {
	say('Building the package …');
	await npmOrTrouble(['run', 'build'], ROOT, 'The package could not be built');
}
