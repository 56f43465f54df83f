import { isObject } from '../../wire/json';
import type { WireAnswer } from '../../wire/wire';
import { DataverseProblem } from '../errors/problem';

/** A row as Dataverse wrote it, annotations and all. */
export type Row = Record<string, unknown>;

/** The row version, verbatim; undefined where the answer has none. */
export function versionOf(row: Row): string | undefined {
	const version = row['@odata.etag'];
	return typeof version === 'string' ? version : undefined;
}

/** The one row of an answer. @throws DataverseProblem where the answer is something else */
export function rowIn(answer: WireAnswer): Row {
	if (isObject(answer.body)) return answer.body;
	throw notDataverse(answer);
}

/** The list of an answer. @throws DataverseProblem where the answer is something else */
export function rowsIn(answer: WireAnswer): Row[] {
	if (isObject(answer.body) && Array.isArray(answer.body.value)) {
		return answer.body.value.filter(isObject);
	}
	throw notDataverse(answer);
}

/** A link annotation of an answer, e.g. `@odata.nextLink`. */
export function linkIn(answer: WireAnswer, annotation: string): string | undefined {
	const link = isObject(answer.body) ? answer.body[annotation] : undefined;
	return typeof link === 'string' ? link : undefined;
}

/** Dataverse's own clock when it answered (HTTP `Date`), ISO 8601; null where the header is missing. */
export function serverTimeOf(answer: Pick<WireAnswer, 'headers'>): string | null {
	const time = Date.parse(answer.headers.date ?? '');
	return Number.isNaN(time) ? null : new Date(time).toISOString();
}

function notDataverse(answer: WireAnswer): DataverseProblem {
	return new DataverseProblem({
		kind: 'setUp',
		status: answer.status,
		code: '',
		reason: 'The address answered, but not with the data that Dynamics 365 sends',
		remedy: 'Check the environment URL of the credential, and whether a proxy changes answers',
	});
}
