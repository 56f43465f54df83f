import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Loose } from './support';

export interface Received {
	readonly method: string;
	readonly path: string;
	readonly headers: IncomingHttpHeaders;
	readonly body: string;
}

export interface Reply {
	readonly status?: number;
	readonly headers?: Record<string, string>;
	readonly body?: unknown;
	/** Milliseconds before the answer. */
	readonly afterMs?: number;
}

/** A tiny HTTP server in the role of somebody else's: a webhook's target or a flow step service. */
export interface Outside {
	readonly url: string;
	readonly received: Received[];
	/** Requests to this path. */
	of(path: string): Received[];
	/** What it answers from now on. */
	reply: (request: Received, count: number) => Reply;
	close(): Promise<void>;
}

export async function startOutside(): Promise<Outside> {
	const received: Received[] = [];
	const server = createServer((message, response) => {
		const chunks: Buffer[] = [];
		message.on('data', (chunk: Buffer) => chunks.push(chunk));
		message.on('end', () => {
			const request = {
				method: message.method ?? '',
				path: message.url ?? '',
				headers: message.headers,
				body: Buffer.concat(chunks).toString('utf8'),
			};
			received.push(request);
			const reply = outside.reply(request, outside.of(request.path).length);
			const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
			setTimeout(() => {
				response.writeHead(reply.status ?? 200, {
					'Content-Type': 'application/json',
					...reply.headers,
				});
				response.end(reply.body === undefined ? '' : text);
			}, reply.afterMs ?? 0).unref();
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const outside: Outside = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		received,
		of: (path) => received.filter((one) => one.path === path),
		reply: () => ({ body: { ok: true } }),
		close: async () =>
			await new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
	return outside;
}

const json = (schema: string) => ({
	responses: {
		'200': {
			description: 'ok',
			content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
		},
	},
});

/** The OpenAPI document of a small service, as a service would publish it. */
export function serviceDocument(): Loose {
	const statuses = ['201', '400', '401', '403', '429', '500'].map((status) => [
		status,
		{ description: status },
	]);
	return {
		openapi: '3.0.1',
		info: {
			title: 'Phone Book',
			version: '1.0.0',
			'x-providerName': 'Test',
			'x-schemaVersion': '1.0.0',
			'x-supportContact': 'help@test.example',
		},
		servers: [{ url: '/api' }],
		security: [{ key: [] }],
		paths: {
			'/submitAsyncAction': {
				post: {
					requestBody: {
						content: { 'application/json': { schema: { $ref: '#/components/schemas/async' } } },
					},
					callbacks: { selfServiceFlowComplete: { '{$request.body#/flowComplete}': { post: {} } } },
					responses: Object.fromEntries(statuses),
				},
			},
			'/getServiceDefinition': { get: json('serviceDefinition') },
			'/status': { get: json('serviceStatus') },
			'/getPicklist': { post: json('picklistObject') },
			'/serviceIcon': { get: { responses: { '200': { content: { 'image/*': {} } } } } },
		},
		components: {
			schemas: {},
			securitySchemes: { key: { type: 'apiKey', name: 'x-api-key', in: 'header' } },
		},
	};
}

const text = (name: string) => ({ en_US: { name } });

export function serviceDefinition(): Loose {
	const field = (
		serviceAttribute: string,
		suggestedMarketoAttribute: string,
		dataType: string,
	) => ({
		serviceAttribute,
		suggestedMarketoAttribute,
		dataType,
		description: { en_US: serviceAttribute },
	});
	return {
		apiName: 'phoneBook',
		i18n: { en_US: { name: 'Look Up Phone', description: 'Looks up a phone number' } },
		primaryAttribute: 'book',
		invocationPayloadDef: {
			flowAttributes: [
				{
					apiName: 'book',
					i18n: text('Book'),
					dataType: 'string',
					hasPicklist: true,
					enforcePicklistSelect: true,
				},
				{ apiName: 'remark', i18n: text('Remark'), dataType: 'string' },
			],
			fields: [field('mail', 'email', 'email'), field('givenName', 'firstName', 'string')],
			campaignContext: true,
			triggerContext: true,
			subscriptionContext: true,
		},
		callbackPayloadDef: {
			attributes: [{ apiName: 'hits', i18n: text('Hits'), dataType: 'integer' }],
			fields: [
				field('jobTitle', 'title', 'string'),
				field('town', 'city', 'string'),
				field('points', 'leadScore', 'score'),
				field('stop', 'unsubscribed', 'boolean'),
				field('unmapped', 'noSuchField', 'string'),
			],
		},
	};
}

/** Answers of the service's GETs and of its picklist; `more` answers the rest. */
export function serviceReplies(
	more: (request: Received, count: number) => Reply,
	document: () => Loose = serviceDocument,
	definition: () => Loose = serviceDefinition,
): Outside['reply'] {
	return (request, count) => {
		if (request.path === '/openapi.json') return { body: document() };
		if (request.headers['x-api-key'] !== 'right') return { status: 401 };
		switch (request.path) {
			case '/api/status':
				return { body: { info: ['fine'] } };
			case '/api/getServiceDefinition':
				return { body: definition() };
			case '/api/getPicklist':
				return { body: { choices: [{ displayValue: { en_US: 'Town' }, submittedValue: 'town' }] } };
			case '/api/serviceIcon':
				return { headers: { 'Content-Type': 'image/png' }, body: 'png' };
			default:
				return more(request, count);
		}
	};
}
