import type { Loose } from '../dynamics/client';
import {
	collapseIds,
	Router,
	startTwin,
	type Twin,
	type TwinRequest,
} from '../../../twins/chassis';
import { timeOfRecords } from '../../../twins/chassis/latency';

/** A twin of a tiny vendor: one thing per id, and a bulk call that reports per record. */
async function startTiny(): Promise<Twin & { written: string[] }> {
	const written: string[] = [];
	const router = new Router((_, others) => ({ status: others.length > 0 ? 405 : 404, body: {} }));
	router.route('GET', '/things/{id}.json', ({ params }) => ({
		status: 200,
		body: { id: params.id },
	}));
	router.route('POST', '/things.json', async (request, context) => {
		const results: string[] = [];
		for (const id of request.json() as string[]) {
			const fault = await context.fault({ id });
			if (!fault) written.push(id);
			results.push(fault ? `skipped ${fault.code}` : 'written');
		}
		return { status: 200, body: results, records: results.length };
	});
	const twin = await startTwin('tiny', {
		handler: router.handle,
		vendorError: ({ code, status }) => ({ status: status ?? 418, body: { vendor: code ?? null } }),
		pageOf: ({ query }) => Number(query.get('page') ?? 1),
		expire: (what) => what === 'accessToken',
		reset: () => {
			written.length = 0;
		},
	});
	return { ...twin, written };
}

describe('twin chassis', () => {
	let twin: Twin & { written: string[] };

	beforeEach(async () => {
		twin = await startTiny();
	});

	afterEach(async () => {
		await twin.close();
	});

	const call = async (method: string, path: string, body?: unknown) => {
		const response = await fetch(`${twin.url}${path}`, {
			method,
			...(body !== undefined && {
				body: JSON.stringify(body),
				headers: { 'Content-Type': 'application/json' },
			}),
		});
		return {
			status: response.status,
			headers: response.headers,
			json: (await response.json()) as Loose,
		};
	};

	const fail = async (rule: object) => await call('POST', '/__twin/fail', rule);

	it('answers by the route, and tells a wrong method from a wrong path', async () => {
		expect((await call('GET', '/things/7.json')).json).toEqual({ id: '7' });
		expect((await call('PUT', '/things/7.json')).status).toBe(405);
		expect((await call('GET', '/nothing')).status).toBe(404);
	});

	it('counts calls per endpoint and logs them without secrets', async () => {
		await call('GET', '/things/7.json?client_secret=hush&x=1');
		await call('POST', '/things.json', ['1', '2']);
		const { json } = await call('GET', '/__twin/calls');
		expect(json.total).toBe(2);
		expect(json.byEndpoint).toEqual({ 'GET /things/....json': 1, 'POST /things.json': 1 });
		expect(json.log[0]).toEqual({
			at: expect.stringMatching(/Z$/),
			method: 'GET',
			path: '/things/7.json',
			query: 'client_secret=***&x=1',
			status: 200,
		});
		expect(json.log[1]).toMatchObject({ records: 2, body: ['1', '2'] });
		expect((await call('DELETE', '/__twin/calls')).json).toEqual({ ok: true });
		expect((await call('GET', '/__twin/calls')).json).toEqual({
			total: 0,
			byEndpoint: {},
			log: [],
		});
	});

	it('keeps secrets in bodies out of the log at any depth', async () => {
		await call('POST', '/nothing', { password: 'hush', inner: [{ client_secret: 'hush' }] });
		const text = JSON.stringify((await call('GET', '/__twin/calls')).json);
		expect(text).not.toContain('hush');
	});

	it("fails as often as told, in the vendor's shape, with Retry-After", async () => {
		await fail({
			match: { method: 'GET', path: '/things' },
			times: 2,
			status: 429,
			code: 'E1',
			retryAfter: 3,
		});
		const first = await call('GET', '/things/1.json');
		expect([first.status, first.json, first.headers.get('retry-after')]).toEqual([
			429,
			{ vendor: 'E1' },
			'3',
		]);
		expect((await call('GET', '/things/1.json')).status).toBe(429);
		expect((await call('GET', '/things/1.json')).status).toBe(200);
	});

	it('matches whole ids and pages only', async () => {
		await fail({ match: { id: '12' }, status: 500 });
		expect((await call('GET', '/things/312.json')).status).toBe(200);
		expect((await call('GET', '/things/12.json')).status).toBe(500);
		await fail({ match: { page: 2 }, status: 500 });
		expect((await call('GET', '/things/1.json?page=1')).status).toBe(200);
		expect((await call('GET', '/things/1.json?page=2')).status).toBe(500);
	});

	it('lets some calls pass before it fails', async () => {
		await fail({ match: {}, skip: 1, status: 500 });
		expect((await call('GET', '/things/1.json')).status).toBe(200);
		expect((await call('GET', '/things/1.json')).status).toBe(500);
	});

	it('fails a single record of a bulk call', async () => {
		await fail({ match: { id: '2' }, code: '1004' });
		expect((await call('POST', '/things.json', ['1', '2', '3'])).json).toEqual([
			'written',
			'skipped 1004',
			'written',
		]);
		expect(twin.written).toEqual(['1', '3']);
	});

	it('cuts the connection before the effect (drop) or after it (afterEffect)', async () => {
		await fail({ match: {}, drop: true });
		await expect(call('POST', '/things.json', ['a'])).rejects.toThrow();
		expect(twin.written).toEqual([]);
		await fail({ match: {}, afterEffect: true });
		await expect(call('POST', '/things.json', ['b'])).rejects.toThrow();
		expect(twin.written).toEqual(['b']);
		const { json } = await call('GET', '/__twin/calls');
		expect(json.log.map((entry: { status: number }) => entry.status)).toEqual([0, 0]);
	});

	it('can replace the answer after the effect', async () => {
		await fail({ match: {}, afterEffect: true, status: 504 });
		expect((await call('POST', '/things.json', ['c'])).status).toBe(504);
		expect(twin.written).toEqual(['c']);
	});

	it('holds a call until it is released', async () => {
		await fail({ match: {}, hold: true });
		let answered = false;
		const held = call('GET', '/things/1.json').then((answer) => {
			answered = true;
			return answer;
		});
		await new Promise((resolve) => setTimeout(resolve, 40));
		expect(answered).toBe(false);
		expect((await call('POST', '/__twin/release')).json).toEqual({ ok: true, released: 1 });
		expect((await held).status).toBe(200);
	});

	it('forgets a held call whose client went away, without its effect', async () => {
		await fail({ match: {}, hold: true });
		const abort = new AbortController();
		const gone = fetch(`${twin.url}/things.json`, {
			method: 'POST',
			body: '["d"]',
			signal: abort.signal,
		});
		await new Promise((resolve) => setTimeout(resolve, 40));
		abort.abort();
		await expect(gone).rejects.toThrow();
		await new Promise((resolve) => setTimeout(resolve, 40));
		expect((await call('POST', '/__twin/release')).json.released).toBe(0);
		expect(twin.written).toEqual([]);
	});

	it('delays', async () => {
		await fail({ match: {}, delayMs: 60 });
		const start = performance.now();
		await call('GET', '/things/1.json');
		expect(performance.now() - start).toBeGreaterThan(50);
	});

	it('takes its time for each call, each record and each that is written, from now on', async () => {
		const took = async (work: () => Promise<unknown>) => {
			const start = performance.now();
			await work();
			return performance.now() - start;
		};
		await call('POST', '/__twin/latency', { callMs: 40, writtenMs: 30 });
		expect(await took(async () => await call('GET', '/things/1.json'))).toBeGreaterThan(35);
		const write = async () => await call('POST', '/things.json', ['1', '2', '3']);
		expect(await took(write)).toBeGreaterThan(125);
		await call('POST', '/__twin/latency', { writtenMs: 0, recordMs: 60 });
		expect(await took(write)).toBeGreaterThan(215);
		expect((await call('GET', '/__twin/latency')).json).toEqual({
			callMs: 40,
			recordMs: 60,
			writtenMs: 0,
		});
		const wrong = await call('POST', '/__twin/latency', { callMs: 1, perCall: 7 });
		expect([wrong.status, wrong.json.error]).toEqual([
			400,
			'No latency perCall. There are: callMs, recordMs, writtenMs.',
		]);
		expect((await call('GET', '/__twin/latency')).json.callMs).toBe(40);
	});

	it.each([
		['each write of a batch, not its reads', 'POST', '', ['GET', 'PATCH', 'DELETE'], 10],
		['nothing of a read that is sent as a form', 'POST', '_method=GET', undefined, 0],
		['nothing of a read', 'GET', '', undefined, 0],
	])('counts as written %s', (_, method, query, parts, expected) => {
		const request = { method, query: new URLSearchParams(query) } as TwinRequest;
		const logged = parts?.map((method) => ({ method, path: '/', status: 200 }));
		const latency = { callMs: 0, recordMs: 0, writtenMs: 5 };
		expect(timeOfRecords(latency, request, 3, logged)).toBe(expected);
	});

	it('moves its clock, makes tokens expire, and goes back to the start', async () => {
		await call('POST', '/__twin/clock', { advanceSeconds: 3600 });
		expect(twin.clock.now() - Date.now()).toBeGreaterThan(3_500_000);
		expect((await call('POST', '/__twin/expire', { what: 'accessToken' })).json).toEqual({
			ok: true,
		});
		expect((await call('POST', '/__twin/expire', { what: 'milk' })).status).toBe(400);
		await fail({ match: {}, status: 500, times: -1 });
		await call('POST', '/__twin/reset');
		expect((await call('GET', '/things/1.json')).status).toBe(200);
		expect(twin.clock.now() - Date.now()).toBeLessThan(1000);
	});

	it.each([
		[{ match: {} }, 'one of status, code, drop'],
		[{ match: {}, status: 'x' }, 'numbers'],
	])('refuses a fault that says nothing (%j)', async (rule, message) => {
		const answer = await fail(rule);
		expect([answer.status, answer.json.ok]).toEqual([400, false]);
		expect(answer.json.error).toContain(message);
	});
});

describe('collapseIds', () => {
	it.each([
		['/api/data/v9.2/leads(5ca1ab1e-0000-4000-8000-000000000001)', '/api/data/v9.2/leads(...)'],
		[
			'/api/data/v9.2/leads(a)/Microsoft.Dynamics.CRM.X',
			'/api/data/v9.2/leads(...)/Microsoft.Dynamics.CRM.X',
		],
		[
			"/api/data/v9.2/EntityDefinitions(LogicalName='lead')/Attributes",
			'/api/data/v9.2/EntityDefinitions(...)/Attributes',
		],
		['/rest/v1/lead/12.json', '/rest/v1/lead/....json'],
		['/rest/v1/leads.json', '/rest/v1/leads.json'],
	])('takes the ids out of %s', (path, expected) => {
		expect(collapseIds(path)).toBe(expected);
	});
});
