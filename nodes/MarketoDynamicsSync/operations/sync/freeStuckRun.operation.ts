import { freeStuckRun } from '../../../../sync/operate/freeStuckRun';
import { statusOf } from '../../../../sync/operate/status';
import { counted } from '../../../../sync/operate/words';
import type { OperationDefinition } from '../../../shared/operation';
import { LANE_CHOICE } from '../../shared/laneChoice';
import { perGuardedLane } from '../../shared/ledgerWork';
import { statusItem } from '../../shared/statusItem';

export const freeStuckRunOperation: OperationDefinition = {
	value: 'freeStuckRun',
	name: 'Free a Stuck Run',
	action: () => 'Free a stuck run',
	description:
		'End a run that does not end by itself; whatever is still working on it can no longer write, and what it left is tried again',
	resources: ['sync'],
	properties: LANE_CHOICE,
	execute: perGuardedLane(async (context, ledger, lane) => {
		const { freed, unanswered } = await freeStuckRun(ledger, lane);
		const notes = [
			freed
				? 'The run was ended; the next is due now.'
				: 'No run is in progress, so there was nothing to free.',
		];
		if (unanswered > 0) {
			notes.push(
				`${counted(unanswered, 'write was', 'writes were')} not answered: these records are read before anything is written again.`,
			);
		}
		return statusItem(context, await statusOf(ledger, lane, notes));
	}),
};
