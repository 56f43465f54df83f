import { COMPANIES, OWNERS } from '../support/oneWayLanes';
import { SyncWorld } from '../support/world';

const PIECE = 'odata.track-changes,odata.maxpagesize=20';

/** A first run, and a full read that a new column asks for, take long: people want to know how long. */
describe('how far a full read is', () => {
	it('stands in the status: records read, of how many, how fast, and until when; asked of Dynamics by one call', async () => {
		const world = await SyncWorld.start({ leads: 60, contacts: 40 });
		for (const table of ['leads', 'contacts'])
			world.bend(
				'dynamics',
				new RegExp(`GET ${table}(?!.*filter)`),
				async (request, send) =>
					await send({ ...request, headers: { ...request.headers, Prefer: PIECE } }),
				Infinity,
			);
		const told: string[] = [];
		world.bend(
			'marketo',
			'POST leads.json',
			async (request, send) => {
				world.clock.advance(40_000);
				told.push((await world.status()).status);
				return await send(request);
			},
			Infinity,
		);
		const { calls } = await world.run();
		expect(told.length).toBeGreaterThan(2);
		const numbers = told.map((one) =>
			/^Running: (\d+) of about (\d+) records read, (\d+) left, (\d+) a minute, done about \d\d:\d\d UTC$/
				.exec(one)
				?.slice(1)
				.map(Number),
		);
		const first = numbers[0]!;
		expect(first.slice(0, 2)).toEqual([40, 100]);
		const shown = numbers.flatMap((one) => (one ? [one[0]!] : []));
		expect(shown).toEqual([...shown].sort((a, b) => a - b));
		expect(shown.length).toBeGreaterThan(2);
		expect((await world.status()).status).toBe('Up to date');
		expect(calls.dynamics.filter((one) => one.includes('RetrieveTotalRecordCount'))).toHaveLength(
			1,
		);
	});

	it.each([
		['companies', 'accounts', 'POST companies.json', 20, 60],
		['owners', 'systemusers', 'POST salespersons.json', 5, 17],
	])(
		'is told of %s as well, by the tables alone that are read (no teams where none is mapped)',
		async (lane, set, write, rows, all) => {
			const world = await SyncWorld.start({ accounts: 60 });
			world.mappings = { companies: COMPANIES, owners: OWNERS };
			const piece = `odata.track-changes,odata.maxpagesize=${rows}`;
			world.bend(
				'dynamics',
				new RegExp(`GET ${set}(?!.*filter)`),
				async (request, send) =>
					await send({ ...request, headers: { ...request.headers, Prefer: piece } }),
				Infinity,
			);
			const told: string[] = [];
			world.bend(
				'marketo',
				write,
				async (request, send) => {
					world.clock.advance(40_000);
					told.push((await world.status(lane)).status);
					return await send(request);
				},
				Infinity,
			);
			await world.run({ lane });
			expect(told[0]).toMatch(
				new RegExp(
					`^Running: ${rows} of about ${all} records read, ${all - rows} left, \\d+ a minute, done about `,
				),
			);
			expect((await world.status(lane)).status).toBe('Up to date');
		},
	);

	it('is no trouble where Dynamics does not say how many there are', async () => {
		const world = await SyncWorld.start({ leads: 60 });
		world.bend(
			'dynamics',
			/GET leads(?!.*filter)/,
			async (request, send) =>
				await send({ ...request, headers: { ...request.headers, Prefer: PIECE } }),
			Infinity,
		);
		await world.dynamics.fail({ match: { path: 'RetrieveTotalRecordCount' }, status: 403 });
		const { outcome } = await world.run();
		expect(outcome).toBe('done');
		expect(await world.dynamics.faultsLeft()).toBe(0);
		await world.expectClean();
	});

	it('is not asked for where everything is read at once, nor ever after', async () => {
		const world = await SyncWorld.start({ leads: 20 });
		const runs = await world.runs(3);
		expect(runs.flatMap(({ calls }) => calls.dynamics).join()).not.toContain('RetrieveTotal');
	});
});
