import { startClient, type Client } from './client';

const campaign = (number: number) => `ca3ba160-0000-4000-8000-00000000000${number}`;
const list = (number: number) => `71157000-0000-4000-8000-00000000000${number}`;
const TYPE = (name: string) => ({ '@odata.type': `Microsoft.Dynamics.CRM.${name}` });

describe('tasks, campaigns and marketing lists of the Dynamics twin', () => {
	let client: Client;
	let leads: string[];
	let contacts: string[];

	beforeEach(async () => {
		client = await startClient();
		const ids = async (set: string, key: string) =>
			(
				(await client.call('GET', `${set}?$select=${key}`)).json.value as Array<
					Record<string, string>
				>
			).map((row) => row[key]!);
		leads = await ids('leads', 'leadid');
		contacts = await ids('contacts', 'contactid');
	});
	afterEach(async () => {
		await client.twin.close();
	});

	const change = async (action: string, listId: string, table: string, members: string[]) =>
		await client.call('POST', action, {
			List: { listid: listId, ...TYPE('list') },
			Members: members.map((id) => ({ [`${table}id`]: id, ...TYPE(table) })),
		});
	const members = async (listId: string) =>
		(
			(
				await client.call(
					'GET',
					`listmembers?$select=_entityid_value&$filter=_listid_value eq ${listId}`,
				)
			).json.value as Array<Record<string, string>>
		).map((row) => row._entityid_value);
	const newList = async (kind: number) => {
		const answer = await client.call(
			'POST',
			'lists',
			{ listname: 'Ours', createdfromcode: kind },
			{ Prefer: 'return=representation' },
		);
		return answer.json.listid as string;
	};

	it('makes a task about a lead, under an id of the caller, once', async () => {
		const path = 'tasks(00000000-0000-4000-8000-0000000000aa)';
		const body = {
			subject: 'Call back',
			scheduledend: '2026-05-01T10:00:00Z',
			'regardingobjectid_lead_task@odata.bind': `/leads(${leads[0]})`,
		};
		expect((await client.call('PATCH', path, body, { 'If-None-Match': '*' })).status).toBe(204);
		const again = await client.call('PATCH', path, body, { 'If-None-Match': '*' });
		expect([again.status, again.json.error.code]).toEqual([412, '0x80040237']);
		expect((await client.call('GET', path)).json).toMatchObject({
			subject: 'Call back',
			statecode: 0,
			statuscode: 2,
			prioritycode: 1,
			_regardingobjectid_value: leads[0],
		});
	});

	it('refuses a task about a row that is not there, and one that starts completed', async () => {
		const gone = await client.call('POST', 'tasks', {
			subject: 'x',
			'regardingobjectid_contact_task@odata.bind': `/contacts(${leads[0]})`,
		});
		expect([gone.status, gone.json.error.code]).toEqual([404, '0x80040217']);
		const completed = await client.call('POST', 'tasks', { subject: 'x', statuscode: 5 });
		expect(completed.json.error.code).toBe('0x80048408');
	});

	it('adds many members in one call, and passes over those who are there', async () => {
		const id = await newList(4);
		expect((await change('AddListMembersList', id, 'lead', leads.slice(0, 3))).status).toBe(204);
		expect((await change('AddListMembersList', id, 'lead', leads.slice(1, 4))).status).toBe(204);
		expect((await members(id)).sort()).toEqual(leads.slice(0, 4).sort());
		expect((await client.call('GET', `lists(${id})`)).json.membercount).toBe(4);
		const linked = await client.call('GET', `lists(${id})/listlead_association?$select=leadid`);
		expect(linked.json.value).toHaveLength(4);
	});

	it('adds all or nobody', async () => {
		const id = await newList(4);
		const answer = await change('AddListMembersList', id, 'lead', [leads[0]!, campaign(9)]);
		expect([answer.status, answer.json.error.code]).toEqual([404, '0x80040217']);
		expect(await members(id)).toEqual([]);
	});

	it.each([
		[
			'another kind of member',
			async () => await change('AddListMembersList', await newList(4), 'contact', [contacts[0]!]),
			'0x80040301',
		],
		[
			'a locked list',
			async () => await change('AddListMembersList', list(2), 'contact', [contacts[0]!]),
			'0x80040302',
		],
		[
			'a dynamic list',
			async () => await change('AddListMembersList', list(3), 'lead', [leads[0]!]),
			'0x8004f701',
		],
		[
			'somebody who is no member',
			async () => await change('RemoveListMembersList', list(1), 'lead', [leads[5]!]),
			'0x80048458',
		],
	])('refuses %s', async (_what, act, code) => {
		expect((await act()).json.error.code).toBe(code);
	});

	it('adds and removes one member by the actions of the list', async () => {
		const id = await newList(2);
		const added = await client.call('POST', `lists(${id})/Microsoft.Dynamics.CRM.AddMemberList`, {
			EntityId: contacts[0],
		});
		expect(added.json.Id).toEqual(expect.any(String));
		expect(await members(id)).toEqual([contacts[0]]);
		const removed = await client.call(
			'POST',
			`lists(${id})/Microsoft.Dynamics.CRM.RemoveMemberList`,
			{
				ListMember: { listmemberid: contacts[0] },
			},
		);
		expect(removed.status).toBe(204);
		expect(await members(id)).toEqual([]);
	});

	it('does not let members be written like rows or links (they have actions of their own)', async () => {
		expect((await client.call('POST', 'listmembers', {})).json.error.message).toContain(
			"'listmember'",
		);
		const link = { '@odata.id': `leads(${leads[0]})` };
		const answer = await client.call('POST', `lists(${list(1)})/listlead_association/$ref`, link);
		expect([answer.status, answer.json.error.message]).toEqual([
			400,
			'Associate is not supported for ListMember',
		]);
	});

	it('links lists and campaigns, from either side, by action and by link', async () => {
		const id = await newList(4);
		const add = async () =>
			await client.call('POST', `lists(${id})/Microsoft.Dynamics.CRM.AddItemCampaign`, {
				Campaign: { campaignid: campaign(1), ...TYPE('campaign') },
			});
		expect((await add()).json.campaignitemid).toEqual(expect.any(String));
		expect((await add()).json.error.code).toBe('0x80040237');
		const lists = async () =>
			(
				(
					await client.call(
						'GET',
						`campaigns(${campaign(1)})/campaignlist_association?$select=listname`,
					)
				).json.value as Array<Record<string, string>>
			).map((row) => row.listname);
		expect((await lists()).sort()).toEqual(['Ours', 'VIP Guests']);
		const path = `campaigns(${campaign(1)})/campaignlist_association`;
		expect((await client.call('DELETE', `${path}(${id})/$ref`)).status).toBe(204);
		expect(await lists()).toEqual(['VIP Guests']);
		await client.call('POST', `${path}/$ref`, { '@odata.id': `lists(${id})` });
		const campaigns = await client.call(
			'GET',
			`lists(${id})/campaignlist_association?$select=name`,
		);
		expect(campaigns.json.value).toMatchObject([{ name: 'Spring Launch' }]);
	});

	it('takes deleted rows out of lists and campaigns', async () => {
		const [first] = await members(list(1));
		await client.call('DELETE', `leads(${first})`);
		expect(await members(list(1))).toEqual([]);
		await client.call('DELETE', `lists(${list(1)})`);
		const linked = await client.call(
			'GET',
			`campaigns(${campaign(1)})/campaignlist_association?$select=listid`,
		);
		expect(linked.json.value).toEqual([]);
	});

	it.each([
		['a user', 'systemusers(0c0ffee0-0000-4000-8000-000000000002)', undefined],
		['a team', 'teams(7ea70000-0000-4000-8000-000000000002)', undefined],
		['a user without a role', 'systemusers(0c0ffee0-0000-4000-8000-000000000103)', '0x80042f09'],
		['a disabled user', 'systemusers(0c0ffee0-0000-4000-8000-000000000090)', '0x80041d1f'],
		['nobody', 'systemusers(0c0ffee0-0000-4000-8000-000000000999)', '0x80040217'],
	])('assigns a lead to %s', async (_who, owner, code) => {
		const answer = await client.call(
			'PATCH',
			`leads(${leads[0]})`,
			{ 'ownerid@odata.bind': `/${owner}` },
			{ 'If-Match': '*' },
		);
		expect(answer.json.error?.code).toBe(code);
		const id = /\((.*)\)/.exec(owner)![1];
		const row = (await client.call('GET', `leads(${leads[0]})?$select=_ownerid_value`)).json;
		expect(row._ownerid_value === id).toBe(code === undefined);
	});
});
