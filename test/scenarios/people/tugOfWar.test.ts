import { retry } from '../../../sync/operate/retry';
import { row, smallMapping } from '../support/mapping';
import type { Pair } from '../support/systems';
import { SyncWorld } from '../support/world';

describe('programs on both sides that answer each other by one field (R18)', () => {
	let world: SyncWorld;
	let ticks = 0;
	beforeEach(async () => {
		world = await SyncWorld.start({
			mapping: smallMapping({ lead: [row('address1_city>city', { direction: 'toMarketo' })] }),
		});
	});

	/** One run, after which a flow and a campaign each count on whatever sync has written. */
	const runWithCounters = async (pair: Pair): Promise<string[]> => {
		const { writes } = await world.run();
		if (writes.some((write) => write.includes('PATCH')))
			await world.editRow(pair, { jobtitle: `Flow ${++ticks}` });
		if (writes.some((write) => write.includes('leads.json')))
			await world.editPerson(pair, { title: `Campaign ${++ticks}` });
		return writes;
	};
	const rounds = async (pair: Pair, times: number): Promise<string[]> => {
		const writes: string[] = [];
		for (let round = 0; round < times; round++) writes.push(...(await runWithCounters(pair)));
		return writes;
	};

	it('are held after ten answers in a row, with the reason; the rest of the record goes on', async () => {
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.editRow(lead, { jobtitle: 'Reader' });
		const writes = await rounds(lead, 20);
		expect(writes.filter((write) => !write.includes('activities'))).toHaveLength(11);
		expect(await world.help()).toMatchObject([
			{ reason: expect.stringContaining('ten times in a row') },
		]);
		await world.editRow(lead, { telephone1: '+1 200' });
		await world.run();
		expect(await world.person(lead)).toMatchObject({ phone: '+1 200' });
	});

	it('go on after Retry, once the program is gone', async () => {
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.editRow(lead, { jobtitle: 'Reader' });
		await rounds(lead, 13);
		await retry(world.ledger, { id: lead.id });
		await world.runs(2);
		const { row: there, person } = await world.both(lead);
		expect(person).toMatchObject({ title: there!.jobtitle });
		expect(await world.help()).toEqual([]);
		await world.expectClean();
	});

	it('go on by an edit after some quiet', async () => {
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.editRow(lead, { jobtitle: 'Reader' });
		await rounds(lead, 20);
		await world.editRow(lead, { jobtitle: 'By a user' });
		await world.runs(2);
		expect(await world.both(lead)).toMatchObject({
			row: { jobtitle: 'By a user' },
			person: { title: 'By a user' },
		});
		expect(await world.help()).toEqual([]);
		await world.expectClean();
	});

	it('are held also on a row of one direction, whose source changes by itself and whose target is put back', async () => {
		const lead = await world.pair('lead', { address1_city: 'Oslo' });
		let writes = 0;
		for (let round = 0; round < 20; round++) {
			await world.editRow(lead, { address1_city: `City ${round}` });
			writes += (await world.run()).writes.length;

			await world.editPerson(lead, { city: `Elsewhere ${round}` });
		}
		// The last one tells it in the person's activity log, once.
		expect(writes).toBe(12);
	});

	it('do not keep a run going: each record is looked at five times in it at most (R46)', async () => {
		const [one, other] = [
			await world.pair('lead', { address1_city: 'Oslo' }),
			await world.pair('lead', { address1_city: 'Lund' }),
		];
		const putBack = async (people: Array<{ id: number; city?: string }>) => {
			for (const { id, city } of people)
				if (city !== undefined) await world.editPerson({ person: id }, { city: 'By the campaign' });
			// Until the log tells of it.
			world.clock.advance(5_000);
		};
		world.bend(
			'marketo',
			/POST leads.json.*"city"/,
			async (request, send) => {
				const answer = await send(request);
				await putBack((request.body as { input: Array<{ id: number; city?: string }> }).input);
				return answer;
			},
			1000,
		);
		await world.editRow(one, { address1_city: 'Bonn' });
		await world.run();
		await world.editRow(other, { address1_city: 'Graz' });
		for (let round = 0; round < 3; round++) expect((await world.run()).pages).toBeLessThan(15);
		await world.runs(2);
		expect(await world.help()).toMatchObject([
			{ reason: expect.stringContaining('again and again') },
			{ reason: expect.stringContaining('again and again') },
		]);
	});

	it('are not what a program is that counts on one side alone', async () => {
		const lead = await world.pair('lead', { jobtitle: '0' });
		for (let round = 1; round <= 20; round++) {
			await world.editRow(lead, { jobtitle: String(round) });
			await world.run();
		}
		expect(await world.person(lead)).toMatchObject({ title: '20' });
		expect(await world.help()).toEqual([]);
	});
});
