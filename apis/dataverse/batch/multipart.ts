/** One request inside a `$batch`. */
export interface BatchPart {
	method: 'GET' | 'PATCH' | 'POST' | 'DELETE';
	/** Absolute path with query, already percent-encoded: `/api/data/v9.2/leads(…)?$select=…` */
	path: string;
	headers?: Record<string, string>;
	body?: object;
}

/** One answer inside a batch answer. */
export interface PartAnswer {
	status: number;
	/** Lower-case names. */
	headers: Record<string, string>;
	/** The text of the body, empty where there is none. */
	text: string;
}

/** Most operations that Dataverse takes in one batch. */
export const LARGEST_BATCH = 1_000;

const CRLF = '\r\n';

/**
 * The body of a `$batch` without change sets (RFC 2046 multipart, CRLF throughout). Dataverse drops the
 * last part where the tail is not exact, so every part ends with an empty line.
 *
 * @param boundary must not occur in any part
 */
export function batchBody(parts: BatchPart[], boundary: string): string {
	const lines: string[] = [];
	for (const part of parts) {
		lines.push(
			`--${boundary}`,
			'Content-Type: application/http',
			'Content-Transfer-Encoding: binary',
			'',
			`${part.method} ${oneLine(part.path)} HTTP/1.1`,
			...headerLines(part),
			'',
			part.body === undefined ? '' : JSON.stringify(part.body),
		);
		if (part.body === undefined) lines.push('');
	}
	lines.push(`--${boundary}--`, '');
	return lines.join(CRLF);
}

/**
 * The answers inside a batch answer, in their order; answers inside a change set stand in its place.
 * Takes CRLF and bare LF. An answer that was cut off gives the parts that are whole.
 */
export function partsIn(body: string, contentType: string | undefined): PartAnswer[] {
	const boundary = boundaryIn(contentType) ?? /^\s*--([^\r\n]+)/.exec(body)?.[1];
	if (!boundary) return [];
	return sections(body, boundary).flatMap((section) => {
		const { headers, rest } = splitHead(section);
		const inner = boundaryIn(headers['content-type']);
		if (inner) return partsIn(rest, headers['content-type']);
		const answer = readAnswer(rest);
		return answer ? [answer] : [];
	});
}

function headerLines(part: BatchPart): string[] {
	const headers: Record<string, string> = { Accept: 'application/json', ...part.headers };
	if (part.body !== undefined) headers['Content-Type'] ??= 'application/json; charset=utf-8';
	return Object.entries(headers).map(([name, value]) => `${name}: ${oneLine(value)}`);
}

/** A line break in a header or path would start a header, or a request, of its own. */
function oneLine(text: string): string {
	return text.replace(/[\r\n]+/g, ' ');
}

function boundaryIn(contentType: string | undefined): string | undefined {
	const found = /multipart\/mixed;.*?boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType ?? '');
	return found?.[1] ?? found?.[2];
}

function sections(body: string, boundary: string): string[] {
	const escaped = boundary.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
	const pieces = body.split(new RegExp(`(?:^|\\r?\\n)--${escaped}(--)?[ \\t]*(?=\\r?\\n|$)`));
	// split() puts the captured "--" of the last delimiter between the pieces: after it comes nothing.
	const found: string[] = [];
	for (let index = 1; index + 1 < pieces.length; index += 2) {
		if (pieces[index] === '--') return found;
		const closed = index + 2 < pieces.length;
		if (closed) found.push(pieces[index + 1]!.replace(/^\r?\n/, ''));
	}
	return found;
}

function splitHead(text: string): { headers: Record<string, string>; rest: string } {
	const end = /\r?\n\r?\n/.exec(text);
	const head = end ? text.slice(0, end.index) : text;
	const rest = end ? text.slice(end.index + end[0].length) : '';
	const headers: Record<string, string> = {};
	for (const line of head.split(/\r?\n/)) {
		const colon = line.indexOf(':');
		if (colon > 0)
			headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
	}
	return { headers, rest };
}

function readAnswer(text: string): PartAnswer | undefined {
	const statusLine = /^\s*HTTP\/[\d.]+ (\d{3})[^\r\n]*(?:\r?\n|$)/.exec(text);
	if (!statusLine) return undefined;
	// Without headers the empty line follows at once.
	const { headers, rest } = splitHead(
		`${text.slice(statusLine[0].length)}`.replace(/^(?=\r?\n)/, ':'),
	);
	return { status: Number(statusLine[1]), headers, text: rest.trim() };
}
