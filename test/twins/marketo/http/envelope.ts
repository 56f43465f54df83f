import type { InjectedFault, TwinResponse } from '../../chassis';
import { reason, type Reason } from '../errors';
import type { Answer } from './call';

const JSON_TYPE = 'application/json;charset=UTF-8';

/** `<hex>#<milliseconds in hex>`, as the vendor's support wants it quoted. */
export function newRequestId(now: number, random: () => number): string {
	return `${Math.floor(1 + random() * 0x18000).toString(16)}#${now.toString(16)}`;
}

export function succeed(requestId: string, answer: Answer): TwinResponse {
	const { result, nextPageToken, moreResult, warnings, records } = answer;
	return jsonResponse(
		{
			requestId,
			...(result !== undefined && { result }),
			success: true,
			...(warnings !== undefined && { warnings }),
			...(nextPageToken !== undefined && { nextPageToken }),
			...(moreResult !== undefined && { moreResult }),
		},
		records ?? result?.length,
	);
}

/** Also with HTTP 200: what went wrong stands in the body. */
export function fail(requestId: string, why: Reason): TwinResponse {
	return jsonResponse({ requestId, success: false, errors: [why] });
}

/** The asset endpoints have their members in another order and always lists of errors and warnings. */
export function succeedAsset(requestId: string, { result, warnings }: Answer): TwinResponse {
	return jsonResponse({
		success: true,
		errors: [],
		requestId,
		warnings: warnings ?? [],
		...(result !== undefined && { result }),
	});
}

export function failAsset(requestId: string, why: Reason): TwinResponse {
	return jsonResponse({ success: false, errors: [why], requestId, warnings: [] });
}

export function jsonResponse(body: object, records?: number): TwinResponse {
	return {
		status: 200,
		headers: { 'Content-Type': JSON_TYPE },
		body,
		...(records !== undefined && { records }),
	};
}

/** A page of the load balancer: the API itself did not answer. */
export function plainHttp(status: number, title: string): TwinResponse {
	return {
		status,
		headers: { 'Content-Type': 'text/html' },
		body: `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body>${status} ${title}</body>\r\n</html>\r\n`,
	};
}

/** A file that is not there: one of the few answers in plain text. */
export function noFile(message: string): TwinResponse {
	return { status: 404, headers: { 'Content-Type': 'text/plain' }, body: message };
}

const TITLES: Readonly<Record<number, string>> = {
	401: 'Unauthorized',
	413: 'Request Entity Too Large',
	414: 'Request-URI Too Large',
	500: 'Internal Server Error',
	502: 'Bad Gateway',
	503: 'Service Temporarily Unavailable',
	504: 'Gateway Time-out',
};

/** An injected error: a code comes with HTTP 200, a status as bare HTTP, status 200 with an empty body. */
export function injected(fault: InjectedFault, requestId: string): TwinResponse {
	if (fault.code !== undefined) return fail(requestId, reason(fault.code, fault.message));
	const status = fault.status ?? 500;
	if (status === 200) return { status, headers: { 'Content-Type': JSON_TYPE }, body: '' };
	return plainHttp(status, fault.message ?? TITLES[status] ?? 'Error');
}
