import { forget } from '../../../../sync/operate/forget';
import type { OperationDefinition } from '../../../shared/operation';
import { perGuardedItem } from '../../shared/ledgerWork';
import { chosenRecord, RECORD_PICKER } from '../../shared/recordPicker';

export const forgetOperation: OperationDefinition = {
	value: 'forget',
	name: 'Forget',
	action: () => 'Forget a record',
	description:
		'Unlink a record and delete all values kept for it, so that it is matched again; neither system is changed',
	resources: ['record'],
	properties: RECORD_PICKER,
	execute: perGuardedItem(async (context, ledger, itemIndex) => {
		const record = await forget(ledger, chosenRecord(context, itemIndex));
		return { record, message: 'Forgotten; it is matched again when the sync next runs.' };
	}),
};
