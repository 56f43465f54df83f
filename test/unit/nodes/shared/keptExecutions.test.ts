import { keepsExecutions } from '../../../../nodes/shared/keptExecutions';

describe(keepsExecutions, () => {
	afterEach(() => void delete process.env.EXECUTIONS_DATA_SAVE_ON_SUCCESS);

	it.each([
		['none', undefined, false],
		['none', 'all', false],
		['all', 'none', true],
		['DEFAULT', 'none', false],
		['DEFAULT', undefined, true],
		[undefined, 'none', false],
		[undefined, undefined, true],
	] as const)('with the setting %s, and %s for all of n8n: %s', (setting, ofAll, kept) => {
		if (ofAll) process.env.EXECUTIONS_DATA_SAVE_ON_SUCCESS = ofAll;
		expect(keepsExecutions({ saveDataSuccessExecution: setting })).toBe(kept);
	});
});
