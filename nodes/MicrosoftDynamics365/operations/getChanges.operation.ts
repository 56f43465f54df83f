import type { IDataObject } from 'n8n-workflow';
import { readDynamicsPage } from '../../../sync/page/readDynamics';
import { definitionOf, laneOfPage } from '../../shared/lanes';
import { openNodeLedger } from '../../shared/ledger';
import { mappingBehind } from '../../shared/mappingParameters';
import type { OperationDefinition } from '../../shared/operation';
import { notePublished } from '../../shared/published';
import { syncOptionsOf } from '../../shared/syncOptions';
import { asItems, inPage, pageStart } from '../../shared/syncPage';
import {
	ACCOUNTS_MUST_MATCH,
	ACCOUNTS_TO_SYNC,
	CONTACTS_MUST_MATCH,
	CONTACTS_TO_SYNC,
	CUSTOM_ROWS_MUST_MATCH,
	CUSTOM_ROWS_TO_SYNC,
	LEADS_MUST_MATCH,
	LEADS_TO_SYNC,
	OPPORTUNITIES_MUST_MATCH,
	OPPORTUNITIES_TO_SYNC,
	SYNC_COLUMN,
	WHEN_LEFT_OUT,
	WHEN_MERGED,
	WHEN_PEOPLE_MERGED,
} from '../shared/syncFilter';
import { connectDynamicsPort } from '../../shared/syncPorts';

/** One page of what changed in Dynamics, for the sync: leads and contacts of the mapping that follows. */
export const getChangesOperation: OperationDefinition = {
	value: 'getChanges',
	name: 'Get Changes',
	action: () => 'Get changes of leads and contacts',
	description:
		'Get the leads and contacts that changed since the last sync, for the mapping in the Resolve Sync Conflict node after this one',
	resources: ['sync'],
	properties: [
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				ACCOUNTS_TO_SYNC,
				ACCOUNTS_MUST_MATCH,
				CONTACTS_TO_SYNC,
				CONTACTS_MUST_MATCH,
				{
					displayName: 'Fill Only Records Changed Since',
					name: 'fillSince',
					type: 'dateTime',
					default: '',
					description:
						'After a change of the field mapping, only linked leads and contacts that were changed in Dynamics 365 since this day are updated at once. All others are updated with their next change. If empty, all are updated at once.',
				},
				LEADS_TO_SYNC,
				LEADS_MUST_MATCH,
				OPPORTUNITIES_TO_SYNC,
				OPPORTUNITIES_MUST_MATCH,
				CUSTOM_ROWS_TO_SYNC,
				CUSTOM_ROWS_MUST_MATCH,
				SYNC_COLUMN,
				WHEN_LEFT_OUT,
				WHEN_MERGED,
				WHEN_PEOPLE_MERGED,
			],
		},
	],
	async execute(context, items) {
		const options = context.getNodeParameter('options', 0, {}) as IDataObject;
		const from = pageStart(context, items);
		const lane = laneOfPage(context.getNode(), from.page);
		const start = { ...from, ...syncOptionsOf(context, options, lane) };
		const ledger = await openNodeLedger(context);
		const mapping = mappingBehind(context, lane);
		const definition = await definitionOf(ledger, lane, mapping);
		const [out] = await inPage(context, ledger, start.page, async () => {
			const port = await connectDynamicsPort(context, ledger);
			const page = await readDynamicsPage(ledger, definition, start, mapping, port);
			if (!start.preview) await notePublished(context, ledger, lane);
			return [asItems(page)];
		});
		return out!;
	},
};
