import { linkByHand } from '../../../../sync/operate/linkByHand';
import type { OperationDefinition } from '../../../shared/operation';
import { perGuardedItem } from '../../shared/ledgerWork';
import { chosenRecord, RECORD_PICKER } from '../../shared/recordPicker';

export const linkByHandOperation: OperationDefinition = {
	value: 'linkByHand',
	name: 'Link by Hand',
	action: () => 'Link a record with a person',
	description:
		'Say which person of Marketo a lead or contact belongs to, whatever their e-mail addresses are; neither system is changed by this',
	resources: ['record'],
	properties: [
		...RECORD_PICKER,
		{
			displayName: 'Person ID',
			name: 'personId',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. 1002345',
			description:
				'The Marketo Unique ID of the person. Where the two differ, the rules of a first contact decide, and what is replaced is listed as a conflict.',
		},
	],
	execute: perGuardedItem(async (context, ledger, itemIndex) => {
		const person = String(context.getNodeParameter('personId', itemIndex, '') ?? '');
		const record = await linkByHand(ledger, { row: chosenRecord(context, itemIndex), person });
		return { record, message: `Linked with person ${person.trim()}; the next page reads both.` };
	}),
};
