import { syncNow } from '../../../../sync/schedule/runs';
import { whyStopped } from '../../../../sync/schedule/keyStop';
import { statusOf } from '../../../../sync/operate/status';
import { findLane, type Lane } from '../../../../sync/ledger/lanes';
import type { OperationDefinition } from '../../../shared/operation';
import { LANE_CHOICE } from '../../shared/laneChoice';
import { laneOf, perLedgerItem } from '../../shared/ledgerWork';
import { runToEnd } from '../../shared/runToEnd';
import { statusItem } from '../../shared/statusItem';

export const syncNowOperation: OperationDefinition = {
	value: 'syncNow',
	name: 'Sync Now',
	action: () => 'Sync now',
	description:
		'Let the published workflow start its next run within seconds instead of when it is due',
	resources: ['sync'],
	properties: [
		...LANE_CHOICE,
		{
			displayName: 'Wait for the End',
			name: 'wait',
			type: 'boolean',
			default: false,
			description:
				'Whether to continue only after a run that starts now has ended, or after two minutes',
		},
	],
	execute: perLedgerItem(async (context, ledger, itemIndex) => {
		const lane = await laneOf(context, ledger, itemIndex);
		if (context.getNodeParameter('wait', itemIndex, false) === true) {
			const ended = await runToEnd(ledger, lane);
			const late = 'The run has not ended yet; check again with Show Status.';
			return statusItem(context, await statusOf(ledger, lane, ended ? [] : [late]));
		}
		const before = await findLane(ledger.db, lane);
		await syncNow(ledger, lane);
		return statusItem(
			context,
			await statusOf(ledger, lane, [said(before, (await whyStopped(ledger, before)) !== null)]),
		);
	}),
};

function said(lane: Lane | undefined, hasStopped: boolean): string {
	if (hasStopped) return 'The sync has stopped by itself; the reason says what to do.';
	if (lane?.isPaused) return 'The sync is paused. Choose Resume to continue.';
	if (lane?.run) return 'A run is already in progress; the next one starts as soon as it ends.';
	return 'The next run is due now; the published workflow starts it within seconds.';
}
