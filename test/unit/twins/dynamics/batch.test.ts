import { startClient, type Answer, type Client } from './client';

const END = '\r\n';

function single(request: string, body?: unknown): string[] {
	return [
		'Content-Type: application/http',
		'Content-Transfer-Encoding: binary',
		'',
		`${request} HTTP/1.1`,
		...(body === undefined
			? ['', '']
			: ['Content-Type: application/json; type=entry', '', JSON.stringify(body)]),
	];
}

function changeSet(operations: { id: string; request: string; body?: unknown }[]): string[] {
	const parts = operations.flatMap(({ id, request, body }) => {
		const [type, encoding, ...rest] = single(request, body);
		return ['--changeset_1', type!, encoding!, `Content-ID: ${id}`, ...rest];
	});
	return [
		'Content-Type: multipart/mixed; boundary="changeset_1"',
		'',
		...parts,
		'--changeset_1--',
		'',
	];
}

function batchOf(parts: string[][]): string {
	return [...parts.flatMap((part) => ['--batch_1', ...part]), '--batch_1--', ''].join(END);
}

describe('$batch', () => {
	let client: Client;

	beforeAll(async () => {
		client = await startClient();
	});

	afterAll(async () => {
		await client.twin.close();
	});

	const send = async (parts: string[][], prefer?: string): Promise<Answer> =>
		await client.call('POST', '$batch', batchOf(parts), {
			'Content-Type': 'multipart/mixed; boundary="batch_1"',
			...(prefer !== undefined && { Prefer: prefer }),
		});

	const statuses = (answer: Answer) =>
		[...answer.text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map((found) => Number(found[1]));

	const tooLong = { subject: 'x'.repeat(301) };

	it('goes on after an error when asked to (200, answers in order)', async () => {
		const answer = await send(
			[
				single('POST /api/data/v9.2/leads', tooLong),
				single('POST /api/data/v9.2/leads', { subject: 'one' }),
				single('POST leads', { subject: 'two' }),
			],
			'odata.continue-on-error',
		);
		expect(answer.status).toBe(200);
		expect(statuses(answer)).toEqual([400, 204, 204]);
		const lines = answer.text.split(END);
		expect(lines[0]).toMatch(/^--batchresponse_[0-9a-f-]{36}$/);
		expect(lines.slice(1, 5)).toEqual([
			'Content-Type: application/http',
			'Content-Transfer-Encoding: binary',
			'',
			'HTTP/1.1 400 Bad Request',
		]);
		expect(answer.text).toContain(
			`Content-Type: application/json; odata.metadata=minimal${END}OData-Version: 4.0`,
		);
		expect(answer.text).toMatch(
			/HTTP\/1\.1 204 No Content\r\nOData-Version: 4\.0\r\nLocation: http\S+leads\([0-9a-f-]{36}\)\r\nOData-EntityId: http/,
		);
		expect(answer.text.endsWith('--')).toBe(true);
	});

	it('stops at the first error otherwise (400 for the whole)', async () => {
		const answer = await send([
			single('POST leads', tooLong),
			single('POST leads', { subject: 'never' }),
		]);
		expect(answer.status).toBe(400);
		expect(statuses(answer)).toEqual([400]);
		const found = await client.call('GET', "leads?$select=subject&$filter=subject eq 'never'");
		expect(found.json.value).toEqual([]);
	});

	it('rolls a change set back as a whole, also when it goes on after errors', async () => {
		const answer = await send(
			[
				changeSet([
					{ id: '1', request: 'POST leads', body: { subject: 'rolled back' } },
					{ id: '2', request: 'POST leads', body: tooLong },
				]),
				single('POST leads', { subject: 'after it' }),
			],
			'odata.continue-on-error',
		);
		expect(statuses(answer)).toEqual([400, 204]);
		const found = await client.call(
			'GET',
			"leads?$select=subject&$filter=subject eq 'rolled back'",
		);
		expect(found.json.value).toEqual([]);
	});

	it('refers to earlier rows of a change set by Content-ID, and answers as the sample', async () => {
		const answer = await send([
			changeSet([
				{ id: '1', request: 'POST /api/data/v9.2/contacts', body: { lastname: 'Parent' } },
				{
					id: '2',
					request: 'POST /api/data/v9.2/leads',
					body: { lastname: 'Child', 'parentcontactid@odata.bind': '$1' },
				},
				{ id: '3', request: 'PATCH $1', body: { jobtitle: 'Boss' } },
			]),
			single(
				"GET /api/data/v9.2/leads?$select=lastname&$expand=parentcontactid($select=lastname,jobtitle)&$filter=lastname eq 'Child'",
			),
		]);
		expect(statuses(answer)).toEqual([204, 204, 204, 200]);
		expect(answer.text).toMatch(/Content-Type: multipart\/mixed; boundary=changesetresponse_/);
		expect(answer.text).toContain(`Content-ID: 2${END}${END}HTTP/1.1 204`);
		expect(answer.text).toContain('"parentcontactid":{"@odata.etag":');
		expect(answer.text).toContain('"jobtitle":"Boss"');
	});

	it('refuses a reference to a later row', async () => {
		const answer = await send([
			changeSet([
				{ id: '1', request: 'POST leads', body: { 'parentcontactid@odata.bind': '$2' } },
				{ id: '2', request: 'POST contacts', body: { lastname: 'later' } },
			]),
		]);
		expect(answer.status).toBe(400);
		expect(answer.text).toContain(
			"Content-ID Reference: '$2' does not exist in the batch context.",
		);
	});

	it('takes no more than 1,000 operations', async () => {
		const parts = Array.from({ length: 1001 }, () => single('GET leads?$top=1&$select=leadid'));
		const answer = await send(parts);
		expect(answer.status).toBe(400);
		expect(answer.json.error.message).toBe(
			"The current batch message contains too many parts. A maximum number of '1000' query operations and change sets are allowed in a batch message.",
		);
	});

	it('cannot read bodies of a batch without CRLF (Stream was not readable)', async () => {
		const text = batchOf([single('POST leads', { subject: 'bare' })]).replaceAll('\r\n', '\n');
		const answer = await client.call('POST', '$batch', text, {
			'Content-Type': 'multipart/mixed; boundary=batch_1',
		});
		expect(answer.status).toBe(400);
		expect(answer.text).toContain('Stream was not readable');
	});

	it('lets an injected fault strike one part only, and logs the batch as one call', async () => {
		const made = await client.call(
			'POST',
			'leads',
			{ subject: 'target' },
			{ Prefer: 'return=representation' },
		);
		const id = made.json.leadid as string;
		await client.admin('DELETE', 'calls');
		await client.admin('POST', 'fail', { match: { method: 'PATCH', id }, code: '0x80040265' });
		const answer = await send(
			[single(`PATCH leads(${id})`, { subject: 'a' }), single('POST leads', { subject: 'b' })],
			'odata.continue-on-error',
		);
		expect(statuses(answer)).toEqual([400, 204]);
		const calls = await client.admin('GET', 'calls');
		expect(calls.json.total).toBe(1);
		expect(calls.json.byEndpoint).toEqual({ 'POST /api/data/v9.2/$batch': 1 });
		expect(calls.json.log[0].parts).toEqual([
			{ method: 'PATCH', path: `/api/data/v9.2/leads(${id})`, status: 400 },
			{ method: 'POST', path: '/api/data/v9.2/leads', status: 204 },
		]);
	});
});
