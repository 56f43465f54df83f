import { createServer, type IncomingMessage, type ServerResponse } from 'http';
import type { AddressInfo, Socket } from 'net';

import type { ICredentialDataDecryptedObject, INodeType } from 'n8n-workflow';

import { SignInFailed } from '../../../../apis/wire/signIn';
import { Cancelled, NoAnswer, type Wire, type WireRequest } from '../../../../apis/wire/wire';
import { createWire } from '../../../../nodes/shared/send';
import { executeContext } from '../support/n8nContext';

interface Seen {
	method: string;
	url: string;
	headers: IncomingMessage['headers'];
	body: string;
}

let url: string;
let seen: Seen[];
let answer: (request: Seen, response: ServerResponse, socket: Socket) => void;
let close: () => Promise<void>;

beforeEach(async () => {
	seen = [];
	answer = (_request, response) => response.end('{}');
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const one: Seen = {
				method: request.method ?? '',
				url: request.url ?? '',
				headers: request.headers,
				body: Buffer.concat(chunks).toString('utf8'),
			};
			seen.push(one);
			answer(one, response, request.socket);
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	close = async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	};
});
afterEach(async () => await close());

/** A credential whose tokens are numbered; `stored` is what n8n would have in its database. */
function numbered(start: Partial<ICredentialDataDecryptedObject> = {}) {
	let minted = 0;
	const stored: ICredentialDataDecryptedObject = { accessToken: '', tokenExpiresAt: '', ...start };
	const type = {
		name: 'testApi',
		displayName: 'Test API',
		properties: [],
		preAuthentication: async () => ({
			accessToken: `token${++minted}`,
			tokenExpiresAt: String(Date.now() + 3_600_000),
		}),
		authenticate: async (
			credentials: ICredentialDataDecryptedObject,
			request: { headers?: object },
		) => ({
			...request,
			headers: { ...request.headers, Authorization: `Bearer ${String(credentials.accessToken)}` },
		}),
	};
	return { stored, type, minted: () => minted };
}

const NODE_TYPE = {
	description: {
		name: 'test',
		displayName: 'Test',
		properties: [],
		credentials: [{ name: 'testApi', required: true }],
		version: 1,
		inputs: [],
		outputs: [],
	},
} as unknown as INodeType;

async function wireWith(
	credential: { stored: ICredentialDataDecryptedObject; type: object } = numbered(),
	abortSignal?: AbortSignal,
): Promise<Wire> {
	const context = executeContext({
		nodeType: NODE_TYPE,
		parameters: {},
		credential: { type: credential.type as never, data: credential.stored },
		abortSignal,
	});
	return await createWire(context, 'testApi', { baseUrl: () => `${url}/` });
}

const get = (more: Partial<WireRequest> = {}): WireRequest => ({
	method: 'GET',
	url: `${url}/x`,
	timeoutMs: 5_000,
	...more,
});

describe('send', () => {
	it('sends method, query, headers and a JSON body, and parses the JSON answer', async () => {
		answer = (_request, response) => {
			response.writeHead(201, { 'X-Some': 'Thing', 'Content-Type': 'application/json' });
			response.end('{"a":1}');
		};
		const wire = await wireWith();
		const got = await wire.send(
			get({
				method: 'PATCH',
				query: { $select: 'a,b', q: "O'Hara & Co" },
				headers: { 'If-Match': '*' },
				body: { n: 'Ö' },
			}),
		);
		expect(got).toMatchObject({ status: 201, body: { a: 1 }, headers: { 'x-some': 'Thing' } });
		expect(seen[0]).toMatchObject({
			method: 'PATCH',
			url: '/x?$select=a,b&q=O%27Hara%20%26%20Co',
			body: '{"n":"Ö"}',
			headers: {
				authorization: 'Bearer token1',
				'if-match': '*',
				'content-type': 'application/json; charset=utf-8',
			},
		});
	});

	it('sends text as it is and takes a path below the base URL', async () => {
		const wire = await wireWith();
		await wire.send(
			get({
				method: 'POST',
				url: '/batch',
				headers: { 'Content-Type': 'multipart/mixed' },
				body: '--b\r\n',
			}),
		);
		expect(seen[0]).toMatchObject({
			url: '/batch',
			body: '--b\r\n',
			headers: { 'content-type': 'multipart/mixed' },
		});
	});

	it.each([400, 404, 412, 429, 500, 503])(
		'resolves for HTTP %i (statuses are answers)',
		async (status) => {
			answer = (_request, response) => {
				response.writeHead(status, { 'Retry-After': '7' });
				response.end('<html>no</html>');
			};
			const wire = await wireWith();
			await expect(wire.send(get())).resolves.toMatchObject({
				status,
				body: '<html>no</html>',
				headers: { 'retry-after': '7' },
			});
		},
	);

	it('does not follow a redirect (the token would go along)', async () => {
		answer = (_request, response) => {
			response.writeHead(302, { Location: `${url}/elsewhere` });
			response.end();
		};
		const wire = await wireWith();
		await expect(wire.send(get())).resolves.toMatchObject({ status: 302 });
		expect(seen).toHaveLength(1);
	});
});

it('says where to choose a credential that is missing, in one sentence', async () => {
	const credentials = [{ name: 'marketoApi', required: true }];
	const context = executeContext({
		nodeType: { description: { ...NODE_TYPE.description, credentials } } as unknown as INodeType,
		parameters: {},
		credential: { type: { name: 'other', displayName: '', properties: [] }, data: {} },
	});
	await expect(createWire(context, 'marketoApi')).rejects.toThrow(
		'No Marketo API credential is chosen: open "Node" and choose or create one; n8n then fills in the other steps',
	);
});

describe('tokens', () => {
	it('uses the stored token while it lasts', async () => {
		const credential = numbered({
			accessToken: 'kept',
			tokenExpiresAt: String(Date.now() + 600_000),
		});
		const wire = await wireWith(credential);
		await wire.send(get());
		expect(seen[0]!.headers.authorization).toBe('Bearer kept');
		expect(credential.minted()).toBe(0);
	});

	it('renews a token that ends within a minute before it is refused, once, and has it stored', async () => {
		const credential = numbered({
			accessToken: 'old',
			tokenExpiresAt: String(Date.now() + 30_000),
		});
		const wire = await wireWith(credential);
		await wire.send(get());
		await wire.send(get());
		expect(seen.map(({ headers }) => headers.authorization)).toEqual([
			'Bearer token1',
			'Bearer token1',
		]);
		expect(credential.stored.accessToken).toBe('token1');
		expect(credential.minted()).toBe(1);
	});

	it('renews after a 401 and sends once more', async () => {
		answer = (request, response) => {
			response.statusCode = request.headers.authorization === 'Bearer token1' ? 200 : 401;
			response.end('{}');
		};
		const wire = await wireWith(numbered({ accessToken: 'revoked', tokenExpiresAt: '' }));
		await expect(wire.send(get({ method: 'POST', body: { a: 1 } }))).resolves.toMatchObject({
			status: 200,
		});
		expect(seen.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":1}']);
	});

	it('hands on a 401 that stays', async () => {
		answer = (_request, response) => {
			response.statusCode = 401;
			response.end('{"error":{"code":"0x1","message":"no"}}');
		};
		const wire = await wireWith();
		await expect(wire.send(get())).resolves.toMatchObject({
			status: 401,
			body: { error: { message: 'no' } },
		});
	});

	it('gets a new token when told so (Marketo refuses tokens with HTTP 200)', async () => {
		const wire = await wireWith(
			numbered({ accessToken: 'old', tokenExpiresAt: String(Date.now() + 600_000) }),
		);
		await wire.send(get(), { freshToken: true });
		expect(seen[0]!.headers.authorization).toBe('Bearer token1');
	});

	it('says so when nobody can be signed in, and knows a busy service from a wrong secret', async () => {
		const credential = numbered();
		credential.type.preAuthentication = async () => {
			throw new SignInFailed('The secret is wrong', 'Mend it').inOneMessage();
		};
		await expect((await wireWith(credential)).send(get())).rejects.toMatchObject({
			name: 'SignInFailed',
			reason: 'The secret is wrong',
		});
		credential.type.preAuthentication = async () => {
			throw new SignInFailed('Busy', 'Wait', true);
		};
		await expect((await wireWith(credential)).send(get())).rejects.toMatchObject({
			name: 'NoAnswer',
			reachedServer: 'no',
			code: 'SIGN_IN_UNAVAILABLE',
		});
		expect(seen).toHaveLength(0);
	});
});

describe('no answer', () => {
	it('knows that a refused connection had no effect', async () => {
		const wire = await wireWith();
		await close();
		await expect(wire.send(get())).rejects.toMatchObject({
			name: 'NoAnswer',
			reachedServer: 'no',
			code: 'ECONNREFUSED',
		});
	});

	it('does not know what a connection that broke off has done', async () => {
		answer = (_request, _response, socket) => socket.destroy();
		const wire = await wireWith();
		await expect(wire.send(get())).rejects.toMatchObject({
			name: 'NoAnswer',
			reachedServer: 'maybe',
		});
	});

	it('gives up at the time-out', async () => {
		answer = () => {};
		const wire = await wireWith();
		await expect(wire.send(get({ timeoutMs: 50 }))).rejects.toMatchObject({
			name: 'NoAnswer',
			reachedServer: 'maybe',
		});
	});

	it('gives up on an answer that trickles without end (n8n’s own time-out only counts silence)', async () => {
		let trickle: NodeJS.Timeout | undefined;
		answer = (_request, response) => {
			trickle = setInterval(() => response.write(' '), 20);
		};
		const wire = await wireWith();
		const started = Date.now();
		await expect(wire.send(get({ timeoutMs: 100 }))).rejects.toBeInstanceOf(NoAnswer);
		expect(Date.now() - started).toBeLessThan(3_000);
		clearInterval(trickle);
	});
});

describe('cancellation', () => {
	it('ends a call under way', async () => {
		answer = () => {};
		const stop = new AbortController();
		const wire = await wireWith(numbered(), stop.signal);
		const call = wire.send(get());
		setTimeout(() => stop.abort(), 50);
		await expect(call).rejects.toBeInstanceOf(Cancelled);
	});

	it('starts no call and ends a wait', async () => {
		const stop = new AbortController();
		const wire = await wireWith(numbered(), stop.signal);
		const wait = wire.sleep(60_000);
		stop.abort();
		await expect(wait).rejects.toBeInstanceOf(Cancelled);
		await expect(wire.send(get())).rejects.toBeInstanceOf(Cancelled);
		expect(seen).toHaveLength(0);
	});
});
