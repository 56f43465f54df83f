import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { readableStatus } from '../../../sync/operate/readableStatus';
import type { StatusRow } from '../../../sync/operate/status';

/** The status as an item. Version 1 gives the row of the table *Sync status*. */
export function statusItem(
	context: Pick<IExecuteFunctions, 'getNode'>,
	row: StatusRow,
): IDataObject {
	return context.getNode().typeVersion < 1.1 ? row : readableStatus(row);
}
