import type { IExecuteFunctions } from 'n8n-workflow';

import { OBJECT_FIELD_TYPES, prepareObject } from '../../../../apis/marketo/objects/prepareObject';
import type { OperationDefinition } from '../../../shared/operation';
import { assertNames, newFields, newFieldsProperty } from '../../shared/newFields';
import { once } from '../../shared/once';

/** What the shipped workflow and its page call them. */
const KEY = { name: 'dynamicsId', label: 'Dynamics ID' };
const LINKS = {
	lead: { name: 'leadId', label: 'Person' },
	company: { name: 'companyId', label: 'Company' },
} as const;

export const createObject: OperationDefinition = {
	value: 'createObject',
	name: 'Create Custom Object',
	action: () => 'Create a custom object for a table',
	description:
		'Create and approve a custom object that a Dynamics table can be synced to; only where the Marketo subscription includes it',
	resources: ['setup'],
	properties: [
		{
			displayName: 'Display Name',
			name: 'objectLabel',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. Subscription',
			description: 'As people see it in smart lists. It cannot be changed later.',
		},
		{
			displayName: 'API Name',
			name: 'objectName',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. subscription_c',
			description: 'Letters, digits and underscores. It cannot be changed later.',
		},
		{
			displayName: 'Records Belong To',
			name: 'belongsTo',
			type: 'multiOptions',
			options: [
				{ name: 'Company', value: 'company', description: 'By the link "Company" (companyId)' },
				{ name: 'Person', value: 'lead', description: 'By the link "Person" (leadId)' },
			],
			default: ['lead'],
			description: 'Links cannot be added or changed later',
		},
		newFieldsProperty(OBJECT_FIELD_TYPES, {
			displayName: 'Fields',
			name: 'objectFields',
			description:
				'Besides the ID of the row (Dynamics ID), which is created by itself. More can be added in Marketo later.',
		}),
	],
	execute: once(async (context, marketo) => {
		const wanted = wantedOf(context);
		const outcome = await prepareObject(marketo, wanted);
		return [
			{
				name: wanted.name,
				label: wanted.label,
				outcome,
				message:
					outcome === 'created'
						? 'Created and approved. Execute Check the Setup: it is in the list of Map Rows then'
						: 'Already existed, and was left as it is',
			},
		];
	}),
};

/** @throws NodeOperationError where a name is none that Marketo takes, or is there twice; nothing was sent then */
function wantedOf(context: IExecuteFunctions) {
	const text = (parameter: string) => String(context.getNodeParameter(parameter, 0, '')).trim();
	const belongsTo = context.getNodeParameter('belongsTo', 0, []) as Array<keyof typeof LINKS>;
	const fields = newFields<(typeof OBJECT_FIELD_TYPES)[number]>(context, 'objectFields');
	const links = belongsTo.map((to) => ({ ...LINKS[to], to }));
	const name = text('objectName');
	const own = [KEY, ...links].map((field) => field.name);
	assertNames(context, [name], '');
	assertNames(context, [...own, ...fields.map((field) => field.name)], own.join(' and '));
	return { name, label: text('objectLabel') || name, key: KEY, links, fields };
}
