import { sendEach } from '../../../../../apis/dataverse/batch/sendEach';
import { batchAnswer, failure, fake } from '../fakeDataverse';

const request = (number: number) => ({
	method: 'POST' as const,
	path: `things(${number})`,
	body: {},
});
const part = (answer: { status?: number; body?: unknown }) =>
	answer as { status: number; body?: unknown };
const outcomes = (done: Awaited<ReturnType<typeof sendEach>>) =>
	done.map((one) => ('problem' in one ? one.problem.kind : 'ok'));

describe('sendEach', () => {
	it('sends 100 requests per call', async () => {
		const full = batchAnswer(...Array.from({ length: 100 }, () => ({ status: 204 })));
		const { client, requests } = fake(full, batchAnswer({ status: 204 }));
		const done = await sendEach(
			client,
			Array.from({ length: 101 }, (_, index) => request(index)),
		);
		expect(outcomes(done)).toEqual(Array(101).fill('ok'));
		expect(requests).toHaveLength(2);
	});

	it('sends only those again that were turned away for the moment', async () => {
		const { client, requests, waits } = fake(
			batchAnswer(
				{ status: 204 },
				part(failure(429, '0x80072322', 'too many')),
				part(failure(400, '0x80040203', 'wrong')),
			),
			batchAnswer({ status: 204 }),
		);
		const done = await sendEach(client, [request(1), request(2), request(3)]);
		expect(outcomes(done)).toEqual(['ok', 'ok', 'refused']);
		expect(String(requests[1]!.body)).toContain('things(2)');
		expect(String(requests[1]!.body)).not.toMatch(/things\([13]\)/);
		expect(waits).toEqual([2_000]);
	});

	it('gives up on a part after four times', async () => {
		const busy = batchAnswer(part(failure(429, '0x80072322', 'too many')));
		const { client, requests } = fake(busy, busy, busy, busy);
		expect(outcomes(await sendEach(client, [request(1)]))).toEqual(['throttled']);
		expect(requests).toHaveLength(4);
	});

	it('sends a batch that is too large in halves', async () => {
		const { client } = fake(
			failure(413, '', 'too large'),
			batchAnswer({ status: 204 }),
			batchAnswer(part(failure(404, '0x80040217', 'gone'))),
		);
		expect(outcomes(await sendEach(client, [request(1), request(2)]))).toEqual(['ok', 'missing']);
	});

	it('gives every request the problem of the whole call, and does not send it once more', async () => {
		const { client, requests } = fake(failure(403, '0x80040220', 'missing prvWriteTask privilege'));
		expect(outcomes(await sendEach(client, [request(1), request(2)]))).toEqual(['setUp', 'setUp']);
		expect(requests).toHaveLength(1);
	});
});
