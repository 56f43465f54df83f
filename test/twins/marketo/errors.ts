/** Texts of the codes, as the vendor's error-codes page and live answers have them. */
const MESSAGES: Readonly<Record<string, string>> = {
	500: 'Internal Server Error',
	502: 'Bad Gateway',
	600: 'Empty access token',
	601: 'Access token invalid',
	602: 'Access token expired',
	603: 'Access denied',
	604: 'Request time-out',
	605: 'HTTP Method not supported',
	606: "Max rate limit '100' exceeded with in '20' secs",
	607: 'Daily quota reached',
	608: 'API Temporarily Unavailable',
	609: 'Invalid JSON',
	610: 'Requested resource not found',
	611: 'System error',
	612: 'Invalid Content Type',
	613: 'Invalid Multipart Request',
	614: 'Invalid Subscription',
	615: "Concurrent access limit '10' reached",
	616: 'Invalid subscription type',
	702: 'No data found for a given search scenario',
	703: 'The feature is not enabled for the subscription',
	704: 'Invalid date format',
	709: 'Business Rule Violation',
	713: 'Transient Error',
	719: 'Lock wait timeout exception',
	1003: 'Invalid data',
	1004: 'Lead not found',
	1005: 'Lead already exists',
	1007: 'Multiple lead match lookup criteria',
	1010: 'Partition update not allowed',
	1013: 'Object not found',
	1014: 'Failed to create Object',
	1015: 'Lead not in list',
	1016: 'Too many imports',
	1017: 'Object already exists',
	1018: 'CRM Enabled',
	1019: 'Import in progress',
	1020: 'Too many clones to program',
	1021: 'Company update not allowed',
	1022: 'Object in use',
	1027: 'Max Activity Type Limit Reached',
	1028: 'Max field limit reached',
	1029: 'Too many jobs in queue',
	1035: 'Unsupported filter type',
	1036: 'Duplicate object found in input',
	1037: 'Lead was skipped',
	1042: 'Invalid runAt date',
	1049: 'Failed to Create Activity',
	1080: 'Too many leads to merge',
};

/** Calls answered with these count neither for the daily quota nor for the rate. */
const NOT_COUNTED: ReadonlySet<string> = new Set(['601', '602', '604', '605', '608', '611']);

export function isCounted(code: string): boolean {
	return !NOT_COUNTED.has(code);
}

/** A code with its message, as it stands in `errors` or `reasons`. */
export interface Reason {
	readonly code: string;
	readonly message: string;
}

export function reason(code: string, message?: string): Reason {
	return { code, message: message ?? MESSAGES[code] ?? 'System error' };
}

/** Makes the whole call fail: `success: false`, HTTP 200. */
export class CallFailure extends Error {
	readonly reason: Reason;

	constructor(code: string, message?: string) {
		const why = reason(code, message);
		super(why.message);
		this.reason = why;
	}
}

/** Makes one record of a call be skipped. */
export class RecordSkip extends Error {
	readonly reason: Reason;

	constructor(code: string, message?: string) {
		const why = reason(code, message);
		super(why.message);
		this.reason = why;
	}
}

/** 1002 for a parameter that is not there. */
export function missing(parameter: string): string {
	return `Missing value for the required parameter '${parameter}'`;
}

/** 1003 for a value that does not fit its field. */
export function invalidFor(field: string, value: unknown): string {
	const shown = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
	return `Invalid value for field '${field}' and value '${shown}'`;
}
