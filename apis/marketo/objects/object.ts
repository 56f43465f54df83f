/** An object other than people: what its calls have in common (developer guide, "Lead database"). */
export interface MarketoObject {
	/** Path of its calls, without `.json`. */
	path: string;
	/** What the role's permissions end with: `Read-Only …`, `Read-Write …`. */
	permission: 'Company' | 'Sales Person' | 'Opportunity' | 'Custom Object';
	/** The field that Marketo gives its records itself. */
	idField: 'id' | 'marketoGUID';
	/** Takes records in files, too, to be worked off in the background. */
	takesFiles?: boolean;
}

/** The objects that every subscription has. Written only where no native CRM sync is on (1018). */
export const STANDARD_OBJECTS = {
	company: { path: '/rest/v1/companies', permission: 'Company', idField: 'id' },
	salesPerson: { path: '/rest/v1/salespersons', permission: 'Sales Person', idField: 'id' },
	opportunity: {
		path: '/rest/v1/opportunities',
		permission: 'Opportunity',
		idField: 'marketoGUID',
	},
	opportunityRole: {
		path: '/rest/v1/opportunities/roles',
		permission: 'Opportunity',
		idField: 'marketoGUID',
	},
} as const satisfies Record<string, MarketoObject>;

/** A custom object by its API name. */
export function customObject(apiName: string): MarketoObject {
	return {
		path: `/rest/v1/customobjects/${encodeURIComponent(apiName)}`,
		permission: 'Custom Object',
		idField: 'marketoGUID',
		takesFiles: true,
	};
}
