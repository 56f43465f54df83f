import { makeField, type FieldType, type LeadField } from './field';

/** Ids of custom fields start here, well above those of standard fields. */
export const FIRST_CUSTOM_FIELD_ID = 2001;

/** What a marketing team of some years has made: by type, display names as people write them. */
const BY_TYPE: Readonly<Partial<Record<FieldType | 'score', readonly string[]>>> = {
	string: [
		'Account Tier', 'Account Owner Name', 'Ad Campaign', 'Ad Content', 'Ad Group', 'Ad Medium', 'Ad Source',
		'Ad Term', 'Alma Mater', 'Assistant Name', 'Booth Number', 'Budget Status', 'Business Unit', 'Buyer Persona',
		'Buying Role', 'Campaign Channel', 'Campaign Detail', 'Company Linkedin Handle', 'Competitor',
		'Consent Source', 'Consent Version', 'Content Topic', 'Cost Center', 'Country Code', 'County', 'CRM System',
		'Currency Code', 'Customer Number', 'Customer Segment', 'Data Provider', 'Decision Stage', 'Demo Product',
		'Disqualified Reason', 'Distributor', 'Duns Number', 'Education Level', 'Event Name', 'External Reference',
		'Favorite Product', 'First Touch Campaign', 'First Touch Channel', 'Fiscal Year End', 'Function', 'GCLID',
		'House Number', 'Job Function', 'Job Level', 'Language', 'Last Touch Campaign', 'Last Touch Channel',
		'Lead Origin', 'Legal Entity', 'Lifecycle Status', 'Local Name', 'Loyalty Number', 'Maiden Name',
		'Membership Type', 'Nickname', 'Parent Company', 'Partner Name', 'Partner Type', 'Persona',
		'Preferred Language', 'Preferred Channel', 'Product Interest', 'Region', 'Referral Code', 'Sales Region',
		'Sales Stage', 'Secondary Industry', 'Seniority', 'Shirt Size', 'Subindustry', 'Suffix', 'Support Plan',
		'Survey Response', 'Tax Id', 'Territory', 'Time Zone', 'Training Track', 'VAT Number', 'Vertical', 'Webinar Name',
	],
	text: ['Comments', 'Delivery Notes', 'Dietary Requirements', 'Enrichment Payload', 'Meeting Notes', 'Street 2'],
	email: ['Alternate Email', 'Assistant Email', 'Billing Contact Email', 'Private Email'],
	phone: ['Assistant Phone', 'Direct Line', 'Home Phone', 'Other Phone', 'WhatsApp Number'],
	url: ['Blog', 'Company Linkedin URL', 'Landing Page', 'Personal Website', 'Profile Picture'],
	integer: [
		'Days Since Last Visit', 'Downloads', 'Employees In Region', 'Enrichment Record Id', 'Events Attended',
		'Licences', 'Number Of Sites', 'Open Opportunities', 'Seats', 'Survey Rating', 'Webinars Attended',
	],
	score: ['Behavior Score', 'Demographic Score', 'Engagement Score', 'Product A Score', 'Product B Score'],
	float: ['Distance To Office', 'Latitude', 'Longitude', 'Propensity', 'Satisfaction Index'],
	currency: ['Budget', 'Contract Value', 'Lifetime Value', 'Pipeline Amount'],
	percent: ['Discount', 'Fit Percentage', 'Profile Completeness'],
	boolean: [
		'Champion', 'Consent To Calls', 'Consent To Mail', 'Customer Reference', 'Decision Maker', 'Do Not Mail',
		'Do Not Sell', 'Duplicate Suspected', 'Existing Customer', 'Opt In Events', 'Opt In Newsletter',
		'Opt In Product News', 'Partner Contact', 'Test Record', 'VIP',
	],
	date: ['Anniversary', 'Contract End', 'Contract Start', 'Next Review', 'Trial End'],
	datetime: ['Consent Given At', 'Demo Scheduled At', 'Enriched At', 'Last Call At', 'MQL At', 'SQL At'],
};

/** `Account Tier` becomes `accountTier`; abbreviations keep their capitals after the first word. */
export function apiNameOf(displayName: string): string {
	const words = displayName.split(/[^A-Za-z0-9]+/).filter(Boolean);
	return words
		.map((word, index) =>
			index === 0 ? word.toLowerCase() : word[0]!.toUpperCase() + word.slice(1),
		)
		.join('');
}

/** The custom fields of the seed instance, in the order they were made. */
export function customFields(): LeadField[] {
	let id = FIRST_CUSTOM_FIELD_ID;
	return Object.entries(BY_TYPE).flatMap(([type, names]) =>
		names.map((displayName) =>
			makeField({
				id: id++,
				displayName,
				name: apiNameOf(displayName),
				soapName: displayName,
				dataType: type === 'score' ? 'integer' : (type as FieldType),
				isCustom: true,
				isScore: type === 'score',
			}),
		),
	);
}
