import { applyMarketo, applyObjects } from '../../../../sync/page/apply';
import { definitionOf, laneOfPage } from '../../../shared/lanes';
import { openNodeLedger } from '../../../shared/ledger';
import type { OperationDefinition } from '../../../shared/operation';
import { asItems, inPage, jsonOf, pageStart, sayPreviewed } from '../../../shared/syncPage';
import { connectMarketoObjectPort, connectMarketoPort } from '../../../shared/syncPorts';

/** Writes what *Resolve Sync Conflict* decided for Marketo, and the sync results in the activity logs. */
export const applyChanges: OperationDefinition = {
	value: 'applyChanges',
	name: 'Apply Changes',
	action: () => 'Apply changes to people',
	description:
		'Write what Resolve Sync Conflict decided: only fields that differ. What was refused is added to the activity log of the person.',
	resources: ['sync'],
	properties: [],
	async execute(context, items) {
		const start = pageStart(context, items);
		const ledger = await openNodeLedger(context);
		const [out] = await inPage(context, ledger, start.page, async () => {
			const definition = await definitionOf(ledger, laneOfPage(context.getNode(), start.page));
			if (definition.twoWay) {
				const port = await connectMarketoPort(context, ledger);
				return [asItems(await applyMarketo(ledger, definition, jsonOf(items), port))];
			}
			const port = await connectMarketoObjectPort(context, ledger, definition.object);
			return [asItems(await applyObjects(ledger, definition, jsonOf(items), port))];
		});
		if (start.preview) sayPreviewed(context);
		return out!;
	},
};
