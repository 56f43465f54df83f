const suite = (name) => ({
	displayName: name,
	rootDir: __dirname,
	testEnvironment: 'node',
	testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
	// What needs a server runs in the project that starts one.
	testPathIgnorePatterns: ['/node_modules/', '/(shared|people)/server/'],
	modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.demo/', '<rootDir>/.e2e/'],
	transform: {
		'^.+\\.(ts|js)$': [
			'@swc/jest',
			{
				jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
				module: { type: 'commonjs' },
				sourceMaps: 'inline',
			},
		],
	},
	// All that tests ask a ledger is looked at: no query walks what grows.
	setupFilesAfterEnv:
		name === 'simulation' ? [] : ['<rootDir>/test/unit/sync/ledger/queryPlans.ts'],
	// Kysely is published as ES modules only.
	transformIgnorePatterns: ['/node_modules/(?!kysely/)'],
});

/** The tests that open ledgers once more, each ledger in a schema of a real server. */
const onPostgres = {
	...suite('unit'),
	displayName: 'postgres',
	setupFilesAfterEnv: [],
	testMatch: [
		'<rootDir>/test/unit/sync/ledger/**/*.test.ts',
		'<rootDir>/test/unit/nodes/shared/server/*.test.ts',
		'<rootDir>/test/unit/sync/campaignActions/inbox.test.ts',
		'<rootDir>/test/unit/sync/operate/{adoptPresentState,needingHelp}.test.ts',
	],
	// What open no ledger, and what files and processes do.
	testPathIgnorePatterns: ['/node_modules/', '/ledger/(bases|interrupted|patientSqlite)'],
	globals: { LEDGER_IN: 'PostgreSQL' },
	globalSetup: '<rootDir>/test/unit/sync/ledger/server/start.ts',
	globalTeardown: '<rootDir>/test/unit/sync/ledger/server/stop.ts',
};

/** Scenarios once more, each world's ledger in a schema: some with `npm test`, all with `--selectProjects postgresScenarios`. */
const scenariosOnPostgres = {
	...suite('scenarios'),
	displayName: 'postgresScenarios',
	setupFilesAfterEnv: [],
	// What a file alone can.
	testPathIgnorePatterns: ['/node_modules/', '/people/restore'],
	globals: onPostgres.globals,
	globalSetup: onPostgres.globalSetup,
	globalTeardown: onPostgres.globalTeardown,
};

/** @type {import('jest').Config} */
module.exports = {
	// Longer than any of them takes on a busy machine; what has to be quick says so itself.
	testTimeout: 60_000,
	projects: [...['unit', 'scenarios', 'simulation'].map(suite), onPostgres, scenariosOnPostgres],
};
