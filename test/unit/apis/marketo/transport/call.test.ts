import { call } from '../../../../../apis/marketo/transport/call';
import { MarketoProblem } from '../../../../../apis/marketo/transport/errors';
import type { MarketoRequest } from '../../../../../apis/marketo/transport/request';
import { Cancelled, NoAnswer } from '../../../../../apis/wire/wire';
import { fakeMarketo, http, ok, refused } from '../fakeMarketo';

const READ: MarketoRequest = {
	method: 'GET',
	path: '/rest/v1/leads.json',
	query: { filterType: 'id', filterValues: '1' },
	timeoutMs: 30_000,
	permission: 'Read-Only Lead',
	effect: 'read',
	takesForm: true,
};
const WRITE: MarketoRequest = {
	method: 'POST',
	path: '/rest/v1/leads.json',
	body: { input: [] },
	timeoutMs: 90_000,
	permission: 'Read-Write Lead',
	effect: 'write',
};

async function problemOf(work: Promise<unknown>): Promise<MarketoProblem> {
	const cause: unknown = await work.then(
		() => undefined,
		(error: unknown) => error,
	);
	if (!(cause instanceof MarketoProblem))
		throw new Error(`Not a problem of Marketo: ${String(cause)}`);
	return cause;
}

describe('call', () => {
	it('gives an empty result where Marketo leaves it out', async () => {
		const { marketo } = fakeMarketo([ok()]);
		expect((await call(marketo, READ)).result).toEqual([]);
	});

	it('takes "no data found" (702) for an answer', async () => {
		const { marketo } = fakeMarketo([refused('702')]);
		expect((await call(marketo, READ)).result).toEqual([]);
	});

	it.each(['600', '601', '602', 602])(
		'renews the token once and sends once more after %s, though it comes with HTTP 200',
		async (code) => {
			const { marketo, calls } = fakeMarketo([refused(code), ok({ result: [1] })]);
			expect((await call(marketo, WRITE)).result).toEqual([1]);
			expect(calls.map(({ freshToken }) => freshToken)).toEqual([false, true]);
		},
	);

	it('does not renew a second time (Marketo would hand out the same token)', async () => {
		const { marketo, calls } = fakeMarketo([refused('601'), refused('601')]);
		const problem = await problemOf(call(marketo, READ));
		expect(problem.reaction).toBe('renewToken');
		expect(calls).toHaveLength(2);
	});

	it('waits for its turn before every single request', async () => {
		const fake = fakeMarketo([refused('602'), refused('608'), ok()]);
		await call(fake.marketo, READ);
		expect(fake.turns()).toBe(3);
	});

	it.each([
		['606', 20_000],
		['615', 1_000],
	])('waits and repeats a write after %s (nothing was done)', async (code, atLeast) => {
		const { marketo, calls, waits } = fakeMarketo([refused(code), ok()]);
		await call(marketo, WRITE);
		expect(calls).toHaveLength(2);
		expect(waits[0]).toBeGreaterThanOrEqual(atLeast);
	});

	it('stops at the quota of the day without another call, and says when it starts anew', async () => {
		const { marketo, calls } = fakeMarketo([refused('607')]);
		const problem = await problemOf(call(marketo, READ));
		expect(problem.reaction).toBe('quota');
		expect(problem.details.afterMs).toBe(18 * 3_600_000);
		expect(calls).toHaveLength(1);
	});

	it('names the missing permission (603)', async () => {
		const { marketo } = fakeMarketo([refused('603', 'Access denied')]);
		const problem = await problemOf(call(marketo, WRITE));
		expect(problem.reaction).toBe('setUp');
		expect(problem.message).toContain("'Read-Write Lead'");
	});

	it.each([
		['an empty 200', http(200, '')],
		['a gateway page', http(502, '<html>')],
		['a system error', refused('611')],
		['a time-out of Marketo', refused('604')],
	])('repeats a read after %s', async (_, answer) => {
		const { marketo, calls } = fakeMarketo([answer, answer, ok({ result: [7] })]);
		expect((await call(marketo, READ)).result).toEqual([7]);
		expect(calls).toHaveLength(3);
	});

	it.each([
		['an empty 200', http(200, '')],
		['a gateway page', http(502, '<html>')],
		['a system error', refused('611')],
		['a time-out of Marketo', refused('604')],
	])('never repeats a write after %s (it may have been done)', async (_, answer) => {
		const { marketo, calls } = fakeMarketo([answer]);
		expect((await problemOf(call(marketo, WRITE))).reaction).toBe('ambiguous');
		expect(calls).toHaveLength(1);
	});

	it('never repeats a write whose answer was lost', async () => {
		const { marketo, calls } = fakeMarketo([new NoAnswer('reset', 'maybe', 'ECONNRESET')]);
		await expect(call(marketo, WRITE)).rejects.toThrow(NoAnswer);
		expect(calls).toHaveLength(1);
	});

	it('repeats a write that never reached Marketo', async () => {
		const { marketo, calls } = fakeMarketo([new NoAnswer('refused', 'no', 'ECONNREFUSED'), ok()]);
		await call(marketo, WRITE);
		expect(calls).toHaveLength(2);
	});

	it('gives up after four attempts', async () => {
		const { marketo, calls } = fakeMarketo(() => refused('608'));
		expect((await problemOf(call(marketo, READ))).reaction).toBe('again');
		expect(calls).toHaveLength(4);
	});

	it('never waits for more than a minute in all (a lease covers that much)', async () => {
		const { marketo, waits } = fakeMarketo(() => refused('606'));
		expect((await problemOf(call(marketo, WRITE))).reaction).toBe('throttled');
		expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThanOrEqual(60_000);
	});

	it('passes a cancelled execution straight through', async () => {
		const { marketo, calls } = fakeMarketo([new Cancelled()]);
		await expect(call(marketo, READ)).rejects.toThrow(Cancelled);
		expect(calls).toHaveLength(1);
	});

	it('honours Retry-After', async () => {
		const { marketo, waits } = fakeMarketo([http(429, '', { 'retry-after': '7' }), ok()]);
		await call(marketo, READ);
		expect(waits).toEqual([7_000]);
	});

	it('sends a long query as a form right away', async () => {
		const { marketo, calls } = fakeMarketo([ok()]);
		const filterValues = Array.from({ length: 300 }, (_, at) => `person+${at}@some.example`).join(
			',',
		);
		await call(marketo, { ...READ, query: { filterType: 'email', filterValues } });
		expect(calls[0]).toMatchObject({ method: 'POST', query: { _method: 'GET' } });
		expect(calls[0]!.headers).toMatchObject({
			'Content-Type': 'application/x-www-form-urlencoded',
		});
		expect(new URLSearchParams(calls[0]!.body as string).get('filterValues')).toBe(filterValues);
	});

	it('sends a short query as a form after 414', async () => {
		const { marketo, calls } = fakeMarketo([http(414), ok()]);
		await call(marketo, READ);
		expect(calls.map(({ method }) => method)).toEqual(['GET', 'POST']);
	});

	it.each([401, 403, 404])(
		'asks a person to look at the credential after HTTP %s',
		async (status) => {
			const { marketo } = fakeMarketo([http(status)]);
			expect((await problemOf(call(marketo, READ))).reaction).toBe('setUp');
		},
	);
});
