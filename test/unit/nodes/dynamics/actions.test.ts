import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { startDynamicsTwin, type DynamicsTwin } from '../../../twins/dynamics';
import { MicrosoftDynamics365 } from '../../../../nodes/MicrosoftDynamics365/MicrosoftDynamics365.node';
import {
	editorContext,
	runNodeItems,
	type ContextOptions,
	type StoredCredential,
} from '../support/n8nContext';
import { dynamicsNode, twinCredential } from './twin';

const CAMPAIGN = 'ca3ba160-0000-4000-8000-000000000001';
const OTHER_CAMPAIGN = 'ca3ba160-0000-4000-8000-000000000002';
const INACTIVE = 'ca3ba160-0000-4000-8000-000000000003';
const USER = (number: number) => `0c0ffee0-0000-4000-8000-${String(number).padStart(12, '0')}`;
const TEAM = '7ea70000-0000-4000-8000-000000000002';
const NOBODY = '00000000-0000-4000-8000-00000000dead';

let twin: DynamicsTwin;
let credential: StoredCredential;
let leads: string[];
let contacts: string[];

type Parameters = ContextOptions['parameters'];

const post = async (what: string, body: object = {}) =>
	await fetch(`${twin.url}/__twin/${what}`, { method: 'POST', body: JSON.stringify(body) });
const run = async (
	operation: string,
	items: IDataObject[],
	parameters: IDataObject = {},
	goOn = false,
) =>
	await runNodeItems(
		dynamicsNode(
			credential,
			{
				resource: 'lead',
				operation,
				table: '={{ $json.dynamicsTable }}',
				recordId: '={{ $json.dynamicsId }}',
				...(parameters as Parameters),
			},
			{
				items: items.map((json) => ({ json })),
				...(goOn ? { onError: 'continueRegularOutput' as const } : {}),
			},
		),
	);
const json = (items: INodeExecutionData[]) => items.map((item) => item.json);
const read = async (resource: string, options: IDataObject = {}) =>
	json(
		await runNodeItems(
			dynamicsNode(credential, {
				resource,
				operation: 'getAll',
				returnAll: true,
				...(options as Parameters),
			}),
		),
	);
const lead = (index: number, more: IDataObject = {}) => ({
	dynamicsTable: 'lead',
	dynamicsId: leads[index]!,
	...more,
});
const contact = (index: number) => ({ dynamicsTable: 'contact', dynamicsId: contacts[index]! });
/** Calls of the API, tokens apart, as `METHOD path`. */
const calls = async (work: () => Promise<unknown>): Promise<string[]> => {
	await fetch(`${twin.url}/__twin/calls`, { method: 'DELETE' });
	await work();
	const { log } = (await (await fetch(`${twin.url}/__twin/calls`)).json()) as {
		log: Array<{ method: string; path: string }>;
	};
	return log
		.filter(({ path }) => path.startsWith('/api/'))
		.map(
			({ method, path }) =>
				`${method} ${path.replace('/api/data/v9.2/', '').replace(/\(.*?\)/, '()')}`,
		);
};
const table = async (path: string): Promise<IDataObject[]> => {
	const token = (await (
		await fetch(twin.tokenUrl, {
			method: 'POST',
			body: new URLSearchParams({
				grant_type: 'client_credentials',
				client_id: twin.clientId,
				client_secret: twin.clientSecret,
				scope: `${twin.url}/.default`,
			}),
		})
	).json()) as { access_token: string };
	const answer = await fetch(`${twin.url}/api/data/v9.2/${path}`, {
		headers: { Authorization: `Bearer ${token.access_token}` },
	});
	return ((await answer.json()) as { value: IDataObject[] }).value;
};

beforeAll(async () => {
	twin = await startDynamicsTwin({ seed: 1, leads: 320, contacts: 20 });
});
afterAll(async () => await twin.close());
beforeEach(async () => {
	await post('reset');
	credential = twinCredential(twin);
	leads = (await read('lead')).map((row) => String(row.leadid));
	contacts = (await read('contact')).map((row) => String(row.contactid));
});

describe('assign', () => {
	const owner = (mode: string, value: string) => ({ owner: { __rl: true, mode, value } });

	it.each([
		['a user from the list', owner('list', `systemuser(${USER(2)})`), USER(2), 'Birgit Sørensen'],
		['a user by e-mail', owner('email', 'USER2@twin.example'), USER(2), 'Birgit Sørensen'],
		['a user by id', owner('id', USER(2)), USER(2), 'Birgit Sørensen'],
		['a team from the list', owner('list', `team(${TEAM})`), TEAM, 'Inside Sales'],
		['a team by e-mail', owner('email', 'sales@twin.example'), TEAM, 'Inside Sales'],
		['a team by its bare id', owner('id', TEAM), TEAM, 'Inside Sales'],
	])('gives leads and contacts to %s', async (_who, parameters, ownerId, ownerName) => {
		const output = json(await run('assign', [lead(0), contact(0)], parameters));
		expect(output).toMatchObject([
			{ dynamicsTable: 'lead', ownerId, ownerName },
			{ dynamicsTable: 'contact', ownerId, ownerName },
		]);
		const rows = await table(`leads?$select=_ownerid_value&$filter=leadid eq ${leads[0]}`);
		expect(rows[0]!._ownerid_value).toBe(ownerId);
	});

	it('writes nothing where the owner is the same (plug-ins would run for nothing)', async () => {
		await run('assign', [lead(0)], owner('id', USER(2)));
		const [before] = await table(`leads?$select=versionnumber&$filter=leadid eq ${leads[0]}`);
		const [again] = json(await run('assign', [lead(0)], owner('id', USER(2))));
		expect(again).toMatchObject({ assigned: false, previousOwnerId: USER(2) });
		const [after] = await table(`leads?$select=versionnumber&$filter=leadid eq ${leads[0]}`);
		expect(after).toEqual(before);
	});

	it.each([
		['a disabled user', owner('email', 'former@twin.example'), /"Kay Former" is disabled/],
		['a user without a role', owner('id', USER(103)), /lead .*: .*not been assigned any roles/],
		['nobody', owner('email', 'nobody@twin.example'), /no user or team "nobody@twin.example"/],
		['something else', owner('id', 'Alex'), /"Alex" is not an owner/],
	])('says why it cannot give to %s, and what to do', async (_who, parameters, words) => {
		const failed = run('assign', [lead(0)], parameters);
		await expect(failed).rejects.toThrow(words);
		await expect(failed).rejects.toMatchObject({
			description: expect.stringMatching(/\w/) as string,
		});
	});

	it('goes on with the others where one record is gone or has no id', async () => {
		const items = [
			lead(0),
			{ dynamicsTable: 'lead', dynamicsId: NOBODY },
			{ email: 'only@marketo.example' },
			contact(1),
		];
		const output = await run('assign', items, owner('id', USER(3)), true);
		expect(output.map(({ json: { assigned, reason } }) => [assigned, reason])).toEqual([
			[true, 'Carmen Núñez is the owner now'],
			[undefined, expect.stringContaining(`The lead ${NOBODY}: There is no such row`)],
			[undefined, expect.stringContaining('no record in Dynamics 365')],
			[true, 'Carmen Núñez is the owner now'],
		]);
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual(
			[0, 1, 2, 3].map((item) => ({ item })),
		);
	});

	it('assigns 300 records in one call to find the owner, one to look and three to write', async () => {
		const items = Array.from({ length: 300 }, (_, index) => lead(index));
		const made = await calls(
			async () => await run('assign', items, owner('list', `team(${TEAM})`)),
		);
		expect(made).toEqual(Array(5).fill('POST $batch'));
	});
});

describe('create task', () => {
	const TASK = { subject: 'Call back', dueInDays: 5, key: '={{ $json.request }}' };
	const tasks = async () =>
		await table(
			'tasks?$select=subject,description,scheduledend,statuscode,prioritycode,_ownerid_value,_regardingobjectid_value',
		);

	it('creates a task about a lead and one about a contact, due in five days', async () => {
		const output = json(
			await run('createTask', [lead(0, { request: 'r1' }), contact(0)], {
				...TASK,
				description: 'Asked for a price',
				options: {
					priority: 2,
					statusReason: 'In Progress',
					owner: { __rl: true, mode: 'id', value: USER(4) },
				},
			}),
		);
		expect(output).toMatchObject([
			{ request: 'r1', dynamicsTable: 'lead', taskCreated: true, taskSubject: 'Call back' },
			{ dynamicsTable: 'contact', taskCreated: true },
		]);
		const made = await tasks();
		expect(made.map((task) => task._regardingobjectid_value).sort()).toEqual(
			[leads[0], contacts[0]].sort(),
		);
		for (const task of made) {
			expect(task).toMatchObject({
				description: 'Asked for a price',
				prioritycode: 2,
				statuscode: 3,
				_ownerid_value: USER(4),
			});
			const days = (Date.parse(String(task.scheduledend)) - Date.now()) / 86_400_000;
			expect(days).toBeCloseTo(5, 2);
		}
	});

	it('creates nothing more for the same key, and leaves the task as people made it', async () => {
		const items = [
			lead(0, { request: 'r1' }),
			lead(0, { request: 'r2' }),
			lead(1, { request: 'r1' }),
		];
		const first = json(await run('createTask', items, TASK));
		expect(first.map(({ taskCreated }) => taskCreated)).toEqual([true, true, true]);
		const again = json(await run('createTask', items, { ...TASK, subject: 'Another subject' }));
		expect(again.map(({ taskCreated }) => taskCreated)).toEqual([false, false, false]);
		expect(again.map(({ taskId }) => taskId)).toEqual(first.map(({ taskId }) => taskId));
		expect((await tasks()).map(({ subject }) => subject)).toEqual(Array(3).fill('Call back'));
	});

	it('creates a new one every time without a key', async () => {
		await run('createTask', [lead(0)], TASK);
		await run('createTask', [lead(0)], TASK);
		expect(await tasks()).toHaveLength(2);
	});

	it('creates one task although the answer got lost', async () => {
		await post('fail', { match: { path: '$batch' }, times: 1, afterEffect: true });
		const [output] = json(await run('createTask', [lead(0, { request: 'r1' })], TASK));
		expect(output).toHaveProperty('taskId');
		expect(await tasks()).toHaveLength(1);
	}, 20_000);

	it('sends again what Dynamics turned away for the moment', async () => {
		await post('fail', {
			match: { method: 'PATCH', path: '/tasks' },
			times: 1,
			status: 429,
			retryAfter: 0,
		});
		const output = json(
			await run('createTask', [lead(0, { request: 'a' }), lead(1, { request: 'b' })], TASK),
		);
		expect(output.map(({ taskCreated }) => taskCreated)).toEqual([true, true]);
	}, 20_000);

	it('does not let one bad item stop the others, and names the record', async () => {
		const items = [
			lead(0, { request: 'a' }),
			{ dynamicsTable: 'lead', dynamicsId: NOBODY, request: 'b' },
			{ dynamicsTable: 'account', dynamicsId: leads[1]!, request: 'c' },
			lead(2, { request: 'd' }),
		];
		const output = await run('createTask', items, TASK, true);
		expect(output.map(({ json: { reason } }) => reason)).toEqual([
			'The task "Call back" was created',
			expect.stringContaining(`The lead ${NOBODY}`),
			expect.stringContaining('"account" is not a table of people'),
			'The task "Call back" was created',
		]);
		expect(await tasks()).toHaveLength(2);
	});

	it.each([
		[{ subject: ' ' }, /subject of the task is missing/],
		[{ dueInDays: -1 }, /not a number of days/],
		[{ options: { statusReason: 'Sleeping' } }, /not one of the choices/],
		[{ options: { priority: 'urgent' } }, /not a priority/],
		[{ subject: 'x'.repeat(300) }, /exceeded the maximum allowed length/],
	])('says what is wrong with %j', async (wrong, words) => {
		await expect(run('createTask', [lead(0)], { ...TASK, ...wrong })).rejects.toThrow(words);
	});

	it('creates 300 tasks in three calls', async () => {
		const items = Array.from({ length: 300 }, (_, index) => lead(index, { request: 'r' }));
		const made = await calls(async () => await run('createTask', items, TASK));
		expect(made).toEqual(Array(3).fill('POST $batch'));
		expect(await tasks()).toHaveLength(300);
	});
});

describe('add to campaign, remove from campaign', () => {
	const into = (value: string) => ({ campaign: { __rl: true, mode: 'id', value } });
	const members = async (listId: unknown) =>
		(
			await table(`listmembers?$select=_entityid_value&$filter=_listid_value eq ${String(listId)}`)
		).map((row) => String(row._entityid_value));
	const listsOf = async (campaign: string) =>
		(
			await table(
				`campaigns(${campaign})/campaignlist_association?$select=listname,createdfromcode,type`,
			)
		).map((row) => [row.listname, row.createdfromcode, row.type]);

	it('makes one static list per campaign and kind, puts it into the campaign and people into it', async () => {
		const output = json(
			await run('addToCampaign', [lead(0), contact(0), lead(1)], into(OTHER_CAMPAIGN)),
		);
		expect(output.map(({ added, dynamicsTable }) => [dynamicsTable, added])).toEqual([
			['lead', true],
			['contact', true],
			['lead', true],
		]);
		expect((await listsOf(OTHER_CAMPAIGN)).sort()).toEqual([
			[`Mkto-contacts-${OTHER_CAMPAIGN}`, 2, false],
			[`Mkto-leads-${OTHER_CAMPAIGN}`, 4, false],
		]);
		expect((await members(output[0]!.listId)).sort()).toEqual([leads[0], leads[1]].sort());
		expect(await members(output[1]!.listId)).toEqual([contacts[0]]);
	});

	it('changes nothing when repeated, also for somebody who comes twice at once', async () => {
		await run('addToCampaign', [lead(0)], into(CAMPAIGN));
		const again = json(await run('addToCampaign', [lead(0), lead(1), lead(1)], into(CAMPAIGN)));
		expect(again.map(({ added }) => added)).toEqual([false, true, true]);
		expect(await listsOf(CAMPAIGN)).toHaveLength(2);
		expect(await members(again[0]!.listId)).toHaveLength(2);
	});

	it('makes one list although two do it at once', async () => {
		const outputs = await Promise.all(
			[0, 1, 2].map(
				async (index) => await run('addToCampaign', [lead(index)], into(OTHER_CAMPAIGN)),
			),
		);
		expect(new Set(outputs.flatMap(json).map(({ listId }) => listId)).size).toBe(1);
		expect(await listsOf(OTHER_CAMPAIGN)).toHaveLength(1);
		expect(await members(outputs[0]![0]!.json.listId)).toHaveLength(3);
	});

	it('puts the list into the campaign again where a crash or a person took it out', async () => {
		await post('fail', {
			match: { path: 'AddItemCampaign' },
			times: 1,
			status: 400,
			code: '0x80040203',
		});
		await expect(run('addToCampaign', [lead(0)], into(OTHER_CAMPAIGN))).rejects.toThrow(/lead/);
		expect(await listsOf(OTHER_CAMPAIGN)).toEqual([]);
		await run('addToCampaign', [lead(0)], into(OTHER_CAMPAIGN));
		expect(await listsOf(OTHER_CAMPAIGN)).toHaveLength(1);
	});

	it('removes from our list only: who came another way stays', async () => {
		const vip = '71157000-0000-4000-8000-000000000001';
		const [guest] = await members(vip);
		const guestItem = { dynamicsTable: 'lead', dynamicsId: guest! };
		const [added] = json(await run('addToCampaign', [guestItem, lead(5)], into(CAMPAIGN)));
		const output = json(await run('removeFromCampaign', [guestItem, lead(6)], into(CAMPAIGN)));
		expect(output.map(({ removed }) => removed)).toEqual([true, false]);
		expect(await members(vip)).toEqual([guest]);
		expect(await members(added!.listId)).toEqual([leads[5]]);
		const again = json(await run('removeFromCampaign', [guestItem], into(CAMPAIGN)));
		expect(again).toMatchObject([{ removed: false }]);
		const never = json(await run('removeFromCampaign', [contact(0)], into(CAMPAIGN)));
		expect(never).toMatchObject([{ removed: false }]);
		expect(await listsOf(CAMPAIGN)).toHaveLength(2);
	});

	it.each(['addToCampaign', 'removeFromCampaign'])(
		'%s says that a campaign is inactive or gone',
		async (operation) => {
			const inactive = run(operation, [lead(0)], into(INACTIVE));
			await expect(inactive).rejects.toThrow(/The campaign "Trade Fair 2024" is not active/);
			await expect(inactive).rejects.toMatchObject({
				description: expect.stringContaining('Activate') as string,
			});
			await expect(run(operation, [lead(0)], into(NOBODY))).rejects.toThrow(
				/no campaign with the ID/,
			);
			await expect(run(operation, [lead(0)], into(''))).rejects.toThrow(/campaign is missing/);
			expect(await table('lists?$select=listname')).toHaveLength(3);
		},
	);

	it('does not let one bad item, or one bad campaign, stop the others', async () => {
		const items = [
			{ ...lead(0), campaign: CAMPAIGN },
			{ dynamicsTable: 'lead', dynamicsId: NOBODY, campaign: CAMPAIGN },
			{ ...lead(1), campaign: INACTIVE },
			{ ...lead(2), campaign: CAMPAIGN },
		];
		const output = await run('addToCampaign', items, into('={{ $json.campaign }}'), true);
		expect(output.map(({ json: { reason } }) => reason)).toEqual([
			'Added to the campaign',
			expect.stringContaining(`The lead ${NOBODY}: There is no such row`),
			expect.stringContaining('is not active'),
			'Added to the campaign',
		]);
		expect(await members(output[0]!.json.listId)).toHaveLength(2);
	});

	it('sends members one by one where the call for all is refused', async () => {
		await post('fail', {
			match: { path: 'AddListMembersList' },
			times: 1,
			status: 400,
			code: '0x80040203',
		});
		const output = json(await run('addToCampaign', [lead(0), lead(1), lead(2)], into(CAMPAIGN)));
		expect(output.map(({ added }) => added)).toEqual([true, true, true]);
		expect(await members(output[0]!.listId)).toHaveLength(3);
	});

	it('says that its list was locked', async () => {
		const [{ listId }] = json(await run('addToCampaign', [lead(0)], into(CAMPAIGN))) as [
			{ listId: string },
		];
		await post('fail', {
			match: { path: 'AddListMembersList' },
			times: -1,
			status: 400,
			code: '0x80040302',
		});
		await expect(run('addToCampaign', [lead(1)], into(CAMPAIGN))).rejects.toThrow(
			/marketing list is locked/,
		);
		expect(await members(listId)).toEqual([leads[0]]);
	});

	it('adds 300 people in four calls the first time, in one when they are there, and removes them in two', async () => {
		const items = Array.from({ length: 300 }, (_, index) => lead(index));
		const add = async () => await run('addToCampaign', items, into(OTHER_CAMPAIGN));
		expect(await calls(add)).toEqual([
			'POST $batch',
			'PATCH lists()',
			'POST lists()/Microsoft.Dynamics.CRM.AddItemCampaign',
			'POST AddListMembersList',
		]);
		expect(await calls(add)).toEqual(['POST $batch']);
		const remove = async () => await run('removeFromCampaign', items, into(OTHER_CAMPAIGN));
		expect(await calls(remove)).toEqual(['POST $batch', 'POST RemoveListMembersList']);
	});
});

describe('lists in the editor', () => {
	const { methods } = new MicrosoftDynamics365();
	const editor = () =>
		editorContext(dynamicsNode(credential, { resource: 'lead', operation: 'assign' }));

	it('offer users and teams that can own rows', async () => {
		const { results } = await methods.listSearch.searchOwners.call(editor());
		expect(results).toContainEqual({ name: 'Inside Sales · team', value: `team(${TEAM})` });
		expect(results).toContainEqual(expect.objectContaining({ value: `systemuser(${USER(1)})` }));
		expect(JSON.stringify(results)).not.toContain('Former');
		const found = await methods.listSearch.searchOwners.call(editor(), 'inside');
		expect(found.results).toEqual([{ name: 'Inside Sales · team', value: `team(${TEAM})` }]);
	});

	it('offer active campaigns', async () => {
		const { results } = await methods.listSearch.searchCampaigns.call(editor());
		expect(results.map(({ name }) => name)).toEqual([
			'Newsletter',
			'Partner Webinar',
			'Spring Launch',
		]);
	});

	it('offer the status reasons of an open task', async () => {
		const reasons = await methods.loadOptions.getTaskStatusReasons.call(editor());
		expect(reasons.map(({ value }) => value)).toEqual([2, 3, 4, 7]);
	});
});
