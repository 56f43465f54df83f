import { setTimeout as sleep } from 'node:timers/promises';

import type { CredentialIds } from './harness/credentialPicker';
import { ALL } from './harness/long';
import { waitFor } from './harness/waiting';
import { startWorld, type World } from './harness/world';
import {
	API_KEY,
	campaignWorkflow,
	fillInbox,
	keptChunks,
	keptRequests,
	type CampaignWorkflow,
} from './scenario/campaignWorkflow';

const SECRET = { 'x-api-key': API_KEY };
const JSON_TYPE = { 'Content-Type': 'application/json' };
const STARTING_UP = 'n8n is starting up';

describe('Marketo Trigger, in a real n8n', () => {
	let world: World;
	let secret: { id: string; name: string };

	beforeAll(async () => {
		world = await startWorld({
			twins: ['--leads', '20', '--contacts', '10', '--people', '60'],
			fast: true,
		});
		secret = await world.n8n.createCredential('Secret for Marketo', 'marketoIncomingCallsApi', {
			authentication: 'apiKey',
			headerName: 'x-api-key',
			apiKey: API_KEY,
		});
	});
	afterAll(async () => await world?.stop());

	const place = async (
		name: string,
		parameters: Record<string, unknown>,
		credentials: CredentialIds = { ...world.credentials, marketoIncomingCallsApi: secret },
	) => {
		const { workflow, webhookId } = campaignWorkflow(name, parameters);
		const { id } = await world.n8n.importWorkflow(workflow, credentials);
		return { id, url: `${world.n8n.url}/webhook/${webhookId}` };
	};
	const published = async (
		name: string,
		parameters: Record<string, unknown>,
	): Promise<CampaignWorkflow> => {
		const placed = await place(name, parameters);
		await world.n8n.publish(placed.id);
		return placed;
	};
	const call = async (url: string, init: RequestInit = {}) => {
		const response = await fetch(url, init);
		const text = await response.text();
		return { status: response.status, headers: response.headers, text };
	};
	const answered = async (workflow: CampaignWorkflow, count: number) =>
		await waitFor(
			() => {
				const kept = keptRequests(world.n8n, workflow.id);
				return kept.length >= count && kept.every(({ state }) => state === 'answered') && kept;
			},
			{
				// A batch that a restart has cut off waits for its lease, one that failed for up to a minute and a half.
				timeout: 240_000,
				what: () => {
					const open = keptRequests(world.n8n, workflow.id).filter(
						(one) => one.state !== 'answered',
					);
					return `${count} requests being answered (open: ${JSON.stringify(open.slice(0, 3))}, ${open.length} in all; n8n: ${world.n8n.log.slice(-3_000)})`;
				},
			},
		);

	it('is not published without a secret, and says so in words', async () => {
		const { marketoApi } = world.credentials;
		const { id } = await place('No secret', { service: 'webhook' }, { marketoApi: marketoApi! });
		await expect(world.n8n.publish(id)).rejects.toThrow(
			/Marketo Incoming Calls API|Secret That Marketo Sends/,
		);
	});

	it('takes what Marketo sends, whatever the encoding of tokens, and hands it on together', async () => {
		const workflow = await published('Webhook', { service: 'webhook' });
		const url = `${workflow.url}/person`;
		const calls: RequestInit[] = [
			{
				method: 'POST',
				headers: { ...SECRET, ...JSON_TYPE },
				body: '{"leadId": "101", "email": "a@example.com", "campaign": "Spring"}',
			},
			{
				method: 'POST',
				headers: { ...SECRET, ...JSON_TYPE },
				body: '{"leadId": 102, "email": , "campaign": "Spring"}',
			},
			{
				method: 'POST',
				headers: { ...SECRET, ...JSON_TYPE },
				body: '{"leadId": 103, "company": "The "Big" One\n2nd floor", "title": "x"}',
			},
			{
				method: 'POST',
				headers: { ...SECRET, 'Content-Type': 'text/plain' },
				body: '{"lead.Id": 104}',
			},
			{
				method: 'POST',
				headers: { ...SECRET, 'Content-Type': 'application/x-www-form-urlencoded' },
				body: 'leadId=105&title=A+B%26C',
			},
		];
		const got = await Promise.all([
			...calls.map(async (init) => await call(url, init)),
			call(`${url}?leadId=106&title=G`, { headers: SECRET }),
		]);
		expect(got.map(({ status, text }) => [status, text])).toEqual(
			got.map(() => [200, '{"status":"queued"}']),
		);
		const kept = await answered(workflow, 6);
		expect(kept.map(({ person }) => person).sort()).toEqual([
			'101',
			'102',
			'103',
			'104',
			'105',
			'106',
		]);
		const [withQuotes] = kept.filter(({ person }) => person === '103');
		expect(JSON.parse(withQuotes!.parameters)).toEqual({
			company: 'The "Big" One\n2nd floor',
			title: 'x',
		});
		const executions = await world.n8n.executions({ workflowId: workflow.id });
		expect(executions.length).toBeLessThan(6);
		expect(executions.map(({ status }) => status)).toEqual(executions.map(() => 'success'));

		for (const headers of [{}, { 'x-api-key': 'wrong' }] as Array<Record<string, string>>) {
			const { status, text } = await call(url, {
				method: 'POST',
				headers: { ...headers, ...JSON_TYPE },
				body: '{"leadId": 9}',
			});
			expect([status, text]).toEqual([401, '{"error":"Unauthorized"}']);
		}
		const tooLarge = await call(url, {
			method: 'POST',
			headers: { ...SECRET, ...JSON_TYPE },
			body: JSON.stringify({ leadId: 1, more: 'x'.repeat(1_100_000) }),
		});
		expect(tooLarge.status).toBe(413);
		expect(
			(
				await call(url, {
					method: 'POST',
					headers: { ...SECRET, 'Content-Type': 'application/xml' },
					body: '<a/>',
				})
			).status,
		).toBe(415);
		const nobody = await call(url, {
			method: 'POST',
			headers: { ...SECRET, ...JSON_TYPE },
			body: '{"leadId": }',
		});
		expect([nobody.status, JSON.parse(nobody.text)]).toEqual([
			400,
			{ error: expect.stringContaining('{{lead.Id}}') as string },
		]);
		expect(keptRequests(world.n8n, workflow.id)).toHaveLength(6);

		await world.n8n.unpublish(workflow.id);
		expect((await call(`${url}?leadId=107`, { headers: SECRET })).status).toBe(404);
	});

	it('lets in who shows user and password, where that was chosen', async () => {
		const basic = await world.n8n.createCredential('User and password', 'marketoIncomingCallsApi', {
			authentication: 'basic',
			user: 'marketo',
			password: API_KEY,
		});
		const { marketoApi, microsoftDynamics365Api } = world.credentials;
		const placed = await place(
			'Basic',
			{ service: 'flowStep', flowAction: 'syncPerson' },
			{
				marketoApi: marketoApi!,
				microsoftDynamics365Api: microsoftDynamics365Api!,
				marketoIncomingCallsApi: basic,
			},
		);
		await world.n8n.publish(placed.id);
		const status = async (user: string, password: string) => {
			const { status: code, text } = await call(`${placed.url}/status`, {
				headers: {
					authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
				},
			});
			return code === 200 ? code : [code, text];
		};
		expect(await status('marketo', API_KEY)).toBe(200);
		expect(await status('marketo', 'wrong')).toEqual([401, '{"error":"Unauthorized"}']);
		expect(await status('somebody', API_KEY)).toEqual([401, '{"error":"Unauthorized"}']);
		expect((await call(`${placed.url}/getServiceDefinition`, { headers: SECRET })).status).toBe(
			401,
		);
		await world.n8n.unpublish(placed.id);
	});

	it('answers 429 with a time to come back once 20,000 people wait, and takes people again when fewer do', async () => {
		const workflow = await published('Full', { service: 'webhook' });
		const post = async (id: number) =>
			await call(`${workflow.url}/person`, {
				method: 'POST',
				headers: { ...SECRET, ...JSON_TYPE },
				body: `{"leadId": ${id}}`,
			});
		expect((await post(1)).status).toBe(200);
		await answered(workflow, 1);
		const stuff = fillInbox(world.n8n, workflow.id, 20_000);
		const full = await post(2);
		expect([full.status, full.headers.get('retry-after')]).toEqual([429, '10']);
		stuff.take(1);
		expect((await post(3)).status).toBe(200);
		stuff.take(20_000);
		expect((await answered(workflow, 2)).map(({ person }) => person).sort()).toEqual(['1', '3']);
		await world.n8n.unpublish(workflow.id);
	});

	it('answers with the result, so that response mappings work', async () => {
		const workflow = await published('With the result', {
			service: 'webhook',
			answer: 'withResult',
			timeLimit: 20,
		});
		const ask = async (id: number) =>
			JSON.parse(
				(await call(`${workflow.url}/person?leadId=${id}`, { headers: SECRET })).text,
			) as object;
		const [done, failed] = await Promise.all([ask(201), ask(210)]);
		expect(done).toEqual({
			status: 'done',
			success: true,
			dynamicsTable: 'lead',
			dynamicsId: 'd-201',
			errorCode: '',
			reason: 'Looked at 201',
		});
		expect(failed).toMatchObject({
			status: 'failed',
			success: false,
			errorCode: 'ENDS_IN_ZERO',
			dynamicsId: 'd-210',
		});
		await world.n8n.unpublish(workflow.id);
	});

	it('is a flow step that Marketo installs by its address, runs in campaigns, and is told the end of', async () => {
		const workflow = await published('Flow step', {
			service: 'flowStep',
			flowAction: 'syncPerson',
			munchkinId: '123-TWN-456',
		});
		const twin = world.twins.line.marketo.url;
		const tell = async (name: string, body: object) => {
			const answer = await call(`${twin}/__twin/${name}`, {
				method: 'POST',
				headers: JSON_TYPE,
				body: JSON.stringify(body),
			});
			return JSON.parse(answer.text) as Record<string, never>;
		};
		const installed = await tell('service', {
			url: `${workflow.url}/openapi.json`,
			credentials: { apiKey: API_KEY },
		});
		expect(installed).toMatchObject({
			ok: true,
			service: { apiName: 'syncPersonToMicrosoftN8n' },
			warnings: [],
		});
		const { picklists } = (installed as unknown as { found: { picklists: object } }).found;
		expect(JSON.stringify(picklists)).toMatch(
			/systemuser\([\da-f-]{36}\).*team\([\da-f-]{36}\).*campaign/,
		);

		const run = async (campaign: string, people: number[]) => {
			const { run: id } = await tell('run', {
				campaign,
				people,
				trigger: { name: 'Form', triggerName: 'Filled Out Form' },
			});
			return await waitFor(
				async () => {
					const seen = JSON.parse((await call(`${twin}/__twin/runs/${String(id)}`)).text) as {
						state: string;
						counts: object;
						people: unknown[];
					};
					return seen.state === 'done' && seen;
				},
				{ timeout: 120_000, what: `campaign ${campaign} being done` },
			);
		};
		const people = await peopleOf(twin);
		const steps = [{ service: 'syncPersonToMicrosoftN8n', parameters: { syncAs: 'contact' } }];
		await tell('campaign', { name: 'Now', type: 'trigger', steps });
		const now = await run('Now', people.slice(0, 12));
		const failing = (ids: number[]) => ids.filter((id) => id % 10 === 0).length;
		expect(now.counts).toMatchObject({
			waiting: 0,
			failed: failing(people.slice(0, 12)),
			'timed out': 0,
		});
		await tell('campaign', { name: 'In bulk', type: 'batch', steps, people });
		const bulk = await run('In bulk', people);
		expect(bulk.counts).toMatchObject({
			waiting: 0,
			failed: failing(people),
			done: people.length - failing(people),
		});
		// Marketo has the answer before n8n has noted that it has.
		await waitFor(() => keptChunks(world.n8n, workflow.id).every(({ state }) => state === 'done'), {
			timeout: 30_000,
			what: 'all callbacks being noted as done',
		});
		const left = keptChunks(world.n8n, workflow.id).map(({ callback }) => callback);
		expect(left.filter((callback) => callback !== '')).toEqual([]);
		expect(JSON.parse(keptRequests(world.n8n, workflow.id)[0]!.parameters)).toMatchObject({
			syncAs: 'contact',
		});

		const wrongPlace = {
			batchid: 'b',
			campaignId: 1,
			callbackUrl: 'http://127.0.0.1:9/steal',
			token: 't',
			apiCallBackKey: 'k',
			context: { subscription: { munchkinId: '123-TWN-456' } },
			objectData: [],
		};
		const submit = async (body: object, headers: Record<string, string> = SECRET) =>
			await call(`${workflow.url}/submitAsyncAction`, {
				method: 'POST',
				headers: { ...headers, ...JSON_TYPE },
				body: JSON.stringify(body),
			});
		expect((await submit(wrongPlace)).status).toBe(400);
		expect(
			(await submit({ ...wrongPlace, context: { subscription: { munchkinId: 'AAA-111-BBB' } } }))
				.status,
		).toBe(403);
		expect((await submit(wrongPlace, {})).status).toBe(401);
		// Marketo repeats an invocation whose 201 it did not hear.
		const again = {
			...wrongPlace,
			batchid: 'twice',
			callbackUrl: `${twin}/selfservice/v1/callback/none`,
			objectData: [{ objectType: 'lead', objectContext: { id: people[0] }, flowStepContext: {} }],
		};
		const before = [
			keptChunks(world.n8n, workflow.id).length,
			keptRequests(world.n8n, workflow.id).length,
		] as [number, number];
		expect([(await submit(again)).status, (await submit(again)).status]).toEqual([201, 201]);
		expect([
			keptChunks(world.n8n, workflow.id).length,
			keptRequests(world.n8n, workflow.id).length,
		]).toEqual([before[0] + 1, before[1] + 1]);
		expect((await call(`${workflow.url}/submitAsyncAction`, { headers: SECRET })).status).toBe(405);
		expect((await call(`${workflow.url}/nothing`, { headers: SECRET })).status).toBe(404);
		expect((await call(`${workflow.url}/serviceIcon`)).headers.get('content-type')).toMatch(
			/^image\//,
		);
		await world.n8n.unpublish(workflow.id);
	});

	it('loses nobody in a flood, with a restart of n8n in the middle', async () => {
		const workflow = await published('Flood', { service: 'webhook' });
		const url = `${workflow.url}/person`;
		const taken: number[] = [];
		const others: Record<string, number> = {};
		let next = 1_000;
		const flood = async (until: number) => {
			const caller = async () => {
				while (Date.now() < until) {
					const id = next++;
					const status = await call(url, {
						method: 'POST',
						headers: { ...SECRET, ...JSON_TYPE },
						body: `{"leadId": ${id}}`,
					}).then(
						// n8n's own answer to whatever comes before its database is ready, and no trigger has it.
						({ status, text }) => (text.startsWith(STARTING_UP) ? STARTING_UP : status),
						() => 0,
					);
					if (status === 200) taken.push(id);
					else others[status] = (others[status] ?? 0) + 1;
					if (status !== 200) await sleep(50);
				}
			};
			await Promise.all(Array.from({ length: 20 }, caller));
		};
		const seconds = ALL ? 30 : 3;
		await flood(Date.now() + seconds * 1_000);
		console.log(
			`${(taken.length / seconds).toFixed(0)} calls a second, others: ${JSON.stringify(others)}`,
		);
		const flooding = flood(Date.now() + 6_000);
		await sleep(1_500);
		await world.n8n.restart();
		await flooding;
		const afterwards = Date.now();
		const kept = await answered(workflow, taken.length);
		console.log(
			`${taken.length} taken, ${kept.length} kept, all answered ${Date.now() - afterwards} ms after the flood`,
		);
		const ids = new Set(kept.map(({ person }) => Number(person)));
		expect(taken.filter((id) => !ids.has(id))).toEqual([]);
		expect(ids.size).toBe(kept.length);
		// n8n's own share of a call is by far the largest: how many there are is up to the machine.
		expect(taken.length).toBeGreaterThan(20);
		for (const part of ['leadId', 'a@example.com', 'Big', '9/steal'])
			expect(world.n8n.log).not.toContain(part);
	});
});

/** Ids of the people whom the twin made. */
async function peopleOf(twin: string): Promise<number[]> {
	const response = await fetch(`${twin}/__twin/people?limit=60`);
	const list = (await response.json()) as { people: Array<{ id: number }> };
	return list.people.map(({ id }) => Number(id));
}
