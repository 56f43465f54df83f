import type { WireAnswer } from '../wire/wire';

/** Dataverse's own clock when it answered (HTTP `Date`), ISO 8601; null where the header is missing. */
export function serverTimeOf(answer: Pick<WireAnswer, 'headers'>): string | null {
	const time = Date.parse(answer.headers.date ?? '');
	return Number.isNaN(time) ? null : new Date(time).toISOString();
}
