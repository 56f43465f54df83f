import { chunkId, invocationOf } from '../../../../nodes/MarketoTrigger/receive/invocation';

const entry = (id: unknown, more: object = {}) => ({
	objectType: 'lead',
	objectContext: { id, email: `${String(id)}@example.com` },
	flowStepContext: { syncAs: 'lead', owner: null },
	...more,
});
const body = (more: object = {}) => ({
	batchid: '9e7d',
	campaignId: 1001,
	callbackUrl: 'https://app.marketo.com/cb',
	token: 'one-time',
	apiCallBackKey: 'key',
	context: { subscription: { munchkinId: 'AAA-999-ZZZ' }, campaign: { id: 1001, name: 'Spring' } },
	objectData: [entry(1), entry(2)],
	...more,
});
const read = (sent: unknown) =>
	invocationOf('application/json; charset=utf-8', JSON.stringify(sent));
const TRIGGERED = { triggeringContext: { name: 'Form', triggerName: 'Filled Out Form' } };

describe(invocationOf, () => {
	it('reads people with their parameters, and where to answer', () => {
		const { incoming, callback, batchId } = read(body());
		expect(incoming[0]).toEqual({
			service: 'flowStep',
			person: '1',
			campaign: 'Spring',
			parameters: { email: '1@example.com', syncAs: 'lead', owner: null },
			withNextRound: true,
		});
		expect(incoming).toHaveLength(2);
		expect(callback).toEqual({
			url: 'https://app.marketo.com/cb',
			token: 'one-time',
			apiKey: 'key',
			munchkinId: 'AAA-999-ZZZ',
		});
		expect(batchId).toBe('9e7d');
	});

	it.each([
		[{}, {}, true],
		[{}, TRIGGERED, false],
		[{}, { triggeringContext: { name: '', triggerName: null } }, true],
		[{ type: 'batch' }, TRIGGERED, true],
		[{ type: 'Trigger' }, {}, false],
	])('a campaign %j with %j waits for the next round: %p', (campaign, more, waits) => {
		const sent = body({
			context: { subscription: { munchkinId: 'A' }, campaign },
			objectData: [entry(1, more)],
		});
		expect(read(sent).incoming[0]!.withNextRound).toBe(waits);
	});

	it('lets the parameters of the step win over fields of the person', () => {
		const sent = body({ objectData: [entry(1, { flowStepContext: { email: 'step' } })] });
		expect(read(sent).incoming[0]!.parameters).toEqual({ email: 'step' });
	});

	it('names the campaign by its number where it has no name', () => {
		expect(
			read(body({ context: { subscription: { munchkinId: 'A' } } })).incoming[0]!.campaign,
		).toBe('1001');
	});

	it.each([
		[{ callbackUrl: undefined }, 'callbackUrl'],
		[{ token: '' }, 'token'],
		[{ context: {} }, 'munchkinId'],
		[{ objectData: undefined }, 'objectData'],
		[{ objectData: [entry(1), entry('x')] }, 'Entry 2'],
		[{ objectData: [null] }, 'Entry 1'],
	])('refuses %j, and says what is missing', (more, words) => {
		expect(() => read(body(more))).toThrow(
			expect.objectContaining({ status: 400, message: expect.stringContaining(words) as string }),
		);
	});

	it('refuses what is no JSON, or says to be something else', () => {
		expect(() => invocationOf('application/json', '{"a"')).toThrow(
			expect.objectContaining({ status: 400 }),
		);
		expect(() => invocationOf('application/json', '[]')).toThrow(
			expect.objectContaining({ status: 400 }),
		);
		expect(() => invocationOf('text/plain', JSON.stringify(body()))).toThrow(
			expect.objectContaining({ status: 415 }),
		);
	});
});

describe(chunkId, () => {
	const key = Buffer.alloc(32, 1);

	it('is the same for an invocation that is sent again, and another for another token or batch', () => {
		const id = chunkId(key, 'r', read(body()));
		expect(chunkId(key, 'r', read(body({ objectData: [entry(1)] })))).toBe(id);
		expect(chunkId(key, 'r', read(body({ token: 'other' })))).not.toBe(id);
		// Two triggers may be sent the same one.
		expect(chunkId(key, 'another', read(body()))).not.toBe(id);
		expect(chunkId(key, 'r', read(body({ batchid: 'other' })))).not.toBe(id);
		expect(id).not.toContain('one-time');
	});
});
