import { headerName, type IncomingSecret } from '../receive/caller';
import type { FlowAction } from './actions';

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const object = (properties: Record<string, object> = {}, required: string[] = []) => ({
	type: 'object',
	properties,
	...(required.length > 0 && { required }),
	additionalProperties: true,
});
const json = (name: string) => ({ 'application/json': { schema: reference(name) } });
const answer = (description: string, content?: object) => ({
	description,
	...(content && { content }),
});

/**
 * The document by whose address an administrator installs the service in Marketo (Adobe, Self-Service
 * Flow Steps 1.0). It holds no secret, and is shown to anybody: Marketo reads it before it is told one.
 *
 * @param base address of the service, without a slash at the end
 */
export function openApiDocument(
	action: FlowAction,
	secret: Pick<IncomingSecret, 'authentication' | 'headerName'>,
	base: string,
): object {
	const scheme = secret.authentication === 'basic' ? 'basic' : 'apiKey';
	return {
		openapi: '3.0.1',
		info: {
			title: action.name,
			description: action.description,
			version: '1.0.0',
			'x-providerName': 'n8n',
			'x-schemaVersion': '1.0.0',
			'x-supportContact':
				'https://github.com/n8n-nodes-marketo-dynamics/n8n-nodes-marketo-dynamics/issues',
		},
		servers: [{ url: base }],
		security: [{ [scheme]: [] }],
		paths: paths(),
		components: { schemas: schemas(), securitySchemes: { [scheme]: securityScheme(secret) } },
	};
}

function securityScheme(secret: Pick<IncomingSecret, 'authentication' | 'headerName'>): object {
	if (secret.authentication === 'basic')
		return { type: 'http', scheme: 'basic', 'x-realm-required': false };
	return { type: 'apiKey', in: 'header', name: headerName(secret as IncomingSecret) };
}

function paths(): object {
	const image = {
		responses: {
			200: answer('The icon', { 'image/*': { schema: { type: 'string', format: 'binary' } } }),
		},
	};
	return {
		'/submitAsyncAction': {
			post: {
				operationId: 'submitAsyncAction',
				requestBody: { required: true, content: json('async') },
				callbacks: {
					selfServiceFlowComplete: { '{$request.body#/flowComplete}': { post: callback() } },
				},
				responses: {
					201: answer('Accepted'),
					400: answer('Something is missing or not as it should be'),
					401: answer('The secret is missing or wrong'),
					403: answer('Calls from this subscription are not accepted'),
					429: answer('Too many calls; try again later'),
					500: answer('The call could not be stored'),
				},
			},
		},
		'/getServiceDefinition': {
			get: { responses: { 200: answer('The definition', json('serviceDefinition')) } },
		},
		'/status': { get: { responses: { 200: answer('The status', json('serviceStatus')) } } },
		'/getPicklist': {
			post: {
				requestBody: { required: true, content: json('getPicklistRequest') },
				responses: { 200: answer('The choices', json('picklistObject')) },
			},
		},
		'/serviceIcon': { get: image },
		'/brandIcon': { get: image },
		'/providerInstructions': {
			get: {
				responses: {
					200: answer('How to set it up', { 'text/html': { schema: { type: 'string' } } }),
				},
			},
		},
	};
}

function callback(): object {
	const header = (name: string) => ({
		in: 'header',
		name,
		required: true,
		schema: { type: 'string' },
	});
	return {
		parameters: [header('x-api-key'), header('x-callback-token')],
		requestBody: { content: json('flowCallBack') },
		responses: { 404: answer('Not found'), 405: answer('Not valid') },
	};
}

function schemas(): Record<string, object> {
	const text = { type: 'string' };
	const list = (items: object) => ({ type: 'array', items });
	return {
		async: object(
			{
				batchid: text,
				campaignId: { type: 'integer' },
				callbackUrl: { type: 'string', format: 'uri' },
				token: text,
				apiCallBackKey: text,
				context: object(
					{
						subscription: object({ munchkinId: text }, ['munchkinId']),
						campaign: object(),
						admin: object(),
					},
					['subscription'],
				),
				objectData: list(reference('objectData')),
			},
			['campaignId', 'callbackUrl'],
		),
		objectData: object(
			{
				objectType: { type: 'string', enum: ['lead'] },
				objectContext: reference('leadData'),
				flowStepContext: object(),
				triggeringContext: object({ name: text, triggerName: text }),
			},
			['objectType', 'objectContext'],
		),
		leadData: object({ id: { type: 'integer', format: 'int64' } }, ['id']),
		flowCallBack: object(
			{
				munchkinId: text,
				token: text,
				time: { type: 'string', format: 'date-time' },
				errorCode: text,
				errorMessage: text,
				objectData: list(reference('callbackData')),
			},
			['munchkinId'],
		),
		callbackData: object(
			{
				leadData: reference('leadData'),
				activityData: object({ success: { type: 'boolean' }, reason: text, errorCode: text }),
			},
			['leadData'],
		),
		serviceDefinition: object(
			{
				apiName: text,
				i18n: object(),
				primaryAttribute: text,
				invocationPayloadDef: object(),
				callbackPayloadDef: object(),
			},
			['apiName', 'i18n', 'primaryAttribute', 'invocationPayloadDef', 'callbackPayloadDef'],
		),
		serviceStatus: object({ info: list(text), warnings: list(text), errors: list(text) }),
		getPicklistRequest: object(
			{ name: text, type: { type: 'string', enum: ['flow', 'global', 'header'] } },
			['name', 'type'],
		),
		picklistObject: object(
			{ choices: list(object({ displayValue: object({ en_US: text }), submittedValue: text })) },
			['choices'],
		),
	};
}
