import {
	NodeConnectionTypes,
	NodeOperationError,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import { operationDropDown, propertiesOf } from '../shared/operation';
import { DYNAMICS_API, MARKETO_API } from '../shared/syncPorts';
import * as listSearch from './methods/listSearch';
import { OPERATIONS, operationFor, RESOURCES } from './operations';

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
		credentials: [DYNAMICS_API, MARKETO_API].map((name) => ({ name, required: true, displayOptions: { show: { resource: ['person'] } } })),
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				options: RESOURCES.map(({ name, value }) => ({ name, value })),
				default: 'sync',
			},
			...RESOURCES.map((resource) => operationDropDown(OPERATIONS, resource, resource.defaultOperation)),
			...propertiesOf(OPERATIONS),
		],
	};

	methods = { listSearch };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const resource = this.getNodeParameter('resource', 0) as string;
		const value = this.getNodeParameter('operation', 0) as string;
		const operation = operationFor(resource, value);
		if (!operation) {
			throw new NodeOperationError(this.getNode(), `There is no operation "${value}" for "${resource}"`, {
				description: 'Choose resource and operation again',
			});
		}
		return [await operation.execute(this, this.getInputData())];
	}
}
