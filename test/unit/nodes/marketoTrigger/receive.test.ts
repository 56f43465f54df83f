import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';

import type {
	IExecuteFunctions,
	IHttpRequestOptions,
	INodeExecutionData,
	IWebhookFunctions,
} from 'n8n-workflow';

import { complete } from '../../../../nodes/Marketo/operations/flowStep/complete.operation';
import { receive } from '../../../../nodes/MarketoTrigger/receive/receive';
import { openNodeLedger } from '../../../../nodes/shared/ledger';
import type { Ledger } from '../../../../sync/ledger/ledger';

const KEY = 'a-key-of-sixteen-or-more';
const SECRET = { 'x-api-key': KEY };
const JSON_TYPE = { 'content-type': 'application/json' };

interface Call {
	path?: string;
	method?: string;
	headers?: Record<string, string>;
	body?: string;
	/** What comes of a body that never ends. */
	unfinished?: string;
	query?: Record<string, string>;
	parameters?: Record<string, unknown>;
	/** Where the Marketo credential points to, if there is one. */
	endpoint?: string;
	manual?: boolean;
}

let folder: string;
let before: string | undefined;
let logged: string[];
let workflow = 0;

beforeAll(() => {
	before = process.env.N8N_USER_FOLDER;
	folder = mkdtempSync(path.join(tmpdir(), 'marketo-trigger-'));
	process.env.N8N_USER_FOLDER = folder;
});
afterAll(async () => {
	await (await ledgerOf()).close();
	if (before === undefined) delete process.env.N8N_USER_FOLDER;
	else process.env.N8N_USER_FOLDER = before;
	rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
	logged = [];
	workflow++;
});

const ledgerOf = async (): Promise<Ledger> =>
	await openNodeLedger({ getNode: () => ({}) as never });
const receiver = () => `w${workflow}:node`;
const kept = async () =>
	await (await ledgerOf()).db
		.selectFrom('request')
		.selectAll()
		.where('receiver', '=', receiver())
		.orderBy('id')
		.execute();

/** While the sync's ledger belongs to that subscription. */
async function boundTo(value: string, work: () => Promise<void>) {
	const { db } = await ledgerOf();
	await db.insertInto('meta').values({ name: 'marketo.subscription', value }).execute();
	await work().finally(
		async () => await db.deleteFrom('meta').where('name', '=', 'marketo.subscription').execute(),
	);
}

const bodyOf = (text: string) => Readable.from(text === '' ? [] : [Buffer.from(text)]);

const endless = (text: string) => {
	const body = new PassThrough();
	body.write(text);
	return body;
};

/** One call, as n8n hands it to the node. */
async function call({
	path: last = 'person',
	method = 'POST',
	headers = {},
	body = '',
	unfinished,
	query = {},
	parameters = {},
	endpoint,
	manual = false,
}: Call) {
	const answer = { status: 0, headers: {} as Record<string, string>, text: '' };
	let end = () => {};
	const ended = new Promise<void>((resolve) => (end = resolve));
	const response = {
		headersSent: false,
		status: (code: number) => (answer.status = code),
		setHeader: (name: string, value: string) => (answer.headers[name] = value),
		end: (text: string) => {
			answer.text = text;
			end();
		},
	};
	const all: Record<string, unknown> = {
		service: 'webhook',
		flowAction: 'syncPerson',
		...parameters,
	};
	const context = {
		getNode: () => ({
			id: 'node',
			credentials: {
				marketoIncomingCallsApi: { id: 'secret' },
				...(endpoint !== undefined && { marketoApi: { id: endpoint } }),
			},
		}),
		getWorkflow: () => ({ id: `w${workflow}` }),
		getMode: () => (manual ? 'manual' : 'webhook'),
		getNodeParameter: (name: string, fallback?: unknown) => all[name] ?? fallback,
		getCredentials: async (type: string) =>
			type === 'marketoApi'
				? { endpoint }
				: { authentication: 'apiKey', headerName: 'x-api-key', apiKey: KEY },
		getRequestObject: () =>
			Object.assign(unfinished === undefined ? bodyOf(body) : endless(unfinished), {
				method,
				path: `/webhook/abc/${last}`,
				headers,
			}),
		getResponseObject: () => response,
		getQueryData: () => query,
		getNodeWebhookUrl: () => 'https://n8n.example/webhook/abc/openapi.json',
		logger: { error: (text: string) => void logged.push(text) },
	};
	const data = await receive(context as unknown as IWebhookFunctions);
	await ended;
	return {
		...answer,
		json: answer.text.startsWith('{')
			? (JSON.parse(answer.text) as Record<string, unknown>)
			: undefined,
		data,
	};
}

/** *Complete Flow Step* on these items. */
async function completed(items: object[], status = 200, parameters: Record<string, unknown> = {}) {
	const sent: IHttpRequestOptions[] = [];
	const context = {
		getNode: () => ({ id: 'c' }),
		getNodeParameter: (name: string, index: number, fallback: unknown) => {
			if (name in parameters) return parameters[name];
			const key = name === 'requestId' ? 'request' : name;
			return (items[index] as Record<string, unknown>)[key] ?? fallback;
		},
		helpers: {
			httpRequest: async (options: IHttpRequestOptions) => {
				sent.push(options);
				return { statusCode: status };
			},
		},
	};
	const input = items.map((json) => ({ json })) as INodeExecutionData[];
	const out = await complete.execute(context as unknown as IExecuteFunctions, input);
	return { out: out.map(({ json }) => json), sent };
}

describe('Marketo Trigger: Call Webhook', () => {
	it('keeps the person before it answers', async () => {
		const { status, json, data } = await call({
			headers: { ...SECRET, ...JSON_TYPE },
			body: '{"leadId": 7, "email": , "title": "x"}',
		});
		expect([status, json]).toEqual([200, { status: 'queued' }]);
		expect(data).toEqual({ noWebhookResponse: true });
		expect(await kept()).toMatchObject([
			{ person: '7', service: 'webhook', state: 'waiting', parameters: '{"title":"x"}' },
		]);
	});

	it('keeps all of many calls at once, each once', async () => {
		const calls = Array.from({ length: 300 }, (_, at) =>
			call({ method: 'GET', headers: SECRET, query: { leadId: String(at + 1) } }),
		);
		expect(new Set((await Promise.all(calls)).map(({ status }) => status))).toEqual(new Set([200]));
		expect(new Set((await kept()).map(({ person }) => person)).size).toBe(300);
		expect(await kept()).toHaveLength(300);
	});

	it('tells a flood to come back, and keeps what it said it keeps', async () => {
		const calls = Array.from({ length: 700 }, (_, at) =>
			call({ method: 'GET', headers: SECRET, query: { leadId: String(at + 1) } }),
		);
		const answers = await Promise.all(calls);
		const refused = answers.filter(({ status }) => status === 429);
		expect(refused.length).toBeGreaterThan(0);
		expect(refused[0]!.headers['Retry-After']).toMatch(/^\d+$/);
		expect(await kept()).toHaveLength(answers.filter(({ status }) => status === 200).length);
	});

	it.each<Record<string, string>>([{}, { 'x-api-key': 'wrong-but-long-enough' }])(
		'answers 401 and nothing else with %j, without reading on',
		async (headers) => {
			const { status, text } = await call({
				headers: { ...headers, ...JSON_TYPE },
				body: '{"leadId": }',
			});
			expect([status, text]).toEqual([401, '{"error":"Unauthorized"}']);
			expect(await kept()).toEqual([]);
		},
	);

	it('leaves room for Marketo however many strangers knock at once', async () => {
		const strangers = Array.from(
			{ length: 1_000 },
			async () => await call({ body: '{"leadId":7}' }),
		);
		const known = await call({ headers: { ...SECRET, ...JSON_TYPE }, body: '{"leadId": 7}' });
		expect(known.status).toBe(200);
		expect(new Set((await Promise.all(strangers)).map(({ status }) => status))).toEqual(
			new Set([401]),
		);
	});

	it('gives up a body that does not end, so that it takes up no room for ever', async () => {
		jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
		const endless = call({ headers: { ...SECRET, ...JSON_TYPE }, unfinished: '{"leadId":' });
		await jest.advanceTimersByTimeAsync(31_000);
		jest.useRealTimers();
		const { status, headers } = await endless;
		expect([status, headers.Connection]).toEqual([408, 'close']);
		expect(await kept()).toEqual([]);
	});

	it('refuses values that are nested beyond all measure, and does not ask for them again', async () => {
		const deep = `{"leadId": 7, "x": ${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
		const { status } = await call({ headers: { ...SECRET, ...JSON_TYPE }, body: deep });
		expect(status).toBe(400);
		expect(logged).toEqual([]);
	});

	it('refuses what is too large, said or found while reading', async () => {
		const body = JSON.stringify({ leadId: 1, more: 'x'.repeat(1_100_000) });
		for (const length of [{ 'content-length': String(body.length) }, {}]) {
			expect(
				await call({
					headers: { ...SECRET, ...JSON_TYPE, ...length } as Record<string, string>,
					body,
				}),
			).toMatchObject({ status: 413, json: { error: expect.any(String) as string } });
		}
	});

	it('refuses other types, compressed bodies and what is no UTF-8', async () => {
		expect(
			(await call({ headers: { ...SECRET, 'content-type': 'application/xml' }, body: '<a/>' }))
				.status,
		).toBe(415);
		expect(
			(await call({ headers: { ...SECRET, ...JSON_TYPE, 'content-encoding': 'gzip' }, body: 'x' }))
				.status,
		).toBe(415);
	});

	it('refuses another subscription when one is set', async () => {
		const parameters = { munchkinId: 'aaa-111-bbb' };
		const headers = { ...SECRET, ...JSON_TYPE };
		expect(
			(await call({ headers, parameters, body: '{"leadId": 1, "munchkinId": "XXX-111-BBB"}' }))
				.status,
		).toBe(403);
		expect(
			(await call({ headers, parameters, body: '{"leadId": 1, "munchkinId": "AAA-111-BBB"}' }))
				.status,
		).toBe(200);
	});

	it('refuses a subscription that is not the one the ledger belongs to, where the call names it (R44)', async () => {
		const headers = { ...SECRET, ...JSON_TYPE };
		const from = async (munchkinId: string) =>
			(await call({ headers, body: JSON.stringify({ leadId: 1, munchkinId }) })).status;
		await boundTo('123-ABC-456', async () => {
			expect(await from('987-ZYX-654')).toBe(403);
			expect(await kept()).toEqual([]);
			expect(await from('123-abc-456')).toBe(200);
			expect((await call({ headers, body: '{"leadId": 1}' })).status).toBe(200);
		});
		// A stand-in's address tells nothing of it.
		await boundTo('127.0.0.1:8091', async () => expect(await from('987-ZYX-654')).toBe(200));
		expect(await from('987-ZYX-654')).toBe(200);
	});

	it('has no other paths, and none of a flow step', async () => {
		for (const last of ['status', 'openapi.json', 'x', ''])
			expect((await call({ path: last, headers: SECRET })).status).toBe(404);
	});

	it('answers with the result when it comes in time, else that it is queued', async () => {
		const parameters = { answer: 'withResult', timeLimit: 5 };
		const waiting = call({ method: 'GET', headers: SECRET, query: { leadId: '8' }, parameters });
		while ((await kept()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
		const [row] = await kept();
		const { out } = await completed([
			{ request: row!.id, success: true, dynamicsTable: 'lead', dynamicsId: 'd8', reason: 'made' },
		]);
		expect(out).toEqual([
			{ request: row!.id, success: true, callback: 'none', message: 'Answered' },
		]);
		expect((await waiting).json).toEqual({
			status: 'done',
			success: true,
			dynamicsTable: 'lead',
			dynamicsId: 'd8',
			errorCode: '',
			reason: 'made',
		});
		const late = await call({
			method: 'GET',
			headers: SECRET,
			query: { leadId: '9' },
			parameters: { ...parameters, timeLimit: 1 },
		});
		expect([late.status, late.json]).toEqual([200, { status: 'queued' }]);
	});

	it('passes a test call on and keeps nothing of it', async () => {
		const { data } = await call({
			method: 'GET',
			headers: SECRET,
			query: { leadId: '8', title: 'x' },
			manual: true,
		});
		expect(data.workflowData?.[0]).toMatchObject([
			{ json: { kind: 'request', request: '', id: '8', values: { title: 'x' } } },
		]);
		expect(await kept()).toEqual([]);
	});

	it('says in the log that it failed, and nothing of the call', async () => {
		const { db } = await ledgerOf();
		const failing = jest.spyOn(db, 'transaction').mockImplementation(() => {
			throw new Error('disk full at person-4711@example.com');
		});
		const { status, text } = await call({
			method: 'GET',
			headers: SECRET,
			query: { leadId: '8', email: 'person-4711@example.com' },
		});
		failing.mockRestore();
		expect(status).toBe(500);
		expect(text + logged.join()).not.toContain('4711');
		expect(logged).toHaveLength(1);
	});
});

describe('Marketo Trigger: Self-Service Flow Step', () => {
	const parameters = { service: 'flowStep' };
	const endpoint = 'http://127.0.0.1:4711';
	const invocation = (people: number[], more: object = {}) =>
		JSON.stringify({
			batchid: 'b',
			campaignId: 1,
			callbackUrl: `${endpoint}/cb`,
			token: `token-${workflow}`,
			apiCallBackKey: 'k',
			context: { subscription: { munchkinId: 'AAA-111-BBB' }, campaign: { name: 'Spring' } },
			objectData: people.map((id) => ({
				objectType: 'lead',
				objectContext: { id },
				flowStepContext: { syncAs: 'lead' },
				triggeringContext: { name: 'f' },
			})),
			...more,
		});
	const submit = async (body: string, more: Call = {}) =>
		await call({
			path: 'submitAsyncAction',
			headers: { ...SECRET, ...JSON_TYPE },
			body,
			parameters,
			endpoint,
			...more,
		});

	it('keeps an invocation once, though it comes twice, and calls back once when all have an answer', async () => {
		expect((await submit(invocation([1, 2]))).status).toBe(201);
		expect((await submit(invocation([1, 2]))).status).toBe(201);
		const rows = await kept();
		expect(rows.map(({ person }) => person).sort()).toEqual(['1', '2']);
		const first = await completed([
			{ request: rows[0]!.id, success: true },
			{ request: rows[1]!.id, success: null },
		]);
		expect(first.out.map(({ callback }) => callback)).toEqual(['waiting', 'waiting']);
		expect(first.sent).toHaveLength(0);
		const second = await completed([
			{ request: rows[1]!.id, success: 'false', errorCode: 'NO', reason: 'why' },
		]);
		expect(second.out).toMatchObject([{ success: false, callback: 'sent' }]);
		expect(second.sent).toHaveLength(1);
		expect((await completed([{ request: rows[0]!.id, success: false }])).out).toMatchObject([
			{ callback: 'sent' },
		]);
	});

	it('says of each item what became of the callback, and stops for none', async () => {
		await submit(invocation([1]));
		const [row] = await kept();
		const { out } = await completed(
			[
				{ request: row!.id, success: true },
				{},
				{ request: 'gone', success: true },
				{ request: 'x', success: 'perhaps' },
			],
			403,
		);
		expect(out.map(({ callback }) => callback)).toEqual(['failed', 'none', 'none', 'failed']);
		expect(out[0]!.message).toContain('HTTP 403');
		expect(out[3]!.message).toContain('Success');
	});

	it('puts more answers into the callback', async () => {
		await submit(invocation([1]));
		const [row] = await kept();
		const { sent } = await completed([{ request: row!.id, success: true }], 200, {
			moreAnswers: { row: [{ name: 'ratedBy', value: 'Kim' }] },
		});
		expect(JSON.parse(sent[0]!.body as string)).toMatchObject({
			objectData: [{ activityData: { success: true, ratedBy: 'Kim' } }],
		});
	});

	it.each([
		[{ callbackUrl: 'https://attacker.example/cb' }, 400],
		[{ callbackUrl: 'http://127.0.0.1:4712/cb' }, 400],
		[{ callbackUrl: 'https://app.marketo.com/cb' }, 201],
		[{ objectData: [] }, 201],
		[{ objectData: 5 }, 400],
	])('answers %j with %i', async (more, status) => {
		expect((await submit(invocation([1], more))).status).toBe(status);
	});

	it('refuses another subscription, another secret, another type, another method', async () => {
		expect(
			(await submit(invocation([1]), { parameters: { ...parameters, munchkinId: 'XXX-111-BBB' } }))
				.status,
		).toBe(403);
		expect((await submit(invocation([1]), { headers: JSON_TYPE })).status).toBe(401);
		expect(
			(await submit(invocation([1]), { headers: { ...SECRET, 'content-type': 'text/plain' } }))
				.status,
		).toBe(415);
		expect((await submit(invocation([1]), { method: 'GET' })).status).toBe(405);
		expect(await kept()).toEqual([]);
	});

	it('refuses people of a subscription that the ledger does not belong to, unless the action is one of its own (R44)', async () => {
		await boundTo('123-ABC-456', async () => {
			expect((await submit(invocation([1]))).status).toBe(403);
			expect(await kept()).toEqual([]);
			const custom = {
				...parameters,
				flowAction: 'custom',
				serviceName: 'Rate',
				stepParameters: { row: [{ name: 'level', type: 'string' }] },
			};
			expect((await submit(invocation([1]), { parameters: custom })).status).toBe(201);
		});
	});

	it.each([
		['openapi.json', 'GET', {}, 200],
		['serviceIcon', 'GET', {}, 200],
		['brandIcon', 'GET', {}, 200],
		['providerInstructions', 'GET', {}, 200],
		['getServiceDefinition', 'GET', {}, 401],
		['getServiceDefinition', 'GET', SECRET, 200],
		['status', 'GET', {}, 401],
		['status', 'GET', SECRET, 200],
		['getPicklist', 'POST', {}, 401],
		['getPicklist', 'GET', SECRET, 405],
		['openapi.json', 'POST', SECRET, 405],
		['person', 'POST', SECRET, 404],
		['other', 'GET', SECRET, 404],
		['__proto__', 'GET', SECRET, 404],
	])('answers %s by %s with %j: %i', async (last, method, headers, status) => {
		const answer = await call({
			path: last,
			method,
			headers: headers as Record<string, string>,
			parameters,
		});
		expect(answer.status).toBe(status);
		expect(answer.text).not.toContain(KEY);
		if (status >= 400) expect(answer.json).toEqual({ error: expect.any(String) as string });
	});

	it('serves icons as images and instructions as a page, and its address in the document', async () => {
		expect(
			(await call({ path: 'serviceIcon', method: 'GET', parameters })).headers['Content-Type'],
		).toBe('image/svg+xml');
		expect(
			(await call({ path: 'providerInstructions', method: 'GET', parameters })).headers[
				'Content-Type'
			],
		).toMatch(/^text\/html/);
		expect((await call({ path: 'openapi.json', method: 'GET', parameters })).json).toMatchObject({
			servers: [{ url: 'https://n8n.example/webhook/abc' }],
		});
	});
});
