import {
	ACTIONS,
	customAction,
	type FlowAction,
} from '../../../../nodes/MarketoTrigger/flowStep/actions';
import { serviceDefinition } from '../../../../nodes/MarketoTrigger/flowStep/definition';
import { openApiDocument } from '../../../../nodes/MarketoTrigger/flowStep/openApi';
import { picklist } from '../../../../nodes/MarketoTrigger/flowStep/picklist';
import { PROPERTIES } from '../../../../nodes/MarketoTrigger/properties';
import { webhookPerson } from '../../../../nodes/MarketoTrigger/receive/payload';

const CUSTOM = customAction({
	name: 'Rate in Microsoft',
	description: '',
	attributes: [
		{ name: 'rating', type: 'string' },
		{ name: 'until', label: 'Until', type: 'date' },
	],
	answers: [{ name: 'ratedBy', type: 'string' }],
});
const ALL: Array<[string, FlowAction]> = [
	...Object.entries(ACTIONS as Record<string, FlowAction>),
	['custom', CUSTOM],
];

const TYPES = [
	'boolean',
	'integer',
	'date',
	'datetime',
	'email',
	'float',
	'score',
	'string',
	'url',
	'text',
];
type Described = {
	apiName: string;
	dataType: string;
	i18n: { en_US: { name: string } };
	hasPicklist?: boolean;
	enforcePicklistSelect?: boolean;
};
interface Definition {
	apiName: string;
	primaryAttribute: string;
	i18n: { en_US: Record<string, string> };
	invocationPayloadDef: {
		flowAttributes: Described[];
		fields: Array<{ serviceAttribute: string; dataType: string; description: { en_US: string } }>;
		triggerContext: boolean;
		subscriptionContext: boolean;
	};
	callbackPayloadDef: { attributes: Described[]; fields: unknown[] };
}

describe.each(ALL)(
	'service definition of %s (rules of Self-Service Flow Steps 1.0)',
	(_, action) => {
		const definition = serviceDefinition(action, true) as unknown as Definition;
		const flow = definition.invocationPayloadDef.flowAttributes;
		const back = definition.callbackPayloadDef.attributes;

		it('has names for the step, its filter and its trigger', () => {
			expect(definition.apiName).toMatch(/^[A-Za-z]\w*$/);
			for (const name of ['name', 'filterName', 'triggerName', 'description'])
				expect(definition.i18n.en_US[name]).toBeTruthy();
		});

		it('has a headline among the parameters, and no name in two places or of those that Marketo keeps', () => {
			const names = [...flow, ...back].map(({ apiName }) => apiName);
			expect(flow.map(({ apiName }) => apiName)).toContain(definition.primaryAttribute);
			expect(new Set(names).size).toBe(names.length);
			for (const reserved of ['success', 'reason', 'errorCode', 'id'])
				expect(names).not.toContain(reserved);
		});

		it('describes everything in a type that there is', () => {
			for (const { dataType, i18n } of [...flow, ...back]) {
				expect(TYPES).toContain(dataType);
				expect(i18n.en_US.name).toBeTruthy();
			}
			for (const field of definition.invocationPayloadDef.fields) {
				expect(field.serviceAttribute).not.toBe('id');
				expect(TYPES).toContain(field.dataType);
				expect(field.description.en_US).toBeTruthy();
			}
			expect(definition.invocationPayloadDef).toMatchObject({
				triggerContext: true,
				subscriptionContext: true,
			});
		});

		it('has choices for exactly what says so', async () => {
			const without = serviceDefinition(action, false) as unknown as Definition;
			for (const { apiName, hasPicklist, enforcePicklistSelect } of without.invocationPayloadDef
				.flowAttributes) {
				const ask = picklist(action, JSON.stringify({ name: apiName, type: 'flow' }), undefined);
				if (hasPicklist)
					expect(await ask).toMatchObject({
						choices: expect.arrayContaining([
							{
								displayValue: { en_US: expect.any(String) as string },
								submittedValue: expect.any(String) as string,
							},
						]) as unknown,
					});
				else await expect(ask).rejects.toMatchObject({ status: 400 });
				if (enforcePicklistSelect) expect(hasPicklist).toBe(true);
			}
		});
	},
);

describe(openApiDocument, () => {
	const document = (secret: Parameters<typeof openApiDocument>[1]) =>
		openApiDocument(ACTIONS.syncPerson, secret, 'https://n8n.example/webhook/x') as {
			[key: string]: never;
		};

	it('names the paths that Marketo demands, each answer, and where the service is', () => {
		const { paths, info, servers } = document({ authentication: 'apiKey' }) as unknown as {
			paths: Record<string, Record<string, { responses: object; callbacks?: object }>>;
			info: object;
			servers: object;
		};
		for (const [path, method] of [
			['/submitAsyncAction', 'post'],
			['/getServiceDefinition', 'get'],
			['/status', 'get'],
			['/getPicklist', 'post'],
			['/serviceIcon', 'get'],
			['/brandIcon', 'get'],
			['/providerInstructions', 'get'],
		]) {
			expect(paths[path!]?.[method!]).toBeDefined();
		}
		expect(Object.keys(paths['/submitAsyncAction']!.post!.responses)).toEqual([
			'201',
			'400',
			'401',
			'403',
			'429',
			'500',
		]);
		expect(paths['/submitAsyncAction']!.post!.callbacks).toHaveProperty([
			'selfServiceFlowComplete',
			'{$request.body#/flowComplete}',
			'post',
		]);
		expect(info).toMatchObject({
			'x-providerName': expect.any(String) as string,
			'x-schemaVersion': '1.0.0',
			'x-supportContact': expect.any(String) as string,
		});
		expect(servers).toEqual([{ url: 'https://n8n.example/webhook/x' }]);
	});

	it('points to no schema that it does not have', () => {
		const text = JSON.stringify(document({ authentication: 'apiKey' }));
		const { schemas } = document({ authentication: 'apiKey' }).components as unknown as {
			schemas: object;
		};
		const named = [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map((match) => match[1]!);
		expect(named.length).toBeGreaterThan(5);
		for (const name of named) expect(Object.keys(schemas)).toContain(name);
	});

	it('asks for the way of the credential', () => {
		expect(document({ authentication: 'apiKey', headerName: 'x-mine' })).toMatchObject({
			security: [{ apiKey: [] }],
			components: { securitySchemes: { apiKey: { type: 'apiKey', in: 'header', name: 'x-mine' } } },
		});
		expect(document({ authentication: 'basic' })).toMatchObject({
			security: [{ basic: [] }],
			components: {
				securitySchemes: { basic: { type: 'http', scheme: 'basic', 'x-realm-required': false } },
			},
		});
	});
});

describe(customAction, () => {
	const attribute = (name: string) => ({ name, type: 'string' as const });
	const make = (names: string[], answers: string[] = [], name = 'A') =>
		customAction({
			name,
			description: '',
			attributes: names.map(attribute),
			answers: answers.map(attribute),
		});

	it.each([
		[() => make([], []), 'at least one parameter'],
		[() => make(['a'], ['A']), 'twice'],
		[() => make(['success']), 'reserved'],
		[() => make(['a'], ['errorcode']), 'reserved'],
		[() => make(['1a']), 'letter'],
		[() => make(['a b']), 'letter'],
		[() => make(['a'], [], ' '), 'Name in Marketo'],
	])('says what Marketo would not take (%#)', (work, words) => expect(work).toThrow(words));

	it.each(['Rate in Microsoft', '3D', 'Über – größe', '株式'])(
		'makes a name for machines of %p',
		(name) => {
			expect(make(['a'], [], name).apiName).toMatch(/^[A-Za-z]\w*$/);
		},
	);
});

describe('payload templates', () => {
	const templates = PROPERTIES.filter(({ name }) => name.startsWith('payloadTemplate'));

	it.each(templates.map(({ name, default: text }) => [name, text as string]))(
		'%s is JSON that is read well, once Marketo has filled it in',
		(_, text) => {
			const filled = text.replace('{{lead.Id}}', '"77"').replace(/\{\{[^}]+\}\}/g, '"x"');
			expect(() => JSON.parse(filled) as unknown).not.toThrow();
			expect(webhookPerson('application/json', filled, {}).incoming).toMatchObject({
				person: '77',
				campaign: 'x',
				parameters: { email: 'x' },
			});
		},
	);
});
