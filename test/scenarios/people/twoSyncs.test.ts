import { PEOPLE } from '../../../sync/operate/lanes';
import { resume } from '../../../sync/operate/resume';
import { adoptPresentState } from '../../../sync/operate/adoptPresentState';
import type { Pair } from '../support/systems';
import { SyncWorld } from '../support/world';

const MANY = 24;

describe('two syncs on one pair of systems (R41, R42)', () => {
	let world: SyncWorld;
	let other: SyncWorld;
	let pairs: Pair[];
	beforeEach(async () => {
		world = await SyncWorld.start({ leads: MANY });
		await world.runs(4);
		other = await SyncWorld.start({ clock: world.clock });
		other.credentials.dynamics = world;
		other.credentials.marketo = world;
		await other.runs(4);
		await world.runs(2);
		pairs = await world.pairs();
	});

	const editPeople = async (title: string) => {
		for (const pair of pairs) await world.editPerson(pair, { title });
	};

	it('stop the one that finds the work of the other, in words; Resume goes on from there', async () => {
		await editPeople('First');
		await other.run();
		const { errors } = await world.run();
		expect(errors).toEqual([expect.stringMatching(/^Another sync seems to be at work/)]);
		expect(await world.status()).toMatchObject({
			status: expect.stringMatching(/^Stopped: Another sync .* Stop one of the two/),
		});
		expect((await world.run()).pages).toBe(0);

		await resume(world.ledger, PEOPLE);
		await world.runs(2);
		expect((await world.status()).status).toBe('Up to date');
		await editPeople('Second');
		await other.run();
		expect((await world.run()).errors).toEqual([expect.stringMatching(/^Another sync/)]);
		await adoptPresentState(world.ledger, PEOPLE);
		await world.runs(4);
		expect((await world.status()).status).toBe('Up to date');
		await world.expectClean();
	});

	it('are not what a plug-in is that runs as the sync user and changes rows by itself', async () => {
		for (const { id } of pairs)
			await world.asSync.update('leads', id, { jobtitle: 'By a plug-in' });
		const { errors } = await world.run();
		expect(errors).toEqual([]);
		expect(await world.person(pairs[0]!)).toMatchObject({ title: 'By a plug-in' });
	});

	it('are not what users are who type the same on both sides', async () => {
		await editPeople('The same');
		for (const pair of pairs) await world.editRow(pair, { jobtitle: 'The same' });
		expect((await world.run()).errors).toEqual([]);
	});
});
