import { updateDynamics } from '../../../sync/campaignActions/wanted';
import { definitionOf, laneOfPage } from '../../shared/lanes';
import { openNodeLedger } from '../../shared/ledger';
import type { OperationDefinition } from '../../shared/operation';
import { asItems, inPage, jsonOf, pageStart, sayPreviewed } from '../../shared/syncPage';
import { connectDynamicsPort } from '../../shared/syncPorts';

/** Writes what *Resolve Sync Conflict* decided for Dynamics. Reports per record, never fails for one. */
export const applyChangesOperation: OperationDefinition = {
	value: 'applyChanges',
	name: 'Apply Changes',
	action: () => 'Apply changes to leads and contacts',
	description:
		'Write what Resolve Sync Conflict decided: only fields that differ, and only where nobody changed the row in the meantime; and create who is to be created',
	resources: ['sync'],
	properties: [],
	async execute(context, items) {
		const start = pageStart(context, items);
		const ledger = await openNodeLedger(context);
		const [out] = await inPage(context, ledger, start.page, async () => {
			const definition = await definitionOf(ledger, laneOfPage(context.getNode(), start.page));
			const port = await connectDynamicsPort(context, ledger);
			return [asItems(await updateDynamics(ledger, definition, jsonOf(items), port))];
		});
		if (start.preview) sayPreviewed(context);
		return out!;
	},
};
