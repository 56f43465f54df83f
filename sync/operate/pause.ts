import type { Ledger } from '../ledger/ledger';
import { changeLane } from './lanes';

/** No new page is started. A page that is being worked on ends first. */
export async function pause(ledger: Ledger, lane: string): Promise<void> {
	await changeLane(ledger, lane, async () => ({ isPaused: true }));
}
