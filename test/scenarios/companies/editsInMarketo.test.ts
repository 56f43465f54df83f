import type { LaneMapping } from '../../../sync/mapping';
import type { Row } from '../../vendors/dynamics';
import { row } from '../support/mapping';
import type { Run } from '../support/n8n';
import { COMPANIES, editAccount, newAccount, objectsOf, OWNERS } from '../support/oneWayLanes';
import { endClean, SyncWorld } from '../support/world';

endClean();

const lane = 'companies' as const;
const HOUR = 3_600_000;
/** What is asked now and then in any case: which fields there are. */
const DESCRIBED = new Set(['GET companies/describe.json']);

/** *Edits in Marketo: Find Them, List Them and Set Them Right*. */
const finding = ({ account, ...rest }: LaneMapping): LaneMapping => ({
	...rest,
	account: { ...account!, findEdits: true },
});

async function start(mapping: LaneMapping = finding(COMPANIES)): Promise<SyncWorld> {
	const world = await SyncWorld.start();
	world.mappings = { companies: mapping, owners: OWNERS };
	await world.run({ lane: 'owners' });
	return world;
}

const companyOf = async (world: SyncWorld, id: string) =>
	(await objectsOf(world, 'companies')).get(id)!;

async function editCompany(world: SyncWorld, id: string, values: Row): Promise<void> {
	world.clock.advance(1_000);
	await world.automation.post('companies.json', { input: [{ externalCompanyId: id, ...values }] });
}

/** Runs every hour: everybody has had their turn. */
async function runForADay(world: SyncWorld) {
	const runs: Run[] = [];
	for (let hours = 0; hours < 25; hours++) runs.push(await world.run({ lane, after: HOUR }));
	return runs;
}

describe('R55: what somebody edits in Marketo of what Dynamics owns', () => {
	it('is overwritten by the next write, which sends all mapped fields, and by nothing before that', async () => {
		const world = await start(COMPANIES);
		const id = await newAccount(world, { name: 'Acme', telephone1: '1' });
		await world.run({ lane });
		await editCompany(world, id, { company: 'Edited', mainPhone: '2' });
		const runs = await runForADay(world);
		expect(new Set(runs.flatMap(({ calls }) => calls.marketo))).toEqual(DESCRIBED);
		expect(await companyOf(world, id)).toMatchObject({ company: 'Edited', mainPhone: '2' });
		await editAccount(world, id, { numberofemployees: 7 });
		await world.run({ lane });
		expect(await companyOf(world, id)).toMatchObject({
			company: 'Acme',
			mainPhone: '1',
			numberOfEmployees: 7,
		});
	});

	it('is found within a day where people ask for it, listed with both values, and set right; nobody else is written', async () => {
		const world = await start();
		const id = await newAccount(world, { name: 'Acme', telephone1: '1' });
		const other = await newAccount(world, { name: 'Other' });
		await world.run({ lane });
		await editCompany(world, id, { company: 'Edited', mainPhone: null });
		await editCompany(world, other, { website: 'https://not-mapped.example' });
		const runs = await runForADay(world);
		expect(await companyOf(world, id)).toMatchObject({ company: 'Acme', mainPhone: '1' });
		expect(runs.flatMap(({ receipts }) => receipts)).toMatchObject([
			{ label: 'Acme', outcome: 'written' },
		]);
		const found = runs.flatMap(({ conflicts }) => conflicts);
		expect(found).toMatchObject([
			{ label: 'Acme', table: 'account', dynamicsId: id, marketoValue: 'Edited' },
			{ label: 'Acme', dynamicsValue: '1' },
		]);
		expect(new Set(found.map(({ winner }) => winner))).toEqual(new Set(['dynamics']));
		expect(new Set(found.map(({ rule }) => rule))).toEqual(new Set(['Dynamics always wins']));
		expect((await runForADay(world)).flatMap(({ writes }) => writes)).toEqual([]);
	});

	it('is no conflict where Dynamics has changed since: that goes its usual way', async () => {
		const world = await start();
		const id = await newAccount(world, { name: 'Acme' });
		await world.run({ lane });
		await runForADay(world);
		await editCompany(world, id, { company: 'Edited' });
		await editAccount(world, id, { name: 'Acme Two' });
		const runs = await runForADay(world);
		expect(await companyOf(world, id)).toMatchObject({ company: 'Acme Two' });
		expect(runs.flatMap(({ conflicts }) => conflicts)).toEqual([]);
	});

	it('is set right although the write has no answer at first, and is listed once', async () => {
		const world = await start();
		const id = await newAccount(world, { name: 'Acme' });
		await world.run({ lane });
		await editCompany(world, id, { company: 'Edited' });
		world.bend('marketo', 'POST companies.json {"action"', async () => {
			throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
		});
		const runs = await runForADay(world);
		expect(await companyOf(world, id)).toMatchObject({ company: 'Acme' });
		expect(runs.flatMap(({ conflicts }) => conflicts)).toHaveLength(1);
		expect(await world.help(lane)).toEqual([]);
	});

	it('is not fought for: the same value in the same place a second time stays, and people are told', async () => {
		const world = await start();
		const id = await newAccount(world, { name: 'Acme' });
		await world.run({ lane });
		for (const _ of ['once', 'twice']) {
			await editCompany(world, id, { company: 'Edited' });
			await runForADay(world);
		}
		expect(await companyOf(world, id)).toMatchObject({ company: 'Edited' });
		expect(await world.help(lane)).toMatchObject([
			{ reason: expect.stringContaining('"Edited" in Company Name') as string },
		]);
		expect((await runForADay(world)).flatMap(({ writes }) => writes)).toEqual([]);
		await editAccount(world, id, { name: 'Acme Two' });
		await world.run({ lane });
		expect(await companyOf(world, id)).toMatchObject({ company: 'Acme Two' });
		expect(await world.help(lane)).toEqual([]);
	});

	it('costs a call to each system for 300 records, and 48 of each in a day at most', async () => {
		const world = await start();
		for (let at = 0; at < 301; at++) await newAccount(world, { name: `Account ${at}` });
		await world.run({ lane });
		const runs: Run[] = [];
		for (let at = 0; at < 288; at++) runs.push(await world.run({ lane }));
		const of = (one: 'marketo' | 'dynamics') => runs.flatMap(({ calls }) => calls[one]);
		const compared = of('marketo').filter((call) => !DESCRIBED.has(call));
		expect(new Set(compared)).toEqual(new Set(['GET companies.json']));
		expect(compared.length).toBeGreaterThanOrEqual(2);
		expect(compared.length).toBeLessThanOrEqual(4);
		// Each round asks Dynamics what has changed, and four times an hour who is asking.
		expect(of('dynamics').length - runs.length).toBeLessThanOrEqual(48 + 4 * 24);
		expect(runs.flatMap(({ writes }) => writes)).toEqual([]);
	});

	it('is found of what waited for its parent, too, without touching what still waits', async () => {
		const owned = row('ownerid>externalSalesPersonId', { direction: 'toMarketo' });
		const { account } = COMPANIES;
		const rows = account!.rows.filter(({ field }) => field !== owned.field);
		const world = await start(finding({ account: { ...account!, rows: [...rows, owned] } }));
		const [team] = await world.crm.all('teams?$select=name');
		const id = await newAccount(world, {
			name: 'Acme',
			'ownerid@odata.bind': `/teams(${String(team!.teamid)})`,
		});
		await world.run({ lane });
		await editCompany(world, id, { company: 'Edited' });
		await runForADay(world);
		const company = await companyOf(world, id);
		expect([company.company, company.externalSalesPersonId ?? null]).toEqual(['Acme', null]);
		expect(await world.help(lane)).toEqual([]);
	});
});
