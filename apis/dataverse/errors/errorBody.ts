import { isObject } from '../../wire/json';

/** The two things every error body says in some form. Empty strings where it does not. */
export interface ErrorBody {
	/** `0x8…`, lower case. */
	code: string;
	message: string;
}

/**
 * Reads every shape of error body that Dataverse is known to send: the OData `error` object (its code
 * may be empty), the batch layer's `Message`/`ExceptionMessage`, bare text, and a gateway's HTML.
 */
export function readErrorBody(body: unknown): ErrorBody {
	if (isObject(body)) {
		const error = body.error;
		if (isObject(error)) {
			return { code: hexCode(error.code), message: text(error.message) || innerMessage(error) };
		}
		if (typeof error === 'string') return { code: '', message: error };
		return {
			code: hexCode(body.ErrorCode ?? body.code),
			message: text(body.ExceptionMessage) || text(body.Message) || text(body.message),
		};
	}
	return { code: '', message: typeof body === 'string' ? withoutHtml(body) : '' };
}

/** Codes come as `0x80040217`, sometimes as the signed number -2147220969. */
function hexCode(code: unknown): string {
	if (typeof code === 'number' || (typeof code === 'string' && /^-\d+$/.test(code))) {
		return `0x${(Number(code) >>> 0).toString(16).padStart(8, '0')}`;
	}
	return typeof code === 'string' ? code.toLowerCase() : '';
}

function innerMessage(error: Record<string, unknown>): string {
	return isObject(error.innererror) ? text(error.innererror.message) : '';
}

function withoutHtml(body: string): string {
	const title = /<title[^>]*>([^<]*)<\/title>/i.exec(body)?.[1];
	const plain = title ?? body.replace(/<[^>]*>/g, ' ');
	return plain.replace(/\s+/g, ' ').trim().slice(0, 300);
}

function text(value: unknown): string {
	return typeof value === 'string' ? value.trim() : '';
}
