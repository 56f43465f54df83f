import { HELD_BACK, NoAnswer } from './wire';

/** Failures to connect: the request was never written to a connection. */
const NEVER_ARRIVED = new Set([
	'ECONNREFUSED',
	'ENOTFOUND',
	'EAI_AGAIN',
	'EAI_FAIL',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'ENETDOWN',
]);

/** TLS and proxy set-up: never arrived either, and will not arrive the next time. */
const HANDSHAKE = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO$)/;

/** Turns what Node says about a broken connection into `NoAnswer`, erring towards "it may have arrived". */
export function noAnswerFor(failure: {
	code?: string;
	syscall?: string;
	message: string;
}): NoAnswer {
	const code = failure.code ?? '';
	const never =
		NEVER_ARRIVED.has(code) ||
		HANDSHAKE.test(code) ||
		(code === 'ETIMEDOUT' && failure.syscall === 'connect');
	return new NoAnswer(failure.message, never ? 'no' : 'maybe', failure.code);
}

/** Whether the same request may get through a little later. A wrong certificate will not, nor what was held back. */
export function mayPass({ code = '' }: NoAnswer): boolean {
	return !HANDSHAKE.test(code) && code !== 'NOT_ALLOWED' && code !== HELD_BACK;
}
