import { retry } from '../../../sync/operate/retry';
import type { Pair } from '../support/systems';
import { SyncWorld } from '../support/world';

const HOUR = 3_600_000;

describe('a row that the sync may not see any more (A8, R30)', () => {
	let world: SyncWorld;
	beforeEach(async () => {
		world = await SyncWorld.start();
		await world.dynamics.post('settings', { partialReaders: 'filtered' });
	});

	const hide = async ({ table, id }: Pair) =>
		await world.dynamics.post('hide', { table, ids: [id] });
	const show = async ({ table, id }: Pair) =>
		await world.dynamics.post('show', { table, ids: [id] });

	it.each(['lead', 'contact'] as const)(
		'is neither deleted nor written; both sides flow again by themselves (%s)',
		async (table) => {
			const pair = await world.pair(table, { jobtitle: 'Clerk', address1_city: 'Lund' });
			await hide(pair);
			await world.editPerson(pair, { title: 'Chief' });
			await world.editRow(pair, { address1_city: 'Oslo' });
			const [first, ...others] = await world.runs(4);
			expect(first!.help).toMatchObject([
				{
					status: 'needs help',
					recordId: pair.id,
					reason: expect.stringContaining(`this ${table}`) as string,
					remedy: expect.stringContaining('organization level') as string,
				},
			]);
			expect(others.flatMap(({ help }) => help)).toEqual([]);
			const asked = others.flatMap(({ calls }) => calls.dynamics);
			expect(asked.filter((call) => call.startsWith('POST $batch'))).toEqual([]);
			expect(await world.both(pair)).toMatchObject({
				row: { jobtitle: 'Clerk', address1_city: 'Oslo' },
				person: { title: 'Chief', city: 'Lund', microsoftIsDeleted: false },
			});
			expect(await world.pairs()).toEqual([pair]);
			await show(pair);
			const [healed] = [await world.run({ after: 2 * HOUR }), ...(await world.runs(2))];
			expect(healed.help).toMatchObject([{ status: 'solved', recordId: pair.id }]);
			expect(await world.both(pair)).toMatchObject({
				row: { jobtitle: 'Chief', address1_city: 'Oslo' },
				person: { title: 'Chief', city: 'Oslo' },
			});
			expect(await world.help()).toEqual([]);
			await world.expectClean();
		},
	);

	it('is looked at again though its person was looked at meanwhile', async () => {
		const pair = await world.pair('lead', { jobtitle: 'Clerk', address1_city: 'Lund' });
		await hide(pair);
		await world.editRow(pair, { address1_city: 'Oslo' });
		await world.editPerson(pair, { title: 'Chief' });
		await world.runs(2);
		// The person alone says nothing new any more, and is in order as far as anybody can see.
		await world.editPerson(pair, { title: 'Boss' });
		await world.editPerson(pair, { title: 'Clerk' });
		const meanwhile = await world.runs(2);
		expect(meanwhile.flatMap(({ help }) => help)).toEqual([]);
		expect(await world.help()).toMatchObject([{ subject: `lead:${pair.id}` }]);
		await show(pair);
		await world.run({ after: 2 * HOUR });
		await world.runs(2);
		expect(await world.person(pair)).toMatchObject({ title: 'Clerk', city: 'Oslo' });
		expect(await world.help()).toEqual([]);
		await world.expectClean();
	});

	it('keeps its link when everything is read anew, and Retry looks at once (R32)', async () => {
		const [pair, gone] = [
			await world.pair('lead', { jobtitle: 'Clerk' }),
			await world.pair('lead'),
		];
		await hide(pair);
		await world.deleteRow(gone);
		await world.dynamics.expire('deltaToken');
		await world.runs(2);
		expect(await world.person(pair)).toMatchObject({ microsoftIsDeleted: false });
		expect(await world.person(gone)).toMatchObject({ microsoftIsDeleted: true });
		expect(await world.help()).toMatchObject([{ subject: `lead:${pair.id}` }]);
		await show(pair);
		await world.editRow(pair, { jobtitle: 'Chief' });
		await retry(world.ledger, { id: pair.id });
		await world.runs(2);
		expect(await world.person(pair)).toMatchObject({ title: 'Chief' });
		expect(await world.help()).toEqual([]);
	});

	it('is not taken for deleted though change tracking calls it so, nor is one that was restored meanwhile', async () => {
		const [pair, back] = [
			await world.pair('lead', { jobtitle: 'Clerk' }),
			await world.pair('lead'),
		];
		await hide(pair);
		await world.deleteRow(back);
		await world.crm.create('leads', { leadid: back.id, lastname: 'Back', jobtitle: 'New' });
		world.bend('dynamics', /GET leads.*deltatoken/, async (request, send) => {
			const answer = await send(request);
			const { value, ...rest } = answer.body as { value: object[] };
			const deletions = [pair.id, back.id].map((id) => ({
				'@odata.context': 'x#leads/$deletedEntity',
				id,
				reason: 'deleted',
			}));
			return { ...answer, body: { ...rest, value: [...value, ...deletions] } };
		});
		await world.run();
		expect(await world.person(pair)).toMatchObject({ microsoftIsDeleted: false });
		expect(await world.person(back)).toMatchObject({ microsoftIsDeleted: false, title: 'New' });
		expect(await world.help()).toMatchObject([{ subject: `lead:${pair.id}` }]);
	});
});
