import type { ProblemKind } from './problem';

/** What to do about one error code. Without `reason`, Dataverse's own message is shown. */
export interface Reaction {
	kind: ProblemKind;
	reason?: string;
	remedy: string;
}

const LIMIT: Reaction = {
	kind: 'throttled',
	reason: 'Dynamics 365 limits how much this user may ask for within five minutes',
	remedy:
		'Nothing to do: the call is made again later. If it happens often, run less often or with fewer records at a time',
};

const DATABASE_BUSY: Reaction = {
	kind: 'again',
	reason: 'The database of Dynamics 365 was busy and undid the request',
	remedy: 'Nothing to do: the request is made again later',
};

const RIGHTS: Reaction = {
	kind: 'setUp',
	remedy:
		'Give the application user a security role that has this privilege, at organization level',
};

const NUMBER_RANGE: Reaction = {
	kind: 'refused',
	remedy: 'Send a number within the range that the column allows',
};

const TOO_LONG: Reaction = {
	kind: 'refused',
	remedy: 'Shorten the value, or raise the maximum length of the column',
};

const NO_SUCH_COLUMN: Reaction = {
	kind: 'setUp',
	remedy:
		'Check the name of the column, and whether it was deleted or renamed; then read the columns again',
};

const BAD_KEY: Reaction = {
	kind: 'setUp',
	remedy:
		'Check the alternate key of the table: it must exist, be active and have exactly these columns',
};

const CLOSED: Reaction = {
	kind: 'refused',
	reason: 'The row is closed or inactive and cannot be changed',
	remedy: 'Reopen or activate the row in Dynamics 365 first',
};

const PLUGIN: Reaction = {
	kind: 'refused',
	remedy:
		'A customization of this environment (plug-in or workflow) refused it: ask whoever maintains it',
};

const SECURED: Reaction = {
	kind: 'refused',
	reason: 'Column-level security keeps this user from writing a column of the row',
	remedy: 'Add the user to a column security profile that may update it, or leave the column out',
};

const OWNER: Reaction = {
	kind: 'refused',
	remedy: 'Choose an owner who is enabled, has a license and has a security role for this table',
};

/**
 * Microsoft's "Web service error codes" that need more than showing their message, by code in lower
 * case. Codes that are not here are read by their HTTP status.
 */
export const REACTIONS: Readonly<Record<string, Reaction>> = {
	'0x80072321': LIMIT,
	'0x80072322': LIMIT,
	'0x80072326': LIMIT,

	'0x80044352': {
		kind: 'cursorExpired',
		reason: 'The change tracking position is too old to continue from',
		remedy: 'The table is read from the start',
	},
	'0x80072491': {
		kind: 'setUp',
		remedy: 'Switch on "Track changes" in the properties of the table, in the maker portal',
	},

	'0x80060882': {
		kind: 'changedMeanwhile',
		reason: 'Somebody changed the row in the meantime',
		remedy: 'Read the row again and decide again',
	},
	'0x8006088d': {
		kind: 'setUp',
		reason: 'The table does not keep row versions, so it cannot be updated safely',
		remedy: 'Use a table that supports optimistic concurrency',
	},
	'0x80060883': {
		kind: 'setUp',
		reason: 'A row version was expected but not sent',
		remedy: 'Send the row version that was read last',
	},

	'0x80040217': {
		kind: 'missing',
		reason: 'There is no such row',
		remedy: 'Check the ID; the row may have been deleted',
	},
	'0x80060891': {
		kind: 'missing',
		reason: 'There is no row with these key values',
		remedy: 'Check the key values; the row may have been deleted',
	},
	'0x80060890': BAD_KEY,
	'0x8006088f': BAD_KEY,
	'0x80060892': {
		kind: 'exists',
		// Its own message names the key and the columns.
		remedy: 'Change the key values, or update the row that has them',
	},
	'0x80040237': {
		kind: 'exists',
		reason: 'A row with this ID already exists',
		remedy: 'Update the row instead of creating it',
	},
	'0x80040333': {
		kind: 'duplicate',
		reason: 'A duplicate detection rule found a similar row',
		remedy: 'Update the existing row, or switch off "Detect Duplicates"',
	},

	'0x80040220': RIGHTS,
	'0x80048306': RIGHTS,
	'0x80048405': RIGHTS,
	'0x8004f502': SECURED,
	'0x8004f507': SECURED,
	'0x80072560': {
		kind: 'setUp',
		reason: 'The signed-in user does not belong to this environment',
		remedy:
			'Create an application user for this client ID in the Power Platform admin center (environment > Settings > Users > Application users)',
	},
	'0x8005f101': {
		kind: 'setUp',
		reason: 'The access token was refused',
		remedy: 'Check the credential: environment URL, tenant and client',
	},
	'0x8004a112': {
		kind: 'setUp',
		reason: 'The user of this credential is disabled in Dynamics 365',
		remedy: 'Enable the (application) user in the Power Platform admin center',
	},
	'0x8004a104': {
		kind: 'setUp',
		reason: 'The environment is disabled',
		remedy: 'Enable the environment in the Power Platform admin center',
	},

	'0x80040231': OWNER,
	'0x80042f09': OWNER,
	'0x8004d24b': OWNER,
	'0x80040229': OWNER,
	'0x80041d1f': OWNER,

	'0x80040302': {
		kind: 'refused',
		reason: 'The marketing list is locked',
		remedy: 'Set "Locked" to "No" in the marketing list in Dynamics 365',
	},
	'0x8004f701': {
		kind: 'refused',
		reason: 'The marketing list is dynamic: its members follow from a query',
		remedy: 'Use a static marketing list',
	},
	'0x80040301': {
		kind: 'refused',
		reason: 'The marketing list holds a different kind of member',
		remedy: 'Use a marketing list for this kind of member',
	},
	'0x80048458': {
		kind: 'missing',
		reason: 'The row is not a member of the marketing list',
		remedy: 'Nothing to do: it is not in the list',
	},

	'0x80044331': TOO_LONG,
	'0x80073001': TOO_LONG,
	'0x8004431a': {
		kind: 'refused',
		remedy: 'Use one of the choices that the column has now',
	},
	'0x8004431c': { kind: 'refused', remedy: 'Send yes or no' },
	'0x80044330': NUMBER_RANGE,
	'0x8004432f': NUMBER_RANGE,
	'0x80040239': {
		kind: 'refused',
		remedy: 'Send a date not before 1753-01-01, as ISO 8601',
	},
	'0x80048408': {
		kind: 'refused',
		remedy: 'Send a status reason that belongs to the status',
	},
	'0x80048cfb': { kind: 'refused', remedy: 'Send a currency together with the amount' },
	'0x80040203': { kind: 'refused', remedy: 'Check the values that were sent' },

	'0x80041103': NO_SUCH_COLUMN,
	'0x80060888': NO_SUCH_COLUMN,

	'0x80040265': PLUGIN,
	'0x80040224': PLUGIN,
	'0x80044182': {
		kind: 'refused',
		reason: 'Plug-ins or workflows of this environment call each other in an endless loop',
		remedy: 'Find the workflow that reacts to its own change, and stop it',
	},

	'0x80040519': CLOSED,
	'0x80040515': CLOSED,
	'0x80100005': {
		kind: 'refused',
		reason: 'An opportunity is not won or lost by writing its status',
		remedy: "Use the operations 'Win' and 'Lose'",
	},
	'0x80040230': CLOSED,
	'0x8004022e': CLOSED,
	'0x80081018': {
		kind: 'refused',
		remedy: 'See the message: the lead cannot be qualified like this',
	},

	'0x8004418a': {
		kind: 'tooLarge',
		reason: 'The request is larger than Dynamics 365 accepts',
		remedy: 'Send fewer or smaller records at a time',
	},

	'0x80044150': DATABASE_BUSY,
	'0x80044151': DATABASE_BUSY,
};
