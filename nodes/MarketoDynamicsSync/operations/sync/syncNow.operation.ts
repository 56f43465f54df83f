import { syncNow } from '../../../../sync/lane/due';
import { findLane, PEOPLE } from '../../../../sync/operate/lanes';
import { statusOf } from '../../../../sync/operate/status';
import type { LaneRow } from '../../../../sync/ledger/schema';
import type { OperationDefinition } from '../../../shared/operation';
import { perLedgerItem } from '../../shared/ledgerWork';

export const syncNowOperation: OperationDefinition = {
	value: 'syncNow',
	name: 'Sync Now',
	action: () => 'Sync now',
	description: 'Let the published workflow start its next run within seconds instead of when it is due',
	resources: ['sync'],
	properties: [],
	execute: perLedgerItem(async (_context, ledger) => {
		const before = await findLane(ledger.db, PEOPLE);
		if (!before?.run) await syncNow(ledger, PEOPLE);
		return await statusOf(ledger, PEOPLE, [said(before)]);
	}),
};

function said(lane: LaneRow | undefined): string {
	if (lane?.stopped) return 'The sync has stopped by itself. Look at the reason, then use Resume.';
	if (lane?.paused) return 'The sync is paused. Resume lets it go on.';
	if (lane?.run) return 'A run is on already; it goes on until nothing is left.';
	return 'The next run is due now; the published workflow starts it within seconds.';
}
