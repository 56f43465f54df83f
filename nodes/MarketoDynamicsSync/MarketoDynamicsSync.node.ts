import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import { execute, propertiesOf } from '../shared/registry';
import { DYNAMICS_API, MARKETO_API } from '../shared/syncPorts';
import * as listSearch from './methods/listSearch';
import { SYNC_OPERATIONS } from './operations';

/** Looks after a running sync: how it goes, why a record is as it is, and what to do about it. */
export class MarketoDynamicsSync implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Marketo Dynamics Sync',
		name: 'marketoDynamicsSync',
		icon: { light: 'file:../../icons/sync.svg', dark: 'file:../../icons/sync.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Show, explain and steer the sync of Marketo and Microsoft Dynamics 365',
		defaults: { name: 'Marketo Dynamics Sync' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		// Everything else works on the ledger alone.
		credentials: [DYNAMICS_API, MARKETO_API].map((name) => ({
			name,
			required: true,
			displayOptions: { show: { resource: ['person'] } },
		})),
		properties: propertiesOf(SYNC_OPERATIONS),
	};

	methods = { listSearch };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await execute(SYNC_OPERATIONS, this);
	}
}
