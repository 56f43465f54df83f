import { isObject } from '../../wire/json';
import { retryAfterMs } from '../../wire/retryAfter';
import type { WireAnswer } from '../../wire/wire';
import {
	MarketoProblem,
	reactionToCall,
	refusalOf,
	waitFor,
	type MarketoReason,
	type Reaction,
} from './errors';
import type { MarketoRequest } from './request';

/** The part of Marketo's answers that all endpoints share. */
export interface Envelope<Item> {
	/** Empty where Marketo leaves `result` out. */
	result: Item[];
	/** Opaque. Feeds always give one; filters only where there is more. */
	nextPageToken?: string;
	/** Only feeds tell. */
	moreResult: boolean;
	requestId?: string;
}

interface Moment {
	now: number;
	random: number;
}

/**
 * Reads an answer. Marketo says nearly everything with HTTP 200, refused tokens included, so the
 * body decides; an HTTP status alone speaks only where there is no such body.
 *
 * @throws MarketoProblem for every answer that is no success
 */
export function readAnswer<Item>(
	answer: WireAnswer,
	request: MarketoRequest,
	moment: Moment,
): Envelope<Item> {
	const { body, status } = answer;
	if (request.givesText && (status === 404 || (status === 200 && typeof body === 'string')))
		return { result: (status === 404 ? [] : [body]) as Item[], moreResult: false };
	if (isObject(body) && body.success === true) {
		return {
			result: Array.isArray(body.result) ? (body.result as Item[]) : [],
			...(typeof body.nextPageToken === 'string' ? { nextPageToken: body.nextPageToken } : {}),
			moreResult: body.moreResult === true,
			...(typeof body.requestId === 'string' ? { requestId: body.requestId } : {}),
		};
	}
	const reason = isObject(body) ? firstReason(body.errors) : undefined;
	if (!reason) throw problemOfStatus(answer, request, moment);
	// "No data found" is an answer, not a refusal.
	if (String(reason.code) === '702') return { result: [], moreResult: false };
	throw problemOfCode(reason, requestIdOf(body), request, moment);
}

function firstReason(errors: unknown): MarketoReason | undefined {
	const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
	if (!isObject(first) || first.code === undefined) return undefined;
	return {
		code: String(first.code),
		message: typeof first.message === 'string' ? first.message : '',
	};
}

function requestIdOf(body: unknown): string | undefined {
	return isObject(body) && typeof body.requestId === 'string' ? body.requestId : undefined;
}

function problemOfCode(
	reason: MarketoReason,
	requestId: string | undefined,
	request: MarketoRequest,
	moment: Moment,
): MarketoProblem {
	const { code, field, reason: words, remedy } = refusalOf(reason);
	const denied = code === '603';
	return new MarketoProblem(
		reactionToCall(reason),
		code,
		denied ? `${words}: this needs the permission '${request.permission}'` : words,
		denied
			? `In Marketo, Admin > Users & Roles, give the role of the API user the permission '${request.permission}'; if it has it, add the address of this n8n to the IP allowlist`
			: remedy,
		{ afterMs: waitFor(reason, moment), field, requestId, said: reason.message },
	);
}

function problemOfStatus(
	answer: WireAnswer,
	request: MarketoRequest,
	moment: Moment,
): MarketoProblem {
	const { status } = answer;
	const [reaction, message, remedy] = wordsForStatus(status, request);
	return new MarketoProblem(reaction, `HTTP ${status}`, message, remedy, {
		afterMs: retryAfterMs(answer.headers, moment.now),
		requestId: requestIdOf(answer.body),
	});
}

function wordsForStatus(
	status: number,
	request: MarketoRequest,
): [reaction: Reaction, message: string, remedy: string] {
	if (status === 401 || status === 403) {
		return [
			'setUp',
			'Marketo refused the sign-in',
			'Open the Marketo credential, check client ID, client secret and endpoint, and test it',
		];
	}
	if (status === 404) {
		return [
			'setUp',
			`Nothing answers at ${request.path} of the Marketo endpoint`,
			'Check the endpoint of the credential: Marketo, Admin > Integration > Web Services > REST API',
		];
	}
	if (status === 413) return ['tooLarge', 'The request is larger than 1 MB', 'Send less at once'];
	if (status === 414) {
		return ['refused', 'The request names too much at once', 'Ask for fewer fields or values'];
	}
	if (status === 429) {
		return ['throttled', 'Too many calls to Marketo', 'Wait, or lower the call budget'];
	}
	if (status >= 500 || status === 200) {
		// An empty or unreadable 200 does come from Marketo, mostly on a bad day of its gateway.
		return ['ambiguous', `Marketo gave no readable answer (HTTP ${status})`, 'Try again later'];
	}
	return [
		'refused',
		`Marketo answered with HTTP ${status}`,
		'Try again; if it persists, contact Marketo Support',
	];
}
