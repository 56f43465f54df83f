import {
	NodeConnectionTypes,
	NodeOperationError,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import { operationDropDown, propertiesOf } from '../shared/operation';
import * as listSearch from './methods/listSearch';
import * as loadOptions from './methods/loadOptions';
import * as resourceMapping from './methods/resourceMapping';
import { OPERATIONS } from './operations';
import { defaultOperationOf, RESOURCES } from './resources';
import { CREDENTIAL } from './shared/client';

/** Rows of Dynamics 365 (Dataverse): read, write, and feed the sync. */
export class MicrosoftDynamics365 implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Microsoft Dynamics 365',
		name: 'microsoftDynamics365',
		icon: { light: 'file:../../icons/dynamics365.svg', dark: 'file:../../icons/dynamics365.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Read and write leads and contacts in Microsoft Dynamics 365 Sales (Dataverse)',
		defaults: { name: 'Microsoft Dynamics 365' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: CREDENTIAL, required: true }],
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				options: RESOURCES.map(({ name, value }) => ({ name, value })),
				default: 'lead',
			},
			...RESOURCES.map((resource) =>
				operationDropDown(OPERATIONS, resource, defaultOperationOf(resource)),
			),
			...propertiesOf(OPERATIONS),
		],
	};

	methods = { listSearch, loadOptions, resourceMapping };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const resource = this.getNodeParameter('resource', 0) as string;
		const value = this.getNodeParameter('operation', 0) as string;
		const operation = OPERATIONS.find(
			(candidate) => candidate.value === value && candidate.resources.includes(resource),
		);
		if (!operation) {
			throw new NodeOperationError(this.getNode(), `There is no operation "${value}" for "${resource}"`, {
				description: 'Choose resource and operation again',
			});
		}
		return [await operation.execute(this, this.getInputData())];
	}
}
