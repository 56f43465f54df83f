const { dest, parallel, src } = require('gulp');
const { rm } = require('node:fs/promises');

const OUT = 'dist';

/** Starts from nothing, so that a file that is gone from the source is gone from the package. */
const clean = () => rm(OUT, { recursive: true, force: true });

const copy = (name, globs) =>
	Object.assign(
		() => src(globs, { base: '.', encoding: false, allowEmpty: true }).pipe(dest(OUT)),
		{
			displayName: name,
		},
	);

const icons = copy(
	'icons',
	['nodes', 'credentials', 'icons'].map((folder) => `${folder}/**/*.{svg,png}`),
);
const codex = copy('codex', ['nodes/**/*.node.json']);
const schemas = copy('schemas', ['nodes/**/__schema__/**/*.json']);

exports.clean = clean;
exports.assets = parallel(icons, codex, schemas);
