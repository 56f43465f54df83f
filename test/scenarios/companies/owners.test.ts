import type { MappingRow } from '../../../sync/mapping';
import { row } from '../support/mapping';
import { COMPANIES, newAccount, OWNERS, OWNERS_AND_TEAMS, objectsOf } from '../support/oneWayLanes';
import { endClean, SyncWorld } from '../support/world';

endClean();

const lane = 'owners' as const;
const USER = '0c0ffee0-0000-4000-8000-000000000001';

const salesPersons = async (world: SyncWorld) => await objectsOf(world, 'salesPersons');

describe('users as sales persons', () => {
	it('copies the users, and no team', async () => {
		const world = await SyncWorld.start();
		world.mappings.owners = OWNERS;
		const run = await world.run({ lane });
		const all = await salesPersons(world);
		const users = await world.crm.all(
			'systemusers?$select=firstname,lastname,internalemailaddress',
		);
		expect([...all.keys()].sort()).toEqual(users.map(({ systemuserid }) => systemuserid).sort());
		const user = users.find(({ systemuserid }) => systemuserid === USER)!;
		expect(all.get(USER)).toMatchObject({
			firstName: user.firstname,
			lastName: user.lastname,
			email: user.internalemailaddress,
		});
		expect(run).toMatchObject({ outcome: 'done', errors: [] });
		expect(run.calls.dynamics.join()).not.toContain('teams');
		expect((await world.run({ lane })).writes).toEqual([]);
	});

	it('follows an edit of a user', async () => {
		const world = await SyncWorld.start();
		world.mappings.owners = OWNERS;
		await world.run({ lane });
		world.clock.advance(1_000);
		await world.crm.update('systemusers', USER, { lastname: 'Married' });
		const run = await world.run({ lane });
		expect((await salesPersons(world)).get(USER)).toMatchObject({ lastName: 'Married' });
		expect(run.receipts).toHaveLength(1);
		expect(await world.help(lane)).toEqual([]);
	});

	it('R52: makes teams sales persons as well once somebody gives them a mapping, and leaves them so without', async () => {
		const world = await SyncWorld.start();
		world.mappings.owners = OWNERS;
		await world.run({ lane });
		const [team] = await world.crm.all('teams?$select=name');
		expect((await salesPersons(world)).has(String(team!.teamid))).toBe(false);
		world.mappings.owners = OWNERS_AND_TEAMS;
		await world.run({ lane });
		expect((await salesPersons(world)).get(String(team!.teamid))).toMatchObject({
			lastName: team!.name,
		});
		world.mappings.owners = OWNERS;
		const run = await world.run({ lane });
		expect(run).toMatchObject({ outcome: 'done', writes: [] });
		expect((await salesPersons(world)).has(String(team!.teamid))).toBe(true);
	});
});

describe('an account that a team owns', () => {
	/** Its company, with this row of the mapping for the owner. */
	async function ownerWith(id: string, rule: Partial<MappingRow> = {}): Promise<[unknown, string]> {
		const world = await SyncWorld.start();
		const [team] = await world.crm.all('teams?$select=name');
		const own = row(id, { direction: 'toMarketo', ...rule });
		const { account } = COMPANIES;
		const others = account!.rows.filter(({ field }) => field !== own.field);
		world.mappings.companies = { account: { ...account!, rows: [...others, own] } };
		const account1 = await newAccount(world, {
			name: 'Owned by a team',
			'ownerid@odata.bind': `/teams(${String(team!.teamid)})`,
		});
		const run = await world.run({ lane: 'companies' });
		expect(run).toMatchObject({ errors: [], notes: [] });
		const company = (await objectsOf(world, 'companies')).get(account1)!;
		return [company.externalSalesPersonId ?? null, String(team!.teamid)];
	}

	it('has no sales person, as in the shipped mapping', async () => {
		const [owner] = await ownerWith('owninguser>externalSalesPersonId');
		expect(owner).toBeNull();
	});

	it('has the one that the mapping names for it', async () => {
		const transform = { defaultWhenEmpty: USER };
		const [owner] = await ownerWith('owninguser>externalSalesPersonId', { transform });
		expect(owner).toBe(USER);
	});

	it('has the team, where teams are sales persons', async () => {
		const [owner, team] = await ownerWith('ownerid>externalSalesPersonId');
		expect(owner).toBe(team);
	});
});
