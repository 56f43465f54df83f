import { backUpNodeLedger } from '../../../shared/ledger';
import type { OperationDefinition } from '../../../shared/operation';
import { perGuardedItem } from '../../shared/ledgerWork';

const RESTORE =
	"Choose 'Restore' and this copy. If the memory or n8n itself is lost: put the file back into backups/, replace ledger.key with the key that has this ID, start n8n, then choose 'Restore'";

export const backUpOperation: OperationDefinition = {
	value: 'backUp',
	name: 'Back Up',
	action: () => "Back up the sync's memory",
	description:
		"Copy the sync's memory to a file next to it, while the sync continues; the key is not in the copy",
	resources: ['sync'],
	properties: [
		{
			displayName: 'Copies to Keep',
			name: 'copiesToKeep',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 1000 },
			default: 7,
			description: 'How many copies to keep. Older ones made by this operation are deleted.',
		},
	],
	execute: perGuardedItem(async (context, _ledger, itemIndex) => {
		const keep = context.getNodeParameter('copiesToKeep', itemIndex, 7) as number;
		return { ...(await backUpNodeLedger(context, keep)), restore: RESTORE };
	}),
};
