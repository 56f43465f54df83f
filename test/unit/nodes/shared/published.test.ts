import { notePublished } from '../../../../nodes/shared/published';
import type { Ledger } from '../../../../sync/ledger/ledger';
import { noteRunBy, runBy } from '../../../../sync/ledger/runBy';
import { linkedPair } from '../../sync/operate/sandbox';

const node = (name: string, more: object = {}) => ({
	name,
	type: 'x.any',
	typeVersion: 1,
	...more,
});

/** *Get Dynamics Changes* of a workflow whose mail step is switched on or off. */
const page = (isMailOn: boolean) => {
	const tell = node('Tell', { parameters: { operation: 'tellTheTeam', digestAt: 7 } });
	const mail = node('Mail', { disabled: !isMailOn });
	return {
		getNode: () => ({ name: 'Get Dynamics Changes' }),
		getWorkflow: () => ({ id: 'w1', name: 'Our sync' }),
		getWorkflowSettings: () => ({ saveDataSuccessExecution: 'none' }),
		getTimezone: () => 'UTC',
		getParentNodes: () => [node('Trigger', { type: 'x.marketoDynamicsSyncTrigger' })],
		getChildNodes: (name: string) => (name === 'Trigger' ? [tell, mail] : [mail]),
	} as never;
};

describe(notePublished, () => {
	let ledger: Ledger;
	beforeEach(async () => ({ ledger } = await linkedPair()));
	const known = async () => await runBy(ledger.db, 'people', 'w1');

	it('tells the trigger, which n8n leaves as it was started, that somebody is told by now, and no more', async () => {
		await noteRunBy(ledger.db, 'people', {
			workflow: 'w1',
			name: 'Before',
			keepsExecutions: true,
			trigger: 'node',
			digest: null,
		});
		await notePublished(page(true), ledger, 'people');
		expect(await known()).toEqual({
			workflow: 'w1',
			name: 'Our sync',
			keepsExecutions: false,
			trigger: 'node',
			digest: { hour: 7, zone: 'UTC' },
		});
		await notePublished(page(false), ledger, 'people');
		expect((await known())!.digest).toBeNull();
	});
});
