import { forgetDescriptions } from '../../../../apis/dataverse/metadata/describe';
import { mayBeCalled } from '../../../../nodes/MicrosoftDynamics365Trigger/webhook/hooks';
import { LARGEST_BODY } from '../../../../nodes/MicrosoftDynamics365Trigger/webhook/post';
import { Seen } from '../../../../nodes/MicrosoftDynamics365Trigger/webhook/seen';
import { hashed, isSecret } from '../../../../nodes/MicrosoftDynamics365Trigger/webhook/secret';
import { startDynamicsTwin, type DynamicsTwin } from '../../../twins/dynamics';
import { PEOPLE_PASSWORD, personId, personName } from '../../../twins/dynamics/principals';
import { DynamicsVendor, type Row } from '../../../vendors/dynamics';
import { twinCredential } from '../dynamics/twin';
import { Trigger, twinSays } from './trigger';

jest.setTimeout(30_000);

let twin: DynamicsTwin;
let crm: DynamicsVendor;
let own: DynamicsVendor;
const open: Trigger[] = [];

beforeAll(async () => {
	twin = await startDynamicsTwin({ seed: 1, leads: 20, contacts: 5 });
	own = new DynamicsVendor(twin);
	crm = new DynamicsVendor({ ...twin, person: { name: personName(1), password: PEOPLE_PASSWORD } });
});
afterAll(async () => await twin.close());
beforeEach(async () => {
	await twinSays(twin, 'POST', 'reset', {});
	forgetDescriptions();
});
afterEach(async () => {
	await Promise.all(open.splice(0).map(async (trigger) => await trigger.close()));
});

const trigger = (parameters: object = {}) => {
	const made = new Trigger(twinCredential(twin), {
		watch: 'webhook',
		events: ['created', 'updated', 'deleted'],
		columns: ['jobtitle', 'ownerid', 'leadsourcecode'],
		...parameters,
	});
	open.push(made);
	return made;
};
const published = async (parameters: object = {}) => {
	const made = trigger(parameters);
	expect(await made.publish()).toBe('made');
	return made;
};
const endpoints = async () => await own.all('serviceendpoints?$select=serviceendpointid,name,url');
const steps = async () =>
	await own.all(
		'sdkmessageprocessingsteps?$select=name,filteringattributes,mode&$expand=sdkmessageid($select=name)',
	);
const images = async () =>
	await own.all('sdkmessageprocessingstepimages?$select=attributes,imagetype');
/** Time for a post that should not come, or should come to nothing. */
const quiet = async () => await new Promise((resolve) => setTimeout(resolve, 300));
const memoryOf = (made: Trigger) => made.memory.webhook as { secret: string };
/** As Dynamics knows it. */
const secretOf = (made: Trigger) => {
	const secret = 'a-secret-that-this-test-knows';
	memoryOf(made).secret = hashed(secret);
	return secret;
};

describe('publishing and unpublishing', () => {
	it('registers an endpoint, one asynchronous step per event, and images; and removes all of it', async () => {
		const made = await published({ onlyWhen: ['jobtitle'] });
		expect(await endpoints()).toEqual([
			expect.objectContaining({ name: 'n8n 1 1', url: await made.listen() }),
		]);
		const present = await steps();
		expect(present.map(({ sdkmessageid }) => (sdkmessageid as Row).name).sort()).toEqual([
			'Create',
			'Delete',
			'Update',
		]);
		expect(present.map(({ mode }) => mode)).toEqual([1, 1, 1]);
		expect(present.map(({ filteringattributes }) => filteringattributes).filter(Boolean)).toEqual([
			'jobtitle',
		]);
		expect((await images()).map(({ attributes }) => attributes).sort()).toEqual([
			'fullname,jobtitle,ownerid,leadsourcecode',
			'jobtitle',
		]);
		// Not the secret itself: whoever can open the workflow reads it.
		expect(memoryOf(made).secret).toMatch(/^sha256:[\w-]{43}$/);
		await made.unpublish();
		expect([await endpoints(), await steps(), await images(), made.memory]).toEqual([
			[],
			[],
			[],
			{},
		]);
	});

	it('keeps what is there when n8n starts again, and makes it anew after a change or a loss', async () => {
		const made = await published();
		const { secret } = memoryOf(made);
		expect(await made.publish()).toBe('was there');
		made.parameters = { events: ['created'] };
		expect(await made.publish()).toBe('made');
		expect([(await endpoints()).length, (await steps()).length]).toEqual([1, 1]);
		expect(memoryOf(made).secret).not.toBe(secret);
		const [step] = await own.all('sdkmessageprocessingsteps?$select=sdkmessageprocessingstepid');
		await own.delete('sdkmessageprocessingsteps', String(step!.sdkmessageprocessingstepid));
		expect(await made.publish()).toBe('made');
		expect([(await endpoints()).length, (await steps()).length]).toEqual([1, 1]);
	});

	it('cleans up after a life that it does not remember, and leaves another server alone', async () => {
		const made = await published();
		delete made.memory.webhook;
		const webhook = { contract: 8, authtype: 4, authvalue: 'x', messageformat: 2, name: 'n8n 1 1' };
		await own.create('serviceendpoints', { ...webhook, url: 'https://other.example/webhook' });
		expect(await made.publish()).toBe('made');
		expect((await endpoints()).map(({ url }) => url).sort()).toEqual(
			[await made.listen(), 'https://other.example/webhook'].sort(),
		);
		expect(made.warnings).toEqual([expect.stringMatching(/another server/)]);
	});

	it.each([
		'prvCreateServiceEndpoint',
		'prvCreateSdkMessageProcessingStep',
		'prvReadSdkMessageFilter',
		'prvCreateSdkMessageProcessingStepImage',
	])(
		'names %s where it is missing, says how to grant it, and leaves nothing behind',
		async (privilege) => {
			await twinSays(twin, 'POST', 'principal', { clientId: twin.clientId, lacks: [privilege] });
			const made = trigger({ onlyWhen: ['jobtitle'] });
			await expect(made.publish()).rejects.toMatchObject({
				message: expect.stringMatching(
					new RegExp(`${privilege}.*security role.*Service Endpoint`),
				) as string,
			});
			await twinSays(twin, 'POST', 'principal', { clientId: twin.clientId, lacks: [] });
			expect([await endpoints(), await steps(), made.memory]).toEqual([[], [], {}]);
		},
	);

	it('removes the webhook of a node that was set to polling meanwhile', async () => {
		const made = await published();
		made.parameters = { watch: 'polling' };
		await made.poll();
		expect([await endpoints(), made.memory.webhook]).toEqual([[], undefined]);
	});

	it.each([
		['https://n8n.example/webhook', true],
		['http://n8n.example/webhook', true],
		['https://n8n.example:5678/webhook', false],
		['http://127.0.0.1:5678/webhook', true],
		['http://localhost:5678/webhook', true],
	])('knows that Dynamics %s: %s', (url, callable) => {
		expect(mayBeCalled(url)).toBe(callable);
	});

	it('warns of a port that Dynamics does not call', async () => {
		const made = trigger();
		await made.publish('https://n8n.example:5678/webhook');
		expect(made.warnings).toEqual([expect.stringMatching(/ports 443 and 80 only/)]);
	});
});

describe('what happened in Dynamics', () => {
	it('comes in the one shape, with the values of now', async () => {
		const made = await published();
		const id = await crm.create('leads', {
			firstname: 'Ada',
			lastname: 'New',
			jobtitle: 'First',
			leadsourcecode: 1,
		});
		await made.posts(1);
		await crm.update('leads', id, { jobtitle: 'Second' });
		await made.posts(2);
		await crm.delete('leads', id);
		const [created, updated, deleted] = await made.posts(3);
		const values = { jobtitle: 'First', ownerid: personId(1), leadsourcecode: 1 };
		const common = {
			table: 'lead',
			id,
			label: 'Ada New',
			changedAt: expect.stringMatching(/Z$/) as string,
			changedBy: personId(1),
		};
		expect(created).toEqual({ event: 'created', ...common, values });
		expect(updated).toEqual({
			event: 'updated',
			...common,
			values: { ...values, jobtitle: 'Second' },
		});
		expect(deleted).toEqual({
			event: 'deleted',
			...common,
			values: {},
			before: { ...values, jobtitle: 'Second' },
		});
		expect(made.answers).toEqual([202, 202, 202]);
	});

	it('comes with the values written where the row is not to be read again', async () => {
		const made = await published({
			more: { readAgain: false },
			columns: ['jobtitle', 'ownerid', 'estimatedclosedate', 'revenue'],
		});
		const [{ leadid }] = (
			await crm.get<{ value: [{ leadid: string }] }>('leads?$select=leadid&$top=1')
		).value;
		await twinSays(twin, 'DELETE', 'calls');
		await crm.update('leads', leadid, {
			jobtitle: null,
			estimatedclosedate: '2026-03-31',
			revenue: 12.5,
		});
		expect(await made.posts(1)).toEqual([
			expect.objectContaining({
				values: { jobtitle: null, estimatedclosedate: '2026-03-31', revenue: 12.5 },
			}),
		]);
		const { log } = (await twinSays(twin, 'GET', 'calls')) as {
			log: Array<{ method: string; path: string }>;
		};
		expect(log.filter(({ method, path }) => method === 'GET' && path.includes('/leads('))).toEqual(
			[],
		);
	});

	it('shows the row as it is in the end, in whatever order posts come', async () => {
		const made = await published({ events: ['updated'] });
		const id = await crm.create('leads', { lastname: 'New' });
		await twinSays(twin, 'POST', 'options', { delayMs: 200, shuffleMs: 100 });
		for (const jobtitle of ['A', 'B', 'C']) await crm.update('leads', id, { jobtitle });
		const told = await made.posts(3);
		expect(told.map(({ values }) => values.jobtitle)).toEqual(['C', 'C', 'C']);
	});

	it('reads a row again whose message was too large', async () => {
		const made = await published({ more: { readAgain: false }, onlyWhen: ['jobtitle'] });
		await twinSays(twin, 'POST', 'options', { maxBytes: 100 });
		const id = await crm.create('leads', { lastname: 'New', jobtitle: 'Boss' });
		expect(await made.posts(1)).toEqual([
			expect.objectContaining({
				event: 'created',
				id,
				label: 'New',
				values: expect.objectContaining({ jobtitle: 'Boss' }) as object,
			}),
		]);
	});

	it('says so where the row is gone by then', async () => {
		const made = await published({ events: ['created'] });
		await twinSays(twin, 'POST', 'options', { delayMs: 200 });
		const id = await crm.create('leads', { lastname: 'New', jobtitle: 'Boss' });
		await crm.delete('leads', id);
		expect(await made.posts(1)).toEqual([
			expect.objectContaining({
				id,
				note: expect.stringMatching(/deleted since/) as string,
				values: expect.objectContaining({ jobtitle: 'Boss' }) as object,
			}),
		]);
	});

	it('is told once, however often it is delivered', async () => {
		const made = await published({ events: ['created'] });
		await twinSays(twin, 'POST', 'options', { copies: 3 });
		await crm.create('leads', { lastname: 'New' });
		expect(await made.posts(3)).toHaveLength(1);
		expect(made.answers).toEqual([202, 202, 202]);
	});

	it('is told by the second attempt where Dynamics could not be asked at the first', async () => {
		const made = await published({ events: ['created'] });
		forgetDescriptions();
		await twinSays(twin, 'POST', 'fail', { match: { path: '/$batch' }, times: 1, status: 403 });
		const id = await crm.create('leads', { lastname: 'New' });
		expect(await made.posts(2)).toEqual([expect.objectContaining({ event: 'created', id })]);
		expect(made.answers).toEqual([503, 202]);
	});

	it('is left out where the user of the credential did it, or it carries the tag', async () => {
		const made = await published({ events: ['updated'], more: { ignoreTag: 'import' } });
		const [{ leadid }] = (
			await crm.get<{ value: [{ leadid: string }] }>('leads?$select=leadid&$top=1')
		).value;
		await own.update('leads', leadid, { jobtitle: 'By the sync' });
		await crm.patch(`leads(${leadid})?tag=import`, { jobtitle: 'By an import' });
		expect(await made.posts(2)).toEqual([]);
		await crm.update('leads', leadid, { jobtitle: 'By a person' });
		expect(await made.posts(3)).toHaveLength(1);
	});

	it('is told for the chosen columns only, and only when their values differ', async () => {
		const made = await published({ events: ['updated'], onlyWhen: ['jobtitle', 'ownerid'] });
		const id = await crm.create('leads', { lastname: 'New', jobtitle: 'Same' });
		await crm.update('leads', id, { firstname: 'Other' });
		await crm.update('leads', id, { jobtitle: 'Same', firstname: 'Another' });
		await made.posts(1);
		await quiet();
		expect([made.received, made.answers]).toEqual([[], [202]]);
		await crm.update('leads', id, { jobtitle: 'Different' });
		expect(await made.posts(2)).toEqual([
			expect.objectContaining({ before: { jobtitle: 'Same', ownerid: personId(1) } }),
		]);
	});
});

describe('posts of strangers', () => {
	const post = async (made: Trigger, headers: Record<string, string>, body: string) => {
		const answer = await fetch(await made.listen(), { method: 'POST', headers, body });
		return [answer.status, await answer.text()];
	};

	it('get 401 and nothing else, whatever they send', async () => {
		const made = await published();
		const json = { 'content-type': 'application/json' };
		expect(await post(made, json, '{}')).toEqual([401, '']);
		expect(await post(made, { ...json, 'x-n8n-secret': 'wrong' }, 'no json')).toEqual([401, '']);
		expect(await post(made, { ...json, 'x-n8n-secret': `${secretOf(made)}x` }, '{}')).toEqual([
			401,
			'',
		]);
		expect(made.received).toEqual([]);
	});

	it('are refused without an echo even with the secret, where they are no message of Dynamics', async () => {
		const made = await published();
		const json = { 'content-type': 'application/json', 'x-n8n-secret': secretOf(made) };
		expect(await post(made, json, '{"half":')).toEqual([400, '']);
		expect(await post(made, json, '{"MessageName":"Update"}')).toEqual([400, '']);
		expect(await post(made, json, '[]')).toEqual([400, '']);
		expect(await post(made, { ...json, 'content-type': 'text/plain' }, '{}')).toEqual([415, '']);
		expect(await post(made, json, `"${'x'.repeat(LARGEST_BODY)}"`)).toEqual([413, '']);
		expect(made.received).toEqual([]);
	});

	it('find no webhook in a workflow that has none', async () => {
		const made = await published();
		const secret = secretOf(made);
		await made.unpublish();
		expect(
			await post(made, { 'content-type': 'application/json', 'x-n8n-secret': secret }, '{}'),
		).toEqual([401, '']);
	});
});

describe(isSecret, () => {
	it.each([
		['abc', true],
		['abd', false],
		['ab', false],
		['', false],
		[undefined, false],
		[['abc'], false],
	])('takes %p: %p', (given, right) => {
		expect(isSecret(given, 'abc')).toBe(right);
	});
});

describe(Seen, () => {
	it('knows what came lately, forgets it later, and stays small', () => {
		const seen = new Seen();
		expect([seen.isFirst('a', 0), seen.isFirst('a', 1000), seen.isFirst('b', 1000)]).toEqual([
			true,
			false,
			true,
		]);
		expect(seen.isFirst('a', 16 * 60_000)).toBe(true);
		for (let n = 0; n < 10_000; n++) seen.isFirst(`k${n}`, 16 * 60_000);
		expect(seen.size).toBeLessThanOrEqual(2_000);
	});
});
