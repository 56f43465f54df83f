import { activitiesOf, runEnd } from './campaignSupport';
import { startOutside, type Outside } from './outsideService';
import { startTestTwin, type Loose, type TestTwin } from './support';

describe('campaigns in the REST API of the Marketo twin', () => {
	let api: TestTwin;
	let outside: Outside;
	beforeEach(async () => {
		api = await startTestTwin({ count: 3 });
		outside = await startOutside();
		const template = '{{lead.Id}} {{my.greeting}}';
		await api.admin('webhook', { name: 'hook', url: outside.url, template });
		const steps = [{ webhook: 'hook' }];
		const program = { program: 'Autumn', tokens: { greeting: 'hello' } };
		await api.admin('campaign', { name: 'asked', type: 'trigger', steps, ...program });
		await api.admin('campaign', { name: 'silent', type: 'trigger', requestable: false, steps });
		await api.admin('campaign', { name: 'mass', type: 'batch', steps: [], people: [1001, 1002] });
	});
	afterEach(async () => {
		await api.twin.close();
		await outside.close();
	});

	const trigger = async (id: number, input: Loose) =>
		await api.post(`/rest/v1/campaigns/${id}/trigger.json`, { input });
	const schedule = async (id: number, input: Loose) =>
		await api.post(`/rest/v1/campaigns/${id}/schedule.json`, { input });
	const later = async (seconds: number) => {
		const { now } = await api.admin('clock');
		return new Date(Date.parse(now as string) + seconds * 1000).toISOString();
	};

	it('lists them in pages that have a token and no moreResult', async () => {
		const first = await api.get('/rest/v1/campaigns.json?batchSize=2');
		expect(first.result!.map(({ name }) => name)).toEqual(['asked', 'silent']);
		expect(first.moreResult).toBeUndefined();
		const token = encodeURIComponent(first.nextPageToken!);
		const second = await api.get(`/rest/v1/campaigns.json?batchSize=2&nextPageToken=${token}`);
		expect(second.result!.map(({ name, type }) => [name, type])).toEqual([['mass', 'batch']]);
		expect(second.nextPageToken).toBeUndefined();
	});

	it('filters by id, name, program and whether they can be requested', async () => {
		const names = async (query: string) =>
			(await api.get(`/rest/v1/campaigns.json?${query}`)).result!.map(({ name }) => name as string);
		expect(await names('id=1001,1003')).toEqual(['asked', 'mass']);
		expect(await names('name=silent')).toEqual(['silent']);
		expect(await names('programName=Autumn')).toEqual(['asked']);
		expect(await names('isTriggerable=true')).toEqual(['asked']);
		expect((await api.get('/rest/v1/campaigns/1002.json')).result![0]).toMatchObject({
			id: 1002,
			name: 'silent',
			active: true,
		});
		expect((await api.get('/rest/v1/campaigns/9.json')).errors![0].code).toBe('1013');
	});

	it('requests a campaign for people, with tokens of the call before those of the program', async () => {
		const tokens = [{ name: '{{my.greeting}}', value: 'hi' }];
		const answer = await trigger(1001, { leads: [{ id: 1001 }, { id: 1002 }], tokens });
		expect(answer).toMatchObject({ success: true, result: [{ id: 1001 }] });
		await runEnd(api, 1);
		expect(outside.received.map(({ body }) => body).sort()).toEqual(['1001 hi', '1002 hi']);
		await trigger(1001, { leads: [{ id: 1003 }] });
		await runEnd(api, 2);
		expect(outside.received[2]!.body).toBe('1003 hello');
		expect((await activitiesOf(api, 47)).map(({ leadId }) => leadId as number)).toEqual([
			1001, 1002, 1003,
		]);
	});

	it.each([
		['no leads', 1001, { leads: [] }, '1002'],
		[
			'more than 100 leads',
			1001,
			{ leads: Array.from({ length: 101 }, () => ({ id: 1001 })) },
			'1003',
		],
		['a campaign that cannot be requested', 1002, { leads: [{ id: 1001 }] }, '1003'],
		['a batch campaign', 1003, { leads: [{ id: 1001 }] }, '1003'],
		['no such campaign', 9, { leads: [{ id: 1001 }] }, '1013'],
		['no such person', 1001, { leads: [{ id: 9 }] }, '1004'],
		[
			'a token that is no my token',
			1001,
			{ leads: [{ id: 1001 }], tokens: [{ name: 'x', value: 'y' }] },
			'1003',
		],
	])('refuses a request with %s', async (_what, id, input, code) => {
		expect((await trigger(id, input)).errors![0].code).toBe(code);
		expect((await api.admin('runs')).runs).toEqual([]);
	});

	it('runs a scheduled batch campaign when its time has come', async () => {
		expect((await schedule(1003, { runAt: await later(600) })).result).toEqual([{ id: 1003 }]);
		await new Promise((resolve) => setTimeout(resolve, 250));
		expect((await api.admin('runs')).runs).toEqual([]);
		await api.admin('clock', { advanceSeconds: 601 });
		await new Promise((resolve) => setTimeout(resolve, 250));
		expect((await runEnd(api, 1)).people.map((one: Loose) => one.id as number)).toEqual([
			1001, 1002,
		]);
	});

	it('refuses a time too soon or too late, and a trigger campaign', async () => {
		expect((await schedule(1003, { runAt: await later(60) })).errors![0].code).toBe('1003');
		expect((await schedule(1003, { runAt: await later(3 * 366 * 86_400) })).errors![0].code).toBe(
			'1042',
		);
		expect((await schedule(1003, { runAt: 'soon' })).errors![0].code).toBe('704');
		expect((await schedule(1001, {})).errors![0].code).toBe('1003');
	});

	it('clones to a program, twenty times a day', async () => {
		const clone = await schedule(1003, { cloneToProgramName: 'Winter' });
		expect(clone.result).toEqual([{ id: 1004 }]);
		expect((await api.get('/rest/v1/campaigns.json?programName=Winter')).result).toHaveLength(1);
		for (let count = 1; count < 20; count++)
			await schedule(1003, { cloneToProgramName: `W${count}` });
		expect((await schedule(1003, { cloneToProgramName: 'too many' })).errors![0].code).toBe('1020');
	});

	it('needs the permission to execute', async () => {
		await api.signInAs('without-campaign', 'secret-without-campaign');
		expect((await trigger(1001, { leads: [{ id: 1001 }] })).errors![0].code).toBe('603');
	});

	it('ends runs and forgets campaigns on reset', async () => {
		outside.reply = () => ({ body: 'late', afterMs: 5000 });
		await trigger(1001, { leads: [{ id: 1001 }] });
		await api.admin('reset', {});
		expect((await api.admin('runs')).runs).toEqual([]);
		expect((await api.get('/rest/v1/campaigns.json')).result).toEqual([]);
	});
});
