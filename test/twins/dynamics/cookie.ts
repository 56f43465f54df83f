import { queryError } from './errors';
import { isGuid } from './text';

/** Where a paged read stands: what its last row had in each column of the order. */
export interface Cookie {
	/** Number of the page the link leads to; the first is 1. */
	readonly page: number;
	readonly tracking: boolean;
	/** Column → last value; null for none. */
	readonly last: ReadonlyMap<string, string | null>;
	/** The same of the page's first row; Dataverse writes it, nobody reads it. */
	readonly first?: ReadonlyMap<string, string | null>;
}

/** The `$skiptoken` of a cookie, encoded as Dataverse writes it: the inner cookie twice. */
export function encodeCookie(cookie: Cookie): string {
	const parts = [...cookie.last].map(([name, value]) =>
		value === null
			? `<${name} lastnull="1" firstnull="1" />`
			: `<${name} last="${shown(value)}"${firstOf(cookie, name)} />`,
	);
	const inner = `<cookie page="${cookie.page - 1}">${parts.join('')}</cookie>`;
	const twice = lowerEscapes(encodeURIComponent(inner)).replace(/%/g, '%25');
	const tracking = cookie.tracking ? 'True' : 'False';
	return `%3Ccookie%20pagenumber=%22${cookie.page}%22%20pagingcookie=%22${twice}%22%20istracking=%22${tracking}%22%20/%3E`;
}

/** Reads a `$skiptoken` (decoded once, as a query parameter). @throws DataverseError when it was tampered with. */
export function decodeCookie(text: string): Cookie {
	const outer =
		/^<cookie pagenumber="(\d+)" pagingcookie="([^"]*)" istracking="(True|False)" \/>$/.exec(text);
	const inner = outer && decoded(outer[2]!);
	if (!outer || !inner?.startsWith('<cookie page="')) {
		throw queryError('Malformed XML in the Paging Cookie', '0x80041129');
	}
	const last = new Map<string, string | null>();
	for (const [, name, , value] of inner.matchAll(/<(\w+) (last="([^"]*)"|lastnull="1")/g)) {
		last.set(name!, value === undefined ? null : unshown(value));
	}
	return { page: Number(outer[1]), tracking: outer[3] === 'True', last };
}

function firstOf({ first }: Cookie, name: string): string {
	const value = first?.get(name);
	return value === null || value === undefined ? '' : ` first="${shown(value)}"`;
}

/** GUIDs stand in braces and capitals. */
function shown(value: string): string {
	return isGuid(value) ? `{${value.toUpperCase()}}` : escapeXml(value);
}

function unshown(text: string): string {
	const id = text.startsWith('{') ? text.slice(1, -1) : '';
	return isGuid(id) ? id.toLowerCase() : unescapeXml(text);
}

function decoded(text: string): string | undefined {
	try {
		return decodeURIComponent(text);
	} catch {
		return undefined;
	}
}

function lowerEscapes(text: string): string {
	return text.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
}

function escapeXml(text: string): string {
	return text
		.replace(/&/g, '&amp;')
		.replace(/</g, '&lt;')
		.replace(/>/g, '&gt;')
		.replace(/"/g, '&quot;');
}

function unescapeXml(text: string): string {
	return text
		.replace(/&quot;/g, '"')
		.replace(/&gt;/g, '>')
		.replace(/&lt;/g, '<')
		.replace(/&amp;/g, '&');
}
