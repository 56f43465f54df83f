import type { Raw } from '../../../sync/values';
import type { Incoming } from '../../../sync/ledger/requests';
import { jsonAsSent, nestedAsText } from './jsonAsSent';
import { Refused } from './refused';

/** What a *Call Webhook* step sent: one person. */
export interface WebhookPerson {
	incoming: Incoming;
	/** Empty where the payload does not say. */
	munchkinId: string;
}

const PERSON_NAMES = ['leadid', 'personid', 'id'];
const EMAIL_NAMES = ['email', 'emailaddress', 'leademailaddress', 'leademail'];
/** Where both are there, `campaign` is a parameter of the step: a campaign in Dynamics. */
const CAMPAIGN_NAMES = ['campaignname', 'campaign'];
const MUNCHKIN_NAMES = ['munchkinid'];

/** More parameters than any step has. */
const MOST_VALUES = 200;

/** What a webhook may send. A template without a header of its own goes out as a form, and is JSON. */
const READABLE = /^(application\/json|application\/x-www-form-urlencoded|text\/|$)/i;

/**
 * Reads the person out of a call: JSON or a form in the body, or a query.
 *
 * @throws Refused 400 without a person, 415 of a type that has none
 */
export function webhookPerson(
	contentType: string,
	body: string,
	query: Record<string, unknown>,
): WebhookPerson {
	if (body.trim() !== '' && !READABLE.test(contentType.trim())) {
		throw new Refused(415, 'Send JSON, a form or plain text');
	}
	const found = new Map<string, Raw>();
	for (const [name, value] of [...bodyEntries(body), ...Object.entries(query)]) {
		if (name !== '__proto__' && !found.has(name) && found.size < MOST_VALUES)
			found.set(name, rawOf(value));
	}
	const take = (names: string[]): string => {
		const name = keyOf(found, names);
		if (name === undefined) return '';
		const value = String(found.get(name) ?? '').trim();
		found.delete(name);
		return value;
	};
	const person = take(PERSON_NAMES);
	if (!/^[1-9]\d{0,17}$/.test(person)) {
		throw new Refused(
			400,
			'The call names no person: its payload template needs "leadId": {{lead.Id}}',
		);
	}
	const email = take(EMAIL_NAMES);
	const campaign = take(CAMPAIGN_NAMES);
	const munchkinId = take(MUNCHKIN_NAMES);
	const parameters = Object.fromEntries(email ? [['email', email], ...found] : found) as Record<
		string,
		Raw
	>;
	return { incoming: { service: 'webhook', person, campaign, parameters }, munchkinId };
}

/** The name in the payload that means one of `names`, in their order: `lead.Id`, `Lead ID` and `leadId` are one. */
function keyOf(found: Map<string, Raw>, names: string[]): string | undefined {
	const plain = (name: string) => name.toLowerCase().replace(/[^a-z\d]/g, '');
	for (const wanted of names) {
		for (const name of found.keys()) if (plain(name) === wanted) return name;
	}
	return undefined;
}

function bodyEntries(body: string): Array<[string, unknown]> {
	const text = body.replace(/^\uFEFF/, '').trim();
	if (text === '') return [];
	if (!/^[{["]/.test(text)) return [...new URLSearchParams(text)];
	const object = jsonAsSent(text);
	if (!object) {
		throw new Refused(
			400,
			'The body cannot be read: write a flat JSON object into the payload template, and choose JSON as the encoding of tokens',
		);
	}
	if (namesPersonTwice(text)) throw new Refused(400, 'The body names a person twice');
	return Object.entries(object);
}

/** A value of a person that was put in without encoding must not be able to name another person. */
function namesPersonTwice(text: string): boolean {
	const names = [...text.matchAll(/(?<!\\)"([^"\\]{1,40})"\s*:/g)].map((match) =>
		match[1]!.toLowerCase().replace(/[^a-z\d]/g, ''),
	);
	return PERSON_NAMES.some((name) => names.filter((one) => one === name).length > 1);
}

/** Lists and objects are kept as JSON text, so that every value fits one column. */
function rawOf(value: unknown): Raw {
	if (value === null || value === undefined) return null;
	if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
		return value;
	return nestedAsText(value);
}
