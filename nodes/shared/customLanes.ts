import type { IExecuteFunctions } from 'n8n-workflow';

import { customTableOf } from '../../sync/lanes/customTables';
import { lanesOf } from '../../sync/operate/lanes';
import { openNodeLedger } from './ledger';

/** Lanes of custom tables that are synced, or were looked at in a preview; none where the memory cannot be opened. */
export async function customLanes(context: IExecuteFunctions): Promise<string[]> {
	const ledger = await openNodeLedger(context).catch(() => undefined);
	return ledger ? (await lanesOf(ledger.db)).filter((lane) => customTableOf(lane)) : [];
}
