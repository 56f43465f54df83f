import { syncAgain } from '../../../../sync/operate/syncAgain';
import type { OperationDefinition } from '../../../shared/operation';
import { perGuardedItem } from '../../shared/ledgerWork';
import { chosenRecord, RECORD_PICKER } from '../../shared/recordPicker';

export const syncAgainOperation: OperationDefinition = {
	value: 'syncAgain',
	name: 'Sync Again',
	action: () => 'Sync a record again',
	description:
		'Read both sides of a record and compare them when the sync next runs; also works for a lead or contact that the sync has not seen yet',
	resources: ['record'],
	properties: [
		...RECORD_PICKER,
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				{
					displayName: 'As If Never Compared',
					name: 'asIfNeverCompared',
					type: 'boolean',
					default: false,
					description:
						'Whether to forget the values of the last comparison: where the sides differ, the winner is decided as at first contact, and each such field is listed as a conflict',
				},
			],
		},
	],
	execute: perGuardedItem(async (context, ledger, itemIndex) => {
		const options = context.getNodeParameter('options', itemIndex, {}) as {
			asIfNeverCompared?: boolean;
		};
		const record = await syncAgain(ledger, chosenRecord(context, itemIndex), options);
		return { record, message: 'Both sides are read and compared when the sync next runs.' };
	}),
};
