import {
	problemWithoutAnswer,
	readProblem,
} from '../../../../../apis/dataverse/errors/readProblem';
import { NoAnswer } from '../../../../../apis/wire/wire';

const read = (status: number, body: unknown, headers: Record<string, string> = {}) =>
	readProblem({ status, body, headers }, 0);

const odata = (code: string, message: string) => ({ error: { code, message } });

describe('readProblem', () => {
	it.each([
		[
			'throttled',
			429,
			'0x80072322',
			'Number of requests exceeded the limit of 6000 over time window of 300 seconds.',
		],
		['throttled', 429, '', ''],
		['cursorExpired', 400, '0x80044352', 'Version stamp associated with the client has expired.'],
		[
			'cursorExpired',
			500,
			'',
			'Version stamp associated with the client has expired. Please perform a full sync.',
		],
		[
			'changedMeanwhile',
			412,
			'',
			"The version of the existing record doesn't match the RowVersion property provided.",
		],
		['changedMeanwhile', 412, '0x80060882', 'x'],
		['exists', 412, '', 'A record with matching key values already exists.'],
		['exists', 412, '0x80040237', 'x'],
		['exists', 412, '0x80060892', 'Entity Key mkto violated.'],
		[
			'duplicate',
			412,
			'0x80040333',
			'A record was not created or updated because a duplicate exists.',
		],
		[
			'duplicate',
			500,
			'0x80040333',
			'A record was not created or updated because a duplicate exists.',
		],
		['missing', 404, '', 'account With Id = 00000000-0000-0000-0000-000000000001 Does Not Exist'],
		['missing', 404, '0x80040217', 'x'],
		['setUp', 401, '', ''],
		['setUp', 403, '', 'no'],
		[
			'setUp',
			400,
			'0x0',
			"An undeclared property 'new_customerid' which only has property annotations",
		],
		['tooLarge', 413, '', ''],
		['again', 500, '0x80044151', 'SQL timeout expired.'],
		['unknown', 503, '', ''],
		['unknown', 500, '0x80040216', 'An unexpected error occurred.'],
		['setUp', 302, '', ''],
		['refused', 400, '0x80040203', 'x'],
		['refused', 400, '0x8badc0de', 'something new'],
	])('%s: HTTP %i %s %s', (kind, status, code, message) => {
		expect(read(status, odata(code, message)).kind).toBe(kind);
	});

	it('names the column and keeps Dataverse’s own words', () => {
		const problem = read(
			400,
			odata(
				'0x80044331',
				"A validation error occurred.  The length of the 'subject' attribute of the 'task' entity exceeded the maximum allowed length of '200'.",
			),
		);
		expect(problem).toMatchObject({ kind: 'refused', field: 'subject', code: '0x80044331' });
		expect(problem.reason).toContain("'200'");
		expect(problem.remedy).toMatch(/Shorten/);
	});

	it.each([
		[
			"The value 99 of 'leadsourcecode' on record of type 'lead' is outside the valid range.",
			'leadsourcecode',
		],
		[
			"An undeclared property 'new_customerid' which only has property annotations",
			'new_customerid',
		],
		["Could not find a property named 'foo' on type 'Microsoft.Dynamics.CRM.lead'.", 'foo'],
		[
			"'Lead' entity doesn't contain attribute with Name = 'foo' and NameMapping = 'Logical'.",
			'foo',
		],
		['Attribute: industrycode cannot be set to NULL', 'industrycode'],
		["Something about 'leads' went wrong", undefined],
	])('finds the column in: %s', (message, field) => {
		expect(read(400, odata('', message)).field).toBe(field);
	});

	it('says which privilege is missing, and to whom it has to be given', () => {
		const problem = read(
			403,
			odata(
				'0x80040220',
				"Principal user (Id=88d2f594-6fe8-ea11-a817-000d3a4e3654, type=8, roleCount=1, privilegeCount=36, accessMode=0), is missing prvWriteLead privilege (Id=2dcb) on OTC=4 for entity 'lead'.",
			),
		);
		expect(problem).toMatchObject({ kind: 'setUp' });
		expect(problem.reason).toContain('prvWriteLead');
		expect(problem.remedy).toContain('security role');
	});

	it.each([
		[
			'the batch layer (capital M)',
			{ Message: 'Too many parts', ExceptionMessage: 'max 1000', StackTrace: 'at …' },
			'max 1000',
		],
		[
			'an inner error only',
			{ error: { code: '', message: '', innererror: { message: 'inner' } } },
			'inner',
		],
		[
			'a gateway’s HTML',
			'<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>',
			'502 Bad Gateway',
		],
		[
			'bare text',
			"Content-ID Reference: '$1' does not exist in the batch context.",
			"Content-ID Reference: '$1' does not exist in the batch context.",
		],
	])('reads %s', (_what, body, reason) => {
		expect(read(400, body).reason).toBe(reason);
	});

	it('turns a signed number into the code that the lists have', () => {
		expect(read(400, { error: { code: -2147220969, message: 'x' } }).code).toBe('0x80040217');
	});

	it('takes the time to wait from the header', () => {
		expect(read(429, odata('0x80072321', 'x'), { 'retry-after': '31' }).retryAfterMs).toBe(31_000);
	});
});

describe('problemWithoutAnswer', () => {
	it('knows that nothing was written where nothing arrived', () => {
		expect(problemWithoutAnswer(new NoAnswer('refused', 'no', 'ECONNREFUSED')).kind).toBe('again');
	});

	it('does not pretend to know otherwise', () => {
		expect(problemWithoutAnswer(new NoAnswer('reset', 'maybe', 'ECONNRESET')).kind).toBe('unknown');
	});
});
