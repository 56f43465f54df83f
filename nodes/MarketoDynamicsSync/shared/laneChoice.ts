import type { INodeProperties } from 'n8n-workflow';

import { CUSTOM_TABLE, WHAT_TO_SYNC } from '../../shared/lanes';

/** Which sync an operation steers; of custom tables there may be many. */
export const LANE_CHOICE: INodeProperties[] = [
	WHAT_TO_SYNC,
	{
		displayName: 'Custom Table',
		name: 'customLane',
		type: 'resourceLocator',
		default: { mode: 'list', value: '' },
		required: true,
		description: 'The Dynamics 365 table and the Marketo custom object that it is synced to',
		displayOptions: { show: { lane: [CUSTOM_TABLE] } },
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: 'Choose a custom table...',
				typeOptions: { searchListMethod: 'searchCustomTables', searchable: true },
			},
			{
				displayName: 'By Name',
				name: 'name',
				type: 'string',
				placeholder: 'e.g. new_subscription to subscription_c',
			},
		],
	},
];
