import type { IHttpRequestOptions } from 'n8n-workflow';

import { sendDueCallbacks } from '../../../../nodes/shared/flowStepCallback';
import { NORMAL_TIMING, type Ledger } from '../../../../sync/ledger/ledger';
import { openLedger } from '../../../../sync/ledger/open';
import { sqliteDialect } from '../../../../sync/ledger/sqlite';
import { answerRequests, type Answer } from '../../../../sync/ledger/answers';
import { acceptRequests } from '../../../../sync/ledger/requests';

const RECEIVER = 'w:n';
const CALLBACK = {
	url: 'https://app.marketo.com/cb',
	token: 'one-time',
	apiKey: 'gateway-key',
	munchkinId: 'AAA-111-BBB',
};
const DONE: Answer = {
	success: true,
	errorCode: '',
	reason: '',
	values: { dynamicsId: 'd', dynamicsTable: '' },
};
const FAILED: Answer = {
	success: false,
	errorCode: 'DUPLICATE',
	reason: 'x'.repeat(3_000),
	values: { dynamicsId: null },
};

describe(sendDueCallbacks, () => {
	let ledger: Ledger;
	let now: number;
	let sent: IHttpRequestOptions[];

	const answering = (answer: number | Error) => ({
		helpers: {
			httpRequest: async (options: IHttpRequestOptions) => {
				sent.push(options);
				if (answer instanceof Error) throw answer;
				return { statusCode: answer, headers: {}, body: '' };
			},
		},
	});
	const chunk = async () =>
		await ledger.db.selectFrom('chunk').selectAll().executeTakeFirstOrThrow();

	beforeEach(async () => {
		now = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
		sent = [];
		let ids = 0;
		ledger = await openLedger(sqliteDialect(':memory:'), {
			key: { id: 'k', secret: Buffer.alloc(32, 1) },
			clock: { now: () => now },
			random: { id: () => `id${String(++ids).padStart(6, '0')}` },
			timing: NORMAL_TIMING,
		});
		const people = ['1', '2'].map((person) => ({
			service: 'flowStep' as const,
			person,
			campaign: '',
			parameters: {},
		}));
		const { ids: requests } = (await acceptRequests(ledger, RECEIVER, people, {
			id: 'c',
			callback: CALLBACK,
		})) as { ids: string[] };
		await answerRequests(ledger, [
			{ request: requests[0]!, answer: DONE },
			{ request: requests[1]!, answer: FAILED },
		]);
	});

	it('tells Marketo of everybody, with key and token, and forgets them', async () => {
		expect(await sendDueCallbacks(answering(202), ledger, RECEIVER, 10)).toBe(1);
		expect(sent[0]).toMatchObject({
			method: 'POST',
			url: CALLBACK.url,
			headers: { 'x-api-key': 'gateway-key', 'x-callback-token': 'one-time' },
			disableFollowRedirect: true,
		});
		expect(JSON.parse(sent[0]!.body as string)).toEqual({
			munchkinId: 'AAA-111-BBB',
			token: 'one-time',
			time: '2026-01-02T03:04:05Z',
			objectData: [
				{ leadData: { id: 1 }, activityData: { success: true, dynamicsId: 'd' } },
				{
					leadData: { id: 2 },
					activityData: { success: false, errorCode: 'DUPLICATE', reason: 'x'.repeat(2_000) },
				},
			],
		});
		expect(await chunk()).toMatchObject({ state: 'done', callback: '' });
		expect(await sendDueCallbacks(answering(202), ledger, RECEIVER, 10)).toBe(0);
	});

	it.each([400, 401, 403, 404, 405, 410])(
		'gives up after HTTP %i (the same again would be refused again)',
		async (status) => {
			await sendDueCallbacks(answering(status), ledger, RECEIVER, 10);
			expect(await chunk()).toMatchObject({
				state: 'failed',
				callback: '',
				reason: `Marketo answered HTTP ${status}`,
			});
		},
	);

	it.each([408, 429, 500, 503, 302])('tries again later after HTTP %i', async (status) => {
		expect(await sendDueCallbacks(answering(status), ledger, RECEIVER, 10)).toBe(1);
		expect(await chunk()).toMatchObject({ state: 'due' });
		expect(await sendDueCallbacks(answering(200), ledger, RECEIVER, 10)).toBe(0);
		now += 24 * 3_600_000;
		expect(await sendDueCallbacks(answering(200), ledger, RECEIVER, 10)).toBe(1);
		expect(await chunk()).toMatchObject({ state: 'done' });
	});

	it('tries again later without an answer, and keeps nothing of the error (it may hold the token)', async () => {
		await sendDueCallbacks(answering(new Error('connect one-time')), ledger, RECEIVER, 10);
		const row = await chunk();
		expect(row).toMatchObject({ state: 'due', reason: 'Marketo did not answer' });
		expect(JSON.stringify(row)).not.toContain('one-time');
	});

	it('leaves callbacks of other receivers alone', async () => {
		expect(await sendDueCallbacks(answering(200), ledger, 'another', 10)).toBe(0);
		expect(sent).toHaveLength(0);
	});
});
