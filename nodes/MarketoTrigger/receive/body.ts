import { isUtf8 } from 'node:buffer';

import { sleep } from 'n8n-workflow';

import { Refused } from './refused';

const LONGEST_MS = 30_000;

/** A request of n8n's server. It has the raw body where n8n has read it already. */
export interface Request {
	method: string;
	path: string;
	headers: Record<string, string | string[] | undefined>;
	rawBody?: Buffer;
	on(event: 'data', listener: (part: Buffer) => void): unknown;
	on(event: 'end' | 'error' | 'aborted', listener: () => void): unknown;
	resume(): unknown;
}

/**
 * The body as text, read up to `limit` bytes. n8n is told to leave it alone (see the hidden parameter
 * of the node), because it would refuse JSON that Marketo breaks with empty tokens, and would read any
 * stranger's body.
 *
 * @throws Refused 413 too large, 415 compressed or not UTF-8, 400 cut off, 408 not there in time
 */
export async function readBody(request: Request, limit: number): Promise<string> {
	const tooLarge = () =>
		new Refused(413, `The body is larger than ${Math.floor(limit / 1024 / 1024)} MB`);
	const encoding = String(request.headers['content-encoding'] ?? 'identity').toLowerCase();
	if (encoding !== 'identity') throw new Refused(415, 'The body is compressed: send it as it is');
	if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge();
	const bytes = request.rawBody ?? (await inTime(received(request, limit)));
	if (bytes === undefined || bytes.length > limit) throw tooLarge();
	if (!isUtf8(bytes)) throw new Refused(415, 'The body is not UTF-8 text');
	return bytes.toString('utf8');
}

/** Marketo gives up after 30 seconds. Whoever never ends a body would take up room for ever. */
async function inTime<Result>(bytes: Promise<Result>): Promise<Result> {
	const over = new AbortController();
	const late = sleep(LONGEST_MS, over.signal).then(() => {
		throw new Refused(408, `The body was not complete within ${LONGEST_MS / 1000} seconds`);
	});
	try {
		return await Promise.race([bytes, late]);
	} finally {
		over.abort();
		late.catch(() => undefined);
		bytes.catch(() => undefined);
	}
}

/** Undefined when there is more than `limit`; the rest is let run out unread. */
async function received(request: Request, limit: number): Promise<Buffer | undefined> {
	return await new Promise((resolve, reject) => {
		const parts: Buffer[] = [];
		let size = 0;
		request.on('data', (part: Buffer) => {
			size += part.length;
			if (size > limit) {
				parts.length = 0;
				resolve(undefined);
				return;
			}
			parts.push(part);
		});
		request.on('end', () => resolve(Buffer.concat(parts)));
		const cutOff = () => reject(new Refused(400, 'The call was cut off'));
		request.on('error', cutOff);
		request.on('aborted', cutOff);
		request.resume();
	});
}
