import { DataverseError, queryError } from './errors';
import { tokenize, type Token } from './filterTokens';
import type { Json } from './metadataJson';

/** `$select` over JSON: the named parts and those that are always there. */
export function selectJson(item: Json, select: string | null, always: readonly string[]): Json {
	if (!select) return item;
	const names = select.split(',').map((name) => name.trim());
	const shown: Json = {};
	if ('@odata.type' in item) shown['@odata.type'] = item['@odata.type'];
	for (const name of names) if (name in item) shown[name] = item[name];
	for (const name of always) if (name in item) shown[name] = item[name];
	return shown;
}

/**
 * A `$filter` over JSON: comparisons of a path with a literal or an enumeration member, joined by
 * and, or, not and parentheses. Text functions are refused, as for schema queries they are.
 */
export function filterJson(text: string): (item: Json) => boolean {
	const tokens = tokenize(text);
	let index = 0;
	const next = (): Token => tokens[Math.min(index++, tokens.length - 1)]!;
	const take = (word: string): boolean => {
		if (tokens[index]!.text !== word || tokens[index]!.kind === 'string') return false;
		index++;
		return true;
	};
	const wrong = (token: Token) => queryError(`Syntax error at position ${token.at} in '${text}'.`);

	const either = (): ((item: Json) => boolean) => {
		let left = both();
		while (take('or')) {
			const [one, other] = [left, both()];
			left = (item) => one(item) || other(item);
		}
		return left;
	};
	const both = (): ((item: Json) => boolean) => {
		let left = single();
		while (take('and')) {
			const [one, other] = [left, single()];
			left = (item) => one(item) && other(item);
		}
		return left;
	};
	const single = (): ((item: Json) => boolean) => {
		if (take('not')) {
			const inner = single();
			return (item) => !inner(item);
		}
		if (take('(')) {
			const inner = either();
			if (!take(')')) throw wrong(tokens[index]!);
			return inner;
		}
		const path = next();
		if (['contains', 'startswith', 'endswith'].includes(path.text)) {
			throw new DataverseError(
				501,
				'0x80060888',
				`The function ${path.text} is not supported on schema definitions.`,
			);
		}
		const operator = next();
		if (path.kind !== 'name' || !/^(eq|ne|gt|ge|lt|le)$/.test(operator.text)) throw wrong(path);
		const wanted = literal();
		return (item) => compare(valueAt(item, path.text), operator.text, wanted);
	};
	const literal = (): unknown => {
		const token = next();
		if (token.kind === 'string') return token.text.slice(1, -1).replace(/''/g, "'");
		if (token.kind === 'number') return Number(token.text);
		if (token.text === 'null') return null;
		if (token.text === 'true' || token.text === 'false') return token.text === 'true';
		if (token.kind === 'guid') return token.text.toLowerCase();
		if (token.text.startsWith('Microsoft.Dynamics.CRM.')) return literal();
		throw wrong(token);
	};
	const filter = either();
	if (tokens[index]!.kind !== 'end') throw wrong(tokens[index]!);
	return filter;
}

function valueAt(item: Json, path: string): unknown {
	const [first = '', ...rest] = path.split('/');
	if (!(first in item)) {
		throw queryError(
			`Could not find a property named '${first}' on type 'Microsoft.Dynamics.CRM.EntityMetadata'.`,
		);
	}
	let value: unknown = item[first];
	for (const name of rest) value = (value as Json | null)?.[name];
	return value;
}

function compare(value: unknown, operator: string, wanted: unknown): boolean {
	if (operator === 'eq') return value === wanted;
	if (operator === 'ne') return value !== wanted;
	if (typeof value !== 'number' || typeof wanted !== 'number') return false;
	return { gt: value > wanted, ge: value >= wanted, lt: value < wanted, le: value <= wanted }[
		operator
	]!;
}

/** `$expand=A($select=x;$filter=y),B` as names with their options. */
export function parseExpands(text: string | null): Map<string, Map<string, string>> {
	const expands = new Map<string, Map<string, string>>();
	for (const part of splitOutside(text ?? '', ',')) {
		const found = /^\s*(\w+)\s*(?:\(([^]*)\))?\s*$/.exec(part);
		if (!found) continue;
		const options = splitOutside(found[2] ?? '', ';').map((option) => {
			const at = option.indexOf('=');
			return [option.slice(0, at).trim(), option.slice(at + 1).trim()] as const;
		});
		expands.set(found[1]!, new Map(options));
	}
	return expands;
}

function splitOutside(text: string, mark: string): string[] {
	const parts: string[] = [];
	let depth = 0;
	let start = 0;
	for (let index = 0; index <= text.length; index++) {
		const character = text[index];
		if (character === '(') depth++;
		else if (character === ')') depth--;
		else if (character === undefined || (character === mark && depth === 0)) {
			if (text.slice(start, index).trim()) parts.push(text.slice(start, index));
			start = index + 1;
		}
	}
	return parts;
}
