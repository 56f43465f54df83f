import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { DataverseError, errorBody, payloadError } from './errors';
import type { ApiAnswer, ApiCall } from './session';

/** An operation inside a batch. */
export interface BatchOperation {
	readonly method: string;
	/** As written: absolute, from the host's root, or below the service root. */
	readonly url: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
	readonly contentId?: string;
}

/** A single operation, or a change set: several that take effect together. */
export type BatchPart =
	| { readonly kind: 'single'; readonly operation: BatchOperation }
	| { readonly kind: 'changeSet'; readonly operations: readonly BatchOperation[] };

/** Takes a batch body apart. @throws DataverseError when it is no multipart body */
export function parseBatch(contentType: string | undefined, body: string): BatchPart[] {
	const boundary = boundaryOf(contentType);
	if (!boundary) {
		throw new DataverseError(
			400,
			'0x0',
			'Invalid multipart content: the Content-Type header of a batch request must be multipart/mixed with a boundary.',
		);
	}
	// Without CRLF a part's body is only found when the batch ends with empty lines.
	const readable = body.includes('\r\n') || /\n\n$/.test(body);
	return splitParts(body, boundary).map((part) => {
		const { headers, rest } = splitHeaders(part);
		const inner = boundaryOf(headers['content-type']);
		if (!inner) return { kind: 'single', operation: parseOperation(headers, rest, readable) };
		const operations = splitParts(rest, inner).map((nested) => {
			const { headers: outer, rest: http } = splitHeaders(nested);
			if (boundaryOf(outer['content-type'])) {
				throw new DataverseError(400, '0x0', 'A change set cannot contain another change set.');
			}
			return parseOperation(outer, http, readable);
		});
		return { kind: 'changeSet', operations };
	});
}

/** How many operations the limit counts. */
export function operationsIn(parts: readonly BatchPart[]): number {
	return parts.reduce(
		(sum, part) => sum + (part.kind === 'single' ? 1 : part.operations.length),
		0,
	);
}

/** Runs one operation of a batch; errors come back as answers. */
export type RunOperation = (operation: BatchOperation) => Promise<ApiAnswer>;

/** Runs all operations of a change set as one; throws when any of them failed. */
export type RunChangeSet = (operations: readonly BatchOperation[]) => Promise<ApiAnswer[]>;

/** Runs a batch part by part and writes the answer as Dataverse does. */
export async function runBatch(
	parts: readonly BatchPart[],
	continueOnError: boolean,
	runOne: RunOperation,
	runSet: RunChangeSet,
): Promise<ApiAnswer> {
	const boundary = `batchresponse_${randomUUID()}`;
	const chunks: string[] = [];
	let failed = false;
	let records = 0;
	for (const part of parts) {
		if (failed && !continueOnError) break;
		if (part.kind === 'single') {
			const answer = await runOne(part.operation);
			failed ||= answer.status >= 400;
			records += answer.records ?? 1;
			chunks.push(`--${boundary}\r\n${writeAnswer(answer)}`);
			continue;
		}
		try {
			const answers = await runSet(part.operations);
			records += answers.length;
			chunks.push(`--${boundary}\r\n${writeChangeSet(part.operations, answers)}`);
		} catch (error) {
			if (!(error instanceof DataverseError)) throw error;
			failed = true;
			chunks.push(`--${boundary}\r\n${writeAnswer(answerOf(error))}`);
		}
	}
	return {
		status: failed && !continueOnError ? 400 : 200,
		headers: { 'Content-Type': `multipart/mixed; boundary=${boundary}`, 'OData-Version': '4.0' },
		body: `${chunks.join('')}--${boundary}--`,
		records,
	};
}

/** An error as the answer of a part. */
export function answerOf(error: DataverseError, annotated = false): ApiAnswer {
	return {
		status: error.status,
		headers: {
			REQ_ID: randomUUID(),
			'Content-Type': 'application/json; odata.metadata=minimal',
			'OData-Version': '4.0',
			...error.headers,
		},
		body: errorBody(error, annotated),
	};
}

function writeChangeSet(
	operations: readonly BatchOperation[],
	answers: readonly ApiAnswer[],
): string {
	const boundary = `changesetresponse_${randomUUID()}`;
	const chunks = answers.map(
		(answer, index) => `--${boundary}\r\n${writeAnswer(answer, operations[index]?.contentId)}`,
	);
	return `Content-Type: multipart/mixed; boundary=${boundary}\r\n\r\n${chunks.join('')}--${boundary}--\r\n`;
}

function writeAnswer(answer: ApiAnswer, contentId?: string): string {
	const headers = Object.entries(answer.headers ?? {}).map(
		([name, value]) => `${name}: ${value}\r\n`,
	);
	const body = typeof answer.body === 'object' ? JSON.stringify(answer.body) : (answer.body ?? '');
	return [
		'Content-Type: application/http\r\n',
		'Content-Transfer-Encoding: binary\r\n',
		contentId === undefined ? '' : `Content-ID: ${contentId}\r\n`,
		'\r\n',
		`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}\r\n`,
		...headers,
		'\r\n',
		`${body}\r\n`,
	].join('');
}

function boundaryOf(contentType: string | undefined): string | undefined {
	if (!/^\s*multipart\/mixed/i.test(contentType ?? '')) return undefined;
	const found = /boundary\s*=\s*(?:"([^"]+)"|([^;\s]+))/i.exec(contentType!);
	return found?.[1] ?? found?.[2];
}

/** What stands between the delimiter lines; a part without a closing line after it is lost. */
function splitParts(body: string, boundary: string): string[] {
	const marker = `--${boundary}`;
	const parts: string[] = [];
	let start = body.indexOf(marker);
	while (start >= 0) {
		const afterMarker = start + marker.length;
		if (body.startsWith('--', afterMarker)) break;
		const next = body.indexOf(`\n${marker}`, afterMarker);
		if (next < 0) break;
		parts.push(body.slice(afterMarker, next + 1).replace(/^[ \t]*\r?\n/, ''));
		start = next + 1;
	}
	return parts;
}

function splitHeaders(text: string): { headers: Record<string, string>; rest: string } {
	const end = /\r?\n[ \t]*\r?\n/.exec(text);
	const head = end ? text.slice(0, end.index) : text;
	const headers: Record<string, string> = {};
	for (const line of head.split(/\r?\n/)) {
		const at = line.indexOf(':');
		if (at > 0) headers[line.slice(0, at).trim().toLowerCase()] = line.slice(at + 1).trim();
	}
	return { headers, rest: end ? text.slice(end.index + end[0].length) : '' };
}

function parseOperation(
	outer: Readonly<Record<string, string>>,
	text: string,
	readable: boolean,
): BatchOperation {
	const lineEnd = text.search(/\r?\n/);
	const first = (lineEnd < 0 ? text : text.slice(0, lineEnd)).trim();
	const found = /^(GET|POST|PATCH|PUT|DELETE)\s+(\S.*?)\s+HTTP\/1\.[01]$/i.exec(first);
	if (!found) {
		throw new DataverseError(400, '0x0', `Invalid HTTP request line in a batch part: '${first}'.`);
	}
	const after = lineEnd < 0 ? '' : text.slice(lineEnd).replace(/^\r?\n/, '');
	const { headers, rest } = splitHeaders(
		after.startsWith('\r\n') || after.startsWith('\n') ? `\n${after}` : after,
	);
	const body = rest.replace(/(\r?\n)+$/, '');
	if (body !== '' && !readable) {
		throw payloadError(setIn(found[2]!), 'System.ArgumentException: Stream was not readable.');
	}
	const contentId = outer['content-id'] ?? headers['content-id'];
	return {
		method: found[1]!.toUpperCase(),
		url: found[2]!,
		headers,
		body,
		...(contentId !== undefined && { contentId }),
	};
}

function setIn(url: string): string {
	return /(?:^|\/)(\w+)(?:\([^/]*\))?(?:\?|$)/.exec(url)?.[1] ?? '';
}

/** A batch operation as a call below the service root. */
export function callOf(operation: BatchOperation, outer: ApiCall): ApiCall {
	const withoutHost = operation.url.replace(/^https?:\/\/[^/]+/i, '');
	const below = withoutHost.replace(/^\/api\/data\/v9\.\d\//i, '').replace(/^\//, '');
	const mark = below.indexOf('?');
	const rawQuery = mark < 0 ? '' : below.slice(mark + 1);
	return {
		method: operation.method,
		path: mark < 0 ? below : below.slice(0, mark),
		rawQuery,
		query: new URLSearchParams(rawQuery),
		headers: { ...inherited(outer), ...operation.headers },
		body: operation.body,
	};
}

/** Headers of the batch that hold for its parts as well. */
function inherited(outer: ApiCall): Record<string, string | undefined> {
	const names = Object.keys(outer.headers).filter((name) => name.startsWith('mscrm.'));
	return Object.fromEntries(names.map((name) => [name, outer.headers[name]]));
}
