import { idOf, startClient, type Client, type Loose as Line } from './client';

describe('change tracking', () => {
	let client: Client;

	beforeEach(async () => {
		client = await startClient({ leads: 30, contacts: 0 });
	});

	afterEach(async () => {
		await client.twin.close();
	});

	/** Reads pages to the end. */
	const readAll = async (
		first: string,
		pageSize = 10,
		between?: (page: number) => Promise<void>,
	) => {
		const rows: Line[] = [];
		let link: string | undefined = first;
		let delta: string | undefined;
		for (let page = 1; link; page++) {
			const answer = await client.call('GET', link, undefined, {
				Prefer: `odata.track-changes,odata.maxpagesize=${pageSize}`,
			});
			if (answer.status !== 200) throw new Error(answer.text);
			rows.push(...(answer.json.value as Line[]));
			delta = answer.json['@odata.deltaLink'] as string | undefined;
			link = answer.json['@odata.nextLink'] as string | undefined;
			if (link) await between?.(page);
		}
		return { rows, delta: delta! };
	};

	const baseline = async () => await readAll('leads?$select=lastname,jobtitle');

	it('reads all rows in pages, the delta link on the last one only', async () => {
		const { rows, delta } = await baseline();
		expect(new Set(rows.map((row) => row.leadid)).size).toBe(30);
		expect(delta).toContain('$deltatoken=');
		expect((await readAll(delta)).rows).toEqual([]);
	});

	it('gives changed rows in the order of their versions, then deletions', async () => {
		const { rows, delta } = await baseline();
		const [one, two, three] = rows as [Line, Line, Line];
		await client.call('PATCH', `leads(${two.leadid})`, { jobtitle: '2' });
		await client.call('DELETE', `leads(${three.leadid})`);
		await client.call('PATCH', `leads(${one.leadid})`, { jobtitle: '1' });
		await client.call('PATCH', `leads(${two.leadid})`, { jobtitle: '2b' });
		const created = idOf(await client.call('POST', 'leads', { lastname: 'new' }));
		const next = await readAll(delta, 2);
		expect(next.rows.map((row) => row.leadid ?? row.id)).toEqual([
			one.leadid,
			two.leadid,
			created,
			three.leadid,
		]);
		expect(next.rows[1]).toMatchObject({ jobtitle: '2b', lastname: two.lastname });
		expect(next.rows[3]).toMatchObject({ reason: 'deleted' });
		expect((await readAll(next.delta)).rows).toEqual([]);
	});

	it('reports a row created and deleted in between as deleted', async () => {
		const { delta } = await baseline();
		const id = idOf(await client.call('POST', 'leads', { lastname: 'short' }));
		await client.call('DELETE', `leads(${id})`);
		expect((await readAll(delta)).rows).toEqual([
			expect.objectContaining({ id, reason: 'deleted' }),
		]);
	});

	it('gives the same answer to the same delta link', async () => {
		const { rows, delta } = await baseline();
		await client.call('PATCH', `leads(${rows[0]!.leadid})`, { jobtitle: '1' });
		const first = await readAll(delta);
		expect((await readAll(delta)).rows).toEqual(first.rows);
	});

	it("loses what changes on pages already read during the first load (the token is the last page's)", async () => {
		let early: Line | undefined;
		const first = await readAll('leads?$select=lastname', 10, async (page) => {
			if (page !== 1) return;
			const answer = await client.call('GET', 'leads?$select=lastname&$top=1');
			early = (answer.json.value as Line[])[0];
			await client.call('PATCH', `leads(${early!.leadid})`, { lastname: 'changed meanwhile' });
		});
		expect((await readAll(first.delta)).rows).toEqual([]);
		expect(first.rows.find((row) => row.leadid === early!.leadid)!.lastname).not.toBe(
			'changed meanwhile',
		);
	});

	it("keeps what changes on pages already read when set to the first page's moment", async () => {
		await client.admin('POST', 'settings', { deltaBase: 'firstPage' });
		const first = await readAll('leads?$select=lastname', 10, async (page) => {
			if (page !== 1) return;
			const answer = await client.call('GET', 'leads?$select=lastname&$top=1');
			await client.call('PATCH', `leads(${answer.json.value[0].leadid})`, { lastname: 'kept' });
		});
		expect((await readAll(first.delta)).rows).toMatchObject([{ lastname: 'kept' }]);
	});

	it("refuses a delta link after the organisation's number of days", async () => {
		const { delta } = await baseline();
		await client.admin('POST', 'clock', { advanceSeconds: 6 * 86_400 });
		await client.signIn();
		expect((await client.call('GET', delta)).status).toBe(200);
		await client.admin('POST', 'clock', { advanceSeconds: 2 * 86_400 });
		await client.signIn();
		const answer = await client.call('GET', delta);
		expect(answer.status).toBe(400);
		expect(answer.json.error).toEqual({
			code: '0x80044352',
			message: 'Version stamp associated with the client has expired. Please perform a full sync.',
		});
	});

	it('refuses delta links made to expire, and only those', async () => {
		const { delta } = await baseline();
		await client.admin('POST', 'expire', { what: 'deltaToken' });
		expect((await client.call('GET', delta)).json.error.code).toBe('0x80044352');
		const fresh = await baseline();
		expect((await readAll(fresh.delta)).rows).toEqual([]);
	});

	it('gives no delta link when annotations are asked for as well', async () => {
		const answer = await client.call('GET', 'leads?$select=lastname', undefined, {
			Prefer: 'odata.track-changes,odata.include-annotations="*"',
		});
		expect(answer.json.value).toHaveLength(30);
		expect(answer.json).not.toHaveProperty('@odata.deltaLink');
	});

	it('counts changes', async () => {
		const { rows, delta } = await baseline();
		await client.call('PATCH', `leads(${rows[0]!.leadid})`, { jobtitle: '1' });
		await client.call('DELETE', `leads(${rows[1]!.leadid})`);
		const link = delta.replace('/leads?', '/leads/$count?');
		expect((await client.call('GET', link)).text).toBe('2');
	});

	it('tracks only tables that are enabled for it', async () => {
		const answer = await client.call('GET', 'transactioncurrencies', undefined, {
			Prefer: 'odata.track-changes',
		});
		expect(answer.json.error).toEqual({
			code: '0x80072491',
			message: "Entity transactioncurrency isn't enabled for change tracking.",
		});
	});
});
