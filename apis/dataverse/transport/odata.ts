import { wellFormed } from '../../wire/wellFormed';
import { DataverseProblem } from '../errors/problem';

const GUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/** Whether the text is a GUID, in the hyphenated form that the Web API takes. */
export function isGuid(text: string): boolean {
	return GUID.test(text);
}

/**
 * A GUID as it goes into URLs and filters: without braces, lower case. Refuses everything else, so that
 * an id can never smuggle anything into a URL.
 *
 * @throws DataverseProblem of kind `refused`
 */
export function guid(text: string): string {
	const bare = text.trim().replace(/^\{(.*)\}$/, '$1');
	if (isGuid(bare)) return bare.toLowerCase();
	throw new DataverseProblem({
		kind: 'refused',
		status: 0,
		code: '',
		reason: `"${text.slice(0, 60)}" is not a record ID`,
		remedy: 'Use the GUID of the row, e.g. 60c4e274-0d87-e711-80e5-00155db19e6d',
	});
}

/** A text literal: quotes doubled (OData 4.0, ABNF `SQUOTE-in-string`). */
export function textLiteral(text: string): string {
	return `'${text.replace(/'/g, "''")}'`;
}

/** `leads(60c4…)` */
export function rowPath(set: string, id: string): string {
	return `${set}(${guid(id)})`;
}

/**
 * `contacts(mkto_personid='123')`: a row by the columns of an alternate key.
 * Numbers and GUID values go bare, texts quoted.
 */
export function keyPath(set: string, key: Record<string, string | number>): string {
	const parts = Object.entries(key).map(([column, value]) => {
		const literal = typeof value === 'number' ? String(value) : textLiteral(value);
		return `${column}=${encodeURIComponent(wellFormed(literal))}`;
	});
	return `${set}(${parts.join(',')})`;
}

/**
 * Signs that Microsoft says cannot stand in a key value of a URL; such a row has to be looked up by a
 * filter instead ("Define alternate keys").
 */
export function fitsInKeyPath(value: string | number): boolean {
	return typeof value === 'number' || !/[/<>*%&:\\?+]/.test(value);
}

/** A `Prefer` header out of its preferences: Dataverse wants them in one header. */
export function prefer(...preferences: Array<string | false | undefined>): Record<string, string> {
	const wanted = preferences.filter(Boolean);
	return wanted.length > 0 ? { Prefer: wanted.join(',') } : {};
}
