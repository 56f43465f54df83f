import { explain } from '../../../sync/operate/explain';
import { forget } from '../../../sync/operate/forget';
import { pause } from '../../../sync/operate/pause';
import { resume } from '../../../sync/operate/resume';
import { retry } from '../../../sync/operate/retry';
import { syncAgain } from '../../../sync/operate/syncAgain';
import { loseAnswer } from '../support/line';
import { COMPANIES, editAccount, newAccount, objectsOf } from '../support/oneWayLanes';
import { endClean, SyncWorld } from '../support/world';

endClean();

const OWNER = '0c0ffee0-0000-4000-8000-000000000001';
const lane = 'companies' as const;

async function start(): Promise<SyncWorld> {
	const world = await SyncWorld.start();
	world.mappings.companies = COMPANIES;
	return world;
}

const companies = async (world: SyncWorld) => await objectsOf(world, 'companies');

describe('accounts as companies', () => {
	it('copies each account once, under its own id, and then has nothing to write', async () => {
		const world = await start();
		const id = await newAccount(world, {
			name: 'Acme',
			telephone1: '+1 555',
			numberofemployees: 7,
			industrycode: 1,
		});
		const bare = await newAccount(world, { name: 'Bare' });
		const run = await world.run({ lane });
		const all = await companies(world);
		expect(all.get(id)).toMatchObject({
			company: 'Acme',
			mainPhone: '+1 555',
			numberOfEmployees: 7,
			industry: 'Accounting',
			externalSalesPersonId: OWNER,
		});
		expect(all.get(bare)).toMatchObject({ company: 'Bare' });
		expect(all.size).toBe(2);
		expect(run).toMatchObject({ outcome: 'done', errors: [] });
		expect((await world.run({ lane })).writes).toEqual([]);
		expect(await world.status(lane)).toMatchObject({
			lane: 'Companies',
			status: 'Up to date',
			linkedInAll: 2,
			needHelp: 0,
		});
	});

	it('costs one write per 300 accounts, and an idle run one call', async () => {
		const world = await start();
		for (let at = 0; at < 301; at++) await newAccount(world, { name: `Account ${at}` });
		const first = await world.run({ lane });
		expect((await companies(world)).size).toBe(301);
		expect(first.calls.marketo.filter((call) => call.startsWith('POST'))).toEqual(
			Array.from({ length: 2 }, () => 'POST companies.json'),
		);
		const { calls } = await world.run({ lane });
		expect(calls.marketo).toEqual([]);
		expect(calls.dynamics).toHaveLength(1);
	});

	it('sends all mapped fields of an account that was edited, which sets right what was edited in Marketo', async () => {
		const world = await start();
		const id = await newAccount(world, { name: 'Acme', telephone1: '1' });
		const other = await newAccount(world, { name: 'Other' });
		await world.run({ lane });
		await world.automation.post('companies.json', {
			input: [{ externalCompanyId: id, company: 'Edited in Marketo' }],
		});
		await editAccount(world, id, { telephone1: '2' });
		const run = await world.run({ lane });
		const all = await companies(world);
		expect(all.get(id)).toMatchObject({ company: 'Acme', mainPhone: '2' });
		expect(all.get(other)).toMatchObject({ company: 'Other' });
		expect(run.receipts).toMatchObject([{ outcome: 'written', label: 'Acme' }]);
	});

	it('empties a field whose column was emptied', async () => {
		const world = await start();
		const id = await newAccount(world, { name: 'Acme', telephone1: '1' });
		await world.run({ lane });
		await editAccount(world, id, { telephone1: null });
		await world.run({ lane });
		expect((await companies(world)).get(id)?.mainPhone ?? null).toBeNull();
	});

	it('leaves the company of a deleted account alone, with its people, and does not write it again', async () => {
		const world = await start();
		const id = await newAccount(world, { name: 'Acme' });
		await world.run({ lane });
		world.clock.advance(1_000);
		await world.crm.delete('accounts', id);
		const run = await world.run({ lane });
		expect(run).toMatchObject({ outcome: 'done', writes: [] });
		expect((await companies(world)).has(id)).toBe(true);
		expect(await world.status(lane)).toMatchObject({ linkedInAll: 0, needHelp: 0 });
	});

	it('makes a company again that somebody has deleted in Marketo, with the next edit', async () => {
		const world = await start();
		const id = await newAccount(world, { name: 'Acme' });
		await world.run({ lane });
		await world.automation.post('companies/delete.json', {
			deleteBy: 'dedupeFields',
			input: [{ externalCompanyId: id }],
		});
		expect((await companies(world)).size).toBe(0);
		await editAccount(world, id, { telephone1: '2' });
		await world.run({ lane });
		expect((await companies(world)).get(id)).toMatchObject({ company: 'Acme', mainPhone: '2' });
	});

	it('is stopped by nobody: a company that Marketo refuses needs help, and goes through once it is mended', async () => {
		const world = await start();
		const bad = await newAccount(world, { name: 'Bad' });
		const good = await newAccount(world, { name: 'Good' });
		const free = world.bend(
			'marketo',
			'POST companies.json',
			async (request, send) => {
				const { input } = request.body as { input: Array<{ company: string }> };
				const passes = input.filter(({ company }) => company !== 'Bad');
				const answer = await send({
					...request,
					body: { ...(request.body as object), input: passes },
				});
				const { result = [], ...rest } = answer.body as { result?: object[] };
				const left = [...result];
				const all = input.map(({ company }) =>
					company === 'Bad'
						? { status: 'skipped', reasons: [{ code: '1003', message: 'Company is blocked' }] }
						: left.shift(),
				);
				return { ...answer, body: { ...rest, result: all } };
			},
			100,
		);
		await world.run({ lane });
		expect([...(await companies(world)).keys()]).toEqual([good]);
		expect(await world.help(lane)).toMatchObject([
			{ subject: `account:${bad}`, reason: expect.stringContaining('Company is blocked') },
		]);
		await editAccount(world, good, { telephone1: '2' });
		await world.run({ lane });
		expect((await companies(world)).get(good)).toMatchObject({ mainPhone: '2' });
		free();
		await editAccount(world, bad, { name: 'Bad no more' });
		await world.run({ lane });
		expect((await companies(world)).get(bad)).toMatchObject({ company: 'Bad no more' });
		expect(await world.help(lane)).toEqual([]);
	});

	it('goes out again by Retry and Sync Again, and is explained, by its own ID or by the row of the help table', async () => {
		const world = await start();
		const id = await newAccount(world, { name: 'Acme' });
		world.bend('marketo', 'POST companies.json', async () => ({
			status: 200,
			headers: {},
			body: {
				requestId: 'x',
				success: true,
				result: [{ status: 'skipped', reasons: [{ code: '1003', message: 'Not today' }] }],
			},
		}));
		await world.run({ lane });
		const [needy] = await world.help(lane);
		const told = await explain(world.ledger, { id });
		expect(told.summary).toContain('Not today');
		expect(await retry(world.ledger, { id: needy!.subject })).toMatchObject({ records: 1 });
		await world.run({ lane, after: 0 });
		expect((await companies(world)).get(id)).toMatchObject({ company: 'Acme' });
		const { id: companyId } = (await companies(world)).get(id)!;
		expect((await explain(world.ledger, { id, table: 'account' })).summary).toContain(
			`The account has been linked with Marketo company ${String(companyId)}`,
		);
		await world.automation.post('companies.json', {
			input: [{ externalCompanyId: id, company: 'Edited in Marketo' }],
		});
		await syncAgain(world.ledger, { id }, { asIfNeverCompared: true });
		await world.run({ lane, after: 0 });
		expect((await companies(world)).get(id)).toMatchObject({ company: 'Acme' });
		await forget(world.ledger, { id });
		await world.run({ lane, after: 0 });
		expect(await world.status(lane)).toMatchObject({ linkedInAll: 1, needHelp: 0 });
		expect((await companies(world)).size).toBe(1);
		expect((await world.status()).waiting).toBe(0);
	});

	it('R17: sends what was not answered once more, and makes nothing twice', async () => {
		const world = await start();
		const id = await newAccount(world, { name: 'Acme' });
		world.bend('marketo', 'POST companies.json', loseAnswer);
		await world.run({ lane });
		await world.runs(1);
		await world.run({ lane });
		expect([...(await companies(world)).keys()]).toEqual([id]);
		expect(await world.status(lane)).toMatchObject({ needHelp: 0, linkedInAll: 1, waiting: 0 });
	});

	it('R37: goes on where n8n was killed', async () => {
		const world = await start();
		for (let at = 0; at < 20; at++) await newAccount(world, { name: `Account ${at}` });
		world.bend('marketo', 'POST companies.json', async (request, send) => {
			await send(request);
			return await world.killN8n();
		});
		await world.run({ lane });
		await world.run({ lane });
		await world.run({ lane });
		expect((await companies(world)).size).toBe(20);
		expect(await world.status(lane)).toMatchObject({ linkedInAll: 20, needHelp: 0, waiting: 0 });
	});

	it('R35: stops before a mass delete and asks', async () => {
		const world = await start();
		const ids: string[] = [];
		for (let at = 0; at < 60; at++) ids.push(await newAccount(world, { name: `Account ${at}` }));
		await world.run({ lane });
		for (const id of ids.slice(0, 55)) await world.crm.delete('accounts', id);
		await world.run({ lane });
		expect((await world.status(lane)).status).toMatch(
			/^Stopped: Of 60 linked records 55 were deleted/,
		);
		await resume(world.ledger, lane, { allowDeletes: 60 });
		await world.run({ lane });
		expect(await world.status(lane)).toMatchObject({ linkedInAll: 5 });
	});
});

describe('what keeps companies from being written', () => {
	it("says that Marketo's own CRM sync is on, and goes on once it is off", async () => {
		const world = await start();
		const id = await newAccount(world, { name: 'Acme' });
		await world.marketo.post('options', { nativeSync: true });
		await world.run({ lane });
		expect((await world.status(lane)).status).toMatch(
			/^Waiting: .*Marketo's own CRM sync is switched on.*Switch off Marketo's native CRM sync/,
		);
		expect(await world.help(lane)).toEqual([]);
		await world.marketo.post('options', { nativeSync: false });
		await world.run({ lane });
		expect([...(await companies(world)).keys()]).toEqual([id]);
	});

	it('names the permission to write that is missing in Marketo, and the one to read in Dynamics', async () => {
		const world = await start();
		await newAccount(world, { name: 'Acme' });
		world.bend('marketo', 'POST companies.json', async () => ({
			status: 200,
			headers: {},
			body: { requestId: 'x', success: false, errors: [{ code: '603', message: 'Access denied' }] },
		}));
		await world.run({ lane });
		expect((await world.status(lane)).status).toMatch(/^Waiting: .*Read-Write Company/);
		world.bend('dynamics', 'GET accounts', async () => ({
			status: 403,
			headers: {},
			body: {
				error: {
					code: '0x80040220',
					message:
						'Principal user is missing prvReadAccount privilege (Id=886b280c-6396-4d56-a0a3-2c1b0a50ceb0) on OTC=1 for entity account.',
				},
			},
		}));
		const { errors } = await world.run({ lane });
		expect(errors.join()).toContain('prvReadAccount');
		world.endsUnclean('nothing could be read');
	});

	it('names the permission that is missing in Marketo', async () => {
		const world = await start();
		await newAccount(world, { name: 'Acme' });
		world.bend('marketo', 'companies/describe.json', async () => ({
			status: 200,
			headers: {},
			body: { requestId: 'x', success: false, errors: [{ code: '603', message: 'Access denied' }] },
		}));
		const { errors } = await world.run({ lane });
		expect(errors.join()).toContain('Read-Only Company');
	});
});

describe('beside people, in one ledger', () => {
	it('R52: has a run and a lease of its own: one lane stops, the other goes on', async () => {
		const world = await start();
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		const id = await newAccount(world, { name: 'Acme' });
		await world.run({ lane });
		await pause(world.ledger, lane);
		await editAccount(world, id, { name: 'Acme Two' });
		await world.editRow(lead, { jobtitle: 'Chief' });
		await world.run();
		await world.run({ lane });
		expect(await world.person(lead)).toMatchObject({ title: 'Chief' });
		expect((await companies(world)).get(id)).toMatchObject({ company: 'Acme' });
		await resume(world.ledger, lane, {});
		await world.run({ lane });
		expect((await companies(world)).get(id)).toMatchObject({ company: 'Acme Two' });
		expect(await world.status()).toMatchObject({ lane: 'People', linkedInAll: 1 });
	});
});
