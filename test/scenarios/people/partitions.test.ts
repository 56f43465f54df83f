import { retryAll } from '../../../sync/operate/retry';
import { SyncWorld } from '../support/world';

/** The second one of the stand-in; the first is the default. */
const EMEA = 2;

describe('the partition in which the sync creates people', () => {
	const partitionOf = async (world: SyncWorld, person: number) =>
		(await world.automation.people('id', [person], ['leadPartitionId']))[0]!.leadPartitionId;
	const newLead = async (world: SyncWorld, values: object = {}) =>
		await world.newRow('lead', { lastname: 'New', ...values });
	const personOf = async (world: SyncWorld, id: string) =>
		(await world.pairs()).find((pair) => pair.id === id)!.person;

	it("is Marketo's default, or the chosen one, with and without an e-mail address", async () => {
		const world = await SyncWorld.start();
		const usual = await newLead(world, { emailaddress1: 'usual@example.com' });
		await world.run();
		world.partition = 'EMEA';
		const chosen = [
			await newLead(world, { emailaddress1: 'emea@example.com' }),
			await newLead(world, { emailaddress1: null }),
		];
		await world.runs(2);
		expect(await partitionOf(world, await personOf(world, usual))).toBe(1);
		for (const id of chosen) expect(await partitionOf(world, await personOf(world, id))).toBe(EMEA);
		await world.expectClean();
	});

	it('moves nobody: whoever is there is linked and updated where they are', async () => {
		const world = await SyncWorld.start();
		world.partition = 'EMEA';
		const person = await world.newPerson({ email: 'there@example.com' });
		const id = await newLead(world, { emailaddress1: 'there@example.com', jobtitle: 'Cook' });
		await world.runs(2);
		expect(await world.both({ table: 'lead', id, person })).toMatchObject({
			person: { title: 'Cook' },
		});
		expect(await partitionOf(world, person)).toBe(1);
		expect(await world.help()).toEqual([]);
	});

	it('that is not there (any more) is named with each new record, and stops nobody else; Retry creates them in another one', async () => {
		const world = await SyncWorld.start();
		const pair = await world.pair('lead', { jobtitle: 'Clerk' });
		world.partition = 'Gone';
		const id = await newLead(world, { emailaddress1: 'new@example.com' });
		await world.editRow(pair, { jobtitle: 'Chief' });
		await world.run();
		expect(await world.person(pair)).toMatchObject({ title: 'Chief' });
		expect(await world.help()).toMatchObject([
			{
				subject: `lead:${id}`,
				reason:
					'The person was not created: Marketo has no partition "Gone", or the API user may not use it',
			},
		]);
		expect((await world.runs(2)).flatMap(({ writes }) => writes)).toEqual([]);
		world.partition = 'EMEA';
		await retryAll(world.ledger);
		await world.runs(2);
		expect(await partitionOf(world, await personOf(world, id))).toBe(EMEA);
		expect(await world.help()).toEqual([]);
		await world.expectClean();
	});

	it('said of the whole call, it is no reason to stop either', async () => {
		const world = await SyncWorld.start();
		const pair = await world.pair('lead', { jobtitle: 'Clerk' });
		world.partition = 'EMEA';
		await newLead(world, { emailaddress1: 'new@example.com' });
		await world.editRow(pair, { jobtitle: 'Chief' });
		const refusal = { code: '1008', message: "Access denied to partition 'EMEA'" };
		world.bend('marketo', 'createOnly', async () => ({
			status: 200,
			headers: {},
			body: { requestId: '1#1', success: false, errors: [refusal] },
		}));
		const { outcome } = await world.run();
		expect(outcome).toContain('done');
		expect(await world.person(pair)).toMatchObject({ title: 'Chief' });
		expect(await world.help()).toHaveLength(1);
	});
});
