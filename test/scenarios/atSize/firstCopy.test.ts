import type { Side } from '../../../sync/items';
import { fewestCalls, LANES, toCopy, TO_DESCRIBE, TO_END } from '../support/fewestCalls';
import { row, smallMapping } from '../support/mapping';
import {
	COMPANIES,
	objectsOf,
	OPPORTUNITIES,
	OWNERS,
	ROLES,
	rolesOf,
	trackConnections,
} from '../support/oneWayLanes';
import type { SystemsOptions } from '../support/systems';
import { SyncWorld } from '../support/world';

/** What a kill costs: the calls of a page that are made once more, and looks at what was not answered. */
const A_KILL = 5;

async function start(size: SystemsOptions): Promise<SyncWorld> {
	const mapping = smallMapping({
		contact: ['accountid>externalCompanyId', 'owninguser>externalSalesPersonId'].map((id) =>
			row(id, { direction: 'toMarketo' }),
		),
	});
	const world = await SyncWorld.start({ ...size, mapping });
	await trackConnections(world);
	world.mappings = {
		companies: COMPANIES,
		owners: OWNERS,
		opportunities: OPPORTUNITIES,
		roles: ROLES,
	};
	return world;
}

/** Everything is there, each once. */
async function expectComplete(world: SyncWorld): Promise<void> {
	const copy = await toCopy(world.crm);
	const people = await world.everybody();
	const ids = new Set(people.map(({ dynamicsContactId }) => dynamicsContactId));
	expect(ids).toEqual(
		new Set((await world.crm.all('contacts?$select=contactid')).map((one) => one.contactid)),
	);
	expect(people).toHaveLength(ids.size);
	for (const [lane, object] of [
		['companies', 'companies'],
		['owners', 'salesPersons'],
		['opportunities', 'opportunities'],
	] as const)
		expect((await objectsOf(world, object)).size).toBe(copy[lane].records);
	const roles = (await rolesOf(world)).map((one) => JSON.stringify(one));
	expect(new Set(roles).size).toBe(roles.length);
	expect(roles).toHaveLength(copy.roles.records);
	for (const lane of LANES)
		expect(await world.status(lane)).toMatchObject({ needHelp: 0, heldFields: 0, waiting: 0 });
}

describe('a first copy', () => {
	it('takes hardly more calls than 300 records a call and the reads of the feeds (1.1 times as many)', async () => {
		const world = await start({ accounts: 1_200, contacts: 1_500, opportunities: 600 });
		const copy = await toCopy(world.crm);
		const tooMany: string[] = [];
		for (const lane of LANES) {
			const { calls, outcome } = await world.run({ lane });
			expect(outcome).toBe('done');
			const fewest = fewestCalls(copy[lane]);
			for (const side of ['dynamics', 'marketo'] as Side[]) {
				const most = Math.floor(fewest[side] * 1.1 + TO_DESCRIBE[side]);
				const made = calls[side].length;
				if (made > most) tooMany.push(`${lane}: ${made} calls to ${side}, not ${most}`);
			}
		}
		expect(tooMany).toEqual([]);
		await expectComplete(world);
	}, 120_000);

	it('I12: is complete and doubles nothing where n8n is killed three times, whatever it was at', async () => {
		const world = await start({ accounts: 600, contacts: 600, opportunities: 300 });
		const copy = await toCopy(world.crm);
		// One after its effect, one before it; the third among the roles.
		const kills = new Map([
			[9, true],
			[28, false],
			[66, true],
		]);
		let made = 0;
		let killed = 0;
		for (const side of ['dynamics', 'marketo'] as Side[])
			world.bend(
				side,
				'',
				async (request, send) => {
					const isAfter = kills.get(++made);
					if (isAfter === undefined) return await send(request);
					if (isAfter) await send(request);
					killed++;
					return await world.killN8n();
				},
				Infinity,
			);
		let fewest = 0;
		for (const lane of LANES) {
			const { dynamics, marketo } = fewestCalls(copy[lane]);
			fewest += dynamics + marketo + TO_DESCRIBE.dynamics + TO_DESCRIBE.marketo;
			for (let runs = 0; runs === 0 || !(await isDone(world, lane)); runs++) {
				expect(runs).toBeLessThan(8);
				await world.run({ lane });
			}
		}
		expect(killed).toBe(3);
		expect(made).toBeLessThanOrEqual(fewest * 1.1 + 3 * A_KILL);
		await expectComplete(world);
		for (const lane of LANES) expect((await world.run({ lane })).writes).toEqual([]);
	}, 120_000);

	it('takes whole pages of people, also while the log of Marketo is read', async () => {
		const world = await start({ accounts: 0, contacts: 1_150, opportunities: 0 });
		const { calls } = await world.run({ lane: 'people' });
		const pages = calls.dynamics.filter((call) => call === 'GET contacts');
		// All of them, what changed meanwhile, and what changes from here on.
		expect(pages).toHaveLength(1 + TO_END);
	});

	it('R3: reads the rows that a killed page had not written by one call, and describes tables by one', async () => {
		const world = await start({ accounts: 1_000, contacts: 10, opportunities: 0 });
		const batches = ({ dynamics }: Record<Side, string[]>) =>
			dynamics.filter((call) => call.startsWith('POST $batch'));
		const afterKill = async (lane: string, call: string) => {
			world.bend('marketo', call, async () => await world.killN8n());
			expect((await world.run({ lane })).outcome).toBe('n8n was killed');
			return (await world.run({ lane })).calls;
		};
		const companies = await afterKill('companies', 'POST companies.json');
		// What the table is like, and the rows.
		expect(batches(companies)).toEqual(['POST $batch (18 GET)', expect.any(String)]);
		const people = await afterKill('people', 'POST leads.json');
		expect(batches(people)[0]).toBe('POST $batch (36 GET)');
		for (const lane of LANES) await world.run({ lane });
		await expectComplete(world);
	}, 120_000);
});

async function isDone(world: SyncWorld, lane: string): Promise<boolean> {
	const { status, waiting } = await world.status(lane);
	return status === 'Up to date' && waiting === 0;
}
