import { create } from '../../../../../apis/dataverse/rows/create';
import { get } from '../../../../../apis/dataverse/rows/get';
import { query } from '../../../../../apis/dataverse/rows/query';
import { readByIds } from '../../../../../apis/dataverse/rows/readByIds';
import { remove } from '../../../../../apis/dataverse/rows/remove';
import { update } from '../../../../../apis/dataverse/rows/update';
import { SignInFailed } from '../../../../../apis/wire/signIn';
import { NoAnswer } from '../../../../../apis/wire/wire';
import { batchAnswer, failure, fake, ROOT } from '../fakeDataverse';

const ID = '60c4e274-0d87-e711-80e5-00155db19e6d';
const BODY = { body: { firstname: 'Ada' }, select: ['firstname'] };

describe('get', () => {
	it('asks for the columns with the headers of the Web API', async () => {
		const { client, requests, turns } = fake({ body: { firstname: 'Ada' } });
		await expect(get(client, 'leads', ID, { select: ['firstname'] })).resolves.toEqual({
			firstname: 'Ada',
		});
		expect(requests[0]).toMatchObject({
			method: 'GET',
			url: `${ROOT}leads(${ID})?$select=firstname`,
		});
		expect(requests[0]!.headers).toMatchObject({
			'OData-Version': '4.0',
			'OData-MaxVersion': '4.0',
		});
		expect(turns()).toBe(1);
	});

	it('comes again after a service protection limit, when Dataverse said so', async () => {
		const limit = { ...failure(429, '0x80072322', 'limit'), headers: { 'retry-after': '7' } };
		const { client, waits, turns } = fake(limit, { body: {} });
		await get(client, 'leads', ID);
		expect(waits).toEqual([7_000]);
		expect(turns()).toBe(2);
	});

	it.each([500, 502, 503, 504])(
		'repeats after HTTP %i (a read leaves nothing behind)',
		async (status) => {
			const { client, requests } = fake({ status, body: '' }, { body: {} });
			await get(client, 'leads', ID);
			expect(requests).toHaveLength(2);
		},
	);

	it('calls a read that stays lost something to try again, not something that may have happened', async () => {
		const lost = () => new NoAnswer('reset', 'maybe', 'ECONNRESET');
		const { client } = fake(lost(), lost(), lost(), lost());
		await expect(get(client, 'leads', ID)).rejects.toMatchObject({ kind: 'again' });
	});

	it('does not repeat a refusal', async () => {
		const { client, requests } = fake(failure(404, '0x80040217', 'not there'));
		await expect(get(client, 'leads', ID)).rejects.toMatchObject({ kind: 'missing' });
		expect(requests).toHaveLength(1);
	});

	it('refuses an id that is none (nothing may be smuggled into the URL)', async () => {
		const { client, requests } = fake();
		await expect(get(client, 'leads', `${ID})/x?(`)).rejects.toMatchObject({ kind: 'refused' });
		expect(requests).toHaveLength(0);
	});

	it('tells a failed sign-in apart from everything else', async () => {
		const { client } = fake(new SignInFailed('The client secret has expired', 'Make a new one'));
		await expect(get(client, 'leads', ID)).rejects.toMatchObject({
			kind: 'setUp',
			reason: 'The client secret has expired',
			remedy: 'Make a new one',
		});
	});
});

describe('query', () => {
	it('follows next links as they are, with the same page size (Dataverse forgets it otherwise)', async () => {
		const next = `${ROOT}leads?$select=a&$skiptoken=%3Ccookie%20x=%25%22%3E`;
		const { client, requests } = fake(
			{ body: { value: [{ a: 1 }], '@odata.nextLink': next } },
			{ body: { value: [{ a: 2 }] } },
		);
		await expect(query(client, 'leads', { select: ['a'], pageSize: 1 })).resolves.toEqual([
			{ a: 1 },
			{ a: 2 },
		]);
		expect(requests[1]!.url).toBe(next);
		expect(requests.map(({ headers }) => headers!.Prefer)).toEqual([
			'odata.maxpagesize=1',
			'odata.maxpagesize=1',
		]);
	});

	it('stops at the limit without $top (which Dataverse ignores next to a page size)', async () => {
		const { client, requests } = fake({
			body: { value: [{ a: 1 }, { a: 2 }, { a: 3 }], '@odata.nextLink': `${ROOT}leads?x` },
		});
		await expect(query(client, 'leads', { limit: 2 })).resolves.toHaveLength(2);
		expect(requests[0]!.url).not.toContain('$top');
		expect(requests[0]!.headers!.Prefer).toBe('odata.maxpagesize=2');
	});

	it('never takes the token to another host', async () => {
		const { client, requests } = fake({
			body: { value: [], '@odata.nextLink': 'https://evil.example/x' },
		});
		await expect(query(client, 'leads')).rejects.toMatchObject({ kind: 'setUp' });
		expect(requests).toHaveLength(1);
	});

	it('takes a next link on the API host of the same environment', async () => {
		const next = 'https://contoso.api.crm4.dynamics.com/api/data/v9.2/leads?x';
		const { client, requests } = fake(
			{ body: { value: [], '@odata.nextLink': next } },
			{ body: { value: [] } },
		);
		await query(client, 'leads');
		expect(requests[1]!.url).toBe(next);
	});

	it('does not take a login page for an empty list', async () => {
		const { client } = fake({ body: '<html>Sign in</html>' });
		await expect(query(client, 'leads')).rejects.toMatchObject({ kind: 'setUp' });
	});
});

describe('readByIds', () => {
	const ids = Array.from(
		{ length: 250 },
		(_, index) => `00000000-0000-0000-0000-${String(index).padStart(12, '0')}`,
	);

	it('asks for 250 ids in one call', async () => {
		const { client, requests } = fake(
			batchAnswer(
				{ status: 200, body: { value: [{ leadid: ids[0] }] } },
				{ status: 200, body: { value: [] } },
				{ status: 200, body: { value: [{ leadid: ids[249] }] } },
			),
		);
		await expect(readByIds(client, 'leads', 'leadid', ids, ['a'])).resolves.toEqual([
			{ leadid: ids[0] },
			{ leadid: ids[249] },
		]);
		expect(requests).toHaveLength(1);
		expect(requests[0]!.url).toBe(`${ROOT}$batch`);
		expect(String(requests[0]!.body).match(/GET \/api\/data\/v9\.2\/leads/g)).toHaveLength(3);
	});

	it('fails as a whole where one part failed (an absent row would read as deleted)', async () => {
		const { client } = fake(
			batchAnswer(
				{ status: 200, body: { value: [] } },
				failure(403, '0x80040220', 'no') as { status: number },
			),
		);
		await expect(
			readByIds(client, 'leads', 'leadid', ids.slice(0, 150), ['a']),
		).rejects.toMatchObject({ kind: 'setUp' });
	});

	it('fails where the answer was cut off', async () => {
		const { client } = fake(batchAnswer({ status: 200, body: { value: [] } }));
		await expect(
			readByIds(client, 'leads', 'leadid', ids.slice(0, 150), ['a']),
		).rejects.toMatchObject({ kind: 'again' });
	});
});

describe('create', () => {
	it('creates under the given id, never over a row that is there', async () => {
		const { client, requests } = fake({ status: 201, body: { leadid: ID, firstname: 'Ada' } });
		await create(client, 'leads', ID, BODY, { detectDuplicates: true });
		expect(requests[0]).toMatchObject({
			method: 'PATCH',
			url: `${ROOT}leads(${ID})?$select=firstname`,
		});
		expect(requests[0]!.headers).toMatchObject({
			'If-None-Match': '*',
			'MSCRM.SuppressDuplicateDetection': 'false',
			Prefer: 'return=representation',
		});
	});

	it('leaves duplicate detection off where it is not wanted', async () => {
		const { client, requests } = fake({ status: 201, body: {} });
		await create(client, 'leads', ID, BODY);
		expect(Object.keys(requests[0]!.headers!)).not.toContain('MSCRM.SuppressDuplicateDetection');
	});

	it('finds its own row after a lost answer instead of creating another', async () => {
		const { client, requests } = fake(
			new NoAnswer('reset', 'maybe', 'ECONNRESET'),
			failure(412, '', 'A record with matching key values already exists.'),
			{ body: { leadid: ID, firstname: 'Ada' } },
		);
		await expect(create(client, 'leads', ID, BODY)).resolves.toMatchObject({ firstname: 'Ada' });
		expect(requests.map(({ method }) => method)).toEqual(['PATCH', 'PATCH', 'GET']);
	});

	it('says so where another row has the key', async () => {
		const { client } = fake(
			failure(412, '0x80060892', 'Entity Key violated.'),
			failure(404, '0x80040217', 'not there'),
		);
		await expect(create(client, 'leads', ID, BODY)).rejects.toMatchObject({ kind: 'exists' });
	});

	it('hands a duplicate rule on as it is', async () => {
		const { client, requests } = fake(failure(412, '0x80040333', 'duplicate'));
		await expect(create(client, 'leads', ID, BODY)).rejects.toMatchObject({ kind: 'duplicate' });
		expect(requests).toHaveLength(1);
	});
});

describe('update', () => {
	it('does not create a row that was deleted', async () => {
		const { client, requests } = fake({ body: { firstname: 'Ada' } });
		await update(client, 'leads', ID, BODY);
		expect(requests[0]!.headers).toMatchObject({ 'If-Match': '*' });
	});

	it('repeats an update of any version after a lost answer', async () => {
		const { client, requests } = fake(new NoAnswer('reset', 'maybe'), { body: {} });
		await update(client, 'leads', ID, BODY);
		expect(requests).toHaveLength(2);
	});

	it('does not repeat an update of one version (it would meet the version that it made itself)', async () => {
		const { client, requests } = fake(new NoAnswer('reset', 'maybe'));
		await expect(update(client, 'leads', ID, BODY, 'W/"7"')).rejects.toMatchObject({
			kind: 'unknown',
		});
		expect(requests).toHaveLength(1);
	});

	it('repeats even that where the request never arrived', async () => {
		const { client, requests } = fake(new NoAnswer('refused', 'no', 'ECONNREFUSED'), { body: {} });
		await update(client, 'leads', ID, BODY, 'W/"7"');
		expect(requests).toHaveLength(2);
	});
});

describe('remove', () => {
	it('deletes by id', async () => {
		const { client, requests } = fake({ status: 204, body: '' });
		await remove(client, 'leads', `{${ID.toUpperCase()}}`);
		expect(requests[0]).toMatchObject({ method: 'DELETE', url: `${ROOT}leads(${ID})` });
	});
});
