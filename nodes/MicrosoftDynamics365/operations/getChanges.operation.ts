import { readDynamicsPage } from '../../../sync/page/readDynamics';
import { laneOfPage, LANES } from '../../shared/lanes';
import { openNodeLedger } from '../../shared/ledger';
import { mappingBehind } from '../../shared/mappingParameters';
import type { OperationDefinition } from '../../shared/operation';
import { asItems, inPage, pageStart } from '../../shared/syncPage';
import { connectDynamicsPort } from '../../shared/syncPorts';

/** One page of what changed in Dynamics, for the sync: leads and contacts of the mapping that follows. */
export const getChangesOperation: OperationDefinition = {
	value: 'getChanges',
	name: 'Get Changes',
	action: () => 'Get changes of leads and contacts',
	description:
		'Get the leads and contacts that changed since the last sync, for the mapping in the Resolve Sync Conflict node after this one',
	resources: ['sync'],
	properties: [],
	async execute(context, items) {
		const start = pageStart(context, items);
		const ledger = await openNodeLedger(context);
		const lane = laneOfPage(context.getNode(), start.page);
		const mapping = mappingBehind(context, lane);
		const [out] = await inPage(context, ledger, start.page, async () => {
			const port = await connectDynamicsPort(context, ledger);
			return [asItems(await readDynamicsPage(ledger, LANES[lane], start, mapping, port))];
		});
		return out!;
	},
};
