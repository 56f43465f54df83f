import type { TwinResponse } from '../chassis';

/** An error as the Web API reports it. */
export class DataverseError extends Error {
	constructor(
		readonly status: number,
		/** Hexadecimal, as in Microsoft's list of web service error codes. */
		readonly code: string,
		message: string,
		readonly headers: Readonly<Record<string, string>> = {},
	) {
		super(message);
	}
}

/** HTTP status per code, where it is not 400. */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
	'0x80040217': 404,
	'0x80040220': 403,
	'0x80040231': 403,
	'0x80042f09': 403,
	'0x80048306': 403,
	'0x80072560': 403,
	'0x8004d24b': 403,
	'0x80040237': 412,
	'0x80040333': 412,
	'0x80060882': 412,
	'0x80060892': 412,
	'0x80060891': 404,
	'0x80040216': 500,
	'0x80044150': 500,
	'0x80044151': 500,
	'0x8004418a': 413,
	'0x8005f101': 401,
	'0x80072321': 429,
	'0x80072322': 429,
	'0x80072326': 429,
	'0x8006088a': 404,
};

/** Texts of codes that are mostly met through injected faults. */
const TEXT_OF_CODE: Readonly<Record<string, string>> = {
	'0x80040203': 'Invalid argument.',
	'0x80040216': 'An unexpected error occurred.',
	'0x80040217': 'The specified object was not found.',
	'0x80040220': 'The user does not hold the necessary privileges.',
	'0x80040231': 'Target user or team does not hold required privileges.',
	'0x80040237': 'Operation failed due to a SQL integrity violation.',
	'0x80040265': 'ISV code aborted the operation.',
	'0x80040333':
		'A record was not created or updated because a duplicate of the current record already exists.',
	'0x80042f09': 'The user has not been assigned any roles.',
	'0x80044150': 'Generic SQL error.',
	'0x80044151': 'SQL timeout expired.',
	'0x8004418a': 'Request message length is too large.',
	'0x80044182': 'Invalid depth: the depth of nested calls is too high.',
	'0x80044352': 'Version stamp associated with the client has expired. Please perform a full sync.',
	'0x80048306':
		'Not enough privilege to access the Microsoft Dynamics 365 object or perform the requested operation.',
	'0x80060882':
		"The version of the existing record doesn't match the RowVersion property provided.",
	'0x80072321':
		'Combined execution time of incoming requests exceeded limit of 1,200,000 milliseconds over time window of 300 seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later.',
	'0x80072322': 'Number of requests exceeded the limit of 6000 over time window of 300 seconds.',
	'0x80072326': 'Number of concurrent requests exceeded the limit of 52.',
	'0x80072560': 'The user is not a member of the organization.',
};

/** Codes for faults of which only the HTTP status is given. */
const CODE_OF_STATUS: Readonly<Record<number, string>> = {
	403: '0x80040220',
	404: '0x80040217',
	412: '0x80060882',
	413: '0x8004418a',
	429: '0x80072322',
	500: '0x80040216',
};

/** The error of a code and/or status, for injected faults. */
export function errorOf(fault: {
	code?: string;
	status?: number;
	message?: string;
	retryAfter?: number;
}): DataverseError {
	const code = fault.code ?? CODE_OF_STATUS[fault.status ?? 500] ?? '';
	const key = code.toLowerCase();
	const status = fault.status ?? STATUS_OF_CODE[key] ?? 400;
	const wait = fault.retryAfter ?? (status === 429 ? 5 : undefined);
	return new DataverseError(
		status,
		code,
		fault.message ?? TEXT_OF_CODE[key] ?? `An error occurred (${status}).`,
		wait === undefined ? {} : { 'Retry-After': String(wait) },
	);
}

/** The JSON body of an error; with all annotations asked for, the extra keys too. */
export function errorBody(error: DataverseError, annotated: boolean): object {
	const help = error.code.replace(/^0x/, '');
	const ofPlugin = error.code === '0x80040265';
	return {
		error: {
			code: error.code,
			message: error.message,
			...(annotated && {
				'@Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus': ofPlugin ? '1' : '0',
				'@Microsoft.PowerApps.CDS.ErrorDetails.SubErrorCode': '0',
				'@Microsoft.PowerApps.CDS.HelpLink': `http://go.microsoft.com/fwlink/?LinkID=398563&error=Microsoft.Crm.CrmException%3a${help}&client=platform`,
				...(ofPlugin && {
					'@Microsoft.PowerApps.CDS.TraceText': '\r\n[TwinPlugins: TwinPlugins.Refuse]\r\n',
				}),
				'@Microsoft.PowerApps.CDS.InnerError.Message': error.message,
			}),
		},
	};
}

export function errorResponse(error: DataverseError, annotated = false): TwinResponse {
	return {
		status: error.status,
		headers: {
			'Content-Type': 'application/json; odata.metadata=minimal',
			'OData-Version': '4.0',
			...error.headers,
		},
		body: errorBody(error, annotated),
	};
}

/** A body that does not fit the table. `entity` is the entity set, or empty as in nested payloads. */
export function payloadError(entity: string, inner: string): DataverseError {
	return new DataverseError(
		400,
		'0x80048d19',
		`Error identified in Payload provided by the user for Entity :'${entity}', For more information on this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : ${inner}`,
	);
}

/** A query that does not fit the table. */
export function queryError(message: string, code = '0x0'): DataverseError {
	return new DataverseError(400, code, message);
}

/** No row with this id. */
export function notFound(table: string, id: string): DataverseError {
	return new DataverseError(404, '0x80040217', `${table} With Id = ${id} Does Not Exist`);
}
