import { NodeOperationError, type IExecuteFunctions, type INodeProperties } from 'n8n-workflow';

/** A field that is to be made. */
export interface NewField<Type extends string> {
	name: string;
	label: string;
	dataType: Type;
}

const TYPE_NAMES = {
	boolean: 'Yes/No',
	currency: 'Currency',
	date: 'Date',
	datetime: 'Date and Time',
	email: 'Email',
	float: 'Decimal Number',
	integer: 'Whole Number',
	percent: 'Percent',
	phone: 'Phone',
	score: 'Score',
	string: 'Text, up to 255 Characters',
	text: 'Long Text',
	url: 'URL',
};

const NAME = /^[A-Za-z]\w*$/;

/** Rows of names and types. */
export function newFieldsProperty(
	types: ReadonlyArray<keyof typeof TYPE_NAMES>,
	property: Pick<INodeProperties, 'displayName' | 'name' | 'description'>,
): INodeProperties {
	return {
		...property,
		type: 'fixedCollection',
		placeholder: 'Add Field',
		typeOptions: { multipleValues: true },
		default: {},
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
						options: types.map((value) => ({ name: TYPE_NAMES[value], value })),
						default: 'string',
					},
				],
			},
		],
	};
}

/** The rows as somebody has filled them in; a field without a display name is shown by its API name. */
export function newFields<Type extends string>(
	context: IExecuteFunctions,
	parameter: string,
): Array<NewField<Type>> {
	const { fields = [] } = context.getNodeParameter(parameter, 0, {}) as {
		fields?: Array<Partial<NewField<Type>>>;
	};
	return fields.map(({ label = '', name = '', dataType = 'string' as Type }) => ({
		name: name.trim(),
		label: label.trim() || name.trim(),
		dataType,
	}));
}

/**
 * @param made what the step itself makes, in words for whoever has named a field like it
 * @throws NodeOperationError where a name is none that Marketo takes, or is there twice
 */
export function assertNames(context: IExecuteFunctions, names: string[], made: string): void {
	const refuse = (message: string, description: string): never => {
		throw new NodeOperationError(context.getNode(), message, { description });
	};
	for (const one of names)
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
			`Rename one of them; ${made} are created by the step itself`,
		);
}
