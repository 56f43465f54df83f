/** Permissions of a role, as the vendor names them. */
export const PERMISSIONS = [
	'Read-Only Activity',
	'Read-Write Activity',
	'Read-Only Activity Metadata',
	'Read-Write Activity Metadata',
	'Read-Only Lead',
	'Read-Write Lead',
	'Read-Write Schema Standard Field',
	'Read-Write Schema Custom Field',
	'Read-Only Asset',
	'Read-Write Asset',
	'Read-Only Campaign',
	'Execute Campaign',
	'Read-Only Company',
	'Read-Write Company',
	'Read-Only Opportunity',
	'Read-Write Opportunity',
	'Read-Only Sales Person',
	'Read-Write Sales Person',
	'Read-Only Custom Object',
	'Read-Write Custom Object',
	'Read-Only Custom Object Type',
	'Read-Write Custom Object Type',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** A custom service: its credentials, its API-only user, its permissions. */
export interface ApiClient {
	readonly clientId: string;
	readonly clientSecret: string;
	/** E-mail address of the API-only user: the token's scope. */
	readonly user: string;
	readonly permissions: ReadonlySet<Permission>;
}

/** The service with every permission. */
export const FULL_CLIENT_ID = '5c1d0a2e-full-4f6b-9a7e-000000000001';

/** Services that lack what the name says, reading included where it says read. */
const LACKING: Readonly<Record<string, readonly Permission[]>> = {
	'lead-read': ['Read-Only Lead', 'Read-Write Lead'],
	'lead-write': ['Read-Write Lead'],
	'activity-read': ['Read-Only Activity', 'Read-Write Activity'],
	'activity-write': ['Read-Write Activity'],
	'activity-metadata-read': ['Read-Only Activity Metadata', 'Read-Write Activity Metadata'],
	'activity-metadata-write': ['Read-Write Activity Metadata'],
	'schema-custom-field': ['Read-Write Schema Custom Field'],
	schema: ['Read-Write Schema Standard Field', 'Read-Write Schema Custom Field'],
	asset: ['Read-Only Asset', 'Read-Write Asset'],
	campaign: ['Read-Only Campaign', 'Execute Campaign'],
	company: ['Read-Only Company', 'Read-Write Company'],
	opportunity: ['Read-Only Opportunity', 'Read-Write Opportunity'],
	'sales-person': ['Read-Only Sales Person', 'Read-Write Sales Person'],
	'custom-object': ['Read-Only Custom Object', 'Read-Write Custom Object'],
	'custom-object-type': ['Read-Only Custom Object Type', 'Read-Write Custom Object Type'],
};

function client(clientId: string, name: string, lacking: readonly Permission[]): ApiClient {
	return {
		clientId,
		clientSecret: `secret-${name}`,
		user: `${name}@api.marketo.example`,
		permissions: new Set(PERMISSIONS.filter((permission) => !lacking.includes(permission))),
	};
}

/** All services: one with every permission, a second such (`human`), and `without-…` ones. */
export const CLIENTS: readonly ApiClient[] = [
	client(FULL_CLIENT_ID, 'sync', []),
	client('human', 'human', []),
	...Object.entries(LACKING).map(([name, lacking]) =>
		client(`without-${name}`, `without-${name}`, lacking),
	),
];
