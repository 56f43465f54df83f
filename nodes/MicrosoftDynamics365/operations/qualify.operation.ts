import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { qualifyLead, type Becomes } from '../../../apis/dataverse/actions/qualifyLead';
import { guid } from '../../../apis/dataverse/transport/odata';
import type { OperationDefinition } from '../../shared/operation';
import { LEAD } from '../resources';
import { clientOf } from '../shared/client';
import { perDynamicsItem } from '../shared/dynamicsError';
import { chosenRowId, ROW_PICKER } from '../shared/rowReference';
import { aRow } from '../shared/words';

/** The status reason that Microsoft ships first. */
const QUALIFIED = 3;

/** Whom the lead becomes in one table, and the picker of the one that is there. */
function becoming(table: 'account' | 'contact', description: string): INodeProperties[] {
	const label = table === 'account' ? 'Account' : 'Contact';
	return [
		{
			displayName: label,
			name: table,
			type: 'options',
			noDataExpression: true,
			options: [
				{ name: 'Create', value: 'new', description: `A new ${table} is created from the lead` },
				{
					name: 'Use an Existing One',
					value: 'existing',
					description: `The lead joins ${aRow(table)} that already exists`,
				},
				{ name: 'None', value: 'none', description: `The lead gets no ${table}` },
			],
			default: 'new',
			description,
		},
		{
			displayName: `${label} ID`,
			name: `${table}Id`,
			type: 'string',
			default: '',
			required: true,
			displayOptions: { show: { [table]: ['existing'] } },
			placeholder: 'e.g. 60c4e274-0d87-e711-80e5-00155db19e6d',
			description: `The ID of the existing ${table}`,
		},
	];
}

export const qualifyOperation: OperationDefinition = {
	value: 'qualify',
	name: 'Qualify',
	action: (resource) => `Qualify ${aRow(resource)}`,
	description:
		'Qualify an open lead: create an account, a contact and an opportunity from it, and close it',
	resources: [LEAD.value],
	properties: [
		ROW_PICKER,
		...becoming('account', 'The company that the lead becomes'),
		...becoming(
			'contact',
			'The contact that the lead becomes. Its person in Marketo moves to it with the next run of the sync.',
		),
		{
			displayName: 'Create Opportunity',
			name: 'createOpportunity',
			type: 'boolean',
			default: true,
			description: 'Whether to create an opportunity from the lead, too',
		},
		{
			displayName: 'Status Reason Name or ID',
			name: 'statusReason',
			type: 'options',
			typeOptions: { loadOptionsMethod: 'getQualifiedReasons' },
			default: QUALIFIED,
			description:
				'Why the lead is closed; the reason must belong to Qualified. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
		},
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				{
					displayName: 'Campaign ID',
					name: 'campaign',
					type: 'string',
					default: '',
					description: 'The source campaign of the opportunity. Without it, that of the lead.',
				},
				{
					displayName: 'Currency ID',
					name: 'currency',
					type: 'string',
					default: '',
					description: 'The currency of the opportunity. Without it, that of the lead.',
				},
			],
		},
	],
	execute: perDynamicsItem(async (context, itemIndex): Promise<IDataObject> => {
		const id = guid(chosenRowId(context, itemIndex));
		const statusReason = Number(context.getNodeParameter('statusReason', itemIndex));
		const isWanted = context.getNodeParameter('createOpportunity', itemIndex) as boolean;
		const { account, contact, opportunity } = await qualifyLead(await clientOf(context), id, {
			account: becomes(context, itemIndex, 'account'),
			contact: becomes(context, itemIndex, 'contact'),
			opportunity: isWanted ? 'new' : 'none',
			statusReason,
			...optional(context, itemIndex, 'currency'),
			...optional(context, itemIndex, 'campaign'),
		});
		return {
			leadid: id,
			accountid: account,
			contactid: contact,
			opportunityid: opportunity,
			statuscode: statusReason,
		};
	}),
};

/** @throws DataverseProblem for an id that is none */
function becomes(context: IExecuteFunctions, itemIndex: number, table: string): Becomes {
	const chosen = context.getNodeParameter(table, itemIndex) as 'new' | 'existing' | 'none';
	if (chosen !== 'existing') return chosen;
	return { existing: guid(String(context.getNodeParameter(`${table}Id`, itemIndex, '') ?? '')) };
}

/** @throws DataverseProblem for an id that is none */
function optional(
	context: IExecuteFunctions,
	itemIndex: number,
	name: 'currency' | 'campaign',
): { currency?: string; campaign?: string } {
	const given = String(context.getNodeParameter(`options.${name}`, itemIndex, '') ?? '').trim();
	return given === '' ? {} : { [name]: guid(given) };
}
