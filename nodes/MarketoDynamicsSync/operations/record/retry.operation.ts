import { retry, retryAll, type Retried } from '../../../../sync/operate/retry';
import { counted } from '../../../../sync/operate/words';
import type { OperationDefinition } from '../../../shared/operation';
import { perGuardedItem } from '../../shared/ledgerWork';
import { chosenRecord, RECORD_PICKER } from '../../shared/recordPicker';

export const retryOperation: OperationDefinition = {
	value: 'retry',
	name: 'Retry',
	action: () => 'Retry a record',
	description:
		'Try again now whatever needs help or is waiting, including fields that were not synced',
	resources: ['record'],
	properties: [
		{
			displayName: 'What to Retry',
			name: 'what',
			type: 'options',
			noDataExpression: true,
			options: [
				{
					name: 'All That Need Help',
					value: 'all',
					description: 'Every record and field that needs help',
				},
				{ name: 'One Record', value: 'one' },
			],
			default: 'one',
		},
		...RECORD_PICKER.map((property) => ({
			...property,
			displayOptions: { show: { what: ['one'] } },
		})),
	],
	execute: perGuardedItem(async (context, ledger, itemIndex) => {
		const all = context.getNodeParameter('what', itemIndex, 'one') === 'all';
		const retried = all
			? await retryAll(ledger)
			: await retry(ledger, chosenRecord(context, itemIndex));
		return { ...retried, message: said(retried, all) };
	}),
};

function said({ records, fields }: Retried, all: boolean): string {
	if (records + fields === 0) {
		return all
			? 'Nothing needs help.'
			: 'Nothing about this record needs help or is waiting. To compare both sides again, use Sync Again.';
	}
	const parts = [
		...(records > 0 ? [counted(records, 'record')] : []),
		...(fields > 0
			? [counted(fields, 'field that was not synced', 'fields that were not synced')]
			: []),
	];
	return `Tried again when the sync next runs: ${parts.join(' and ')}.`;
}
