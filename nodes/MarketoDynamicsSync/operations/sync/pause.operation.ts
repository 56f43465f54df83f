import { pause } from '../../../../sync/operate/pause';
import { statusOf } from '../../../../sync/operate/status';
import type { OperationDefinition } from '../../../shared/operation';
import { LANE_CHOICE } from '../../shared/laneChoice';
import { perGuardedLane } from '../../shared/ledgerWork';
import { statusItem } from '../../shared/statusItem';

export const pauseOperation: OperationDefinition = {
	value: 'pause',
	name: 'Pause',
	action: () => 'Pause the sync',
	description: 'Start no more runs until Resume; changes made in the meantime are read afterwards',
	resources: ['sync'],
	properties: LANE_CHOICE,
	execute: perGuardedLane(async (context, ledger, lane) => {
		await pause(ledger, lane);
		return statusItem(
			context,
			await statusOf(ledger, lane, ['Paused; changes made in the meantime are read after Resume.']),
		);
	}),
};
