import { wireName, type DataverseColumn } from '../metadata/table';
import { guid, isGuid, textLiteral } from '../transport/odata';
import { DataverseProblem } from '../errors/problem';
import { toPlain } from '../values/toWire';

export type Operator =
	| 'eq'
	| 'ne'
	| 'gt'
	| 'ge'
	| 'lt'
	| 'le'
	| 'contains'
	| 'startswith'
	| 'endswith'
	| 'empty'
	| 'notEmpty';

const TEXT_FUNCTIONS = new Set<Operator>(['contains', 'startswith', 'endswith']);
const TEXT_TYPES = new Set(['String', 'Memo']);

/**
 * One condition of a `$filter`, with the value checked against its column and escaped. In text, `%`, `_`
 * and `[` are wildcards for Dataverse in the text functions; they are bracketed so that they mean
 * themselves.
 *
 * @throws DataverseProblem of kind `refused` where operator or value do not fit the column
 */
export function condition(column: DataverseColumn, operator: Operator, value: unknown): string {
	const name = wireName(column);
	if (operator === 'empty') return `${name} eq null`;
	if (operator === 'notEmpty') return `${name} ne null`;
	if (TEXT_FUNCTIONS.has(operator)) {
		if (!TEXT_TYPES.has(column.type)) throw doesNotFit(column, `"${operator}" only works on text`);
		return textFunction(operator, name, String(value ?? ''));
	}
	if (value === null || value === undefined || value === '') {
		throw doesNotFit(column, 'The value is empty; use "Is Empty" or "Is Not Empty"');
	}
	return `${name} ${operator} ${literal(column, value)}`;
}

/** Rows whose text column has the text in it, whatever the case. For columns that every environment has. */
export function textContains(column: string, text: string): string {
	return textFunction('contains', column, text);
}

/** Conditions joined; undefined where there are none. */
export function conditions(parts: string[], joinedBy: 'and' | 'or'): string | undefined {
	if (parts.length === 0) return undefined;
	return parts.map((part) => (parts.length > 1 ? `(${part})` : part)).join(` ${joinedBy} `);
}

/** Rows whose column is one of the values (query function `In`). Ids only, which need no escaping. */
export function idIn(column: string, ids: string[]): string {
	const list = ids.map((id) => `"${guid(id)}"`).join(',');
	return `Microsoft.Dynamics.CRM.In(PropertyName='${column}',PropertyValues=[${list}])`;
}

/**
 * Rows whose text column is one of the texts (query function `In`: a JSON list inside the URL). No quote of
 * a text stands there as it is: whoever reads the filter before the list might take it for one of its own.
 */
export function textIn(column: string, texts: string[]): string {
	return `Microsoft.Dynamics.CRM.In(PropertyName='${column}',PropertyValues=[${texts.map(listed).join(',')}])`;
}

function listed(text: string): string {
	return JSON.stringify(text).replace(/'/g, '\\u0027');
}

function literal(column: DataverseColumn, value: unknown): string {
	if (column.targets || column.type === 'Uniqueidentifier') return guid(String(value));
	const plain = toPlain(column, value);
	if (column.type === 'MultiSelectPicklist') {
		throw doesNotFit(column, 'Multiple choices can only be compared with an OData filter');
	}
	if (typeof plain === 'string' && !TEXT_TYPES.has(column.type) && !isGuid(plain)) return plain;
	return typeof plain === 'string' ? textLiteral(plain) : String(plain);
}

function textFunction(operator: Operator, name: string, text: string): string {
	return `${operator}(${name},${textLiteral(withoutWildcards(text))})`;
}

function withoutWildcards(text: string): string {
	return text.replace(/[[%_]/g, (sign) => `[${sign}]`);
}

function doesNotFit(column: DataverseColumn, why: string): DataverseProblem {
	return new DataverseProblem({
		kind: 'refused',
		status: 0,
		code: '',
		field: column.name,
		reason: `The filter on "${column.label}" (${column.name}) cannot be used: ${why}`,
		remedy: 'Change the condition',
	});
}
