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
	properties: [
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				{
					displayName: 'Partition of New People Name or ID',
					name: 'partition',
					type: 'options',
					noDataExpression: true,
					typeOptions: { loadOptionsMethod: 'getPartitions' },
					default: '',
					description:
						'The partition in which the sync creates people. People who are already in Marketo stay where they are. Without this option, Marketo uses its default. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
				},
			],
		},
	],
	async execute(context, items) {
		const start = pageStart(context, items);
		const ledger = await openNodeLedger(context);
		const [out] = await inPage(context, ledger, start.page, async () => {
			const definition = await definitionOf(ledger, laneOfPage(context.getNode(), start.page));
			if (definition.twoWay) {
				const { partition } = context.getNodeParameter('options', 0, {}) as { partition?: string };
				const port = await connectMarketoPort(context, ledger, { partition });
				return [asItems(await applyMarketo(ledger, definition, jsonOf(items), port))];
			}
			const port = await connectMarketoObjectPort(context, ledger, definition.object);
			return [asItems(await applyObjects(ledger, definition, jsonOf(items), port))];
		});
		if (start.preview) sayPreviewed(context);
		return out!;
	},
};
