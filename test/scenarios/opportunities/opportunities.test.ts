import type { WhenDeleted } from '../../../sync/mapping';
import { personId } from '../../twins/dynamics/principals';
import { loseAnswer } from '../support/line';
import {
	bind,
	COMPANIES,
	newAccount,
	newOpportunity,
	objectsOf,
	OPPORTUNITIES,
	OWNERS,
} from '../support/oneWayLanes';
import { endClean, SyncWorld } from '../support/world';

endClean();

const OWNER = '0c0ffee0-0000-4000-8000-000000000001';
const lane = 'opportunities' as const;

async function start(): Promise<SyncWorld> {
	const world = await SyncWorld.start();
	world.mappings = { opportunities: OPPORTUNITIES, companies: COMPANIES, owners: OWNERS };
	await world.run({ lane: 'owners' });
	return world;
}

const opportunities = async (world: SyncWorld) => await objectsOf(world, 'opportunities');

describe('opportunities', () => {
	it('are copied once, under their own ids, and then there is nothing to write', async () => {
		const world = await start();
		const id = await newOpportunity(world, {
			name: 'Chairs',
			estimatedvalue: 100,
			closeprobability: 40,
		});
		const run = await world.run({ lane });
		expect((await opportunities(world)).get(id)).toMatchObject({
			name: 'Chairs',
			amount: 100,
			stage: 'Open',
			probability: 40,
			externalSalesPersonId: OWNER,
		});
		const { isClosed = false, isWon = false } = (await opportunities(world)).get(id)!;
		expect([isClosed, isWon]).toEqual([false, false]);
		expect(run).toMatchObject({ outcome: 'done', errors: [], notes: [] });
		expect((await world.run({ lane })).writes).toEqual([]);
		expect(await world.status(lane)).toMatchObject({
			lane: 'Opportunities',
			status: 'Up to date',
			linkedInAll: 1,
			needHelp: 0,
		});
	});

	it('say that they are closed, whether they were won and for how much in one write', async () => {
		const world = await start();
		const won = await newOpportunity(world, { name: 'Won', estimatedvalue: 100 });
		const lost = await newOpportunity(world, { name: 'Lost', estimatedvalue: 50 });
		await world.run({ lane });
		const close = async (action: string, id: string, Status: number, actualrevenue?: number) =>
			await world.crm.act(action, {
				Status,
				OpportunityClose: {
					subject: 'The end',
					...bind('opportunityid', 'opportunities', id),
					...(actualrevenue !== undefined && { actualrevenue }),
				},
			});
		await close('WinOpportunity', won, 3, 90);
		await close('LoseOpportunity', lost, 4, 0);
		const { writes } = await world.run({ lane });
		const all = await opportunities(world);
		expect(all.get(won)).toMatchObject({ isClosed: true, isWon: true, amount: 90, stage: 'Won' });
		expect(all.get(lost)).toMatchObject({ isClosed: true, amount: 0, stage: 'Lost' });
		// Marketo's yes/no is never unset.
		expect(all.get(lost)!.isWon ?? false).toBe(false);
		expect(writes).toEqual(['POST opportunities.json']);
	});

	it('have the amount in the currency of the row, or by another column in the base currency', async () => {
		const world = await start();
		const [euro] = await world.crm.all("transactioncurrencies?$filter=isocurrencycode eq 'EUR'");
		const id = await newOpportunity(world, {
			name: 'Chairs',
			estimatedvalue: 100,
			...bind(
				'transactioncurrencyid',
				'transactioncurrencies',
				String(euro!.transactioncurrencyid),
			),
		});
		const { estimatedvalue_base: base } = await world.crm.get(`opportunities(${id})`);
		await world.run({ lane });
		expect((await opportunities(world)).get(id)).toMatchObject({ amount: 100 });
		const { opportunity } = OPPORTUNITIES;
		world.mappings.opportunities = {
			opportunity: {
				...opportunity!,
				rows: opportunity!.rows.map((row) =>
					row.field === 'amount'
						? {
								...row,
								id: 'estimatedvalue_base.current>amount',
								column: 'estimatedvalue_base.current',
							}
						: row,
				),
			},
		};
		await world.run({ lane });
		expect((await opportunities(world)).get(id)).toMatchObject({ amount: base });
	});

	it('are written without an owner whom Marketo does not have, and the others of their call as well', async () => {
		const world = await SyncWorld.start();
		world.mappings = { opportunities: OPPORTUNITIES, owners: OWNERS };
		const id = await newOpportunity(world, { name: 'Chairs' });
		await world.run({ lane });
		expect((await opportunities(world)).get(id)).toMatchObject({ name: 'Chairs' });
		expect(await world.help(lane)).toMatchObject([
			{ reason: expect.stringContaining('externalSalesPersonId') },
		]);
		await world.run({ lane: 'owners' });
		await world.run({ lane });
		expect((await opportunities(world)).get(id)).toMatchObject({ externalSalesPersonId: OWNER });
		expect(await world.help(lane)).toEqual([]);
	});
});

describe('opportunities of several owners, none of whom Marketo has', () => {
	/** Four owners, one opportunity each. */
	async function start(): Promise<SyncWorld> {
		const world = await SyncWorld.start();
		world.mappings = { opportunities: OPPORTUNITIES };
		for (const owner of [3, 4, 5, 6])
			await newOpportunity(world, {
				name: `Of ${owner}`,
				...bind('ownerid', 'systemusers', personId(owner)),
			});
		return world;
	}

	it('cost two calls more, however many they are: who is there is asked for all of them', async () => {
		const world = await start();
		const { calls } = await world.run({ lane });
		expect((await opportunities(world)).size).toBe(4);
		expect(calls.marketo.filter((call) => !call.startsWith('GET opportunities'))).toEqual([
			'POST opportunities.json',
			'GET salespersons/describe.json',
			'GET salespersons.json',
			'POST opportunities.json',
		]);
	});

	it('are written also where the role may not ask, each at a call of its own', async () => {
		const world = await start();
		world.bend(
			'marketo',
			'GET salespersons',
			async () => ({
				status: 200,
				headers: {},
				body: { success: false, errors: [{ code: '603', message: 'Access denied' }] },
			}),
			Infinity,
		);
		const { calls, outcome } = await world.run({ lane });
		expect(outcome).toBe('done');
		expect((await opportunities(world)).size).toBe(4);
		expect(calls.marketo.filter((call) => call === 'POST opportunities.json')).toHaveLength(5);
	});
});

describe('the company of an opportunity', () => {
	it('is the account that is its potential customer', async () => {
		const world = await start();
		const account = await newAccount(world, { name: 'Acme' });
		await world.run({ lane: 'companies' });
		const id = await newOpportunity(world, {
			name: 'Chairs',
			...bind('customerid_account', 'accounts', account),
		});
		await world.run({ lane });
		expect((await opportunities(world)).get(id)).toMatchObject({ externalCompanyId: account });
	});

	it('is the account of the contact who is, and none where that one has none', async () => {
		const world = await start();
		const account = await newAccount(world, { name: 'Acme' });
		await world.run({ lane: 'companies' });
		const contact = async (values: object) =>
			await world.crm.create('contacts', { lastname: 'Lee', ...values });
		const employed = await contact(bind('parentcustomerid_account', 'accounts', account));
		const alone = await contact({});
		const of = async (customer: string) =>
			await newOpportunity(world, {
				name: 'Chairs',
				...bind('customerid_contact', 'contacts', customer),
			});
		const ids = [await of(employed), await of(alone)];
		await world.run({ lane });
		const all = await opportunities(world);
		expect(ids.map((id) => all.get(id)!.externalCompanyId ?? null)).toEqual([account, null]);
	});

	it('R39: holds nothing up, and is filled in 300 a call once it is there', async () => {
		const world = await start();
		await world.run({ lane: 'companies' });
		const accounts: string[] = [];
		for (let at = 0; at < 301; at++)
			accounts.push(await newAccount(world, { name: `Account ${at}` }));
		for (const account of accounts)
			await newOpportunity(world, {
				name: 'Chairs',
				...bind('customerid_account', 'accounts', account),
			});
		const first = await world.run({ lane });
		expect((await opportunities(world)).size).toBe(301);
		expect(first.writes).toEqual(['POST opportunities.json', 'POST opportunities.json']);
		await world.run({ lane: 'companies' });
		const { calls } = await world.run({ lane });
		const of = [...(await opportunities(world)).values()].map((one) => one.externalCompanyId);
		expect(new Set(of)).toEqual(new Set(accounts));
		expect(calls.marketo).toEqual(['POST opportunities.json', 'POST opportunities.json']);
		expect(calls.dynamics.length).toBeLessThanOrEqual(8);
	});
});

describe('an opportunity that is deleted in Dynamics', () => {
	async function deleted(whenDeleted?: WhenDeleted): Promise<[SyncWorld, string]> {
		const world = await start();
		world.mappings.opportunities = {
			opportunity: {
				...OPPORTUNITIES.opportunity!,
				...(whenDeleted && { whenDeleted }),
			},
		};
		const id = await newOpportunity(world, { name: 'Chairs' });
		await world.run({ lane });
		world.clock.advance(1_000);
		await world.crm.delete('opportunities', id);
		return [world, id];
	}

	it('stays in Marketo unless somebody says otherwise', async () => {
		const [world, id] = await deleted();
		expect((await world.run({ lane })).writes).toEqual([]);
		expect((await opportunities(world)).has(id)).toBe(true);
	});

	it('goes there, too, where that was chosen, and is made again when it is restored', async () => {
		const [world, id] = await deleted({ do: 'delete' });
		const run = await world.run({ lane });
		expect(run.writes).toEqual(['POST opportunities/delete.json']);
		expect((await opportunities(world)).size).toBe(0);
		expect(await world.status(lane)).toMatchObject({ needHelp: 0, waiting: 0, linkedInAll: 0 });
		expect((await world.run({ lane })).writes).toEqual([]);
		await world.crm.create('opportunities', { opportunityid: id, name: 'Chairs' });
		await world.run({ lane });
		expect((await opportunities(world)).get(id)).toMatchObject({ name: 'Chairs' });
	});

	it('says so in a field, where that was chosen, until it is restored', async () => {
		const [world, id] = await deleted({ do: 'mark', field: 'isClosed' });
		await world.run({ lane });
		expect((await opportunities(world)).get(id)).toMatchObject({ name: 'Chairs', isClosed: true });
		expect((await world.run({ lane })).writes).toEqual([]);
	});

	it('is not made again by its mark, where somebody has deleted it in Marketo meanwhile', async () => {
		const [world, id] = await deleted({ do: 'mark', field: 'isClosed' });
		await world.automation.post('opportunities/delete.json', {
			deleteBy: 'dedupeFields',
			input: [{ externalOpportunityId: id }],
		});
		await world.run({ lane });
		expect((await opportunities(world)).size).toBe(0);
		expect(await world.status(lane)).toMatchObject({ needHelp: 0, waiting: 0 });
	});

	it('R17: is deleted once, also where nobody has answered', async () => {
		const [world] = await deleted({ do: 'delete' });
		world.bend('marketo', 'POST opportunities/delete.json', loseAnswer);
		await world.run({ lane });
		await world.run({ lane });
		await world.run({ lane });
		expect((await opportunities(world)).size).toBe(0);
		expect(await world.status(lane)).toMatchObject({ needHelp: 0, waiting: 0 });
	});

	it('waits while a role of it is there, which somebody else has made', async () => {
		const [world, id] = await deleted({ do: 'delete' });
		const [person] = await world.automation.write('createOnly', 'email', [
			{ email: 'ada@example.com' },
		]);
		await world.automation.post('opportunities/roles.json', {
			input: [{ externalOpportunityId: id, leadId: person, role: 'Friend' }],
		});
		await world.run({ lane });
		expect((await opportunities(world)).has(id)).toBe(true);
		expect(await world.status(lane)).toMatchObject({ needHelp: 0, waiting: 1 });
		await world.automation.post('opportunities/roles/delete.json', {
			deleteBy: 'dedupeFields',
			input: [{ externalOpportunityId: id, leadId: person, role: 'Friend' }],
		});
		await world.run({ lane });
		await world.run({ lane });
		expect((await opportunities(world)).size).toBe(0);
	});

	it('R35: in great number stops before it and asks', async () => {
		const world = await start();
		world.mappings.opportunities = {
			opportunity: { ...OPPORTUNITIES.opportunity!, whenDeleted: { do: 'delete' } },
		};
		const ids: string[] = [];
		for (let at = 0; at < 60; at++) ids.push(await newOpportunity(world, { name: `Deal ${at}` }));
		await world.run({ lane });
		for (const id of ids.slice(0, 55)) await world.crm.delete('opportunities', id);
		await world.run({ lane });
		expect((await world.status(lane)).status).toMatch(
			/^Stopped: Of 60 linked records 55 were deleted/,
		);
		expect((await opportunities(world)).size).toBe(60);
		world.endsUnclean('the sync has stopped');
	});
});

it('a company is deleted by choice, but for one with people', async () => {
	const world = await start();
	const { account } = COMPANIES;
	world.mappings.companies = { account: { ...account!, whenDeleted: { do: 'delete' } } };
	const [free, used] = [
		await newAccount(world, { name: 'Free' }),
		await newAccount(world, { name: 'Used' }),
	];
	await world.run({ lane: 'companies' });
	await world.automation.write('createOnly', 'email', [
		{ email: 'ada@example.com', externalCompanyId: used },
	]);
	for (const id of [free, used]) await world.crm.delete('accounts', id);
	for (let times = 0; times < 12; times++) await world.run({ lane: 'companies', after: 3_600_000 });
	expect([...(await objectsOf(world, 'companies')).keys()]).toEqual([used]);
	expect(await world.help('companies')).toMatchObject([
		{ reason: expect.stringContaining('Something in Marketo still belongs to it') },
	]);
});
