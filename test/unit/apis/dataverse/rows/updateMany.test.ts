import { updateMany, type RowUpdate } from '../../../../../apis/dataverse/rows/updateMany';
import { NoAnswer } from '../../../../../apis/wire/wire';
import { batchAnswer, failure, fake } from '../fakeDataverse';
import { LEAD } from '../tables';

const id = (digit: number) => `00000000-0000-0000-0000-00000000000${digit}`;
const updates = (...values: Array<Record<string, unknown>>): RowUpdate[] =>
	values.map((one, index) => ({
		table: LEAD,
		id: id(index),
		version: `W/"${index}"`,
		values: one,
	}));
const part = (answer: { status?: number; body?: unknown }) =>
	answer as { status: number; body?: unknown };

describe('updateMany', () => {
	it('updates each row on its own version in one call and learns what was stored', async () => {
		const { client, requests } = fake(
			batchAnswer(
				{
					status: 200,
					body: { '@odata.etag': 'W/"9"', firstname: 'Ada', modifiedon: '2026-01-01T00:00:00Z' },
				},
				{ status: 204 },
			),
		);
		const results = await updateMany(client, updates({ firstname: 'Ada ' }, { firstname: null }));
		expect(results).toEqual([
			{ row: { '@odata.etag': 'W/"9"', firstname: 'Ada', modifiedon: '2026-01-01T00:00:00Z' } },
			{},
		]);
		expect(requests).toHaveLength(1);
		const sent = String(requests[0]!.body);
		expect(sent).toContain(
			`PATCH /api/data/v9.2/leads(${id(0)})?$select=firstname,modifiedon HTTP/1.1`,
		);
		expect(sent).toContain('If-Match: W/"0"');
		expect(sent).toContain('If-Match: W/"1"');
		expect(sent).toContain('Prefer: return=representation');
		expect(requests[0]!.headers).toMatchObject({ Prefer: 'odata.continue-on-error' });
	});

	it('gives every row its own outcome, in the order of the request', async () => {
		const { client } = fake(
			batchAnswer(
				part(failure(412, '0x80060882', 'version')),
				{ status: 200, body: { firstname: 'B' } },
				part(failure(404, '0x80040217', 'gone')),
				part(
					failure(
						400,
						'0x80044331',
						"The length of the 'firstname' attribute of the 'lead' entity exceeded",
					),
				),
			),
		);
		const results = await updateMany(
			client,
			updates({ firstname: 'A' }, { firstname: 'B' }, { firstname: 'C' }, { firstname: 'D' }),
		);
		expect(results.map((result) => ('problem' in result ? result.problem.kind : 'ok'))).toEqual([
			'changedMeanwhile',
			'ok',
			'missing',
			'refused',
		]);
		expect(results[3]).toMatchObject({ problem: { field: 'firstname' } });
	});

	it('does not send what can never be stored, and keeps the order', async () => {
		const { client, requests } = fake(batchAnswer({ status: 200, body: { firstname: 'B' } }));
		const results = await updateMany(client, updates({ revenue: 'much' }, { firstname: 'B' }));
		expect(results[0]).toMatchObject({ problem: { kind: 'refused', field: 'revenue' } });
		expect(results[1]).toEqual({ row: { firstname: 'B' } });
		expect(String(requests[0]!.body)).not.toContain('revenue');
	});

	it('does not repeat a call whose answer was lost; its outcomes are unknown', async () => {
		const { client, requests } = fake(new NoAnswer('reset', 'maybe', 'ECONNRESET'));
		const results = await updateMany(client, updates({ firstname: 'A' }, { firstname: 'B' }));
		expect(results).toMatchObject([
			{ problem: { kind: 'unknown' } },
			{ problem: { kind: 'unknown' } },
		]);
		expect(requests).toHaveLength(1);
	});

	it('knows that nothing was written where nothing arrived', async () => {
		const { client } = fake(new NoAnswer('refused', 'no', 'ECONNREFUSED'));
		await expect(updateMany(client, updates({ firstname: 'A' }))).resolves.toMatchObject([
			{ problem: { kind: 'again' } },
		]);
	});

	it('does not know what became of the parts behind the end of a cut answer', async () => {
		const { client } = fake(batchAnswer({ status: 200, body: { firstname: 'A' } }));
		const results = await updateMany(client, updates({ firstname: 'A' }, { firstname: 'B' }));
		expect(results).toMatchObject([{ row: { firstname: 'A' } }, { problem: { kind: 'unknown' } }]);
	});

	it('sends half of a batch that is too large and leaves the rest for later (one call, one effect)', async () => {
		const { client, requests } = fake(
			failure(413, '', 'too large'),
			batchAnswer({ status: 200, body: { firstname: 'A' } }),
		);
		const results = await updateMany(client, updates({ firstname: 'A' }, { firstname: 'B' }));
		expect(results).toMatchObject([{ row: { firstname: 'A' } }, { problem: { kind: 'again' } }]);
		expect(requests).toHaveLength(2);
	});

	it('says of a single update that is too large that it is', async () => {
		const { client } = fake(failure(413, '', 'too large'));
		await expect(updateMany(client, updates({ firstname: 'A' }))).resolves.toMatchObject([
			{ problem: { kind: 'tooLarge' } },
		]);
	});

	it('does not wait, not even for a short limit (its caller holds a lease)', async () => {
		const { client, waits } = fake({
			...failure(429, '0x80072322', 'limit'),
			headers: { 'retry-after': '1' },
		});
		await expect(updateMany(client, updates({ firstname: 'A' }))).rejects.toMatchObject({
			kind: 'throttled',
		});
		expect(waits).toEqual([]);
	});

	it('throws what concerns the whole call', async () => {
		const { client } = fake({
			...failure(429, '0x80072322', 'limit'),
			headers: { 'retry-after': '300' },
		});
		await expect(updateMany(client, updates({ firstname: 'A' }))).rejects.toMatchObject({
			kind: 'throttled',
			retryAfterMs: 300_000,
		});
	});

	it('takes a privilege that every row lacks for a wrong set-up, one that a single row lacks for its own', async () => {
		const lacking = part(
			failure(403, '0x80040220', 'Principal user is missing prvWriteLead privilege'),
		);
		const all = fake(batchAnswer(lacking, lacking));
		await expect(
			updateMany(all.client, updates({ firstname: 'A' }, { firstname: 'B' })),
		).rejects.toMatchObject({ kind: 'setUp' });
		const one = fake(batchAnswer(lacking, { status: 200, body: {} }));
		await expect(
			updateMany(one.client, updates({ firstname: 'A' }, { firstname: 'B' })),
		).resolves.toMatchObject([{ problem: { kind: 'setUp' } }, { row: {} }]);
	});
});
