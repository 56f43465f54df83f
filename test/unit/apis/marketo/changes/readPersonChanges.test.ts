import { readPersonChanges } from '../../../../../apis/marketo/changes/readPersonChanges';
import { MarketoProblem } from '../../../../../apis/marketo/transport/errors';
import { fakeMarketo, ok, refused, withMetadata, type SeenRequest } from '../fakeMarketo';

const SINCE = '2026-01-15T11:45:00Z';

interface Pages {
	token?: string[];
	changes?: Array<ReturnType<typeof ok>>;
	ends?: Array<ReturnType<typeof ok>>;
}

/** Answers by endpoint, each in order; what is not listed is an empty last page. */
function feed({ token = ['T0'], changes = [], ends = [] }: Pages) {
	const tokens = [...token];
	const left = { changes: [...changes], ends: [...ends] };
	return withMetadata((request: SeenRequest) => {
		if (request.url.endsWith('/pagingtoken.json'))
			return ok({ nextPageToken: tokens.shift() ?? 'T0' });
		const kind = request.url.endsWith('/leadchanges.json') ? 'changes' : 'ends';
		return left[kind].shift() ?? ok({ nextPageToken: 'END', moreResult: false });
	});
}

function change(
	leadId: number,
	guid: string,
	activityDate: string,
	fields: object[],
	activityTypeId = 13,
) {
	return { leadId, marketoGUID: guid, activityDate, activityTypeId, fields, attributes: [] };
}

function page(result: object[], moreResult = false, nextPageToken = 'T1') {
	return ok({ result, moreResult, nextPageToken });
}

const paths = (calls: SeenRequest[]) => calls.map(({ url }) => url.split('/').pop());

describe('readPersonChanges', () => {
	it('costs three calls when nothing happened (token, lead changes, deletes with merges)', async () => {
		const { marketo, calls } = fakeMarketo(feed({}));
		await readPersonChanges(marketo, { since: SINCE }, ['title'], 1_000);
		calls.length = 0;
		const read = await readPersonChanges(marketo, { since: SINCE }, ['title'], 1_000);
		expect(paths(calls)).toEqual(['pagingtoken.json', 'activities.json', 'leadchanges.json']);
		expect(calls[1]!.query).toMatchObject({ activityTypeIds: '37,32', nextPageToken: 'T0' });
		expect(calls[2]!.query).toMatchObject({ fields: 'title', nextPageToken: 'T0' });
		expect(read).toMatchObject({ changed: [], deleted: [], drained: true, newestActivityAt: null });
	});

	it("tells Marketo's clock at the first call", async () => {
		const { marketo } = fakeMarketo(feed({}));
		const { serverTime } = await readPersonChanges(marketo, { since: SINCE }, ['title'], 1_000);
		expect(serverTime).toBe(new Date(0x19bbe1a4400).toISOString());
	});

	it('gathers the edits of a person, oldest first, with ids and times', async () => {
		const { marketo } = fakeMarketo(
			feed({
				changes: [
					page([
						change(7, 'g2', '2026-01-15T11:58:00+0000', [
							{ id: 2, name: 'title', oldValue: 'B', newValue: 'C' },
						]),
						change(7, 'g1', '2026-01-15T11:57:00Z', [
							{ id: 1, name: 'title', oldValue: null, newValue: 'B' },
						]),
					]),
				],
			}),
		);
		const read = await readPersonChanges(marketo, { since: SINCE }, ['title'], 1_000);
		expect(read.changed).toEqual([
			{
				id: '7',
				isNew: false,
				newestAt: '2026-01-15T11:58:00Z',
				guids: ['g2', 'g1'],
				edits: [
					{ field: 'title', oldValue: null, newValue: 'B', at: '2026-01-15T11:57:00Z', guid: 'g1' },
					{ field: 'title', oldValue: 'B', newValue: 'C', at: '2026-01-15T11:58:00Z', guid: 'g2' },
				],
			},
		]);
		expect(read.newestActivityAt).toBe('2026-01-15T11:58:00Z');
	});

	it('keeps logged values as they are written, and turns numbers and yes/no into text', async () => {
		const { marketo } = fakeMarketo(
			feed({
				changes: [
					page([
						change(7, 'g1', SINCE, [
							{ name: 'leadScore', oldValue: 0, newValue: '10' },
							{ name: 'unsubscribed', oldValue: false, newValue: 'True' },
							{ name: 'title', oldValue: '', newValue: ' x ' },
						]),
					]),
				],
			}),
		);
		const fields = ['leadScore', 'unsubscribed', 'title'];
		const { changed } = await readPersonChanges(marketo, { since: SINCE }, fields, 1_000);
		expect(changed[0]!.edits.map(({ oldValue, newValue }) => [oldValue, newValue])).toEqual([
			['0', '10'],
			['false', 'True'],
			['', ' x '],
		]);
	});

	it('a read of older entries is over with the first that is newer, and says that there are more', async () => {
		// Marketo's clock says 20:02, so that the read is over with what was logged at 19:47.
		const at = (time: string) => page([change(7, time, `2026-01-14T${time}:00Z`, [])], true, time);
		const { marketo, calls } = fakeMarketo(
			feed({ changes: [at('19:30'), at('19:46'), at('19:48'), at('19:50')] }),
		);
		const untilAgo = 15 * 60_000;
		const { drained, toNow, entries } = await readPersonChanges(
			marketo,
			{ since: '2026-01-14T19:15:00Z', untilAgo },
			['title'],
			1_000,
		);
		expect({ drained, toNow }).toEqual({ drained: true, toNow: false });
		expect(entries.map(({ guid }) => guid)).toEqual(['19:30', '19:46', '19:48']);
		expect(paths(calls).filter((path) => path === 'leadchanges.json')).toHaveLength(3);
	});

	it('a read of older entries that comes to the end of the log has read all of it', async () => {
		const newer = page([change(7, 'g', '2026-01-14T19:50:00Z', [])]);
		const { marketo } = fakeMarketo(feed({ changes: [newer] }));
		const read = await readPersonChanges(
			marketo,
			{ since: '2026-01-14T19:15:00Z', untilAgo: 15 * 60_000 },
			['title'],
			1_000,
		);
		expect(read).toMatchObject({ drained: true, toNow: true });
	});

	it('reports new people without edits', async () => {
		const { marketo } = fakeMarketo(feed({ changes: [page([change(8, 'n', SINCE, [], 12)])] }));
		const { changed } = await readPersonChanges(marketo, { since: SINCE }, ['title'], 1_000);
		expect(changed).toMatchObject([{ id: '8', isNew: true, edits: [] }]);
	});

	it('finds the field of a display name, and leaves out fields that nobody asked for', async () => {
		const { marketo } = fakeMarketo(
			feed({
				changes: [
					page([
						change(7, 'g1', SINCE, [{ name: 'Job Title', oldValue: 'A', newValue: 'B' }]),
						change(7, 'g2', SINCE, [{ name: 'Person Score', oldValue: '1', newValue: '2' }]),
					]),
				],
			}),
		);
		const { changed } = await readPersonChanges(marketo, { since: SINCE }, ['title'], 1_000);
		expect(changed[0]!.edits.map(({ field }) => field)).toEqual(['title']);
		expect(changed[0]!.guids).toEqual(['g1', 'g2']);
	});

	it('finds the field of a plain activity by the number that describe gives it', async () => {
		const activity = {
			leadId: 7,
			marketoGUID: 'g1',
			activityDate: SINCE,
			activityTypeId: 13,
			primaryAttributeValueId: 30,
			primaryAttributeValue: 'Renamed on screen',
			attributes: [
				{ name: 'Old Value', value: 'A' },
				{ name: 'new value', value: 'B' },
			],
		};
		const { marketo } = fakeMarketo(feed({ changes: [page([activity])] }));
		const { changed } = await readPersonChanges(marketo, { since: SINCE }, ['title'], 1_000);
		expect(changed[0]!.edits).toMatchObject([{ field: 'title', oldValue: 'A', newValue: 'B' }]);
	});

	it('does not ask for describe where every name is known (an idle cycle stays at three)', async () => {
		const { marketo, calls } = fakeMarketo(
			feed({ changes: [page([change(7, 'g', SINCE, [{ name: 'title', newValue: 'B' }])])] }),
		);
		await readPersonChanges(marketo, { since: SINCE }, ['title'], 1_000);
		expect(paths(calls)).not.toContain('describe.json');
	});

	it('reports deletes, and merges as the end of the losers and a change of the winner', async () => {
		const { marketo } = fakeMarketo(
			feed({
				ends: [
					page([
						{
							leadId: 5,
							activityTypeId: 37,
							activityDate: SINCE,
							marketoGUID: 'd',
							attributes: [],
						},
						{
							leadId: 2,
							activityTypeId: 32,
							activityDate: SINCE,
							marketoGUID: 'm',
							primaryAttributeValueId: 2,
							primaryAttributeValue: '2',
							attributes: [{ name: 'Merge IDs', value: '[3, 4]' }],
						},
						{
							leadId: 3,
							activityTypeId: 37,
							activityDate: SINCE,
							marketoGUID: 'd3',
							attributes: [],
						},
					]),
				],
			}),
		);
		const read = await readPersonChanges(marketo, { since: SINCE }, ['title'], 1_000);
		expect(read.deleted).toEqual([
			{ id: '5', at: SINCE, guid: 'd' },
			{ id: '3', at: SINCE, guid: 'm', mergedInto: '2' },
			{ id: '4', at: SINCE, guid: 'm', mergedInto: '2' },
		]);
		expect(read.changed.map(({ id }) => id)).toEqual(['2']);
	});

	it('reads on through empty and short pages (Marketo says so by moreResult alone)', async () => {
		const { marketo } = fakeMarketo(
			feed({
				changes: [
					page([], true, 'T1'),
					ok({ moreResult: true, nextPageToken: 'T2' }),
					page([change(9, 'g', SINCE, [], 12)], false, 'T3'),
				],
			}),
		);
		const read = await readPersonChanges(marketo, { since: SINCE }, ['title'], 1_000);
		expect(read.changed.map(({ id }) => id)).toEqual(['9']);
		expect(read.drained).toBe(true);
	});

	it('stops before the limit and goes on where it stopped', async () => {
		const first = Array.from({ length: 300 }, (_, at) => change(at + 1, `g${at}`, SINCE, [], 12));
		const { marketo, calls } = fakeMarketo(
			feed({
				changes: [page(first, true, 'T1'), page([change(301, 'last', SINCE, [], 12)], false, 'T2')],
			}),
		);
		const one = await readPersonChanges(marketo, { since: SINCE }, ['title'], 350);
		expect(one.changed).toHaveLength(300);
		expect(one.drained).toBe(false);
		calls.length = 0;
		const two = await readPersonChanges(marketo, { next: one.next }, ['title'], 350);
		expect(two.changed.map(({ id }) => id)).toEqual(['301']);
		expect(two.drained).toBe(true);
		expect(calls).toHaveLength(1);
		expect(calls[0]!.query).toMatchObject({ nextPageToken: 'T1' });
	});

	it('fills the last of the room with a smaller page (a thousand edits are one read)', async () => {
		const people = (from: number, count: number) =>
			Array.from({ length: count }, (_, at) => change(from + at, `g${from + at}`, SINCE, [], 12));
		const { marketo, calls } = fakeMarketo(
			feed({
				changes: [
					page(people(1, 300), true, 'T1'),
					page(people(301, 300), true, 'T2'),
					page(people(601, 300), true, 'T3'),
					page(people(901, 100), false, 'T4'),
				],
			}),
		);
		const read = await readPersonChanges(marketo, { since: SINCE }, ['title'], 1_000);
		expect(read.changed).toHaveLength(1_000);
		expect(read.drained).toBe(true);
		expect(calls.at(-1)!.query).toMatchObject({ nextPageToken: 'T3', batchSize: 100 });
	});

	it('asks for no more than the limit', async () => {
		const { marketo, calls } = fakeMarketo(feed({}));
		await readPersonChanges(marketo, { since: SINCE }, ['title'], 50);
		expect(calls.at(-1)!.query).toMatchObject({ batchSize: 50 });
	});

	it('reads very many fields as several feeds, since the address may not grow above 8 KB', async () => {
		const fields = Array.from({ length: 400 }, (_, at) => `customFieldNumber${at}`);
		const { marketo, calls } = fakeMarketo(feed({}));
		await readPersonChanges(marketo, { since: SINCE }, fields, 1_000);
		const asked = calls.filter(({ url }) => url.endsWith('leadchanges.json'));
		expect(asked.length).toBeGreaterThan(1);
		expect(asked.flatMap(({ query }) => String(query!.fields).split(','))).toEqual(fields);
		for (const { query } of asked) expect(String(query!.fields).length).toBeLessThan(4_000);
	});

	it('mints a new token from where the read began where Marketo refuses the old one (late activities may be older than the newest)', async () => {
		const stored = JSON.stringify({
			v: 1,
			feeds: [
				{
					kind: 'changes',
					fields: ['title'],
					token: 'OLD',
					since: '2026-01-15T11:50:00Z',
					done: false,
				},
			],
		});
		const { marketo, calls } = fakeMarketo(
			withMetadata((request) => {
				if (request.url.endsWith('/pagingtoken.json')) return ok({ nextPageToken: 'NEW' });
				if (request.query!.nextPageToken === 'OLD')
					return refused('1003', "Invalid 'nextPageToken'");
				return page([change(9, 'g', SINCE, [], 12)], false, 'T3');
			}),
		);
		const read = await readPersonChanges(marketo, { next: stored }, ['title'], 1_000);
		expect(read.changed).toHaveLength(1);
		expect(calls.find(({ url }) => url.endsWith('/pagingtoken.json'))!.query).toEqual({
			sinceDatetime: '2026-01-15T11:50:00Z',
		});
	});

	it('passes every other refusal on', async () => {
		const { marketo } = fakeMarketo(
			withMetadata((request) =>
				request.url.endsWith('/pagingtoken.json')
					? ok({ nextPageToken: 'T0' })
					: refused('1006', "Field 'gone' not found"),
			),
		);
		const read = readPersonChanges(marketo, { since: SINCE }, ['gone'], 1_000);
		await expect(read).rejects.toThrow(MarketoProblem);
	});

	it('refuses a position that it did not write', async () => {
		const { marketo } = fakeMarketo(feed({}));
		await expect(readPersonChanges(marketo, { next: 'abc' }, ['title'], 1_000)).rejects.toThrow(
			/not a position/,
		);
	});
});
