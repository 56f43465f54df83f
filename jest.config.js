const suite = (name) => ({
	displayName: name,
	rootDir: __dirname,
	testEnvironment: 'node',
	testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
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
	// Kysely is published as ES modules only.
	transformIgnorePatterns: ['/node_modules/(?!kysely/)'],
});

/** @type {import('jest').Config} */
module.exports = {
	// Longer than any of them takes on a busy machine; what has to be quick says so itself.
	testTimeout: 60_000,
	projects: ['unit', 'scenarios', 'simulation'].map(suite),
};
