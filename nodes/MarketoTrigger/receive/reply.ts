import { Refused } from './refused';

/** What a call is answered. */
export interface Reply {
	status: number;
	body: object | string;
	/** Of a text body; objects go out as JSON. */
	type?: string;
	headers?: Record<string, string>;
}

/** The part of n8n's response that is used. */
export interface Response {
	headersSent: boolean;
	status(code: number): unknown;
	setHeader(name: string, value: string): unknown;
	end(body: string): unknown;
}

export function replyTo(refused: Refused): Reply {
	return {
		status: refused.status,
		body: { error: refused.message },
		headers: {
			...(refused.retryAfter !== undefined && { 'Retry-After': String(refused.retryAfter) }),
			// The rest of a body that is too large, or late, is not waited for.
			...([408, 413].includes(refused.status) && { Connection: 'close' }),
		},
	};
}

export function sendReply(response: Response, { status, body, type, headers }: Reply): void {
	if (response.headersSent) return;
	response.status(status);
	for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
	response.setHeader(
		'Content-Type',
		typeof body === 'string'
			? (type ?? 'text/plain; charset=utf-8')
			: 'application/json; charset=utf-8',
	);
	response.setHeader('Cache-Control', 'no-store');
	response.setHeader('X-Content-Type-Options', 'nosniff');
	response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
