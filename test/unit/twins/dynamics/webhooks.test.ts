import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { idOf, startClient, type Client, type Loose } from './client';

interface Received {
	url: string;
	headers: IncomingHttpHeaders;
	body: Loose;
}

let client: Client;
let server: Server;
let address: string;
let received: Received[];
let answers: number[];

beforeEach(async () => {
	received = [];
	answers = [];
	server = createServer((request, response) => {
		let text = '';
		request.on('data', (chunk: Buffer) => (text += chunk.toString()));
		request.on('end', () => {
			received.push({
				url: request.url!,
				headers: request.headers,
				body: JSON.parse(text) as Loose,
			});
			response.writeHead(answers.shift() ?? 202).end();
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
	client = await startClient();
});
afterEach(async () => {
	await client.twin.close();
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
});

async function arrived(count: number): Promise<Received[]> {
	const until = Date.now() + 3_000;
	while (received.length < count && Date.now() < until) {
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
	return received;
}

/** Time for a post that should not come. */
async function quiet(): Promise<void> {
	await new Promise((resolve) => setTimeout(resolve, 60));
}

const SECRET = '<settings><setting name="x-secret" value="a&lt;b"/></settings>';

async function endpoint(more: object = {}): Promise<string> {
	const body = {
		name: 'n',
		url: address,
		contract: 8,
		authtype: 5,
		authvalue: SECRET,
		messageformat: 2,
		...more,
	};
	return idOf(await client.call('POST', 'serviceendpoints', body));
}

async function filterFor(table: string, message: string): Promise<Loose> {
	const filter = `primaryobjecttypecode eq '${table}' and sdkmessageid/name eq '${message}'`;
	const { json } = await client.call(
		'GET',
		`sdkmessagefilters?$select=sdkmessagefilterid&$expand=sdkmessageid($select=name,sdkmessageid)&$filter=${encodeURIComponent(filter)}`,
	);
	expect(json.value).toHaveLength(1);
	return (json.value as Loose[])[0]!;
}

async function step(table: string, message: string, endpointId: string, more: object = {}) {
	const { sdkmessagefilterid, sdkmessageid } = await filterFor(table, message);
	return await client.call('POST', 'sdkmessageprocessingsteps', {
		name: `${message} of ${table}`,
		mode: 1,
		stage: 40,
		rank: 1,
		supporteddeployment: 0,
		asyncautodelete: true,
		'eventhandler_serviceendpoint@odata.bind': `/serviceendpoints(${endpointId})`,
		'sdkmessageid@odata.bind': `/sdkmessages(${(sdkmessageid as Loose).sdkmessageid})`,
		'sdkmessagefilterid@odata.bind': `/sdkmessagefilters(${sdkmessagefilterid})`,
		...more,
	});
}

async function listen(message: string, more: object = {}): Promise<string> {
	return idOf(await step('lead', message, await endpoint(), more));
}

const target = (body: Loose) => (body.InputParameters as Loose[])[0]!.value as Loose;
const attribute = (entity: Loose, name: string) =>
	(entity.Attributes as Loose[]).find(({ key }) => key === name)?.value as unknown;

describe('registration', () => {
	it('creates, finds and deletes, and never tells the secret again', async () => {
		const id = await endpoint();
		const stepId = idOf(await step('lead', 'Update', id));
		const found = await client.call(
			'GET',
			`serviceendpoints?$filter=contract eq 8 and url eq '${encodeURIComponent(address)}'`,
		);
		expect(found.json.value).toEqual([
			expect.objectContaining({ serviceendpointid: id, name: 'n' }),
		]);
		expect(found.text).not.toContain('a&lt;b');
		expect((await client.call('GET', `serviceendpoints(${id})?$select=authvalue`)).status).toBe(
			400,
		);
		expect((await client.admin('GET', 'calls')).text).not.toContain('a&lt;b');
		const steps = await client.call(
			'GET',
			`sdkmessageprocessingsteps?$filter=_eventhandler_value eq ${id}`,
		);
		expect((steps.json.value as Loose[]).map((one) => one.sdkmessageprocessingstepid)).toEqual([
			stepId,
		]);
		const early = await client.call('DELETE', `serviceendpoints(${id})`);
		expect([early.status, early.json.error]).toEqual([
			400,
			expect.objectContaining({ code: '0x8004f01f' }),
		]);
		expect((await client.call('DELETE', `sdkmessageprocessingsteps(${stepId})`)).status).toBe(204);
		expect((await client.call('DELETE', `serviceendpoints(${id})`)).status).toBe(204);
	});

	it('refuses navigation properties in Pascal case (they are lower case here)', async () => {
		const answer = await step('lead', 'Update', await endpoint(), {
			'EventHandler_ServiceEndpoint@odata.bind':
				'/serviceendpoints(0a64a017-0000-4000-8000-000000000001)',
		});
		expect([answer.status, answer.text]).toEqual([
			400,
			expect.stringContaining('undeclared property'),
		]);
	});

	it.each([
		['a synchronous stage for an asynchronous step', { stage: 20 }],
		['a step for nothing', { mode: null }],
	])('refuses %s', async (_what, more) => {
		expect((await step('lead', 'Update', await endpoint(), more)).status).toBe(400);
	});

	it('refuses an image before a creation', async () => {
		const id = await listen('Create');
		const answer = await client.call('POST', 'sdkmessageprocessingstepimages', {
			name: 'pre',
			entityalias: 'pre',
			imagetype: 0,
			messagepropertyname: 'Id',
			'sdkmessageprocessingstepid@odata.bind': `/sdkmessageprocessingsteps(${id})`,
		});
		expect(answer.status).toBe(400);
	});

	it.each(['prvCreateServiceEndpoint', 'prvCreateSdkMessageProcessingStep'])(
		'names %s where it is missing',
		async (name) => {
			await client.admin('POST', 'principal', { clientId: client.twin.clientId, lacks: [name] });
			const made = await client.call('POST', 'serviceendpoints', {
				name: 'n',
				url: address,
				contract: 8,
			});
			const answer = name.endsWith('Endpoint') ? made : await step('lead', 'Update', idOf(made));
			expect([answer.status, answer.text]).toEqual([403, expect.stringContaining(name)]);
		},
	);
});

describe('posts', () => {
	it('have the shape, the headers and the secret of an update', async () => {
		await listen('Update');
		const id = idOf(
			await client.call('POST', 'leads', { firstname: 'A', lastname: 'B', companyname: 'C' }),
		);
		await client.call('PATCH', `leads(${id})?tag=mine`, { jobtitle: 'Boss', leadsourcecode: 1 });
		const [{ headers, body }] = (await arrived(1)) as [Received];
		expect(headers).toMatchObject({
			'x-secret': 'a<b',
			'content-type': 'application/json',
			'x-ms-dynamics-entity-name': 'lead',
			'x-ms-dynamics-request-name': 'Update',
			'x-ms-correlation-request-id': body.CorrelationId,
			'x-ms-dynamics-organization': expect.any(String),
		});
		expect(headers).not.toHaveProperty('x-ms-dynamics-msg-size-exceeded');
		expect(body).toMatchObject({
			MessageName: 'Update',
			PrimaryEntityName: 'lead',
			PrimaryEntityId: id,
			Stage: 40,
			Mode: 1,
		});
		expect(body.OperationCreatedOn).toMatch(/^\/Date\(\d+[+-]\d{4}\)\/$/);
		expect(body.SharedVariables).toEqual([{ key: 'tag', value: 'mine' }]);
		expect(attribute(target(body), 'jobtitle')).toBe('Boss');
		expect(attribute(target(body), 'leadsourcecode')).toMatchObject({ Value: 1 });
		expect(attribute(target(body), 'modifiedon')).toMatch(/^\/Date\(\d+\)\/$/);
		expect(attribute(target(body), 'firstname')).toBeUndefined();
		expect(attribute((body.PostEntityImages as Loose[])[0]!.value as Loose, 'fullname')).toBe(
			'A B',
		);
	});

	it('come for creations, deletions and operations of a batch', async () => {
		const endpointId = await endpoint();
		for (const message of ['Create', 'Delete']) await step('lead', message, endpointId);
		const boundary = 'b';
		const part = (line: string, body = '') =>
			`--${boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n${line} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n${body}\r\n`;
		const id = 'c0ffee00-0000-4000-8000-000000000001';
		await client.call(
			'POST',
			'$batch',
			`${part('POST leads', JSON.stringify({ leadid: id, lastname: 'B' }))}--${boundary}--\r\n`,
			{ 'Content-Type': `multipart/mixed; boundary=${boundary}` },
		);
		await arrived(1);
		await client.call('DELETE', `leads(${id})`);
		const [created, deleted] = (await arrived(2)) as [Received, Received];
		expect([created.body.MessageName, target(created.body).Id]).toEqual(['Create', id]);
		expect([deleted.body.MessageName, target(deleted.body)]).toEqual([
			'Delete',
			expect.objectContaining({
				Id: id,
				LogicalName: 'lead',
				__type: expect.stringMatching(/^EntityReference:/) as string,
			}),
		]);
	});

	it('do not come for other columns, other tables, a failed write, or where the caller bypasses them', async () => {
		const stepId = await listen('Update', { filteringattributes: 'jobtitle,emailaddress1' });
		const id = idOf(await client.call('POST', 'leads', { lastname: 'B' }));
		await client.call('PATCH', `leads(${id})`, { firstname: 'A' });
		await client.call('PATCH', `leads(${id})`, { jobtitle: 'x'.repeat(1000) });
		await client.call('POST', 'contacts', { lastname: 'B' });
		const bypass = { 'MSCRM.BypassBusinessLogicExecution': 'CustomSync,CustomAsync' };
		await client.call('PATCH', `leads(${id})`, { jobtitle: 'Boss' }, bypass);
		const only = { 'MSCRM.BypassBusinessLogicExecutionStepIds': stepId };
		await client.call('PATCH', `leads(${id})`, { jobtitle: 'Boss' }, only);
		await quiet();
		expect(received).toEqual([]);
		await client.call('PATCH', `leads(${id})`, { jobtitle: 'Boss' });
		expect(await arrived(1)).toHaveLength(1);
	});

	it('carry the images that were asked for', async () => {
		const id = await listen('Update');
		await client.call('POST', 'sdkmessageprocessingstepimages', {
			name: 'pre',
			entityalias: 'pre',
			imagetype: 0,
			messagepropertyname: 'Target',
			attributes: 'jobtitle,ownerid',
			'sdkmessageprocessingstepid@odata.bind': `/sdkmessageprocessingsteps(${id})`,
		});
		const lead = idOf(await client.call('POST', 'leads', { lastname: 'B', jobtitle: 'Old' }));
		await client.call('PATCH', `leads(${lead})`, { jobtitle: 'New' });
		const [{ body }] = (await arrived(1)) as [Received];
		const [pre] = body.PreEntityImages as Loose[];
		expect([pre!.key, attribute(pre!.value as Loose, 'jobtitle')]).toEqual(['pre', 'Old']);
		expect(attribute(pre!.value as Loose, 'ownerid')).toMatchObject({ LogicalName: 'systemuser' });
	});

	it('lose their details above the size limit, and say so', async () => {
		await listen('Create');
		await client.call('POST', 'leads', { lastname: 'B', description: 'd'.repeat(2000) });
		await client.admin('POST', 'options', { maxBytes: 2_000 });
		await client.call('POST', 'leads', { lastname: 'B', description: 'd'.repeat(2000) });
		const [small, large] = (await arrived(2)) as [Received, Received];
		expect(target(small.body).LogicalName).toBe('lead');
		expect(large.headers['x-ms-dynamics-msg-size-exceeded']).toBe('true');
		expect(large.body).not.toHaveProperty('InputParameters');
		expect(large.body.PrimaryEntityId).toEqual(expect.any(String));
	});

	it.each([
		['once more', 503, 2, 30, [503, 200]],
		['not again', 500, 1, 31, [500]],
		['not a third time', 502, 2, 31, [502, 502]],
	])('are tried %s after HTTP %i', async (_what, _status, attempts, outcome, statuses) => {
		answers = [...statuses];
		const id = await listen('Create', { asyncautodelete: false });
		await client.call('POST', 'leads', { lastname: 'B' });
		await arrived(attempts);
		await quiet();
		expect(received).toHaveLength(attempts);
		const { json } = await client.call(
			'GET',
			`asyncoperations?$filter=_owningextensionid_value eq ${id}`,
		);
		expect(json.value).toEqual([
			expect.objectContaining({ statuscode: outcome, retrycount: attempts - 1 }),
		]);
		const deliveries = (await client.admin('GET', 'deliveries')).json.deliveries as Loose[];
		expect(deliveries).toEqual([expect.objectContaining({ attempts, status: statuses.at(-1) })]);
	});

	it('come late, twice or in another order where that is asked for', async () => {
		await client.admin('POST', 'options', { copies: 2, shuffleMs: 80 });
		await listen('Create');
		for (let n = 0; n < 8; n++) await client.call('POST', 'leads', { lastname: `N${n}` });
		const order = (await arrived(16)).map(({ body }) => attribute(target(body), 'lastname'));
		expect([...order].sort()).toEqual(
			Array.from({ length: 8 }, (_, n) => [`N${n}`, `N${n}`]).flat(),
		);
		expect(order).not.toEqual([...order].sort());
	});
});
