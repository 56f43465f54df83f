const { dest, parallel, series, src } = require('gulp');
const { rm } = require('node:fs/promises');

const OUT = 'dist';

/** Starts from nothing, so that a file that is gone from the source is gone from the package. */
const clean = () => rm(OUT, { recursive: true, force: true });

const copy = (name, globs, { base = '.', to = OUT } = {}) =>
	Object.assign(() => src(globs, { base, encoding: false, allowEmpty: true }).pipe(dest(to)), {
		displayName: name,
	});

const icons = copy(
	'icons',
	['nodes', 'credentials', 'icons'].map((folder) => `${folder}/**/*.{svg,png}`),
);
const codex = copy('codex', ['nodes/**/*.node.json']);
/** What 1.1 of a node gives is what 1.0 gave, but for what it has a schema of its own for. */
const SYNC_SCHEMAS = 'nodes/MarketoDynamicsSync/__schema__';
const schemas = series(
	copy('schemas as in 1.0', [`${SYNC_SCHEMAS}/v1.0.0/**/*.json`], {
		base: `${SYNC_SCHEMAS}/v1.0.0`,
		to: `${OUT}/${SYNC_SCHEMAS}/v1.1.0`,
	}),
	copy('schemas', ['nodes/**/__schema__/**/*.json']),
);

exports.clean = clean;
exports.assets = parallel(icons, codex, schemas);
