import { activitiesOf, attributesOf, runToEnd } from './campaignSupport';
import { startOutside, type Outside } from './outsideService';
import { startTestTwin, type Loose, type TestTwin } from './support';

describe('Call Webhook of the Marketo twin', () => {
	let api: TestTwin;
	let outside: Outside;
	let person: number;
	beforeEach(async () => {
		api = await startTestTwin();
		outside = await startOutside();
		person = await api.create({ email: 'ann@test.example', firstName: 'Ann "A"\nLee' });
	});
	afterEach(async () => {
		await api.twin.close();
		await outside.close();
	});

	const define = async (more: Record<string, unknown>, type = 'trigger') => {
		const webhook = { name: 'hook', url: `${outside.url}/hook`, method: 'POST', ...more };
		expect(await api.admin('webhook', webhook)).toEqual({ ok: true, id: 1, name: 'hook' });
		expect(
			(await api.admin('campaign', { name: 'c', type, steps: [{ webhook: 'hook' }] })).ok,
		).toBe(true);
	};
	const run = async () =>
		(await runToEnd(api, { campaign: 'c', people: [person] })).people[0] as Loose;
	const template =
		'{"id": {{lead.Id}}, "first": {{lead.First Name}}, "last": {{lead.Last Name}}, "in": {{campaign.Name}}}';

	it('adds quotes and escapes to token values with JSON encoding, ids included', async () => {
		await define({
			template,
			encoding: 'json',
			headers: { 'Content-Type': 'application/json', 'x-who': '{{lead.Id}}' },
		});
		const { state, steps } = await run();
		expect(state).toBe('done');
		const [call] = outside.of('/hook');
		expect(JSON.parse(call!.body)).toEqual({
			id: String(person),
			first: 'Ann "A"\nLee',
			last: '',
			in: 'c',
		});
		expect(call!.headers).toMatchObject({
			'content-type': 'application/json',
			'x-who': String(person),
		});
		expect(steps[0]).toMatchObject({
			httpStatuses: [200],
			answer: '{"ok":true}',
			ms: expect.any(Number),
		});
	});

	it('knows the sales person who owns somebody, and the company, by tokens', async () => {
		await api.post('/rest/v1/salespersons.json', {
			input: [{ externalSalesPersonId: 'S1', email: 'sam@test.example', firstName: 'Sam' }],
		});
		await api.post('/rest/v1/companies.json', {
			input: [{ externalCompanyId: 'C1', company: 'Contoso' }],
		});
		const input = [{ id: person, externalSalesPersonId: 'S1', externalCompanyId: 'C1' }];
		await api.post('/rest/v1/leads.json', { action: 'updateOnly', lookupField: 'id', input });
		const owner = '{{lead.Lead Owner First Name}} {{lead.Lead Owner Email Address}}';
		await define({ template: `${owner} {{company.Company Name}}` });
		await run();
		expect(outside.of('/hook')[0]!.body).toBe('Sam sam@test.example Contoso');
	});

	it('puts values in as they are without encoding (so quotes, newlines and empty ones break JSON)', async () => {
		await define({ template });
		await run();
		expect(outside.of('/hook')[0]!.body).toBe(
			`{"id": ${person}, "first": Ann "A"\nLee, "last": , "in": c}`,
		);
	});

	it('encodes values for a form', async () => {
		await define({ template: 'first={{lead.First Name}}&x={{my.x}}', encoding: 'form' });
		await runToEnd(api, { campaign: 'c', people: [person], tokens: { '{{my.x}}': 'a&b' } });
		expect(outside.of('/hook')[0]!.body).toBe('first=Ann+%22A%22%0ALee&x=a%26b');
	});

	it('maps a response into SOAP-named fields, by path, and logs the call and the change', async () => {
		outside.reply = () => ({ body: { a: { b: [{ c: 'CTO' }] }, n: 'many' } });
		const responseMapping = [
			{ path: 'a.b[0].c', field: 'Title' },
			{ path: 'n', field: 'LeadScore' },
		];
		await define({ template, responseMapping });
		const { steps } = await run();
		expect(steps[0].notes).toEqual([expect.stringContaining('does not fit leadScore')]);
		const lead = (await api.get(`/rest/v1/lead/${person}.json?fields=title,leadScore`)).result![0];
		expect(lead).toMatchObject({ title: 'CTO', leadScore: null });
		const [called] = await activitiesOf(api, 110);
		expect(called).toMatchObject({
			leadId: person,
			primaryAttributeValue: 'hook',
			campaignId: 1001,
		});
		expect(attributesOf(called)).toMatchObject({
			Response: '{"a":{"b":[{"c":"CTO"}]},"n":"many"}',
		});
		expect(attributesOf(called)).not.toHaveProperty('Error Type');
		const [change] = await activitiesOf(api, 13);
		expect(attributesOf(change)).toMatchObject({
			'New Value': 'CTO',
			Source: 'Marketo Flow Action',
		});
	});

	it('maps nothing unless the answer is 2xx, and does not try again', async () => {
		outside.reply = () => ({ status: 500, body: { t: 'CTO' } });
		await define({ template, responseMapping: [{ path: 't', field: 'Title' }] });
		expect(await run()).toMatchObject({ state: 'failed', steps: [{ httpStatuses: [500] }] });
		expect(outside.of('/hook')).toHaveLength(1);
		expect(
			(await api.get(`/rest/v1/lead/${person}.json?fields=title`)).result![0].title,
		).toBeNull();
		expect(attributesOf((await activitiesOf(api, 110))[0])).toMatchObject({ 'Error Type': 500 });
	});

	it('gives error 1001 for a response without a body', async () => {
		outside.reply = () => ({});
		await define({ template });
		expect(await run()).toMatchObject({ state: 'failed', steps: [{ httpStatuses: [200] }] });
		expect(attributesOf((await activitiesOf(api, 110))[0])).toMatchObject({ 'Error Type': 1001 });
	});

	it('gives error 1000 in a batch campaign and calls nobody', async () => {
		await define({ template }, 'batch');
		expect(await run()).toMatchObject({ state: 'failed', steps: [{ httpStatuses: [] }] });
		expect(outside.received).toHaveLength(0);
		expect(attributesOf((await activitiesOf(api, 110))[0])).toMatchObject({ 'Error Type': 1000 });
	});

	it('moves on after the time-out although the call was received', async () => {
		outside.reply = () => ({ body: {}, afterMs: 300 });
		await api.admin('options', { webhookTimeoutMs: 50 });
		await define({ template });
		expect(await run()).toMatchObject({ state: 'timed out', steps: [{ httpStatuses: [0] }] });
		expect(outside.of('/hook')).toHaveLength(1);
	});

	it('calls once per person, no more at the same time than told', async () => {
		await define({ template: '{{lead.Id}}' });
		let [now, most] = [0, 0];
		outside.reply = () => {
			most = Math.max(most, ++now);
			setTimeout(() => now--, 10);
			return { body: 'x', afterMs: 20 };
		};
		const people = [person];
		for (let index = 0; index < 7; index++)
			people.push(await api.create({ firstName: `p${index}` }));
		const ended = await runToEnd(api, { campaign: 'c', people, concurrency: 3 });
		expect(ended.counts).toEqual({ waiting: 0, done: 8, failed: 0, 'timed out': 0 });
		expect(
			outside
				.of('/hook')
				.map(({ body }) => Number(body))
				.sort(),
		).toEqual([...people].sort());
		expect(most).toBeLessThanOrEqual(3);
	});

	it('sends people at the rate that was asked for', async () => {
		await define({ template: 'x' });
		const people = [
			person,
			await api.create({ firstName: 'b' }),
			await api.create({ firstName: 'c' }),
		];
		const start = Date.now();
		await runToEnd(api, { campaign: 'c', people, ratePerSecond: 20 });
		expect(Date.now() - start).toBeGreaterThanOrEqual(95);
	});

	it.each([
		[{ template: '{{lead.Shoe Size}}' }, /no field has the display name Shoe Size/],
		[{ template: '{{nobody.x}}' }, /no tokens like/],
		[{ encoding: 'xml' }, /encoding is none, json, form/],
		[{ responseMapping: [{ path: 'a', field: 'title' }] }, /its SOAP name is Title/],
		[{ responseMapping: [{ path: 'a[b]', field: 'Title' }] }, /no path/],
	])('says what is wrong with %j', async (more, problem) => {
		const answer = await api.admin('webhook', { name: 'w', url: outside.url, ...more });
		expect(answer).toEqual({ ok: false, error: expect.stringMatching(problem) });
	});
});
