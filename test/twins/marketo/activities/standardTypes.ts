/** A type as `activities/types.json` shows it. */
export interface TypeDescription {
	readonly id: number;
	readonly apiName?: string;
	readonly name: string;
	readonly description: string;
	readonly primaryAttribute?: { readonly name: string; readonly dataType: string };
	readonly attributes: ReadonlyArray<{
		readonly name: string;
		readonly dataType: string;
		readonly apiName?: string;
	}>;
}

type Row = readonly [
	id: number,
	name: string,
	description: string,
	primary: string,
	attributes: string,
];

/** `name:type` pairs; types s string, t text, i integer, b boolean, d date, dt datetime. */
const TYPES: Readonly<Record<string, string>> = {
	s: 'string',
	t: 'text',
	i: 'integer',
	b: 'boolean',
	d: 'date',
	dt: 'datetime',
};
const WEB = 'Client IP Address:s,Query Parameters:s,Referrer URL:s,User Agent:s';
const MAIL = 'Campaign Run ID:i,Choice Number:i,Has Predictive:b,Step ID:i,Test Variant:i';
const FLOW = 'Campaign Run ID:i,Choice Number:i,Step ID:i';
const API = 'API Method Name:s,Modifying User:s,Request Id:s';

const ROWS: readonly Row[] = [
	[
		1,
		'Visit Webpage',
		'User visits a web page',
		'Webpage ID:i',
		`${WEB},Search Engine:s,Search Query:s,Webpage URL:s`,
	],
	[
		2,
		'Fill Out Form',
		'User fills out and submits a form on web page',
		'Webform ID:i',
		`${WEB},Form Fields:t,Webpage ID:i`,
	],
	[3, 'Click Link', 'User clicks link on a page', 'Link ID:i', `${WEB},Webpage ID:i`],
	[6, 'Send Email', 'Send Marketo Email to a person', 'Mailing ID:i', MAIL],
	[7, 'Email Delivered', 'Marketo Email is delivered to a lead/contact', 'Mailing ID:i', MAIL],
	[
		8,
		'Email Bounced',
		'Marketo Email is bounced for a lead',
		'Mailing ID:i',
		`${MAIL},Category:s,Details:s,Email:s,Subcategory:s`,
	],
	[
		9,
		'Unsubscribe Email',
		'Person unsubscribed from Marketo Emails',
		'Mailing ID:i',
		`${WEB},Campaign Run ID:i,Form Fields:t,Test Variant:i,Webform ID:i,Webpage ID:i`,
	],
	[
		10,
		'Open Email',
		'User opens Marketo Email',
		'Mailing ID:i',
		`${MAIL},Device:s,Is Mobile Device:b,Platform:s,User Agent:s`,
	],
	[
		11,
		'Click Email',
		'User clicks on a link in a Marketo Email',
		'Mailing ID:i',
		`${MAIL},Device:s,Is Mobile Device:b,Link:s,Link ID:s,Platform:s,User Agent:s`,
	],
	[
		12,
		'New Lead',
		'New person/record is added to the lead database',
		'',
		`Created Date:d,Form Name:s,Lead Source:s,List Name:s,SFDC Type:s,Source Type:s,${API}`,
	],
	[
		13,
		'Change Data Value',
		'Changed attribute value for a person/record',
		'Attribute Name:s',
		`New Value:s,Old Value:s,Reason:s,Source:s,${API}`,
	],
	[
		22,
		'Change Score',
		'Modify the value of a score field',
		'Attribute Name:s',
		'Change Value:s,New Value:i,Old Value:i,Priority:s,Reason:s,Relative Score:s,Relative Urgency:s,Urgency:s',
	],
	[24, 'Add to List', 'Add a person/record to a list', 'List ID:i', 'Source:s'],
	[25, 'Remove from List', 'Remove this lead from a list', 'List ID:i', 'Source:s'],
	[
		27,
		'Email Bounced Soft',
		'Campaign Email is bounced soft for a lead',
		'Mailing ID:i',
		`${MAIL},Category:s,Details:s,Email:s,Subcategory:s`,
	],
	[
		32,
		'Merge Leads',
		'Merge two or more leads into a single record',
		'Lead ID:i',
		'Master Updated:b,Merge IDs:s,Merge Source:s,Merged in Sales:b',
	],
	[34, 'Add to Opportunity', 'Add to an opportunity', 'Opportunity ID:i', 'Is Primary:b,Role:s'],
	[
		35,
		'Remove from Opportunity',
		'Remove from an opportunity',
		'Opportunity ID:i',
		'Is Primary:b,Role:s',
	],
	[
		36,
		'Update Opportunity',
		'Update an opportunity',
		'Opportunity ID:i',
		'Attribute Name:s,Data Value Changes:t,New Value:s,Old Value:s',
	],
	[
		37,
		'Delete Lead',
		'Delete lead from Marketo database',
		'Lead ID:i',
		`Campaign:s,Remove from CRM:b,${API}`,
	],
	[
		38,
		'Send Alert',
		'Send alert email about a lead',
		'Mailing ID:i',
		`${FLOW},Send To List:s,Send To Owner:s`,
	],
	[41, 'Send Sales Email', 'Sales person sent an email', 'Artifact ID:i', 'Sent By:s'],
	[
		46,
		'Interesting Moment',
		'Record an interesting moment',
		'Date:dt',
		'Description:s,Source:s,Type:s',
	],
	[47, 'Request Campaign', 'Campaign is requested for a lead', 'Campaign ID:i', `${FLOW},Source:s`],
	[
		104,
		'Change Status in Progression',
		'Change status of a lead in a progression',
		'Program ID:i',
		'Acquired By:b,New Status:s,New Status ID:i,Old Status:s,Old Status ID:i,Program Member ID:i,Reason:s,Success:b',
	],
	[110, 'Call Webhook', 'Call a webhook', 'Webhook ID:i', `${FLOW},Error Type:i,Response:t`],
	[
		123,
		'Change Program Data',
		'Change program data',
		'Program ID:i',
		'Attribute Display Name:s,New Value:s,Old Value:s,Reason:s,Source:s',
	],
	[
		145,
		'Push Lead to Marketo',
		'Push lead to Marketo',
		'Program ID:i',
		`Lead ID:i,Reason:s,Source:s,${API}`,
	],
	[155, 'Execute Campaign', 'Execute another campaign', 'Campaign ID:i', FLOW],
];

function attribute(pair: string): { name: string; dataType: string } {
	const [name, type] = pair.split(':') as [string, string];
	return { name, dataType: TYPES[type]! };
}

/** The types every instance has. */
export const STANDARD_TYPES: readonly TypeDescription[] = ROWS.map(
	([id, name, description, primary, attributes]) => ({
		id,
		name,
		description,
		...(primary && { primaryAttribute: attribute(primary) }),
		attributes: attributes.split(',').map(attribute),
	}),
);
