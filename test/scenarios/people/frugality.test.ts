import { SyncWorld } from '../support/world';

/** Longer than Marketo's log is read twice. */
const PAST_THE_OVERLAP = 16 * 60_000;

describe('what a sync costs', () => {
	it('while nothing changes: one call per table of Dynamics and three to Marketo, for ever; each quarter of an hour, who it is', async () => {
		const world = await SyncWorld.start({ leads: 20, contacts: 20, people: 20 });
		await world.runs(2);
		const idle = [await world.run({ after: PAST_THE_OVERLAP }), ...(await world.runs(10))];
		expect(
			idle.flatMap(({ calls }) => calls.dynamics).filter((call) => call === 'GET WhoAmI'),
		).toHaveLength(4);
		for (const { calls, pages } of idle) {
			expect({
				pages,
				...calls,
				dynamics: calls.dynamics.filter((call) => call !== 'GET WhoAmI'),
			}).toEqual({
				pages: 1,
				dynamics: ['GET contacts', 'GET leads'],
				marketo: [
					'GET activities/pagingtoken.json',
					'GET activities.json',
					'GET activities/leadchanges.json',
				],
			});
		}
	});

	it.each([
		[
			'the delta link has expired',
			async (world: SyncWorld) => await world.dynamics.expire('deltaToken'),
		],
		[
			'no feed is known any more',
			async ({ ledger }: SyncWorld) => void (await ledger.db.deleteFrom('feed').execute()),
		],
	])('where %s and everything is read anew: nothing is written', async (_, forget) => {
		const world = await SyncWorld.start({ leads: 20, contacts: 20, people: 20 });
		await world.runs(4);
		await forget(world);
		const [again] = await world.runs(2);
		expect(again!.calls.dynamics.length).toBeGreaterThan(2);
		expect(again!.writes).toEqual([]);
		await world.expectClean();
	});

	it('where 480 leads are edited on one side: as many calls as they fill, and a run that only reads their echoes', async () => {
		const world = await SyncWorld.start({ leads: 480 });
		await world.runs(2);
		await world.run({ after: PAST_THE_OVERLAP });
		const pairs = await world.openLeads();
		for (const { id } of pairs)
			await world.crm.update('leads', id, { jobtitle: 'Edited in Dynamics' });
		const toMarketo = await world.run();
		expect(toMarketo.receipts.filter(({ outcome }) => outcome === 'written')).toHaveLength(
			pairs.length,
		);
		expect(toMarketo.calls.dynamics).toEqual(['GET contacts', 'GET leads']);
		expect(toMarketo.calls.marketo.filter((call) => call.endsWith(' leads.json')).sort()).toEqual([
			'GET leads.json',
			'GET leads.json',
			'POST leads.json',
			'POST leads.json',
		]);
		const echoes = await world.run();
		expect([
			...echoes.writes,
			...echoes.calls.marketo.filter((call) => call === 'GET leads.json'),
		]).toEqual([]);

		await world.run({ after: PAST_THE_OVERLAP });
		const edits = pairs.map(({ person }) => ({ id: person, title: 'Edited in Marketo' }));
		for (const some of [edits.slice(0, 300), edits.slice(300)])
			await world.automation.write('updateOnly', 'id', some);
		const toDynamics = await world.run();
		expect(toDynamics.receipts.filter(({ outcome }) => outcome === 'written')).toHaveLength(
			pairs.length,
		);
		expect(toDynamics.writes.sort()).toEqual(
			['POST $batch (400 PATCH)', `POST $batch (${pairs.length - 400} PATCH)`].sort(),
		);
		expect(toDynamics.calls.marketo.filter((call) => call === 'GET leads.json')).toHaveLength(2);
		expect((await world.run()).writes).toEqual([]);
	}, 60_000);

	it('R34: after a thousand edits in Marketo its log is read again once, when what is late had its time; an idle run costs three calls all the same', async () => {
		const world = await SyncWorld.start({ people: 1000 });
		await world.runs(2);
		await world.run({ after: PAST_THE_OVERLAP });
		const people = await world.everybody();
		const edits = people.map(({ id }) => ({ id, title: 'Edited in Marketo' }));
		for (let at = 0; at < edits.length; at += 300)
			await world.automation.write('updateOnly', 'id', edits.slice(at, at + 300));
		const runs = await world.runs(10);
		const ofLog = runs.map(
			({ calls }) => calls.marketo.filter((call) => call.includes('activities')).length,
		);
		expect(
			runs.flatMap(({ calls }) => calls.marketo).filter((call) => !call.includes('activities')),
		).toEqual([]);
		const [first, ...later] = ofLog;
		expect({
			first: first! > 5,
			again: later.filter((calls) => calls > 3).length,
			idle: later.filter((calls) => calls === 3).length,
		}).toEqual({ first: true, again: 1, idle: 8 });
		expect(Math.max(...later)).toBeLessThanOrEqual(first! + 3);
	}, 60_000);
});
