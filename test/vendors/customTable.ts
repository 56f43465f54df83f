import type { MarketoVendor } from './marketo';

/** A custom table of Dynamics, in the shape of `EntityDefinitions`: a subscription of a lead, contact or account. */
export const SUBSCRIPTION_TABLE = {
	LogicalName: 'new_subscription',
	SchemaName: 'new_Subscription',
	EntitySetName: 'new_subscriptions',
	DisplayName: label('Subscription'),
	DisplayCollectionName: label('Subscriptions'),
	PrimaryNameAttribute: 'new_name',
	ChangeTrackingEnabled: true,
	Attributes: [
		{ ...column('new_name', 'Name'), AttributeType: 'String', MaxLength: 100 },
		{ ...column('new_seats', 'Seats'), AttributeType: 'Integer' },
		{
			...column('new_plan', 'Plan'),
			AttributeType: 'Picklist',
			OptionSet: {
				Options: [
					{ Value: 100_000_000, Label: label('Monthly') },
					{ Value: 100_000_001, Label: label('Yearly') },
				],
			},
		},
		{ ...column('new_contactid', 'Contact'), AttributeType: 'Lookup', Targets: ['contact'] },
		{ ...column('new_leadid', 'Lead'), AttributeType: 'Lookup', Targets: ['lead'] },
		{ ...column('new_accountid', 'Account'), AttributeType: 'Lookup', Targets: ['account'] },
	],
};

function column(name: string, text: string) {
	return { LogicalName: name, SchemaName: name, DisplayName: label(text) };
}

function label(text: string) {
	return { UserLocalizedLabel: { Label: text, LanguageCode: 1033 } };
}

/** The custom object of Marketo for it: by the row's ID, hung on a person and a company. */
export const SUBSCRIPTION_OBJECT = {
	apiName: 'subscription_c',
	displayName: 'Subscription',
	fields: [
		{ name: 'dynamicsId', displayName: 'Dynamics ID', dataType: 'string', isDedupeField: true },
		link('leadId', 'Person', 'lead', 'id'),
		link('companyId', 'Company', 'company', 'Id'),
		{ name: 'title', displayName: 'Title', dataType: 'string' },
		{ name: 'seats', displayName: 'Seats', dataType: 'integer' },
		{ name: 'plan', displayName: 'Plan', dataType: 'string' },
	],
};

/** Makes an object as an admin does: as a draft, with its fields, then approved. */
export async function makeObject(
	marketo: Pick<MarketoVendor, 'post'>,
	{ fields, ...type }: typeof SUBSCRIPTION_OBJECT = SUBSCRIPTION_OBJECT,
): Promise<void> {
	const schema = 'customobjects/schema';
	await marketo.post(`${schema}.json`, { ...type, action: 'createOnly' });
	await marketo.post(`${schema}/${type.apiName}/addField.json`, { input: fields });
	await marketo.post(`${schema}/${type.apiName}/approve.json`, {});
}

function link(name: string, displayName: string, object: string, field: string) {
	return { name, displayName, dataType: 'link', relatedTo: { name: object, field } };
}
