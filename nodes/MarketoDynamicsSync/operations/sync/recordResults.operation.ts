import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { recordResults } from '../../../../sync/operate/recordResults';
import { openNodeLedger } from '../../../shared/ledger';
import type { OperationDefinition } from '../../../shared/operation';
import { ledgerError } from '../../shared/ledgerWork';

/** Says what became of a page's writes, in one row per lane for the table *Sync status*. */
export const recordResultsOperation: OperationDefinition = {
	value: 'recordResults',
	name: 'Record Results',
	action: () => 'Record the results of the sync',
	description: 'Show in one row what the sync is doing, after Update Dynamics and Update Marketo',
	resources: ['sync'],
	properties: [],
	async execute(context, items) {
		const ledger = await openNodeLedger(context);
		try {
			const { status, warnings } = await recordResults(
				ledger,
				items.map(({ json }) => json),
			);
			for (const message of warnings)
				context.addExecutionHints({ message, location: 'outputPane', type: 'warning' });
			const pairedItem = items.map((_, item) => ({ item }));
			return status.map((json) => ({ json, pairedItem }));
		} catch (error) {
			return passOn(context, items, ledgerError(context.getNode(), error, 0));
		}
	},
};

/** Under "On Error: Continue" the first item carries what was in the way. */
function passOn(
	context: IExecuteFunctions,
	items: INodeExecutionData[],
	error: unknown,
): INodeExecutionData[] {
	if (!context.continueOnFail()) throw error;
	return [
		{
			json: items[0]?.json ?? {},
			error: error as INodeExecutionData['error'],
			pairedItem: { item: 0 },
		},
	];
}
