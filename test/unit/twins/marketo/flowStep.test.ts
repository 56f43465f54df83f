import { activitiesOf, attributesOf, runEnd, runToEnd } from './campaignSupport';
import {
	serviceDefinition,
	serviceDocument,
	serviceReplies,
	startOutside,
	type Outside,
} from './outsideService';
import { startTestTwin, type Loose, type TestTwin } from './support';

describe('Self-Service Flow Steps of the Marketo twin', () => {
	let api: TestTwin;
	let outside: Outside;
	let people: number[];
	const submit = '/api/submitAsyncAction';
	const start = async (munchkinId?: string) => {
		api = await startTestTwin({ munchkinId });
		await api.admin('options', { submitBackoffMs: 5, callbackWaitMs: 2000 });
		outside = await startOutside();
		outside.reply = serviceReplies(() => ({ status: 201 }));
		people = [];
		for (const firstName of ['a', 'b', 'c']) {
			people.push(
				await api.create({
					email: `${firstName}@test.example`,
					firstName,
					city: 'Oslo',
					leadScore: 10,
				}),
			);
		}
	};
	const stop = async () => {
		await api.twin.close();
		await outside.close();
	};
	beforeEach(async () => await start());
	afterEach(stop);

	const install = async (more: Record<string, unknown> = {}) =>
		await api.admin('service', {
			url: `${outside.url}/openapi.json`,
			credentials: { apiKey: 'right' },
			...more,
		});
	const campaign = async (type: string, more: Record<string, unknown> = {}) => {
		const parameters = { book: 'town', remark: 'for {{lead.First Name}}' };
		const steps = [{ service: 'Phone Book', parameters }];
		expect((await api.admin('campaign', { name: 'c', type, steps, ...more })).ok).toBe(true);
	};
	/** Waits for so many invocations; gives back their bodies. */
	const invocations = async (count: number): Promise<Loose[]> => {
		for (let round = 0; round < 200 && outside.of(submit).length < count; round++) {
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
		return outside.of(submit).map(({ body }) => JSON.parse(body) as Loose);
	};
	const callBack = async (invocation: Loose, body: Loose, headers: Record<string, string> = {}) =>
		await fetch(invocation.callbackUrl as string, {
			method: 'POST',
			headers: {
				'Content-Type': 'application/json',
				'x-api-key': invocation.apiCallBackKey as string,
				'x-callback-token': invocation.token as string,
				...headers,
			},
			body: JSON.stringify({ munchkinId: invocation.context.subscription.munchkinId, ...body }),
		});
	const begin = async (order: Record<string, unknown> = {}) =>
		(await api.admin('run', { campaign: 'c', people: [people[0]], ...order })).run as number;

	it('installs by the address of the document: status, definition, choices, icon, suggested mapping', async () => {
		const answer = await install();
		expect(answer).toMatchObject({
			ok: true,
			service: {
				id: 1,
				name: 'Phone Book',
				mapping: {
					invocation: { mail: 'email', givenName: 'firstName' },
					callback: { jobTitle: 'title', town: 'city', points: 'leadScore', stop: 'unsubscribed' },
				},
			},
			found: {
				status: { info: ['fine'] },
				pages: { '/serviceIcon': { contentType: 'image/png' } },
			},
			warnings: ['Incoming field unmapped is not mapped.'],
		});
		expect(answer.found.picklists['flow book'][0].submittedValue).toBe('town');
		expect(JSON.stringify(answer)).not.toContain('right');
		expect(outside.received[0]!.headers['x-api-key']).toBeUndefined();
		expect(JSON.parse(outside.of('/api/getPicklist')[0]!.body)).toMatchObject({
			name: 'book',
			type: 'flow',
			fieldMappingContext: {
				callback: expect.arrayContaining([
					{ marketoAttribute: 'title', serviceAttribute: 'jobTitle' },
				]),
			},
		});
	});

	it('maps as the administrator says, and refuses what does not exist', async () => {
		expect(
			(await install({ mapping: { jobTitle: 'department', town: null } })).service.mapping.callback,
		).toEqual({
			jobTitle: 'department',
			points: 'leadScore',
			stop: 'unsubscribed',
		});
		expect((await install({ mapping: { jobTitle: 'nope' } })).errors).toEqual([
			expect.stringContaining('no field nope'),
		]);
		expect((await install({ mapping: { other: 'title' } })).errors).toEqual([
			expect.stringContaining('declares no field other'),
		]);
	});

	it('says in words what is wrong with a document', async () => {
		const document = serviceDocument();
		delete document.paths['/submitAsyncAction'];
		delete document.info['x-schemaVersion'];
		document.paths['/status'].get.responses['200'].content['application/json'].schema.$ref = '#/x';
		outside.reply = serviceReplies(
			() => ({}),
			() => document,
		);
		expect((await install()).errors).toEqual([
			'info has no x-schemaVersion.',
			'paths has no /submitAsyncAction.',
			expect.stringContaining('/status: the schema of its answer 200'),
		]);
	});

	it.each([
		[
			'primaryAttribute',
			(one: Loose) => (one.primaryAttribute = 'hits'),
			'none of the flow attributes',
		],
		[
			'one name in both directions',
			(one: Loose) => (one.callbackPayloadDef.attributes[0].apiName = 'remark'),
			'the names must differ',
		],
		[
			'a reserved name',
			(one: Loose) => (one.callbackPayloadDef.attributes[0].apiName = 'success'),
			'reserved',
		],
		[
			'a field named id',
			(one: Loose) => (one.callbackPayloadDef.fields[0].serviceAttribute = 'id'),
			'reserved',
		],
		[
			'an unknown type',
			(one: Loose) => (one.callbackPayloadDef.fields[0].dataType = 'phone'),
			'dataType "phone"',
		],
	])('refuses a definition with a wrong %s', async (_what, spoil, problem) => {
		const definition = serviceDefinition();
		spoil(definition);
		outside.reply = serviceReplies(
			() => ({}),
			serviceDocument,
			() => definition,
		);
		expect((await install()).error).toContain(problem);
	});

	it('says that credentials are wrong or missing', async () => {
		expect((await install({ credentials: { apiKey: 'wrong' } })).error).toContain(
			'/status answers HTTP 401',
		);
		expect((await install({ credentials: { user: 'u', password: 'p' } })).error).toContain(
			'{apiKey}',
		);
	});

	it('signs in with basic authentication where that is the first scheme', async () => {
		const document = serviceDocument();
		document.components.securitySchemes.key = { type: 'http', scheme: 'basic' };
		outside.reply = (request) =>
			request.path === '/openapi.json' ? { body: document } : { status: 403 };
		await install({ credentials: { user: 'u', password: 'p' } });
		expect(outside.of('/api/status')[0]!.headers.authorization).toBe(`Basic ${btoa('u:p')}`);
	});

	it('sends each person of a trigger campaign alone, with the trigger and the parameters', async () => {
		await install();
		await campaign('trigger');
		await begin({ people, trigger: { name: 'Form 1', triggerName: 'Filled Out Form' } });
		const bodies = await invocations(3);
		expect(bodies.map((body) => body.objectData.length)).toEqual([1, 1, 1]);
		expect(new Set(bodies.map((body) => body.token as string)).size).toBe(3);
		const first = bodies.find((body) => body.objectData[0].objectContext.id === people[0])!;
		expect(first).toEqual({
			batchid: expect.stringMatching(/^[0-9a-f-]{36}$/),
			campaignId: 1001,
			callbackUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\//),
			token: expect.any(String),
			apiCallBackKey: expect.any(String),
			context: {
				subscription: {
					munchkinId: '123-TWN-456',
					prefix: 'twin',
					crmSyncStatus: expect.any(String),
				},
				admin: {},
				campaign: expect.objectContaining({ id: 1001, name: 'c', type: 'trigger' }),
			},
			objectData: [
				{
					objectType: 'lead',
					objectContext: { id: people[0], mail: 'a@test.example', givenName: 'a' },
					flowStepContext: { book: 'town', remark: 'for a' },
					triggeringContext: { name: 'Form 1', triggerName: 'Filled Out Form' },
				},
			],
		});
		expect(outside.of(submit)[0]!.headers['x-api-key']).toBe('right');
	});

	it('sends a batch campaign in chunks of one run, without a trigger', async () => {
		await install();
		await campaign('batch', { chunkSize: 2 });
		await begin({ people });
		const bodies = await invocations(2);
		expect(bodies.map((body) => body.objectData.length)).toEqual([2, 1]);
		expect(new Set(bodies.map((body) => body.batchid as string)).size).toBe(1);
		expect(bodies[0]!.objectData[0]).not.toHaveProperty('triggeringContext');
	});

	it('writes what a callback brings by the rules of the interface, and logs it as the service', async () => {
		const { service } = await install();
		await campaign('trigger');
		const run = await begin();
		const [invocation] = await invocations(1);
		expect((await api.admin(`runs/${run}`)).people[0].state).toBe('waiting');
		const leadData = {
			id: people[0],
			jobTitle: 'x'.repeat(300),
			town: 'null',
			points: '+5',
			stop: null,
			unmapped: 'u',
			strange: 's',
		};
		const activityData = { success: true, hits: 3, odd: 1 };
		expect((await callBack(invocation!, { objectData: [{ leadData, activityData }] })).status).toBe(
			200,
		);
		const [person] = (await runEnd(api, run)).people as Loose[];
		expect(person).toMatchObject({
			state: 'done',
			steps: [{ httpStatuses: [201], answer: { leadData, activityData } }],
		});
		expect(person!.steps[0].notes).toEqual([
			'unmapped: not mapped by the administrator.',
			'strange: not in the service definition.',
			'odd: no attribute of the activity.',
		]);
		const lead = (
			await api.get(`/rest/v1/lead/${people[0]}.json?fields=title,city,leadScore,unsubscribed`)
		).result![0];
		expect(lead).toMatchObject({
			title: 'x'.repeat(255),
			city: null,
			leadScore: 15,
			unsubscribed: false,
		});
		const changes = await activitiesOf(api, 13);
		expect(changes.map((one) => one.primaryAttributeValue as string).sort()).toEqual([
			'City',
			'Job Title',
			'Lead Score',
		]);
		expect(attributesOf(changes[0])).toMatchObject({
			Source: 'Phone Book (1)',
			Reason: 'Smart Campaign: 1001, Step Seq ID: 1',
		});
		const types = (await api.get('/rest/v1/activities/types.json')).result!;
		expect(types.find(({ id }) => id === service.activityTypeId)).toMatchObject({
			name: 'Phone Book',
			apiName: 'phoneBook',
		});
		const [logged] = await activitiesOf(api, service.activityTypeId as number);
		expect(logged).toMatchObject({
			leadId: people[0],
			primaryAttributeValue: 'town',
			campaignId: 1001,
		});
		expect(attributesOf(logged)).toEqual({ Remark: 'for a', Hits: 3, Success: true });
	});

	it('leaves a text as it is when the value is null (only "null" clears)', async () => {
		await install();
		await campaign('trigger');
		const run = await begin();
		const [invocation] = await invocations(1);
		await callBack(invocation!, {
			objectData: [{ leadData: { id: people[0], town: null, points: 7, jobTitle: 5 } }],
		});
		await runEnd(api, run);
		const lead = (await api.get(`/rest/v1/lead/${people[0]}.json?fields=title,city,leadScore`))
			.result![0];
		expect(lead).toMatchObject({ city: 'Oslo', leadScore: 7, title: '5' });
	});

	it('fills in defaults, fails whom the callback fails or forgets, and skips entries without id', async () => {
		const { service } = await install();
		await campaign('batch');
		const run = await begin({ people });
		const [invocation] = await invocations(1);
		await callBack(invocation!, {
			defaultValues: { leadDefaults: { town: 'Bergen' }, activityDefaults: { hits: 1 } },
			objectData: [
				{ leadData: { id: people[0] } },
				{
					leadData: { id: people[1] },
					activityData: { success: false, errorCode: 'NO', reason: 'not listed' },
				},
				{ leadData: { town: 'Nowhere' } },
			],
		});
		const ended = await runEnd(api, run);
		expect(ended.people.map((one: Loose) => one.state as string)).toEqual([
			'done',
			'failed',
			'failed',
		]);
		expect(ended.people[1].steps[0].error).toBe('not listed');
		expect(ended.people[2].steps[0].error).toContain('said nothing');
		const logged = await activitiesOf(api, service.activityTypeId as number);
		expect(logged.map(attributesOf)).toEqual([
			expect.objectContaining({ Hits: 1, Success: true }),
			expect.objectContaining({ Success: false, Reason: 'not listed', 'Error Code': 'NO' }),
		]);
		const { services } = await api.admin('services');
		expect(services[0].log).toContainEqual(
			expect.objectContaining({ message: 'An entry has no leadData.id' }),
		);
	});

	it('fails a whole chunk and writes nothing of it', async () => {
		await install();
		await campaign('batch');
		const run = await begin({ people });
		const [invocation] = await invocations(1);
		const objectData = [{ leadData: { id: people[0], town: 'Bergen' } }];
		await callBack(invocation!, { errorCode: 'DOWN', errorMessage: 'no book', objectData });
		const ended = await runEnd(api, run);
		expect(ended.counts.failed).toBe(3);
		expect(ended.people[0].steps[0].answer).toEqual({ errorCode: 'DOWN', errorMessage: 'no book' });
		expect((await api.get(`/rest/v1/lead/${people[0]}.json?fields=city`)).result![0].city).toBe(
			'Oslo',
		);
	});

	it('names its own subscription, and takes callbacks for no other', async () => {
		await stop();
		await start('987-ZYX-654');
		await install();
		await campaign('trigger');
		await begin();
		const invocation = (await invocations(1))[0]!;
		expect([api.twin.munchkinId, invocation.context.subscription.munchkinId]).toEqual([
			'987-ZYX-654',
			'987-ZYX-654',
		]);
		const body = { objectData: [{ leadData: { id: people[0] } }] };
		expect((await callBack(invocation, { ...body, munchkinId: '123-TWN-456' })).status).toBe(400);
		expect((await callBack(invocation, body)).status).toBe(200);
	});

	it('takes a callback once, with the right key and token only', async () => {
		await install();
		await campaign('trigger');
		const run = await begin();
		const invocation = (await invocations(1))[0]!;
		const body = { objectData: [{ leadData: { id: people[0] } }] };
		expect((await callBack(invocation, body, { 'x-api-key': 'x' })).status).toBe(403);
		expect((await callBack(invocation, body, { 'x-callback-token': 'x' })).status).toBe(401);
		expect((await callBack(invocation, { ...body, munchkinId: '999-XXX-999' })).status).toBe(400);
		expect((await callBack(invocation, { objectData: 'x' })).status).toBe(400);
		expect((await fetch(invocation.callbackUrl as string)).status).toBe(405);
		expect(
			(await callBack({ ...invocation, callbackUrl: `${invocation.callbackUrl}x` }, body)).status,
		).toBe(404);
		expect((await callBack(invocation, body)).status).toBe(200);
		const second = await callBack(invocation, body);
		expect(second.status).toBe(401);
		expect(await second.text()).toContain('was used already');
		expect((await runEnd(api, run)).people[0].state).toBe('done');
		const { log } = await api.admin('calls?path=/callback/');
		expect(JSON.stringify(log)).not.toContain(invocation.token);
	});

	it('sends again after 429 and 5xx, the same invocation, and gives up after so many times', async () => {
		await install();
		await campaign('trigger');
		outside.reply = serviceReplies((_request, count) => ({
			status: [429, 503, 201][count - 1] ?? 500,
		}));
		const run = await begin();
		const bodies = await invocations(3);
		expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
		await callBack(bodies[0]!, { objectData: [{ leadData: { id: people[0] } }] });
		expect((await runEnd(api, run)).people[0]).toMatchObject({
			state: 'done',
			steps: [{ httpStatuses: [429, 503, 201] }],
		});
		const given = await runToEnd(api, { campaign: 'c', people: [people[1]] });
		expect(given.people[0]).toMatchObject({
			state: 'failed',
			steps: [{ httpStatuses: [500, 500, 500, 500] }],
		});
	});

	it.each([[401], [403], [400], [200]])('does not try again after HTTP %i', async (status) => {
		await install();
		await campaign('trigger');
		outside.reply = serviceReplies(() => ({ status }));
		const ended = await runToEnd(api, { campaign: 'c', people: [people[0]] });
		expect(ended.people[0]).toMatchObject({ state: 'failed', steps: [{ httpStatuses: [status] }] });
	});

	it('waits for the callback only so long, and refuses it afterwards', async () => {
		await install();
		await campaign('trigger');
		await api.admin('options', { callbackWaitMs: 30 });
		const ended = await runToEnd(api, { campaign: 'c', people: [people[0]] });
		expect(ended.people[0].state).toBe('timed out');
		const [invocation] = await invocations(1);
		expect((await callBack(invocation!, { objectData: [] })).status).toBe(401);
	});

	it('takes a callback that comes before the 201', async () => {
		await install();
		await campaign('trigger');
		outside.reply = serviceReplies(() => ({ status: 201, afterMs: 80 }));
		const run = await begin();
		const [invocation] = await invocations(1);
		expect(
			(await callBack(invocation!, { objectData: [{ leadData: { id: people[0] } }] })).status,
		).toBe(200);
		expect((await runEnd(api, run)).people[0]).toMatchObject({
			state: 'done',
			steps: [{ httpStatuses: [201] }],
		});
	});

	it('goes to the next step when the callback has come', async () => {
		await install();
		await api.admin('webhook', {
			name: 'hook',
			url: `${outside.url}/hook`,
			template: '{{lead.City}}',
		});
		const steps = [{ service: 'phoneBook', parameters: { book: 'town' } }, { webhook: 'hook' }];
		await api.admin('campaign', { name: 'two', type: 'trigger', steps });
		const service = outside.reply;
		outside.reply = (request, count) =>
			request.path === '/hook' ? { body: 'ok' } : service(request, count);
		const run = await begin({ campaign: 'two' });
		const [invocation] = await invocations(1);
		expect(outside.of('/hook')).toHaveLength(0);
		await callBack(invocation!, { objectData: [{ leadData: { id: people[0], town: 'Bergen' } }] });
		expect((await runEnd(api, run)).people[0].steps).toHaveLength(2);
		expect(outside.of('/hook')[0]!.body).toBe('Bergen');
	});

	it.each([
		[{ book: 'village' }, 'book is one of "town"'],
		[{ shelf: 'x' }, 'has no parameter shelf'],
		[{ remark: 5 }, 'remark is a string'],
	])('refuses a step with parameters %j', async (parameters, problem) => {
		await install();
		const steps = [{ service: 'Phone Book', parameters }];
		expect((await api.admin('campaign', { name: 'x', steps })).error).toContain(problem);
	});
});
