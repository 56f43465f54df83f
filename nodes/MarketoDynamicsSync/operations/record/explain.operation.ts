import type { IDataObject } from 'n8n-workflow';

import { explain } from '../../../../sync/operate/explain';
import { explainEvents } from '../../../../sync/operate/explainEvents';
import type { OperationDefinition } from '../../../shared/operation';
import { perGuardedItem } from '../../shared/ledgerWork';
import { chosenRecord, RECORD_PICKER } from '../../shared/recordPicker';

export const explainOperation: OperationDefinition = {
	value: 'explain',
	name: 'Explain',
	action: () => 'Explain a record',
	description:
		'Show where a record stands and why: what it is linked with, open questions, fields that are not synced, and its history, one item per event',
	resources: ['record'],
	properties: RECORD_PICKER,
	execute: perGuardedItem(async (context, ledger, itemIndex) => {
		const record = chosenRecord(context, itemIndex);
		// Version 1 gives all of it in one item.
		return context.getNode().typeVersion < 1.1
			? ({ ...(await explain(ledger, record)) } as unknown as IDataObject)
			: await explainEvents(ledger, record);
	}),
};
