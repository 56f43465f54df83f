import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import { MARKETO_API } from '../shared/marketoConnection';
import { execute, propertiesOf } from '../shared/registry';
import {
	getFieldOptions,
	getLookupFieldOptions,
	getUpsertFieldOptions,
	getWritableFieldOptions,
} from './methods/fields';
import {
	getCustomObjects,
	getKeyFields,
	getObjectFieldOptions,
	getObjectLookupFieldOptions,
	getWritableObjectFieldOptions,
	getWritableObjectFields,
} from './methods/objects';
import { getPartitions } from './methods/partitions';
import { getWritableFields } from './methods/resourceMapping';
import { MARKETO_OPERATIONS } from './operations';

/** People, companies, opportunities and custom objects of Adobe Marketo Engage, and what the sync needs to be set up there. */
export class Marketo implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Marketo',
		name: 'marketo',
		icon: { light: 'file:../../icons/marketo.svg', dark: 'file:../../icons/marketo.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{$parameter["operation"] + ": " + $parameter["resource"]}}',
		description:
			'Read and write people, companies, opportunities and custom objects of Adobe Marketo Engage, and prepare it for the sync',
		defaults: { name: 'Marketo' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			// A flow step is answered to the address that it named, with the key that it brought.
			{ name: MARKETO_API, required: true, displayOptions: { hide: { resource: ['flowStep'] } } },
		],
		properties: propertiesOf(MARKETO_OPERATIONS),
	};

	methods = {
		loadOptions: {
			getCustomObjects,
			getFieldOptions,
			getLookupFieldOptions,
			getObjectFieldOptions,
			getObjectLookupFieldOptions,
			getPartitions,
			getUpsertFieldOptions,
			getWritableFieldOptions,
			getWritableObjectFieldOptions,
		},
		resourceMapping: { getKeyFields, getWritableFields, getWritableObjectFields },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await execute(MARKETO_OPERATIONS, this);
	}
}
