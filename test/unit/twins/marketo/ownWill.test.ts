import { readFeed, startTestTwin, type TestTwin } from './support';

const LEADS = '/rest/v1/leads.json';

describe('what the Marketo twin makes of a write by its own will', () => {
	let api: TestTwin;
	let serial = 0;
	beforeAll(async () => {
		api = await startTestTwin();
	});
	afterAll(async () => await api.twin.close());
	afterEach(async () => {
		await api.admin('options', { durableUnsubscribe: 'off', cutTextsAt: '' });
	});

	const address = () => `will${++serial}@example.com`;
	const read = async (id: number, field: string) =>
		(await api.get(`${LEADS}?filterType=id&filterValues=${id}&fields=${field}`)).result![0][field];
	const write = async (record: object) =>
		await api.post(LEADS, { lookupField: 'id', action: 'updateOnly', input: [record] });
	const optOutEntries = async (token: string) =>
		(
			await readFeed(api, '/rest/v1/activities/leadchanges.json?fields=unsubscribed', token)
		).rows.flatMap((row) =>
			(row.fields as unknown[]).map(() => [
				row.leadId,
				row.attributes.find((one: { name: string }) => one.name === 'Reason')?.value,
			]),
		);

	it('keeps a blocked field that is filled, and says "updated" (a block refuses no call)', async () => {
		const id = await api.create({ email: address(), title: 'Boss' });
		await api.admin('blockField', { field: 'title' });
		expect((await write({ id, title: 'CTO', city: 'Rome' })).result).toEqual([
			{ id, status: 'updated' },
		]);
		expect([await read(id, 'title'), await read(id, 'city')]).toEqual(['Boss', 'Rome']);
		expect(await api.admin('blockField')).toEqual({
			blocked: [{ field: 'title', sources: ['Web service API'] }],
		});
		await api.admin('unblockField', { field: 'title' });
		await write({ id, title: 'CTO' });
		expect(await read(id, 'title')).toBe('CTO');
	});

	it('fills an empty field although it is blocked, and takes other sources (a block is for updates, by source)', async () => {
		const id = await api.create({ email: address() });
		await api.admin('blockField', { field: 'title', sources: ['Web service API'] });
		await write({ id, title: 'first' });
		expect(await read(id, 'title')).toBe('first');
		await api.admin('edit', { id, values: { title: 'by hand' } });
		expect(await read(id, 'title')).toBe('by hand');
		await api.admin('unblockField', { field: 'title' });
		expect((await api.admin('blockField', { field: 'nothing' })).error).toBe(
			'A person has no nothing.',
		);
	});

	it.each([
		['silent', 0],
		['logged', 1],
	])('applies an old opt-out to a re-created address, %s', async (durableUnsubscribe, entries) => {
		await api.admin('options', { durableUnsubscribe });
		const email = address();
		const first = await api.create({ email, unsubscribed: true });
		await api.post('/rest/v1/leads/delete.json', { input: [{ id: first }] });
		const token = await api.tokenSince(0);
		const second = await api.create({ email: email.toUpperCase(), unsubscribed: false });
		expect(await read(second, 'unsubscribed')).toBe(true);
		const logged = (await optOutEntries(token)).filter(([id]) => id === second);
		expect(logged).toHaveLength(entries);
	});

	it('leaves a re-created address alone where that is off', async () => {
		const email = address();
		const first = await api.create({ email, unsubscribed: true });
		await api.post('/rest/v1/leads/delete.json', { input: [{ id: first }] });
		expect(await read(await api.create({ email }), 'unsubscribed')).toBe(false);
	});

	it('opts out and in everybody of an address, and whoever changes to it', async () => {
		await api.admin('options', { durableUnsubscribe: 'logged' });
		const email = address();
		const one = await api.create({ email });
		const other = await api.create({ email });
		const guest = await api.create({ email: address() });
		const token = await api.tokenSince(0);
		await write({ id: one, unsubscribed: true });
		await write({ id: guest, email });
		for (const id of [one, other, guest]) expect(await read(id, 'unsubscribed')).toBe(true);
		await write({ id: guest, email: address() });
		expect(await read(guest, 'unsubscribed')).toBe(false);
		await write({ id: other, unsubscribed: false });
		for (const id of [one, other]) expect(await read(id, 'unsubscribed')).toBe(false);
		expect(await optOutEntries(token)).toEqual(
			expect.arrayContaining([
				[other, 'updateLeadEmailStatus'],
				[guest, 'updateLeadEmailStatus'],
				[one, 'resetLeadEmailStatus'],
			]),
		);
	});

	it('stores texts only up to a character that the field cannot hold', async () => {
		await api.admin('options', { cutTextsAt: '[\\u{10000}-\\u{10ffff}]' });
		const id = await api.create({ email: address(), title: 'Head of \u{1f600} and more' });
		expect(await read(id, 'title')).toBe('Head of ');
		const wrong = await api.admin('options', { cutTextsAt: '[' });
		expect(wrong.error).toContain('cutTextsAt is a pattern');
	});

	it('knows nobody as a member who is not there', async () => {
		const id = await api.create({ email: address() });
		const answer = await api.get(`/rest/v1/lists/1001/leads/ismember.json?id=${id},99999999`);
		expect(answer.result).toEqual([
			{ id, status: 'notmemberof' },
			{ id: 99999999, status: 'skipped', reasons: [{ code: '1004', message: 'Lead not found' }] },
		]);
	});
});
