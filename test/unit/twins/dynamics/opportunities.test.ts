import { idOf, startClient, type Client } from './client';

describe('closing opportunities in the Dynamics twin', () => {
	let client: Client;
	let id: string;

	beforeAll(async () => {
		client = await startClient();
	});
	afterAll(async () => {
		await client.twin.close();
	});
	beforeEach(async () => {
		const account = idOf(await client.call('POST', 'accounts', { name: 'Contoso' }));
		id = idOf(
			await client.call('POST', 'opportunities', {
				name: 'Chairs',
				estimatedvalue: 100,
				'customerid_account@odata.bind': `/accounts(${account})`,
			}),
		);
	});

	const read = async () => (await client.call('GET', `opportunities(${id})`)).json;
	const close = async (action: string, status: number, more: object = {}) =>
		await client.call('POST', action, {
			Status: status,
			OpportunityClose: {
				subject: 'The end',
				'opportunityid@odata.bind': `${client.twin.url}/api/data/v9.2/opportunities(${id})`,
				...more,
			},
		});

	it('wins with an activity that tells about it', async () => {
		const answer = await close('WinOpportunity', 3, {
			actualrevenue: 90,
			actualend: '2026-02-03T00:00:00Z',
		});
		expect([answer.status, answer.text]).toEqual([204, '']);
		expect(await read()).toMatchObject({
			statecode: 1,
			statuscode: 3,
			actualvalue: 90,
			actualclosedate: '2026-02-03',
		});
		const behind = await client.call('GET', `opportunities(${id})/Opportunity_OpportunityClose`);
		expect(behind.json.value).toMatchObject([
			{
				subject: 'The end',
				actualrevenue: 90,
				opportunitystatecode: 1,
				statecode: 1,
				statuscode: 2,
				_opportunityid_value: id,
			},
		]);
	});

	it.each([4, 5])(
		'loses for a reason (%d), with the estimate where no revenue is given',
		async (status) => {
			expect((await close('Microsoft.Dynamics.CRM.LoseOpportunity', status)).status).toBe(204);
			expect(await read()).toMatchObject({ statecode: 2, statuscode: status, actualvalue: 100 });
		},
	);

	it('takes the opportunity as a row with its id too', async () => {
		const answer = await client.call('POST', 'WinOpportunity', {
			Status: 3,
			OpportunityClose: {
				'@odata.type': 'Microsoft.Dynamics.CRM.opportunityclose',
				subject: 'Won',
				opportunityid: { '@odata.type': 'Microsoft.Dynamics.CRM.opportunity', opportunityid: id },
			},
		});
		expect(answer.status).toBe(204);
		expect((await read()).statecode).toBe(1);
	});

	it.each([
		['won', 1],
		['lost', 2],
	])('refuses a plain write that makes one %s', async (_what, statecode) => {
		const update = await client.call('PATCH', `opportunities(${id})`, { statecode });
		expect([update.status, update.json.error.code]).toEqual([400, '0x80100005']);
		const create = await client.call('POST', 'opportunities', { name: 'x', statecode });
		expect(create.json.error.code).toBe('0x80100005');
		expect((await read()).statecode).toBe(0);
	});

	it('lets other columns and the reason of an open one be written', async () => {
		const answer = await client.call('PATCH', `opportunities(${id})`, {
			name: 'Tables',
			statuscode: 2,
		});
		expect(answer.status).toBe(204);
		expect(await read()).toMatchObject({ name: 'Tables', statecode: 0, statuscode: 2 });
	});

	it('is closed once, and closes again after it was reopened', async () => {
		await close('WinOpportunity', 3);
		expect((await close('LoseOpportunity', 4)).json.error.code).toBe('0x80040515');
		await client.call('PATCH', `opportunities(${id})`, { statecode: 0, statuscode: 1 });
		expect(await read()).toMatchObject({ statecode: 0, actualclosedate: null, actualvalue: null });
		expect((await close('LoseOpportunity', 4)).status).toBe(204);
	});

	it.each([
		['a status of another state', 'WinOpportunity', { Status: 4 }, '0x80048408'],
		['no status', 'WinOpportunity', { Status: undefined }, '0x80040203'],
		['no activity', 'LoseOpportunity', { OpportunityClose: undefined }, '0x80040203'],
		['no opportunity', 'LoseOpportunity', { OpportunityClose: { subject: 'x' } }, '0x80040203'],
	])('refuses %s, and closes nothing', async (_what, action, more, code) => {
		const answer = await client.call('POST', action, {
			Status: 3,
			OpportunityClose: { subject: 'x', 'opportunityid@odata.bind': `/opportunities(${id})` },
			...more,
		});
		expect([answer.status, answer.json.error.code]).toEqual([400, code]);
		expect((await read()).statecode).toBe(0);
	});

	it('knows no opportunity that is not there', async () => {
		const gone = '00000000-0000-4000-8000-00000000dead';
		const answer = await close('WinOpportunity', 3, {
			'opportunityid@odata.bind': `/opportunities(${gone})`,
		});
		expect([answer.status, answer.json.error.code]).toEqual([404, '0x80040217']);
	});

	it('shows a closed one among the changes', async () => {
		const first = await client.call('GET', 'opportunities?$select=statecode', undefined, {
			Prefer: 'odata.track-changes',
		});
		await close('WinOpportunity', 3);
		const delta = await client.call('GET', first.json['@odata.deltaLink'] as string);
		expect(delta.json.value).toMatchObject([{ opportunityid: id, statecode: 1 }]);
	});
});
