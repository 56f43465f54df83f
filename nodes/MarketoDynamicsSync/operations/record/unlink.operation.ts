import { unlink } from '../../../../sync/operate/unlink';
import type { OperationDefinition } from '../../../shared/operation';
import { perGuardedItem } from '../../shared/ledgerWork';
import { chosenRecord, RECORD_PICKER } from '../../shared/recordPicker';

export const unlinkOperation: OperationDefinition = {
	value: 'unlink',
	name: 'Unlink',
	action: () => 'Unlink a record from its person',
	description:
		'Unlink a lead or contact from its person: both stay as they are, and the sync does not link them again by itself',
	resources: ['record'],
	properties: RECORD_PICKER,
	execute: perGuardedItem(async (context, ledger, itemIndex) => {
		const record = await unlink(ledger, chosenRecord(context, itemIndex));
		return {
			record,
			message:
				'Unlinked; both records stay as they are. To link them again, use Link by Hand; to have the record matched again, use Sync Again.',
		};
	}),
};
