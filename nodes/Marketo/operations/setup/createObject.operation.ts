import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

import { OBJECT_FIELD_TYPES, prepareObject } from '../../../../apis/marketo/objects/prepareObject';
import type { OperationDefinition } from '../../../shared/operation';
import { once } from '../../shared/once';

/** What the shipped workflow and its page call them. */
const KEY = { name: 'dynamicsId', label: 'Dynamics ID' };
const LINKS = {
	lead: { name: 'leadId', label: 'Person' },
	company: { name: 'companyId', label: 'Company' },
} as const;

const NAME = /^[A-Za-z]\w*$/;

const TYPE_NAMES: Record<(typeof OBJECT_FIELD_TYPES)[number], string> = {
	boolean: 'Yes/No',
	currency: 'Currency',
	date: 'Date',
	datetime: 'Date and Time',
	email: 'Email',
	float: 'Decimal Number',
	integer: 'Whole Number',
	phone: 'Phone',
	string: 'Text, up to 255 Characters',
	text: 'Long Text',
};

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
		{
			displayName: 'Fields',
			name: 'objectFields',
			type: 'fixedCollection',
			placeholder: 'Add Field',
			typeOptions: { multipleValues: true },
			default: {},
			description:
				'Besides the ID of the row (Dynamics ID), which is created by itself. More can be added in Marketo later.',
			options: [
				{
					name: 'fields',
					displayName: 'Fields',
					values: [
						{
							displayName: 'Display Name',
							name: 'label',
							type: 'string',
							default: '',
							placeholder: 'e.g. Number of Seats',
						},
						{
							displayName: 'API Name',
							name: 'name',
							type: 'string',
							default: '',
							placeholder: 'e.g. seats',
						},
						{
							displayName: 'Type',
							name: 'dataType',
							type: 'options',
							options: OBJECT_FIELD_TYPES.map((value) => ({ name: TYPE_NAMES[value], value })),
							default: 'string',
						},
					],
				},
			],
		},
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

interface FieldRow {
	label?: string;
	name?: string;
	dataType?: string;
}

/** @throws NodeOperationError where a name is none that Marketo takes, or is there twice; nothing was sent then */
function wantedOf(context: IExecuteFunctions) {
	const text = (parameter: string) => String(context.getNodeParameter(parameter, 0, '')).trim();
	const belongsTo = context.getNodeParameter('belongsTo', 0, []) as Array<keyof typeof LINKS>;
	const { fields: rows = [] } = context.getNodeParameter('objectFields', 0, {}) as {
		fields?: FieldRow[];
	};
	const fields = rows.map(({ label = '', name = '', dataType = 'string' }) => ({
		name: name.trim(),
		label: label.trim() || name.trim(),
		dataType,
	}));
	const links = belongsTo.map((to) => ({ ...LINKS[to], to }));
	const name = text('objectName');
	const refuse = (message: string, description: string): never => {
		throw new NodeOperationError(context.getNode(), message, { description });
	};
	const names = [KEY, ...links, ...fields].map((field) => field.name);
	for (const one of [name, ...names])
		if (!NAME.test(one))
			refuse(
				`"${one}" is not an API name`,
				'Begin with a letter, and use letters, digits and underscores only',
			);
	const twice = names.find(
		(one, at) => names.findIndex((other) => other.toLowerCase() === one.toLowerCase()) < at,
	);
	if (twice !== undefined)
		refuse(
			`Two fields have the API name "${twice}"`,
			`Rename one of them; ${[KEY, ...links].map((field) => field.name).join(' and ')} are created by the step itself`,
		);
	return { name, label: text('objectLabel') || name, key: KEY, links, fields };
}
