import type { IHttpRequestOptions, IN8nHttpFullResponse } from 'n8n-workflow';

import type { Ledger } from '../../sync/ledger/ledger';
import {
	callbackDone,
	callbackFailed,
	claimCallback,
	type Answer,
	type DueCallback,
} from '../../sync/ledger/answers';

/** The part of a node's context that callbacks are sent with. */
export interface CallbackSender {
	helpers: { httpRequest(options: IHttpRequestOptions): Promise<unknown> };
}

const TIMEOUT_MS = 30_000;
/** As many characters as the longest type of Adobe's interface holds. */
const LONGEST_TEXT = 2_000;
/** These may pass; other refusals of the same body will not. */
const PASSING = [408, 425, 429];

/**
 * Tells Marketo what became of the people of flow steps that all have an answer. What is not taken is
 * tried again later by itself. Answers how many callbacks it tried.
 *
 * @param most callbacks; the others stay due
 */
export async function sendDueCallbacks(
	sender: CallbackSender,
	ledger: Ledger,
	receiver: string,
	most: number,
): Promise<number> {
	for (let tried = 0; tried < most; tried++) {
		const due = await claimCallback(ledger, receiver);
		if (!due) return tried;
		await sendCallback(sender, ledger, due);
	}
	return most;
}

async function sendCallback(
	sender: CallbackSender,
	ledger: Ledger,
	due: DueCallback,
): Promise<void> {
	const status = await statusOf(sender, request(due, ledger.clock.now()));
	if (status === undefined)
		return await callbackFailed(ledger, due.chunk, 'Marketo did not answer');
	if (status >= 200 && status < 300) return await callbackDone(ledger, due.chunk);
	const final = status >= 400 && status < 500 && !PASSING.includes(status);
	await callbackFailed(ledger, due.chunk, `Marketo answered HTTP ${status}`, final);
}

/** Undefined without an answer. Neither URL nor token may be in an error, so its words are not kept. */
async function statusOf(
	sender: CallbackSender,
	options: IHttpRequestOptions,
): Promise<number | undefined> {
	try {
		const answer = (await sender.helpers.httpRequest(options)) as IN8nHttpFullResponse;
		return answer.statusCode;
	} catch {
		return undefined;
	}
}

function request({ callback, people }: DueCallback, now: number): IHttpRequestOptions {
	const body = {
		munchkinId: callback.munchkinId,
		token: callback.token,
		time: new Date(now).toISOString().replace(/\.\d+Z$/, 'Z'),
		objectData: people.map(({ person, answer }) => ({
			leadData: { id: Number(person) },
			activityData: activityData(answer),
		})),
	};
	return {
		method: 'POST',
		url: callback.url,
		headers: {
			'Content-Type': 'application/json',
			'x-api-key': callback.apiKey,
			'x-callback-token': callback.token,
		},
		body: JSON.stringify(body),
		json: false,
		encoding: 'text',
		timeout: TIMEOUT_MS,
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
		// A redirect would carry the token elsewhere.
		disableFollowRedirect: true,
	};
}

function activityData({ success, errorCode, reason, values }: Answer): Record<string, unknown> {
	const told = Object.entries(values).filter(([, value]) => value !== null && value !== '');
	const words = reason.slice(0, LONGEST_TEXT);
	return {
		...Object.fromEntries(told),
		success,
		...(!success && { errorCode: errorCode || 'FAILED' }),
		...(words !== '' && { reason: words }),
	};
}
