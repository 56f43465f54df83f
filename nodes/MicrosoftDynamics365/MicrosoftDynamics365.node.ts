import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';

import { execute, propertiesOf } from '../shared/registry';
import * as listSearch from './methods/listSearch';
import * as loadOptions from './methods/loadOptions';
import * as resourceMapping from './methods/resourceMapping';
import { DYNAMICS_OPERATIONS } from './operations';
import { CREDENTIAL } from './shared/client';

/** Rows of Dynamics 365 (Dataverse): read, write, and feed the sync. */
export class MicrosoftDynamics365 implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Microsoft Dynamics 365',
		name: 'microsoftDynamics365',
		icon: {
			light: 'file:../../icons/dynamics365.svg',
			dark: 'file:../../icons/dynamics365.dark.svg',
		},
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description:
			'Read and write leads, contacts, accounts, opportunities and rows of any table in Microsoft Dynamics 365 Sales (Dataverse)',
		defaults: { name: 'Microsoft Dynamics 365' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: CREDENTIAL, required: true }],
		properties: propertiesOf(DYNAMICS_OPERATIONS),
	};

	methods = { listSearch, loadOptions, resourceMapping };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await execute(DYNAMICS_OPERATIONS, this);
	}
}
