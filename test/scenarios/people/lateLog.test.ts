import { SyncWorld } from '../support/world';

const MINUTE = 60_000;

describe("R51: Marketo's log is late", () => {
	it('by more than a quarter of an hour: the overlap grows with what shows up, every edit arrives, and Show Status says it', async () => {
		const world = await SyncWorld.start({ leads: 24 });
		await world.runs(2);
		const pairs = await world.pairs('lead');
		await world.marketo.post('options', { latenessMs: 24 * MINUTE, lateArrivals: 'passedOver' });
		for (const pair of pairs) await world.editPerson(pair, { title: 'Late' });
		await world.marketo.post('options', { latenessMs: 1_000, lateArrivals: 'appended' });
		await world.runs(8);
		const titles = await Promise.all(pairs.map(async (pair) => (await world.row(pair))!.jobtitle));
		expect(titles).toEqual(pairs.map(() => 'Late'));
		expect((await world.status()).notes).toMatch(/^Marketo's log is up to \d\d minutes late\.$/);
		await world.run({ after: 4 * 24 * 60 * MINUTE });
		expect((await world.status()).notes).toBe('');
	});
});
