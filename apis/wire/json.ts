/**
 * The body of an answer as data: parsed where the text is JSON, else the text as it is. Vendors'
 * gateways answer with HTML or nothing when they fail, so this never throws.
 */
export function parseBody(text: unknown): unknown {
	if (typeof text !== 'string') return text;
	const trimmed = text.replace(/^\uFEFF/, '').trim();
	if (!/^[[{"\dtfn-]/.test(trimmed)) return text;
	try {
		return JSON.parse(trimmed) as unknown;
	} catch {
		return text;
	}
}

/** A plain object, so that its keys can be looked at. */
export function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
