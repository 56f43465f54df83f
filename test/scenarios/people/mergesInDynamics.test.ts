import { retry } from '../../../sync/operate/retry';
import { loseAnswer } from '../support/line';
import type { Pair } from '../support/systems';
import { SyncWorld } from '../support/world';

const MERGE = 'POST Merge';

describe('two people merged in Marketo who each have a record in Dynamics (native-sync M4, R28)', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await SyncWorld.start();
		world.whenPeopleMerged = 'merge';
	});
	const twoOf = async (table: 'lead' | 'contact', values: object = {}) => [
		await world.pair(table, { jobtitle: 'Clerk', ...values }),
		await world.pair(table, { jobtitle: 'Cook', telephone1: '1-222' }),
	];

	it.each(['lead', 'contact'] as const)(
		'M4: the %s of the merged one is merged into that of the person who stays, and nobody needs help',
		async (table) => {
			const [stays, loser] = (await twoOf(table)) as [Pair, Pair];
			await world.mergePeople(stays, loser);
			const { writes } = await world.run();
			expect(writes.filter((call) => call.includes('Merge'))).toHaveLength(1);
			expect(await world.row(loser)).toMatchObject({
				statecode: table === 'lead' ? 2 : 1,
				_masterid_value: stays.id,
			});
			// What the person who stays has got of the other one comes to the record that stays.
			expect(await world.row(stays)).toMatchObject({ jobtitle: 'Clerk', telephone1: '1-222' });
			expect(await world.help()).toEqual([]);
			expect((await world.runs(2)).flatMap(({ writes: later }) => later)).toEqual([]);
			await world.editRow(stays, { jobtitle: 'Chief' });
			await world.run();
			expect(await world.person(stays)).toMatchObject({ title: 'Chief' });
			await world.expectClean();
		},
	);

	it('unless it is chosen, the second one is named and left as it is', async () => {
		const own = await SyncWorld.start();
		const [stays, loser] = [await own.pair('lead'), await own.pair('lead')];
		await own.mergePeople(stays, loser);
		const { writes } = await own.run();
		expect(writes.filter((call) => call.includes('Merge'))).toEqual([]);
		expect(await own.row(loser)).toMatchObject({ statecode: 0 });
		expect(await own.help()).toHaveLength(1);
		// Chosen later, it is done with the next look.
		own.whenPeopleMerged = 'merge';
		await own.editRow(loser, { fax: '1' });
		await own.run();
		expect(await own.row(loser)).toMatchObject({ statecode: 2 });
		expect(await own.help()).toEqual([]);
	});

	it('one that somebody has edited since is not merged: it is named, with the reason', async () => {
		const [stays, loser] = (await twoOf('lead')) as [Pair, Pair];
		await world.mergePeople(stays, loser);
		await world.editRow(loser, { address1_city: 'Lund' });
		await world.run();
		expect(await world.row(loser)).toMatchObject({ statecode: 0, address1_city: 'Lund' });
		expect(await world.help()).toMatchObject([
			{ reason: expect.stringContaining('its person never got') as string },
		]);
		await world.mergeRows(stays, loser);
		await world.runs(2);
		expect(await world.help()).toEqual([]);
	});

	it('nor one that is edited between the read and the merge', async () => {
		const [stays, loser] = (await twoOf('lead')) as [Pair, Pair];
		await world.mergePeople(stays, loser);
		let reads = 0;
		world.bend(
			'dynamics',
			loser.id,
			async (request, send) => {
				if (++reads === 2) await world.editRow(loser, { address1_city: 'Umeå' });
				return await send(request);
			},
			2,
		);
		const { writes } = await world.run();
		expect(reads).toBe(2);
		expect(writes.filter((call) => call.includes('Merge'))).toEqual([]);
		expect(await world.row(loser)).toMatchObject({ statecode: 0, address1_city: 'Umeå' });
		await world.mergeRows(stays, loser);
		await world.runs(2);
		expect(await world.help()).toEqual([]);
	});

	it('a merge without an answer is judged by reading, and not repeated', async () => {
		const [stays, loser] = (await twoOf('contact')) as [Pair, Pair];
		await world.mergePeople(stays, loser);
		world.bend('dynamics', MERGE, loseAnswer);
		const runs = await world.runs(5);
		const merges = runs.flatMap(({ writes }) => writes).filter((call) => call.includes('Merge'));
		expect(merges).toHaveLength(1);
		expect(await world.row(loser)).toMatchObject({ statecode: 1 });
		expect(await world.help()).toEqual([]);
		expect(
			await world.ledger.db
				.selectFrom('plan')
				.select('id')
				.where('operation', '=', 'merge')
				.execute(),
		).toEqual([]);
	});

	it('what Dynamics refuses needs help with its words, stops nobody else, and Retry tries again', async () => {
		const [stays, loser] = (await twoOf('lead')) as [Pair, Pair];
		const other = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.mergePeople(stays, loser);
		await world.editRow(other, { jobtitle: 'Chief' });
		world.bend('dynamics', MERGE, async () => ({
			status: 403,
			headers: {},
			body: {
				error: { code: '0x80040220', message: 'Principal user is missing prvMerge privilege' },
			},
		}));
		await world.run();
		expect(await world.person(other)).toMatchObject({ title: 'Chief' });
		expect(await world.help()).toMatchObject([
			{ reason: expect.stringContaining('prvMerge') as string },
		]);
		await retry(world.ledger, { id: loser.id });
		await world.run();
		expect(await world.row(loser)).toMatchObject({ _masterid_value: stays.id });
		expect(await world.help()).toEqual([]);
	});
});
