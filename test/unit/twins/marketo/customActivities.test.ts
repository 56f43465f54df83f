import { readFeed, startTestTwin, type TestTwin } from './support';

const TYPE = '/rest/v1/activities/external/type';

describe('custom activities in the Marketo twin', () => {
	let api: TestTwin;
	beforeAll(async () => {
		api = await startTestTwin();
	});
	afterAll(async () => await api.twin.close());

	const definition = (name: string) => ({
		apiName: name,
		name: `Attend ${name}`,
		description: 'Attend the conference',
		triggerName: `Attends ${name}`,
		filterName: `Attended ${name}`,
		primaryAttribute: { apiName: 'conferenceName', name: 'Conference Name' },
	});
	const attributes = [
		{ apiName: 'conferenceDate', name: 'Conference Date', dataType: 'datetime' },
		{ apiName: 'attendees', name: 'Number of Attendees', dataType: 'integer' },
	];

	it('goes from draft over attributes and approval to a type that takes activities', async () => {
		const made = await api.post(`${TYPE}.json`, definition('attendConference'));
		expect(made.result![0]).toMatchObject({
			status: 'draft',
			primaryAttribute: { apiName: 'conferenceName', dataType: 'string' },
		});
		const person = await api.create({ email: 'a@example.com' });
		const activity = (typeId: number) => ({
			leadId: person,
			activityDate: '2026-09-26T06:56:35+07:00',
			activityTypeId: typeId,
			primaryAttributeValue: 'Summit',
			attributes: [
				{ apiName: 'attendees', value: 5 },
				{ name: 'Conference Date', value: '2026-09-26T00:00:00Z' },
			],
		});
		const { id } = made.result![0];
		const early = await api.post('/rest/v1/activities/external.json', { input: [activity(id)] });
		expect(early.result![0]).toMatchObject({ status: 'skipped', errors: [{ code: '1013' }] });

		await api.post(`${TYPE}/attendConference/attributes/create.json`, { attributes });
		expect((await api.post(`${TYPE}/attendConference/approve.json`)).result![0].status).toBe(
			'approved',
		);
		const added = await api.post('/rest/v1/activities/external.json', {
			input: [activity(id), { ...activity(id), leadId: 7 }],
		});
		expect(added.result![0]).toMatchObject({ status: 'added' });
		expect(added.result![1]).toEqual({
			status: 'skipped',
			errors: [{ code: '1004', message: 'Lead not found' }],
		});
		const since = await api.get(
			'/rest/v1/activities/pagingtoken.json?sinceDatetime=2026-09-01T00:00:00Z',
		);
		const { rows } = await readFeed(
			api,
			`/rest/v1/activities.json?activityTypeIds=${id}`,
			since.nextPageToken!,
		);
		expect(rows).toEqual([
			{
				id: added.result![0].id,
				marketoGUID: added.result![0].marketoGUID,
				leadId: person,
				activityDate: '2026-09-25T23:56:35Z',
				activityTypeId: id,
				primaryAttributeValue: 'Summit',
				attributes: [
					{ name: 'Number of Attendees', value: 5 },
					{ name: 'Conference Date', value: '2026-09-26T00:00:00Z' },
				],
			},
		]);
		const types = await api.get('/rest/v1/activities/types.json');
		expect(types.result!.find((type) => type.id === id)).toMatchObject({
			apiName: 'attendConference',
		});
	});

	it('keeps changes of a live type in a draft until it is approved', async () => {
		await api.post(`${TYPE}.json`, definition('readPaper'));
		await api.post(`${TYPE}/readPaper/approve.json`);
		const changed = await api.post(`${TYPE}/readPaper/attributes/create.json`, { attributes });
		expect(changed.result![0].status).toBe('approved with draft');
		expect(
			(await api.get(`${TYPE}/readPaper/describe.json`)).result![0].attributes,
		).toBeUndefined();
		expect(
			(await api.get(`${TYPE}/readPaper/describe.json?draft=true`)).result![0].attributes,
		).toHaveLength(2);
		await api.post(`${TYPE}/readPaper/attributes/update.json`, {
			attributes: [{ apiName: 'attendees', name: 'Readers' }],
		});
		await api.post(`${TYPE}/readPaper/attributes/delete.json`, {
			attributes: [{ apiName: 'conferenceDate' }],
		});
		const approved = await api.post(`${TYPE}/readPaper/approve.json`);
		expect(approved.result![0].attributes).toEqual([
			{ apiName: 'attendees', name: 'Readers', dataType: 'integer' },
		]);
		await api.post(`${TYPE}/readPaper.json`, { description: 'Reads a paper' });
		const discarded = await api.post(`${TYPE}/readPaper/discardDraft.json`);
		expect(discarded.result![0]).toMatchObject({
			status: 'approved',
			description: 'Attend the conference',
		});
	});

	it.each([
		['an existing type', definition('readPaper'), '1017'],
		['an API name with blanks', { ...definition('x'), apiName: 'a b' }, '1001'],
		['no trigger name', { ...definition('y'), triggerName: '' }, '1002'],
		['no primary attribute', { ...definition('z'), primaryAttribute: undefined }, '1002'],
	])('does not create %s', async (_what, body, code) => {
		expect((await api.post(`${TYPE}.json`, body)).errors![0].code).toBe(code);
	});

	it('skips activities that do not fit their type', async () => {
		const [type] = (await api.get('/rest/v1/activities/external/types.json')).result!;
		const person = await api.create({});
		const base = {
			leadId: person,
			activityDate: '2026-09-26T06:56:35Z',
			activityTypeId: type.id,
			primaryAttributeValue: 'Summit',
		};
		const { result } = await api.post('/rest/v1/activities/external.json', {
			input: [
				{ ...base, primaryAttributeValue: undefined },
				{ ...base, activityDate: 'today' },
				{ ...base, attributes: [{ apiName: 'nonsense', value: 1 }] },
				{ ...base, attributes: [{ apiName: 'attendees', value: 'many' }] },
				{ ...base, attributes: [{ apiName: 'conferenceDate', value: '2026-09-26' }] },
			],
		});
		expect(result!.map((one) => one.errors?.[0].code ?? one.status)).toEqual([
			'1002',
			'1001',
			'1006',
			'1001',
			'added',
		]);
	});

	it('holds ten types of twenty attributes at most', async () => {
		const twenty = Array.from({ length: 20 }, (_, index) => ({
			apiName: `a${index}`,
			name: `A ${index}`,
			dataType: 'string',
		}));
		await api.post(`${TYPE}.json`, definition('full'));
		await api.post(`${TYPE}/full/attributes/create.json`, { attributes: twenty });
		const more = await api.post(`${TYPE}/full/attributes/create.json`, { attributes });
		expect(more.errors![0].code).toBe('1028');
		for (let index = 3; index < 10; index++)
			await api.post(`${TYPE}.json`, definition(`t${index}`));
		expect((await api.post(`${TYPE}.json`, definition('eleventh'))).errors![0].code).toBe('1027');
		await api.post(`${TYPE}/full/delete.json`);
		expect((await api.post(`${TYPE}.json`, definition('eleventh'))).success).toBe(true);
	});
});
