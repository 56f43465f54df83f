import { readChanges } from '../../../../../apis/dataverse/changes/readChanges';
import { readModifiedSince } from '../../../../../apis/dataverse/changes/readModifiedSince';
import { failure, fake, ROOT } from '../fakeDataverse';

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
