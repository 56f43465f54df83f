import { untilQuotaReset } from './quota';

/**
 * What a code asks of us.
 *
 * - `renewToken`: the access token is not good any more; renew once, send once more
 * - `again`: nothing was done; the same call may pass a little later
 * - `ambiguous`: the answer does not tell whether anything was done
 * - `throttled`: too many calls at once; nothing was done
 * - `quota`: no calls left today
 * - `setUp`: a permission, subscription or field set-up has to be changed by a person
 * - `tooMany`: a filter matches more people than Marketo gives out; ask for fewer
 * - `tooLarge`: the request is too large (HTTP 413); send fewer records
 * - `missing` / `exists`: the record is not there / is there already
 * - `refused`: this value, record or request will never be accepted as it is
 */
export type Reaction =
	| 'renewToken'
	| 'again'
	| 'ambiguous'
	| 'throttled'
	| 'quota'
	| 'setUp'
	| 'tooMany'
	| 'tooLarge'
	| 'missing'
	| 'exists'
	| 'refused';

/** One entry of Marketo's `errors` or `reasons`. Codes are strings, but numbers have been seen. */
export interface MarketoReason {
	code: string | number;
	message: string;
}

/** Why a record was refused, in plain words. */
export interface MarketoRefusal {
	/** REST name of the field at fault, where Marketo names one. */
	field?: string;
	code: string;
	reason: string;
	remedy: string;
}

/** A whole call that did not do what was asked. `message` is for people; `remedy` says what to do. */
export class MarketoProblem extends Error {
	constructor(
		readonly reaction: Reaction,
		readonly code: string,
		message: string,
		readonly remedy: string,
		readonly details: {
			/** Milliseconds until it makes sense to come back. */
			afterMs?: number;
			field?: string;
			/** Marketo's id of the request; Support asks for it. */
			requestId?: string;
			/** What Marketo itself said. */
			said?: string;
		} = {},
	) {
		super(message);
		this.name = 'MarketoProblem';
	}
}

/** Codes of a whole call (`success: false`); developer guide, "Error codes". */
const CALL_REACTIONS: Record<string, Reaction> = {
	'500': 'ambiguous',
	'502': 'ambiguous',
	'600': 'renewToken',
	'601': 'renewToken',
	'602': 'renewToken',
	'603': 'setUp',
	'604': 'ambiguous',
	'606': 'throttled',
	'607': 'quota',
	'608': 'again',
	// A system fault, but also what Marketo says to input that it cannot digest.
	'611': 'ambiguous',
	'614': 'again',
	'615': 'throttled',
	'616': 'setUp',
	'703': 'setUp',
	'713': 'again',
	'719': 'again',
	'1006': 'setUp',
	'1011': 'setUp',
	'1016': 'again',
	'1018': 'setUp',
	'1019': 'again',
	'1029': 'again',
};

/** Codes of one record (`status: "skipped"`). Everything else is a refusal. */
const RECORD_REACTIONS: Record<string, Reaction> = {
	'604': 'again',
	'606': 'again',
	'608': 'again',
	'611': 'again',
	'615': 'again',
	'713': 'again',
	'719': 'again',
	'1004': 'missing',
	'1005': 'exists',
	'1013': 'missing',
};

/** What to do about a call that Marketo answered with `success: false`. */
export function reactionToCall(reason: MarketoReason): Reaction {
	const code = String(reason.code);
	if (code === '1003' && /too many results/i.test(reason.message)) return 'tooMany';
	if (code === '1003' && /invalid fields? \[/i.test(reason.message)) return 'setUp';
	// 1029 is said of a full queue, which empties, and of the day's export volume, which does not.
	if (code === '1029' && /quota/i.test(reason.message)) return 'quota';
	return CALL_REACTIONS[code] ?? 'refused';
}

/** What to do about one record that Marketo skipped. */
export function reactionToRecord(reason: MarketoReason): Reaction {
	return RECORD_REACTIONS[String(reason.code)] ?? 'refused';
}

/** How long to wait before the same call makes sense again, in milliseconds; undefined: back off. */
export function waitFor(
	reason: MarketoReason,
	clock: { now: number; random: number },
): number | undefined {
	switch (String(reason.code)) {
		case '606':
			// The window is 20 s long; jitter keeps executions from coming back together.
			return 20_000 + Math.round(clock.random * 2_000);
		case '615':
			return 1_000 + Math.round(clock.random * 4_000);
		case '607':
			return untilQuotaReset(clock.now);
		case '1029':
			return /quota/i.test(reason.message) ? untilQuotaReset(clock.now) : undefined;
		default:
			return undefined;
	}
}

/** Marketo's reason in plain words, with what to do about it and the field it is about. */
export function refusalOf(reason: MarketoReason): MarketoRefusal {
	const code = String(reason.code);
	const field = fieldIn(reason.message);
	const named = field ? `'${field}'` : 'a field';
	const [words, remedy] = PLAIN_WORDS[code]?.(named, reason.message) ?? [
		`Marketo refused this with code ${code}`,
		'Look up the code in the list of error codes of the Marketo developer guide',
	];
	const said = reason.message ? `${words} (${reason.message.trim()})` : words;
	return { ...(field ? { field } : {}), code, reason: said, remedy };
}

/**
 * The REST name of the field that a message names, e.g. in "Invalid value for field 'x' and value
 * 'y'" or "Field 'x' not found".
 */
export function fieldIn(message: string): string | undefined {
	const match =
		/fields?\s+'([^']+)'/i.exec(message) ??
		/fields?\s+"([^"]+)"/i.exec(message) ??
		/fields?\s*\[\s*([^\],]+)/i.exec(message) ??
		/parameter\s+'([^']+)'/i.exec(message);
	return match?.[1]?.trim();
}

type Words = (field: string, message: string) => [words: string, remedy: string];

const PLAIN_WORDS: Record<string, Words> = {
	'600': () => ['Marketo got no access token', 'Open the Marketo credential and test it'],
	'601': () => [
		'Marketo does not accept the access token, not even a new one',
		'Check that the endpoint of the credential belongs to the same subscription as the custom service',
	],
	'602': () => [
		'Marketo calls the access token expired, even a new one',
		'Open the Marketo credential and test it',
	],
	'603': () => [
		'Marketo denies access',
		'Give the role of the API user the permission, or add the address of this n8n to the IP allowlist',
	],
	'604': () => ['Marketo took too long', 'Try again later'],
	'606': () => ['Too many calls to Marketo within 20 seconds', 'Wait, or lower the call budget'],
	'607': () => [
		"The subscription's daily number of Marketo calls is used up",
		'Calls work again from midnight US Central time; ask Adobe for a larger quota if this happens often',
	],
	'608': () => ['Marketo is not available right now', 'Try again later'],
	'611': () => [
		'Marketo could not process this',
		'Look at unusual values (very long text, control characters) and try again',
	],
	'615': () => [
		'Too many calls to Marketo at the same time',
		'Wait, or run fewer executions at once',
	],
	'616': () => [
		'The Marketo subscription does not include this',
		'Ask Adobe to enable it, or leave the step out',
	],
	'701': (field) => [`${field} must not be empty`, 'Enter a value'],
	'703': () => [
		'This Marketo feature is not enabled',
		'Ask Adobe to enable it, or leave the step out',
	],
	'718': () => [
		'The sales person of an opportunity is not in Marketo',
		'Write the sales person first, or leave externalSalesPersonId out',
	],
	'1001': (field) => [
		`The value of ${field} is of the wrong type`,
		'Send a value of the type that the field has in Marketo',
	],
	'1002': (field) => [`A required value is missing: ${field}`, 'Enter the value'],
	'1003': (field) => [
		`Marketo does not accept the value of ${field}`,
		'Change the value so that it fits the type of the field in Marketo',
	],
	'1004': () => [
		'The person is not in Marketo',
		'It may have been deleted or merged; check the ID',
	],
	'1005': () => ['The person is already in Marketo', 'Update it instead of creating it'],
	'1006': (field) => [
		`Marketo has no field ${field}`,
		'Choose the field again from the list; it may have been renamed, hidden or removed in Marketo',
	],
	'1007': () => [
		'Several people in Marketo match',
		'Look them up by their Marketo ID, or merge them in Marketo',
	],
	'1008': () => [
		'The API user may not use this partition',
		"Give the API user access to the person's partition, or name another partition",
	],
	'1009': () => ['A partition has to be named', 'Name the partition'],
	'1010': () => [
		'The partition of the person may not be changed here',
		'Leave the partition out, or change it in Marketo',
	],
	'1011': (field) => [
		`Marketo does not support ${field} here`,
		'Choose another field; only text, e-mail and integer fields can be searched by',
	],
	'1013': () => ['The record is not in Marketo', 'It may have been deleted; check the ID'],
	'1016': () => ['Too many imports are under way in Marketo', 'Try again later'],
	'1017': () => ['It is already in Marketo', 'Update it instead of creating it'],
	'1018': () => [
		"Marketo's own CRM sync is switched on, so this cannot be written through the API",
		"Switch off Marketo's native CRM sync for this subscription",
	],
	'1021': (field) => [
		`${field === 'a field' ? 'A company field' : field} belongs to the company and cannot be written on the person`,
		'Take company fields out of the mapping of people, or write them to the company',
	],
	'1022': () => [
		'Something in Marketo still belongs to it',
		'First delete the roles of an opportunity, move the people of a company, or give those of a sales person another owner',
	],
	'1026': () => [
		'The subscription has no custom objects',
		'Ask Adobe to enable them, or leave the step out',
	],
	'1036': () => ['The same record is in the call twice', 'Remove the duplicate from the input'],
};
