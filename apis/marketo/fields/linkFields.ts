/** Types of person fields that Marketo's API creates. */
export const PERSON_FIELD_TYPES = [
	'boolean',
	'currency',
	'date',
	'datetime',
	'email',
	'float',
	'integer',
	'percent',
	'phone',
	'score',
	'string',
	'url',
] as const;

/** A person field that is to be there. */
export interface LinkField {
	/** REST name. */
	name: string;
	/** Name on screen in Marketo. */
	label: string;
	dataType: (typeof PERSON_FIELD_TYPES)[number];
	description: string;
}

/**
 * The person fields that tie a person to a row in Dynamics, made by *Marketo: Prepare*. Names on
 * screen are those of Marketo's native Dynamics sync where it has such a field. The names never
 * change: people have them in smart lists.
 */
export const PERSON_LINK_FIELDS = {
	leadId: {
		name: 'dynamicsLeadId',
		label: 'Dynamics Lead ID',
		dataType: 'string',
		description: 'GUID of the lead in Dynamics 365 that this person is linked with',
	},
	contactId: {
		name: 'dynamicsContactId',
		label: 'Dynamics Contact ID',
		dataType: 'string',
		description: 'GUID of the contact in Dynamics 365 that this person is linked with',
	},
	type: {
		name: 'microsoftType',
		label: 'Microsoft Type',
		dataType: 'string',
		description: 'Lead, Contact or empty: what the person is in Dynamics 365',
	},
	createdDate: {
		name: 'microsoftCreatedDate',
		label: 'Microsoft Created Date',
		dataType: 'datetime',
		description: 'When the lead or contact was created in Dynamics 365',
	},
	isDeleted: {
		name: 'microsoftIsDeleted',
		label: 'Microsoft is Deleted',
		dataType: 'boolean',
		description: 'Whether the lead or contact was deleted in Dynamics 365',
	},
	lastSync: {
		name: 'dynamicsLastSync',
		label: 'Dynamics Last Sync',
		dataType: 'datetime',
		description: 'When a value of this person was last written by the sync with Dynamics 365',
	},
	leftOut: {
		name: 'dynamicsLeftOut',
		label: 'Dynamics Left Out',
		dataType: 'boolean',
		description:
			'Whether the sync filter leaves the lead or contact in Dynamics 365 out, where people are to be flagged so',
	},
} as const satisfies Record<string, LinkField>;
