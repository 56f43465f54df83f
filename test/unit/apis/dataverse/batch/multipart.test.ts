import { batchBody, partsIn } from '../../../../../apis/dataverse/batch/multipart';

describe('batchBody', () => {
	it('writes each part with CRLF and an empty line at its end (Dataverse drops a malformed last part)', () => {
		const body = batchBody(
			[
				{ method: 'GET', path: '/api/data/v9.2/leads(1)' },
				{
					method: 'PATCH',
					path: '/api/data/v9.2/leads(2)',
					headers: { 'If-Match': 'W/"7"' },
					body: { a: 'x\ny' },
				},
			],
			'batch_1',
		);
		expect(body).toBe(
			[
				'--batch_1',
				'Content-Type: application/http',
				'Content-Transfer-Encoding: binary',
				'',
				'GET /api/data/v9.2/leads(1) HTTP/1.1',
				'Accept: application/json',
				'',
				'',
				'',
				'--batch_1',
				'Content-Type: application/http',
				'Content-Transfer-Encoding: binary',
				'',
				'PATCH /api/data/v9.2/leads(2) HTTP/1.1',
				'Accept: application/json',
				'If-Match: W/"7"',
				'Content-Type: application/json; charset=utf-8',
				'',
				'{"a":"x\\ny"}',
				'--batch_1--',
				'',
			].join('\r\n'),
		);
	});

	it('does not let a header or a path begin a request of its own', () => {
		const body = batchBody(
			[
				{
					method: 'PATCH',
					path: '/x\r\nHost: evil',
					headers: { 'If-Match': '*\r\nX-Evil: 1' },
					body: {},
				},
			],
			'b',
		);
		expect(body).not.toMatch(/^X-Evil/m);
		expect(body).not.toMatch(/^Host:/m);
	});
});

describe('partsIn', () => {
	// The answer that Microsoft's page on batch operations prints for continue-on-error.
	const printed = [
		'--batchresponse_f44bd09d-573f-4a30-bca0-2e500ee7e139',
		'Content-Type: application/http',
		'Content-Transfer-Encoding: binary',
		'',
		'HTTP/1.1 400 Bad Request',
		'REQ_ID: de4c5227-4a28-4ebd-8ced-3392ece1697b',
		'Content-Type: application/json; odata.metadata=minimal',
		'OData-Version: 4.0',
		'',
		'{"error":{"code":"0x80044331","message":"too long"}}',
		'--batchresponse_f44bd09d-573f-4a30-bca0-2e500ee7e139',
		'Content-Type: application/http',
		'Content-Transfer-Encoding: binary',
		'',
		'HTTP/1.1 204 No Content',
		'OData-Version: 4.0',
		'OData-EntityId: https://yourorg.api.crm.dynamics.com/api/data/v9.2/tasks(aed2ae8b-3c94-ed11-aad1-000d3a9933c9)',
		'',
		'',
		'--batchresponse_f44bd09d-573f-4a30-bca0-2e500ee7e139--',
		'',
	];
	const type = 'multipart/mixed; boundary=batchresponse_f44bd09d-573f-4a30-bca0-2e500ee7e139';

	it.each([
		['CRLF', '\r\n'],
		['bare LF', '\n'],
	])('reads the parts in order, with %s', (_what, newline) => {
		const parts = partsIn(printed.join(newline), type);
		expect(parts.map(({ status }) => status)).toEqual([400, 204]);
		expect(JSON.parse(parts[0]!.text)).toEqual({
			error: { code: '0x80044331', message: 'too long' },
		});
		expect(parts[1]!.headers['odata-entityid']).toContain('tasks(aed2ae8b');
		expect(parts[1]!.text).toBe('');
	});

	it('finds the boundary by itself where the header is missing', () => {
		expect(partsIn(printed.join('\r\n'), undefined)).toHaveLength(2);
	});

	it('gives only the whole parts of an answer that was cut off', () => {
		const cut = printed.slice(0, 16).join('\r\n');
		expect(partsIn(cut, type).map(({ status }) => status)).toEqual([400]);
	});

	it('puts the answers of a change set in its place', () => {
		const body = [
			'--outer',
			'Content-Type: multipart/mixed; boundary=inner',
			'',
			'--inner',
			'Content-Type: application/http',
			'Content-ID: 1',
			'',
			'HTTP/1.1 204 No Content',
			'',
			'',
			'--inner--',
			'--outer',
			'Content-Type: application/http',
			'',
			'HTTP/1.1 200 OK',
			'Content-Type: application/json',
			'',
			'{\n  "value": []\n}',
			'--outer--',
		].join('\r\n');
		const parts = partsIn(body, 'multipart/mixed; boundary="outer"');
		expect(parts.map(({ status }) => status)).toEqual([204, 200]);
		expect(JSON.parse(parts[1]!.text)).toEqual({ value: [] });
	});

	it('finds nothing in what is no batch answer', () => {
		expect(partsIn('<html>502</html>', 'text/html')).toEqual([]);
	});
});
