import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import { MEMORY_CHOICE } from '../shared/memoryName';
import { execute, propertiesOf } from '../shared/registry';
import * as listSearch from './methods/listSearch';
import { SYNC_OPERATIONS } from './operations';
import { ACCESS_PROPERTIES, CREDENTIALS } from './shared/access';

/** Looks after a running sync: how it goes, why a record is as it is, and what to do about it. */
export class MarketoDynamicsSync implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Marketo Dynamics Sync',
		name: 'marketoDynamicsSync',
		icon: { light: 'file:../../icons/sync.svg', dark: 'file:../../icons/sync.dark.svg' },
		group: ['transform'],
		// 1.1 starts with Show Status, gives one item per event in Explain, and asks for a credential.
		version: [1, 1.1],
		defaultVersion: 1.1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Monitor, explain and control the sync of Marketo and Microsoft Dynamics 365',
		defaults: { name: 'Marketo Dynamics Sync' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: CREDENTIALS,
		properties: [...ACCESS_PROPERTIES, ...propertiesOf(SYNC_OPERATIONS), MEMORY_CHOICE],
	};

	methods = { listSearch };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await execute(SYNC_OPERATIONS, this);
	}
}
