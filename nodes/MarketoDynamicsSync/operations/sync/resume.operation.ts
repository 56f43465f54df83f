import { resume } from '../../../../sync/operate/resume';
import { statusOf } from '../../../../sync/operate/status';
import type { OperationDefinition } from '../../../shared/operation';
import { LANE_CHOICE } from '../../shared/laneChoice';
import { perGuardedLane } from '../../shared/ledgerWork';
import { statusItem } from '../../shared/statusItem';

export const resumeOperation: OperationDefinition = {
	value: 'resume',
	name: 'Resume',
	action: () => 'Resume the sync',
	description:
		'Continue after a pause, or after the sync stopped by itself and you have checked the reason',
	resources: ['sync'],
	properties: [
		...LANE_CHOICE,
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				{
					displayName: 'Allow Deletes',
					name: 'allowDeletes',
					type: 'number',
					typeOptions: { minValue: 0, numberPrecision: 0 },
					default: 0,
					description:
						'How many records deleted in Dynamics 365 at once are let through without stopping again, until a run has read everything; take the number from the reason why the sync stopped',
				},
			],
		},
	],
	execute: perGuardedLane(async (context, ledger, lane, itemIndex) => {
		const { allowDeletes = 0 } = context.getNodeParameter('options', itemIndex, {}) as {
			allowDeletes?: number;
		};
		await resume(ledger, lane, { allowDeletes });
		return statusItem(context, await statusOf(ledger, lane, ['Resumed; the next run is due now.']));
	}),
};
