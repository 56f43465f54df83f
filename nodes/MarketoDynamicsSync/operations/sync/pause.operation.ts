import { PEOPLE } from '../../../../sync/operate/lanes';
import { pause } from '../../../../sync/operate/pause';
import { statusOf } from '../../../../sync/operate/status';
import type { OperationDefinition } from '../../../shared/operation';
import { perGuardedItem } from '../../shared/ledgerWork';
import { statusItem } from '../../shared/statusItem';

export const pauseOperation: OperationDefinition = {
	value: 'pause',
	name: 'Pause',
	action: () => 'Pause the sync',
	description: 'Start no more runs until Resume; what changes meanwhile is read afterwards',
	resources: ['sync'],
	properties: [],
	execute: perGuardedItem(async (context, ledger) => {
		await pause(ledger, PEOPLE);
		return statusItem(
			context,
			await statusOf(ledger, PEOPLE, ['Paused; what changes meanwhile is read after Resume.']),
		);
	}),
};
