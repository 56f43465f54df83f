import { startClient, type Client } from './client';

const ME = '0c0ffee0-0000-4000-8000-000000000100';

describe('queries at the limits of the Dynamics twin', () => {
	let client: Client;

	beforeAll(async () => {
		client = await startClient();
	});
	afterAll(async () => {
		await client.twin.close();
	});

	const get = async (path: string) => await client.call('GET', path);
	const conditions = (count: number) =>
		Array.from({ length: count }, (_, index) => `numberofemployees eq ${index}`).join(' or ');

	it.each(['fetchXml', 'savedQuery', 'userQuery'])(
		'refuses %s (it would answer all rows)',
		async (name) => {
			expect((await get(`leads?${name}=x`)).json.error.code).toBe('0x80060888');
		},
	);

	it('takes addresses of up to 32 KB and refuses longer ones by itself', async () => {
		const filter = (bytes: number) =>
			`leads?$select=leadid&$filter=subject eq '${'x'.repeat(bytes)}'`;
		expect((await get(filter(30_000))).status).toBe(200);
		expect((await get(filter(33_000))).status).toBe(414);
	});

	it('takes 500 conditions, in a batch as well, and no more', async () => {
		const path = (count: number) =>
			`leads?$select=leadid&$filter=${encodeURIComponent(conditions(count))}`;
		expect((await get(path(500))).status).toBe(200);
		const batch = await client.call(
			'POST',
			'$batch',
			[
				'--b',
				'Content-Type: application/http',
				'Content-Transfer-Encoding: binary',
				'',
				`GET /api/data/v9.2/${path(501)} HTTP/1.1`,
				'',
				'',
				'--b--',
				'',
			].join('\r\n'),
			{ 'Content-Type': 'multipart/mixed; boundary=b' },
		);
		expect(batch.text).toContain('0x8004430C');
	});

	it('takes 15 expands', async () => {
		const path = (count: number) =>
			`leads?$top=1&$expand=${Array.from({ length: count }, () => 'owninguser($select=fullname)').join()}`;
		expect((await get(path(15))).status).toBe(200);
		expect((await get(path(16))).json.error.code).toBe('0x8004430D');
	});

	it.each(['ownerid', '_ownerid_value'])(
		'takes a lookup as %s in a query function',
		async (name) => {
			const path = `leads?$select=_ownerid_value&$filter=Microsoft.Dynamics.CRM.EqualUserId(PropertyName='${name}')`;
			await client.call('POST', 'leads', { lastname: 'Mine' });
			const owners = ((await get(path)).json.value as Array<Record<string, string>>).map(
				(row) => row._ownerid_value,
			);
			expect(new Set(owners)).toEqual(new Set([ME]));
		},
	);

	it.each([
		['Today', '', 0],
		['Yesterday', '', -1],
		['Tomorrow', '', 1],
		['Last7Days', '', -7],
		['Next7Days', '', 7],
		['LastXWeeks', '2', -14],
		['NextXMonths', '1', 20],
		['OlderThanXDays', '10', -11],
		['OlderThanXYears', '1', -400],
		['LastYear', '', -366],
		['ThisFiscalYear', '', 0],
	])('finds by %s(%s) a day %d days away, and not one of another year', async (name, x, days) => {
		const { now } = (await client.admin('GET', 'clock')).json as { now: string };
		const day = (offset: number) =>
			new Date(Date.parse(now) + offset * 86_400_000).toISOString().slice(0, 10);
		const subject = `${name} ${x}`;
		for (const offset of [days, 1500]) {
			await client.call('POST', 'leads', {
				lastname: 'x',
				subject,
				estimatedclosedate: day(offset),
			});
		}
		const value = x === '' ? '' : `,PropertyValue=${x}`;
		const called = `Microsoft.Dynamics.CRM.${name}(PropertyName='estimatedclosedate'${value})`;
		const found = await get(
			`leads?$select=estimatedclosedate&$filter=subject eq '${subject}' and ${called}`,
		);
		expect(found.json.value).toMatchObject([{ estimatedclosedate: day(days) }]);
	});

	it('gives the key of an upsert by alternate key back in OData-EntityId, not the id', async () => {
		await client.admin('POST', 'tables', {
			LogicalName: 'account',
			Keys: [{ LogicalName: 'key_number', KeyAttributes: ['accountnumber'] }],
		});
		const path = "accounts(accountnumber='A-1')";
		for (const name of ['created', 'updated']) {
			const answer = await client.call('PATCH', path, { name });
			expect(answer.headers.get('odata-entityid')).toBe(`${client.twin.url}/api/data/v9.2/${path}`);
		}
	});

	it('names the first and the last row of a page in its cookie', async () => {
		const page = await client.call('GET', 'leads?$select=leadid', undefined, {
			Prefer: 'odata.maxpagesize=3',
		});
		const ids = (page.json.value as Array<{ leadid: string }>).map((row) =>
			row.leadid.toUpperCase(),
		);
		const token = new URL(page.json['@odata.nextLink'] as string).searchParams.get('$skiptoken')!;
		const cookie = decodeURIComponent(
			decodeURIComponent(/pagingcookie="([^"]*)"/.exec(token)![1]!),
		);
		expect(cookie).toBe(
			`<cookie page="1"><leadid last="{${ids[2]}}" first="{${ids[0]}}" /></cookie>`,
		);
	});

	it('adds the trace to the error of a plug-in', async () => {
		await client.admin('POST', 'plugin', { table: 'lead', column: 'subject', do: 'refuse' });
		const answer = await client.call(
			'POST',
			'leads',
			{ subject: 'x' },
			{ Prefer: 'odata.include-annotations="*"' },
		);
		expect(answer.json.error).toMatchObject({
			code: '0x80040265',
			'@Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus': '1',
			'@Microsoft.PowerApps.CDS.TraceText': expect.stringContaining('TwinPlugins'),
		});
	});
});
