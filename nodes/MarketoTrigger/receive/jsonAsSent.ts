import { Refused } from './refused';

/**
 * A flat JSON object as Marketo fills it in from a payload template. Tokens leave gaps (`"id": ,`), and
 * with the encoding "None" values hold line breaks and quotes that nobody escaped. What strict JSON is,
 * is read as that.
 *
 * @returns undefined where it is no object at all
 */
export function jsonAsSent(text: string): Record<string, unknown> | undefined {
	const strict = strictJson(text);
	if (strict !== undefined) return isObject(strict) ? strict : undefined;
	return readLoosely(text);
}

/** Undefined for what is no JSON. */
export function strictJson(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

/** A list or an object as JSON text, so that it fits one column. @throws Refused 400 where it is nested beyond all measure */
export function nestedAsText(value: object): string {
	const text = shallowText(value);
	if (text === undefined) throw new Refused(400, 'A value is nested too deeply');
	return text;
}

function shallowText(value: object): string | undefined {
	try {
		return JSON.stringify(value);
	} catch {
		return undefined;
	}
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A name with its colon, sticking to the last place. */
const NAME = /\s*(?:,\s*)?"([^"\\\r\n]{1,200})"\s*:\s*/y;
/** What may follow the quote that really ends a value: the next name, or the end. */
const ENDS_VALUE = /\s*(?:,\s*(?:"[^"\\\r\n]{1,200}"\s*:|\}\s*$)|\}\s*$)/y;
/** An unquoted value: a number, a word, or nothing. */
const BARE = /[^,"{}[\]]*/y;

function readLoosely(text: string): Record<string, unknown> | undefined {
	const open = /^\s*\{/.exec(text);
	if (!open || !/\}\s*$/.test(text)) return undefined;
	const found = new Map<string, unknown>();
	let at = open[0].length;
	for (;;) {
		NAME.lastIndex = at;
		const name = NAME.exec(text);
		if (!name) break;
		at = NAME.lastIndex;
		const value = text[at] === '"' ? quoted(text, at) : bare(text, at);
		if (!value) return undefined;
		// The first one stands: a value that looks like more names cannot replace what came before it.
		if (!found.has(name[1]!)) found.set(name[1]!, value.value);
		at = value.end;
	}
	return /^\s*(?:,\s*)?\}\s*$/.test(text.slice(at)) ? Object.fromEntries(found) : undefined;
}

function quoted(text: string, start: number): { value: string; end: number } | undefined {
	for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
		ENDS_VALUE.lastIndex = at + 1;
		if (ENDS_VALUE.test(text)) return { value: unescaped(text.slice(start + 1, at)), end: at + 1 };
	}
	return undefined;
}

/** What was escaped is read so; a backslash that a person typed stays one. */
function unescaped(raw: string): string {
	const clean = strictJson(
		`"${raw.replace(/\r/g, '\\r').replace(/\n/g, '\\n').replace(/\t/g, '\\t')}"`,
	);
	if (typeof clean !== 'string') return raw;
	return [...clean].some((sign) => sign < ' ' && !'\r\n\t'.includes(sign)) ? raw : clean;
}

function bare(text: string, start: number): { value: unknown; end: number } {
	BARE.lastIndex = start;
	const raw = BARE.exec(text)![0].trim();
	const value = raw === '' ? null : (strictJson(raw) ?? (raw === 'null' ? null : raw));
	return { value, end: BARE.lastIndex };
}
