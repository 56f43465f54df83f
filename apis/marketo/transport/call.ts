import { mayPass } from '../../wire/noAnswer';
import { repeat, type Attempt, type Verdict } from '../../wire/repeat';
import { NoAnswer, type WireAnswer } from '../../wire/wire';
import type { Marketo } from '../client';
import { readAnswer, type Envelope } from './answer';
import { MarketoProblem } from './errors';
import { LONGEST_WAIT_MS } from './limits';
import { toWire, type MarketoRequest } from './request';

const ATTEMPTS = 4;

/** What Marketo's answer came to. */
type Outcome<Item> = { envelope: Envelope<Item> } | { problem: MarketoProblem };

/**
 * Makes one call: waits for its turn, renews a refused token once, repeats what may be repeated, and
 * sends a query that is too long for the address as a form.
 *
 * @throws MarketoProblem where Marketo answered but did not do it
 * @throws NoAnswer where no answer came; a `write` may have happened then
 * @throws Cancelled, SignInFailed
 */
export async function call<Item>(
	marketo: Marketo,
	request: MarketoRequest,
): Promise<Envelope<Item>> {
	const { wire } = marketo;
	let waitedMs = 0;
	const once = async (): Promise<Outcome<Item>> => {
		const answer = await send(marketo, request);
		try {
			const moment = { now: wire.now(), random: wire.random() };
			return { envelope: readAnswer<Item>(answer, request, moment) };
		} catch (cause) {
			if (cause instanceof MarketoProblem) return { problem: cause };
			throw cause;
		}
	};
	const patient = {
		random: () => wire.random(),
		sleep: async (milliseconds: number) => {
			waitedMs += milliseconds;
			await wire.sleep(milliseconds);
		},
	};
	const verdict = (attempt: Attempt<Outcome<Item>>): Verdict => {
		const asked = mayRepeat(attempt, request);
		return asked.again && waitedMs + (asked.afterMs ?? 0) > LONGEST_WAIT_MS
			? { again: false }
			: asked;
	};
	const outcome = await repeat(patient, once, verdict, {
		attempts: ATTEMPTS,
		longestWaitMs: LONGEST_WAIT_MS / 2,
	});
	if ('problem' in outcome) throw outcome.problem;
	return outcome.envelope;
}

/** One answer, with a new token where Marketo refused ours, and as a form where the address was too long. */
async function send(marketo: Marketo, request: MarketoRequest): Promise<WireAnswer> {
	const { wire } = marketo;
	await wire.pace.take();
	let wireRequest = toWire(request);
	let answer = await wire.send(wireRequest);
	if (answer.status === 414 && request.takesForm) {
		wireRequest = toWire(request, true);
		await wire.pace.take();
		answer = await wire.send(wireRequest);
	}
	if (!refusesToken(answer)) return answer;
	// Marketo hands out one token per custom service until it ends, so a second refusal is a matter
	// of set-up and is not answered with a third token.
	await wire.pace.take();
	return await wire.send(wireRequest, { freshToken: true });
}

function refusesToken(answer: WireAnswer): boolean {
	const errors = (answer.body as { errors?: Array<{ code?: unknown }> } | null | undefined)?.errors;
	return Array.isArray(errors) && ['600', '601', '602'].includes(String(errors[0]?.code));
}

function mayRepeat(attempt: Attempt<Outcome<unknown>>, request: MarketoRequest): Verdict {
	const isRead = request.effect === 'read';
	if ('noAnswer' in attempt) {
		return { again: mayPass(attempt.noAnswer) && (isRead || neverArrived(attempt.noAnswer)) };
	}
	if ('envelope' in attempt.answer) return { again: false };
	const { reaction, details } = attempt.answer.problem;
	const again =
		reaction === 'again' || reaction === 'throttled' || (reaction === 'ambiguous' && isRead);
	return again ? { again, afterMs: details.afterMs } : { again };
}

function neverArrived(noAnswer: NoAnswer): boolean {
	return noAnswer.reachedServer === 'no';
}
