import { n8nCommunityNodesPlugin } from '@n8n/eslint-plugin-community-nodes';
import { configWithoutCloudSupport } from '@n8n/node-cli/eslint';
import { globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

// Who may import whom: `nodes → sync` and `nodes → apis`. The twins, and the clients that vendors wrote,
// judge the product, so they know nothing of it; the auditor does not take the sync's word.
const zone = (target, ...from) => ({ target, from, message: 'The layers do not allow it.' });

// The rooms of sync/, from the ground up: each may use those before it.
const ROOMS = ['lanes', 'ledger', 'schedule', 'page', 'campaignActions', 'operate'];
const rooms = ROOMS.slice(0, -1).map((room, at) =>
	zone(`./sync/${room}`, ...ROOMS.slice(at + 1).map((above) => `./sync/${above}`)),
);

const LAYERS = {
	basePath: import.meta.dirname,
	zones: [
		// Work on lists that sync and apis have in common.
		zone('./lists', './sync', './apis', './nodes', './credentials', './test'),
		zone('./sync', './apis', './nodes', './credentials', './test'),
		zone('./apis', './sync', './nodes', './credentials', './test'),
		zone('./nodes', './test'),
		zone('./credentials', './test'),
		zone('./test/twins', './apis', './sync', './nodes', './credentials'),
		zone('./test/vendors', './apis', './sync', './nodes', './credentials'),
		zone('./test/auditor', './sync'),
		...rooms,
	],
};

const N8N = 'n8n-workflow|n8n-core';
const HTTP = '(node:)?(http|https|http2|net|tls)|undici|axios';
const modules = (names, message) => ({ regex: `^(${names})(/|$)`, message });

// The rules on imports see what stands at the top of a file; nothing else may bring a module in.
const AT_THE_TOP = [
	'ImportExpression',
	'TSImportType',
	"CallExpression[callee.object.name='jest']",
].map((selector) => ({
	selector,
	message: 'Import it at the top, where the rules on layers see it.',
}));

// One room knows what the ledger keeps and how; everybody else asks it by its verbs.
const QUERIES = {
	selector:
		'CallExpression[callee.property.name=/^(selectFrom|insertInto|updateTable|deleteFrom|replaceInto|mergeInto|executeQuery)$/]',
	message: 'Queries stand in sync/ledger, behind a verb.',
};
const KYSELY = modules('kysely', 'Only sync/ledger knows the database.');

/** Modules that a layer may not use, besides what `LAYERS` says of our own. */
const layer = (files, patterns, ...syntax) => ({
	files,
	rules: {
		'no-restricted-imports': ['error', { patterns }],
		'no-restricted-syntax': ['error', ...AT_THE_TOP, ...syntax],
	},
});

const message = 'Time and chance are handed in, so that a simulation owns them.';
const MEMBERS = [
	'Date.now',
	'Math.random',
	'crypto.randomUUID',
	'crypto.randomBytes',
	'crypto.randomInt',
	'crypto.getRandomValues',
	'process.hrtime',
	'process.uptime',
].map((member) => member.split('.'));

const SYNC_STATES_PORTS = modules(
	`${HTTP}|${N8N}`,
	'The sync knows neither HTTP nor n8n: it states ports.',
);

/** A layer without a clock and randomness of its own. */
const timeless = (files, patterns, ...syntax) => {
	const importNames = ['randomUUID', 'randomBytes', 'randomInt'];
	const paths = ['crypto', 'node:crypto'].map((name) => ({ name, importNames, message }));
	return {
		files,
		rules: {
			'no-restricted-imports': [
				'error',
				{ paths, patterns: [...patterns, modules('(node:)?(timers|perf_hooks)', message)] },
			],
			'no-restricted-globals': [
				'error',
				...['setTimeout', 'setInterval', 'setImmediate', 'performance'].map((name) => ({
					name,
					message,
				})),
			],
			'no-restricted-properties': [
				'error',
				...MEMBERS.map(([object, property]) => ({ object, property, message })),
			],
			'no-restricted-syntax': [
				'error',
				...AT_THE_TOP,
				{ selector: "NewExpression[callee.name='Date'][arguments.length=0]", message },
				{ selector: "CallExpression[callee.name='Date']", message },
				...syntax,
			],
		},
	};
};

// n8n's own rules speak about nodes and credentials; elsewhere their advice (which error class
// to throw, how to call HTTP) does not apply.
const communityRulesOff = Object.fromEntries(
	Object.keys(n8nCommunityNodesPlugin.rules).map((rule) => [`@n8n/community-nodes/${rule}`, 'off']),
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
	{
		files: ['apis/**/*.ts', 'lists/**/*.ts', 'sync/**/*.ts', 'test/**/*.ts'],
		rules: communityRulesOff,
	},
	{ files: ['test/**/*.ts'], rules: { 'no-console': 'off' } },
	{
		files: [
			'apis/**/*.ts',
			'lists/**/*.ts',
			'sync/**/*.ts',
			'nodes/**/*.ts',
			'credentials/**/*.ts',
		],
		languageOptions: {
			parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
		},
		rules: {
			'@typescript-eslint/no-floating-promises': 'error',
			'@typescript-eslint/no-misused-promises': 'error',
			'@typescript-eslint/await-thenable': 'error',
		},
	},
	{
		files: ['**/*.ts'],
		// What `no-cycle` follows; by itself only JavaScript.
		settings: { 'import-x/extensions': ['.ts'] },
		rules: {
			'import-x/no-restricted-paths': ['error', LAYERS],
			'import-x/no-cycle': ['error', { ignoreExternal: true }],
		},
	},
	timeless(['sync/**/*.ts'], [SYNC_STATES_PORTS, KYSELY], QUERIES),
	timeless(['sync/ledger/**/*.ts'], [SYNC_STATES_PORTS]),
	timeless(
		['apis/**/*.ts'],
		[
			modules(
				`${HTTP}|${N8N}`,
				'How to send is handed in, so that the proxies and limits of n8n hold.',
			),
		],
	),
	// Nodes are where time and chance are handed in, so they have both; n8n's core comes with the context.
	layer(
		['nodes/**/*.ts', 'credentials/**/*.ts'],
		[modules('n8n-core', 'n8n gives nodes its core through the context.'), KYSELY],
		QUERIES,
	),
	layer(
		['test/twins/**/*.ts', 'test/vendors/**/*.ts'],
		[modules(N8N, 'A stand-in of a vendor knows nothing of n8n.')],
	),
	layer(['test/auditor/**/*.ts'], []),
);
