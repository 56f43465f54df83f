import { queryError } from './errors';

export interface Token {
	readonly kind: 'name' | 'string' | 'number' | 'date' | 'guid' | 'mark' | 'json' | 'end';
	readonly text: string;
	readonly at: number;
}

const PATTERNS: readonly (readonly [Token['kind'], RegExp])[] = [
	['guid', /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\w-])/iy],
	['date', /\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?/iy],
	['number', /-?\d+(\.\d+)?([eE][+-]?\d+)?[dfmlDFML]?/y],
	['string', /'(?:[^']|'')*'/y],
	['name', /[@$A-Za-z_][\w./@]*/y],
	['mark', /[(),=:]/y],
];

/** Cuts a filter into words. A list in square brackets is one word. */
export function tokenize(text: string): Token[] {
	const tokens: Token[] = [];
	let at = 0;
	while (at < text.length) {
		if (/\s/.test(text[at]!)) {
			at++;
			continue;
		}
		if (text[at] === '[') {
			const end = endOfList(text, at);
			tokens.push({ kind: 'json', text: text.slice(at, end), at });
			at = end;
			continue;
		}
		const token = nextToken(text, at);
		tokens.push(token);
		at += token.text.length;
	}
	tokens.push({ kind: 'end', text: '', at });
	return tokens;
}

function nextToken(text: string, at: number): Token {
	for (const [kind, pattern] of PATTERNS) {
		pattern.lastIndex = at;
		const found = pattern.exec(text);
		if (found) return { kind, text: found[0], at };
	}
	if (text[at] === "'") {
		throw queryError(`There is an unterminated string literal at position ${at} in '${text}'.`);
	}
	throw queryError(
		`Syntax error: character '${text[at]}' is not valid at position ${at} in '${text}'.`,
	);
}

function endOfList(text: string, start: number): number {
	let quote = '';
	for (let index = start; index < text.length; index++) {
		const character = text[index]!;
		if (quote) {
			if (character === '\\' && quote === '"') index++;
			else if (character === quote) quote = '';
		} else if (character === '"' || character === "'") quote = character;
		else if (character === ']') return index + 1;
	}
	throw queryError(`Syntax error: the list at position ${start} has no end in '${text}'.`);
}
