import { readBySavedParent } from '../../../../../apis/dataverse/changes/readBySavedParent';
import { readChanges } from '../../../../../apis/dataverse/changes/readChanges';
import { readModifiedSince } from '../../../../../apis/dataverse/changes/readModifiedSince';
import { batchAnswer, failure, fake, ROOT } from '../fakeDataverse';

const ID = '60c4e274-0d87-e711-80e5-00155db19e6d';

describe('readChanges', () => {
	const delta = `${ROOT}leads?$select=a&$deltatoken=919042%2108%2f22%2f2017%2008%3a10%3a44`;

	it('starts from the beginning without filter or annotations', async () => {
		const { client, requests } = fake({
			headers: { date: 'Thu, 01 Jan 2026 00:00:05 GMT' },
			body: { value: [{ leadid: ID }], '@odata.nextLink': `${ROOT}leads?$skiptoken=2` },
		});
		await expect(readChanges(client, 'leads', ['a', 'modifiedon'], null, 500)).resolves.toEqual({
			rows: [{ leadid: ID }],
			deletedIds: [],
			link: `${ROOT}leads?$skiptoken=2`,
			drained: false,
			serverTime: '2026-01-01T00:00:05.000Z',
		});
		expect(requests[0]!.url).toBe(`${ROOT}leads?$select=a,modifiedon`);
		expect(requests[0]!.headers!.Prefer).toBe('odata.track-changes,odata.maxpagesize=500');
	});

	it('tells deletions from changes and ends with the delta link', async () => {
		const { client, requests } = fake({
			body: {
				value: [
					{ '@odata.etag': 'W/"915244"', leadid: ID },
					{
						'@odata.context': `${ROOT}$metadata#leads/$deletedEntity`,
						id: '2E451703-C686-E711-80E5-00155DB19E6D',
						reason: 'deleted',
					},
				],
				'@odata.deltaLink': delta,
			},
		});
		await expect(readChanges(client, 'leads', ['a'], delta, 500)).resolves.toMatchObject({
			rows: [{ leadid: ID }],
			deletedIds: ['2e451703-c686-e711-80e5-00155db19e6d'],
			link: delta,
			drained: true,
		});
		expect(requests[0]!.url).toBe(delta);
	});

	it('says that the position is too old', async () => {
		const { client } = fake(failure(400, '0x80044352', 'Version stamp expired'));
		await expect(readChanges(client, 'leads', ['a'], delta, 500)).rejects.toMatchObject({
			kind: 'cursorExpired',
		});
	});

	it('does not go on without a link (the next read would silently start anew)', async () => {
		const { client } = fake({ body: { value: [] } });
		await expect(readChanges(client, 'leads', ['a'], null, 500)).rejects.toMatchObject({
			kind: 'setUp',
		});
	});
});

describe('readModifiedSince', () => {
	it('reads oldest first and has no link at the end', async () => {
		const { client, requests } = fake({ body: { value: [{ leadid: ID }] } });
		const page = await readModifiedSince(
			client,
			{ set: 'leads', idColumn: 'leadid' },
			['a'],
			'2026-01-01T01:00:00+01:00',
			null,
			500,
		);
		expect(page).toMatchObject({ drained: true, link: '', deletedIds: [] });
		expect(requests[0]!.url).toBe(
			`${ROOT}leads?$select=a&$filter=modifiedon%20ge%202026-01-01T00:00:00.000Z&$orderby=modifiedon%20asc,leadid%20asc`,
		);
	});
});

describe('readBySavedParent', () => {
	const LEADS = { set: 'leads', idColumn: 'leadid' };
	const SINCE = '2026-01-01T00:00:00.000Z';
	const lookups = ['parentaccountid', 'owninguser'];

	it('gives no more rows than asked for: where there is room for one only, one lookup comes after the other', async () => {
		const { client, requests } = fake(
			batchAnswer({
				status: 200,
				body: {
					value: [{ leadid: ID }],
					'@odata.nextLink': `${ROOT}leads?$select=a&$skiptoken=2`,
				},
			}),
			batchAnswer({ status: 200, body: { value: [] } }),
			batchAnswer({ status: 200, body: { value: [] } }),
		);
		const read = async (next: string | null) =>
			await readBySavedParent(client, LEADS, ['a'], lookups, SINCE, next, 1);
		const first = await read(null);
		expect(first).toMatchObject({ rows: [{ leadid: ID }], drained: false });
		const second = await read(first.link);
		expect(second).toMatchObject({ rows: [], drained: false });
		expect(await read(second.link)).toMatchObject({ drained: true, link: '' });
		const asked = requests.map(({ body }) => /GET (\S+)/.exec(String(body))![1]);
		expect(asked).toEqual([
			expect.stringContaining('parentaccountid%2Fmodifiedon'),
			expect.stringContaining('owninguser%2Fmodifiedon'),
			expect.stringContaining('skiptoken=2'),
		]);
	});

	it('passes over a table that may not be read, but not over a next page that is refused', async () => {
		const noRight = failure(403, '0x80040220', 'Principal is missing prvReadAccount privilege');
		const malformed = failure(400, '0x80040203', 'Malformed paging cookie');
		const { client } = fake(
			batchAnswer(
				{ status: 403, body: noRight.body },
				{
					status: 200,
					body: {
						value: [{ leadid: ID }],
						'@odata.nextLink': `${ROOT}leads?$select=a&$skiptoken=2`,
					},
				},
			),
			batchAnswer({ status: 400, body: malformed.body }),
		);
		const read = async (next: string | null) =>
			await readBySavedParent(client, LEADS, ['a'], lookups, SINCE, next, 300);
		const first = await read(null);
		expect(first.rows).toEqual([{ leadid: ID }]);
		await expect(read(first.link)).rejects.toMatchObject({ kind: 'cursorExpired' });
	});
});
