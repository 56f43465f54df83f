import { type Loose, startTestTwin, type TestTwin } from './support';

describe('static lists of the Marketo twin', () => {
	let api: TestTwin;
	beforeAll(async () => {
		api = await startTestTwin({ count: 6 });
	});
	afterAll(async () => await api.twin.close());

	const members = '/rest/v1/lists/1001/leads.json';

	it('takes members in, says who is one, and lets them go', async () => {
		const added = await api.post(members, { input: [{ id: 1001 }, { id: 1002 }, { id: 9 }] });
		expect(added.result).toEqual([
			{ id: 1001, status: 'added' },
			{ id: 1002, status: 'added' },
			{ id: 9, status: 'skipped', reasons: [{ code: '1004', message: 'Lead not found' }] },
		]);
		const who = await api.get('/rest/v1/lists/1001/leads/ismember.json?id=1001,1003');
		expect(who.result!.map(({ status }) => status)).toEqual(['memberof', 'notmemberof']);
		const remove = async () =>
			(await (await api.raw(`${members}?id=1001`, { method: 'DELETE' })).json()) as Loose;
		expect((await remove()).result).toEqual([{ id: 1001, status: 'removed' }]);
		expect((await remove()).result[0].reasons).toEqual([
			{ code: '1015', message: 'Lead not in list' },
		]);
		const membership = await api.get('/rest/v1/leads/1002/listMembership.json');
		expect(membership.result).toEqual([expect.objectContaining({ listId: 1001 })]);
	});

	it('reads members under both paths, by form too, in pages with a token', async () => {
		await api.post(members, { input: [1001, 1002, 1003].map((id) => ({ id })) });
		const form = await api.form('/rest/v1/list/1001/leads.json', 'listId=1001&_method=GET');
		expect(form.result!.map(({ id }) => id)).toEqual([1001, 1002, 1003]);
		const first = await api.get(`${members}?batchSize=2&fields=email`);
		expect(first.result).toHaveLength(2);
		const second = await api.get(
			`${members}?batchSize=2&fields=email&nextPageToken=${encodeURIComponent(first.nextPageToken!)}`,
		);
		expect(second.result!.map(({ id }) => id)).toEqual([1003]);
		expect(second.nextPageToken).toBeUndefined();
	});

	it('drops who is deleted', async () => {
		await api.post(members, { input: [{ id: 1004 }] });
		await api.post('/rest/v1/leads/delete.json', { input: [{ id: 1004 }] });
		const { result } = await api.get(members);
		expect(result!.map(({ id }) => id)).not.toContain(1004);
	});

	it('makes, finds and deletes lists as assets, in the manner of assets', async () => {
		const none = await api.get('/rest/asset/v1/staticList/byName.json?name=Churned');
		expect(none).toMatchObject({
			success: true,
			errors: [],
			warnings: ['No assets found for the given search criteria.'],
		});
		expect(none.result).toBeUndefined();
		const made = await api.form(
			'/rest/asset/v1/staticLists.json',
			'name=Churned&folder=%7B%22id%22%3A12%2C%22type%22%3A%22Folder%22%7D',
		);
		expect(made.result![0]).toMatchObject({ name: 'Churned', folder: { id: 12, type: 'Folder' } });
		expect(made.result![0].createdAt).toMatch(/Z\+0000$/);
		const { id } = made.result![0];
		expect((await api.get(`/rest/v1/lists.json?name=Churned`)).result![0].id).toBe(id);
		expect((await api.post(`/rest/asset/v1/staticList/${id}/delete.json`)).result).toEqual([
			{ id },
		]);
		expect((await api.get(`/rest/v1/lists/${id}.json`)).errors![0].code).toBe('1013');
	});
});
