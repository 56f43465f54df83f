import { statusOf } from '../../../../sync/operate/status';
import { takeOver } from '../../../../sync/operate/takeOver';
import type { OperationDefinition } from '../../../shared/operation';
import { LANE_CHOICE } from '../../shared/laneChoice';
import { perGuardedLane } from '../../shared/ledgerWork';
import { statusItem } from '../../shared/statusItem';

export const takeOverOperation: OperationDefinition = {
	value: 'takeOver',
	name: 'Take Over',
	action: () => 'Take over the sync',
	description:
		'Let this workflow run the sync from now on, and no other; unpublish the other one first',
	resources: ['sync'],
	properties: LANE_CHOICE,
	execute: perGuardedLane(async (context, ledger, lane) => {
		const workflow = String(context.getWorkflow().id ?? '');
		const { before } = await takeOver(ledger, lane, workflow);
		return statusItem(context, await statusOf(ledger, lane, [said(before, workflow)]));
	}),
};

function said(before: string | null, workflow: string): string {
	if (before === workflow) return 'This workflow already runs the sync.';
	const from = before ? ` instead of the workflow with the ID ${before}` : '';
	return `From now on this workflow runs the sync${from}. Publish it to start the next run.`;
}
