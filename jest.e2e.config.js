const [unit] = require('./jest.config.js').projects;

/** Real n8n, real browser, real databases, with patience. */
/** @type {import('jest').Config} */
module.exports = {
	...unit,
	displayName: 'e2e',
	testMatch: ['<rootDir>/test/e2e/**/*.e2e.ts'],
	testSequencer: '<rootDir>/test/e2e/harness/longestFirst.js',
	testTimeout: 10 * 60 * 1000,
};
