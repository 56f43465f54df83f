import { n8nCommunityNodesPlugin } from '@n8n/eslint-plugin-community-nodes';
import { configWithoutCloudSupport } from '@n8n/node-cli/eslint';
import { globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { layers } from './scripts/lint/layers.mjs';

const HTTP_AND_N8N = [
	'n8n-workflow',
	'n8n-core',
	'http',
	'https',
	'http2',
	'net',
	'tls',
	'node:http',
	'node:https',
	'node:http2',
	'node:net',
	'node:tls',
	'undici',
	'axios',
];

const layer = (name, files, forbidden, more = {}) => ({
	files,
	plugins: { layers },
	rules: { 'layers/imports': ['error', { layer: name, forbidden }], ...more },
});

// n8n's own rules speak about nodes and credentials; elsewhere their advice (which error class
// to throw, how to call HTTP) does not apply.
const communityRulesOff = Object.fromEntries(
	Object.keys(n8nCommunityNodesPlugin.rules).map((rule) => [
		`@n8n/community-nodes/${rule}`,
		'off',
	]),
);
// What the type checker already proves, at a tenth of the time.
const importRulesOff = Object.fromEntries(
	['no-unresolved', 'named', 'namespace', 'default', 'export', 'no-named-as-default-member'].map(
		(rule) => [`import-x/${rule}`, 'off'],
	),
);

export default tseslint.config(
	globalIgnores(['dist', 'coverage', '.demo', '.e2e', 'node_modules']),
	configWithoutCloudSupport,
	{
		files: ['**/*.ts'],
		rules: {
			...importRulesOff,
			'@typescript-eslint/no-unused-vars': [
				'error',
				{ argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
			],
		},
	},
	{
		files: ['package.json'],
		// The package needs Microsoft's sign-in library at run time; n8n installs it with the package.
		rules: { '@n8n/community-nodes/no-runtime-dependencies': 'off' },
	},
	{ files: ['apis/**/*.ts', 'sync/**/*.ts', 'test/**/*.ts'], rules: communityRulesOff },
	{ files: ['test/**/*.ts'], rules: { 'no-console': 'off' } },
	{
		files: ['apis/**/*.ts', 'sync/**/*.ts', 'nodes/**/*.ts', 'credentials/**/*.ts'],
		languageOptions: {
			parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
		},
		rules: {
			'@typescript-eslint/no-floating-promises': 'error',
			'@typescript-eslint/no-misused-promises': 'error',
			'@typescript-eslint/await-thenable': 'error',
		},
	},
	layer(
		'sync/',
		['sync/**/*.ts'],
		['./apis/', './nodes/', './credentials/', './test/', ...HTTP_AND_N8N],
		{ 'layers/clock-and-chance': 'error' },
	),
	layer(
		'apis/',
		['apis/**/*.ts'],
		['./sync/', './nodes/', './credentials/', './test/', 'n8n-workflow', 'n8n-core'],
		{ 'layers/clock-and-chance': 'error' },
	),
	layer('nodes/', ['nodes/**/*.ts', 'credentials/**/*.ts'], ['./test/', 'n8n-core']),
	layer(
		'test/twins/ and test/vendors/',
		['test/twins/**/*.ts', 'test/vendors/**/*.ts'],
		['./apis/', './sync/', './nodes/', './credentials/', 'n8n-workflow', 'n8n-core'],
	),
	layer('test/auditor/', ['test/auditor/**/*.ts'], ['./sync/']),
);
