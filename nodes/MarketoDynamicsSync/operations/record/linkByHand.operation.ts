import { PERSON_LINK_FIELDS } from '../../../../apis/marketo/fields/linkFields';
import { linkByHand } from '../../../../sync/operate/linkByHand';
import type { OperationDefinition } from '../../../shared/operation';
import { perGuardedItem } from '../../shared/ledgerWork';
import { chosenRecord, RECORD_PICKER } from '../../shared/recordPicker';

export const linkByHandOperation: OperationDefinition = {
	value: 'linkByHand',
	name: 'Link by Hand',
	action: () => 'Link a record with a person',
	description:
		'Link a lead or contact with a person of your choice, whatever their e-mail addresses are; the two are compared when the sync next runs',
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
				'The Marketo Unique ID of the person. Where the values of the two records differ, the rules of a first contact decide, and each replaced value is listed as a conflict.',
		},
	],
	execute: perGuardedItem(async (context, ledger, itemIndex) => {
		const person = String(context.getNodeParameter('personId', itemIndex, '') ?? '');
		const { record, before } = await linkByHand(ledger, {
			row: chosenRecord(context, itemIndex),
			person,
		});
		const field = PERSON_LINK_FIELDS[record.startsWith('lead:') ? 'leadId' : 'contactId'];
		return {
			record,
			message: [
				`Linked with person ${person.trim()}; both sides are read and compared when the sync next runs.`,
				...(before
					? [
							`Person ${before}, with whom it was linked before, still has its ID in the field ${field.label}: empty that in Marketo.`,
						]
					: []),
			].join(' '),
		};
	}),
};
