import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import { MARKETO_API } from '../shared/marketoConnection';
import { operationDropDown, propertiesOf } from '../shared/operation';
import {
	getFieldOptions,
	getLookupFieldOptions,
	getUpsertFieldOptions,
	getWritableFieldOptions,
} from './methods/fields';
import { getWritableFields } from './methods/resourceMapping';
import { OPERATIONS, operationFor, RESOURCES } from './operations';

/** People of Adobe Marketo Engage, and what the sync needs to be set up there. */
export class Marketo implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Marketo',
		name: 'marketo',
		icon: { light: 'file:../../icons/marketo.svg', dark: 'file:../../icons/marketo.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{$parameter["operation"] + ": " + $parameter["resource"]}}',
		description: 'Read and write people of Adobe Marketo Engage, and prepare it for the sync',
		defaults: { name: 'Marketo' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			// A flow step is answered to the address that it named, with the key that it brought.
			{ name: MARKETO_API, required: true, displayOptions: { hide: { resource: ['flowStep'] } } },
		],
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				options: RESOURCES.map(({ name, value }) => ({ name, value })),
				default: 'person',
			},
			...RESOURCES.map((resource) =>
				operationDropDown(OPERATIONS, resource, resource.defaultOperation),
			),
			...propertiesOf(OPERATIONS),
		],
	};

	methods = {
		loadOptions: {
			getFieldOptions,
			getLookupFieldOptions,
			getUpsertFieldOptions,
			getWritableFieldOptions,
		},
		resourceMapping: { getWritableFields },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const resource = this.getNodeParameter('resource', 0) as string;
		const operation = this.getNodeParameter('operation', 0) as string;
		return [await operationFor(resource, operation).execute(this, this.getInputData())];
	}
}
