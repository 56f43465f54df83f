/** Somebody who can sign in. */
export interface Principal {
	/** Application (client) id, or for people the user name. */
	readonly key: string;
	/** Client secret or password. */
	readonly secret: string;
	/** The row in systemusers; undefined: the environment has no such user. */
	readonly userId?: string;
	/** False: a user without any security role. */
	readonly hasRole: boolean;
	/** Privileges its role lacks, e.g. `prvWriteLead`; a trailing `*` stands for any ending. */
	readonly lacks: readonly string[];
	/** How far its privileges are said to reach: `Basic`, `Local`, `Deep`; without it `Global`. Only told, not enforced. */
	readonly depth?: string;
	/** The secret is right but has expired. */
	readonly secretExpired?: boolean;
}

export const TENANT_ID = '7e57ed00-0000-4000-8000-00000000d365';

/** The application of the ready line: an application user that may do everything. */
export const SYNC_APP = {
	clientId: '5ca1ab1e-0000-4000-8000-000000000001',
	clientSecret: 'dynamics-twin-secret',
} as const;

const APP = (number: number) => `5ca1ab1e-0000-4000-8000-${String(number).padStart(12, '0')}`;
const USER = (number: number) => `0c0ffee0-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** The application user of the ready line. */
export const SYNC_USER_ID = USER(100);

/** Somebody who has left: a disabled user. */
export const FORMER_USER_ID = USER(90);

/** The human users of the seed, in order. */
export const PEOPLE = [
	['Alex', 'Baker'],
	['Birgit', 'Sørensen'],
	['Carmen', 'Núñez'],
	['Daisuke', 'Mori'],
	['Eva', 'Lindqvist'],
	['Farid', 'Haddad'],
	['Gwen', 'Hughes'],
	['Henrik', 'Weiß'],
	['Irina', 'Petrova'],
	['Jan', 'de Vries'],
] as const;

export const PEOPLE_PASSWORD = 'twin-password';

/** Id of the n-th human user, counted from 1. */
export function personId(number: number): string {
	return USER(number);
}

/** User name of the n-th human user, counted from 1. */
export function personName(number: number): string {
	return `user${number}@twin.example`;
}

/** Applications beside the ready line's, each with one thing wrong. Documented in the README. */
export const SPECIAL_APPS: readonly Principal[] = [
	{ key: APP(2), secret: 'no-user', hasRole: false, lacks: [] },
	{ key: APP(3), secret: 'no-role', userId: USER(103), hasRole: false, lacks: [] },
	{
		key: APP(4),
		secret: 'read-only',
		userId: USER(104),
		hasRole: true,
		lacks: ['prvCreate*', 'prvWrite*', 'prvDelete*', 'prvAssign*', 'prvAppend*', 'prvActOnBehalf*'],
	},
	{
		key: APP(5),
		secret: 'no-lead-write',
		userId: USER(105),
		hasRole: true,
		lacks: ['prvWriteLead'],
	},
	{
		key: APP(6),
		secret: 'no-contact',
		userId: USER(106),
		hasRole: true,
		lacks: ['prvReadContact'],
	},
	{
		key: APP(7),
		secret: 'expired-secret',
		userId: USER(107),
		hasRole: true,
		lacks: [],
		secretExpired: true,
	},
];

/** Everybody who can sign in at the start. */
export function startingPrincipals(): Principal[] {
	return [
		{
			key: SYNC_APP.clientId,
			secret: SYNC_APP.clientSecret,
			userId: SYNC_USER_ID,
			hasRole: true,
			lacks: [],
		},
		...SPECIAL_APPS,
		...PEOPLE.map((_, index) => ({
			key: personName(index + 1),
			secret: PEOPLE_PASSWORD,
			userId: personId(index + 1),
			hasRole: true,
			lacks: [],
		})),
	];
}

export function holds(principal: Principal, privilege: string): boolean {
	if (!principal.hasRole) return false;
	return !principal.lacks.some((lacked) =>
		lacked.endsWith('*') ? privilege.startsWith(lacked.slice(0, -1)) : lacked === privilege,
	);
}
