import type { IDataObject } from 'n8n-workflow';

import { explain } from '../../../../sync/operate/explain';
import type { OperationDefinition } from '../../../shared/operation';
import { perGuardedItem } from '../../shared/ledgerWork';
import { chosenRecord, RECORD_PICKER } from '../../shared/recordPicker';

export const explainOperation: OperationDefinition = {
	value: 'explain',
	name: 'Explain',
	action: () => 'Explain a record',
	description:
		'Tell how a record stands and why: its partner, its fields, what stays behind, open questions and its history',
	resources: ['record'],
	properties: RECORD_PICKER,
	execute: perGuardedItem(
		async (context, ledger, itemIndex) =>
			({ ...(await explain(ledger, chosenRecord(context, itemIndex))) }) as unknown as IDataObject,
	),
};
