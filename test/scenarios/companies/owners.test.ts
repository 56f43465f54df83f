import { OWNERS, OWNERS_AND_TEAMS, objectsOf } from '../support/oneWayLanes';
import { SyncWorld } from '../support/world';

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
