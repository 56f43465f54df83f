import { createHmac } from 'node:crypto';

import type { Callback } from '../../../sync/ledger/answers';
import type { Incoming } from '../../../sync/ledger/requests';
import type { Raw } from '../../../sync/values';
import { nestedAsText, strictJson } from './jsonAsSent';
import { Refused } from './refused';

/** People of one invocation of a flow step, with the place to answer to. */
export interface Invocation {
	incoming: Incoming[];
	callback: Callback;
	batchId: string;
}

type Loose = Record<string, unknown>;

/**
 * Reads an invocation (Adobe, Self-Service Flow Steps 1.0, `submitAsyncAction`). Who came through a
 * trigger is wanted at once; of a batch campaign everybody waits for the next round of the sync.
 *
 * @throws Refused 400 saying what is missing
 */
export function invocationOf(contentType: string, body: string): Invocation {
	if (!/^application\/json/i.test(contentType.trim())) throw new Refused(415, 'Send JSON');
	const sent = objectIn(body);
	const context = objectOf(sent.context);
	const campaign = objectOf(context.campaign);
	const callback: Callback = {
		url: textOf(sent.callbackUrl, 'callbackUrl'),
		token: textOf(sent.token, 'token'),
		apiKey: typeof sent.apiCallBackKey === 'string' ? sent.apiCallBackKey : '',
		munchkinId: textOf(
			objectOf(context.subscription).munchkinId,
			'context.subscription.munchkinId',
		),
	};
	if (!Array.isArray(sent.objectData)) throw new Refused(400, 'objectData is missing');
	const name = campaign.name ?? campaign.id ?? sent.campaignId ?? '';
	const incoming = sent.objectData.map((entry: unknown, index) => {
		const one = objectOf(entry);
		const { id, ...fields } = objectOf(one.objectContext);
		if (!/^[1-9]\d{0,17}$/.test(String(id)))
			throw new Refused(400, `Entry ${index + 1} of objectData has no person ID`);
		return {
			service: 'flowStep' as const,
			person: String(id),
			campaign: String(name),
			parameters: flat({ ...fields, ...objectOf(one.flowStepContext) }),
			withNextRound: isBatch(campaign.type, one.triggeringContext),
		};
	});
	return { incoming, callback, batchId: typeof sent.batchid === 'string' ? sent.batchid : '' };
}

/** An invocation that is sent to a receiver again is the same; neither its token nor anything like it is kept readable. */
export function chunkId(
	secret: Buffer,
	receiver: string,
	{ batchId, callback }: Invocation,
): string {
	return createHmac('sha256', secret)
		.update(`${receiver}\n${batchId}\n${callback.token}`)
		.digest('base64url');
}

/** The campaign says it, or else whether something triggered it for this person. */
function isBatch(type: unknown, triggeringContext: unknown): boolean {
	if (typeof type === 'string' && /batch/i.test(type)) return true;
	if (typeof type === 'string' && /trigger/i.test(type)) return false;
	return !Object.values(objectOf(triggeringContext)).some(
		(value) => value !== null && value !== '',
	);
}

function objectIn(body: string): Loose {
	const sent = strictJson(body);
	if (sent === undefined) throw new Refused(400, 'The body is not JSON');
	return objectOf(sent);
}

function objectOf(value: unknown): Loose {
	return typeof value === 'object' && value !== null && !Array.isArray(value)
		? (value as Loose)
		: {};
}

function textOf(value: unknown, name: string): string {
	if (typeof value === 'string' && value.trim() !== '') return value;
	throw new Refused(400, `${name} is missing`);
}

function flat(values: Loose): Record<string, Raw> {
	const entries = Object.entries(values).filter(([name]) => name !== '__proto__');
	return Object.fromEntries(
		entries.map(([name, value]): [string, Raw] => {
			if (value === undefined || value === null) return [name, null];
			if (typeof value === 'object') return [name, nestedAsText(value)];
			return [name, value as Raw];
		}),
	);
}
