import type { Pair } from '../support/systems';
import { SyncWorld } from '../support/world';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe("R51: Marketo's log is late", () => {
	it('by more than a quarter of an hour: the overlap grows with what shows up, every edit arrives, and Show Status says it', async () => {
		const world = await SyncWorld.start({ leads: 24 });
		await world.runs(2);
		const pairs = await world.openLeads();
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

	it('R34: and hundreds of edits were logged since: the second look finds what the near reads have passed', async () => {
		const world = await SyncWorld.start({ people: 400 });
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.runs(4);
		const strangers = (await world.everybody()).filter(({ id }) => id !== lead.person);
		await world.marketo.post('options', { latenessMs: 12 * MINUTE, lateArrivals: 'passedOver' });
		await world.editPerson(lead, { title: 'Late' });
		await world.marketo.post('options', { latenessMs: 0 });
		for (let at = 0; at < strangers.length; at += 300)
			await world.automation.write(
				'updateOnly',
				'id',
				strangers.slice(at, at + 300).map(({ id }) => ({ id, title: 'Edited' })),
			);
		await world.runs(7);
		expect(await world.row(lead)).toMatchObject({ jobtitle: 'Late' });
	});

	describe('an edit that it never tells of', () => {
		let world: SyncWorld;
		let lead: Pair;
		let contact: Pair;
		beforeAll(async () => {
			world = await SyncWorld.start();
			lead = await world.pair('lead', { jobtitle: 'Clerk' });
			contact = await world.pair('contact', { jobtitle: 'Clerk' });
			await world.runs(4);
			await world.marketo.post('options', { latenessMs: 1e12, lateArrivals: 'passedOver' });
			for (const pair of [lead, contact]) await world.editPerson(pair, { title: 'Never told' });
			await world.marketo.post('options', { latenessMs: 1_000, lateArrivals: 'appended' });
		});

		it('arrives within a day, with the usual rules, for one call', async () => {
			await world.runs(6);
			expect(await world.row(lead)).toMatchObject({ jobtitle: 'Clerk' });
			await world.editRow(contact, { jobtitle: 'From Dynamics' });
			const { calls, conflicts } = await world.run({ after: DAY });
			expect(await world.row(lead)).toMatchObject({ jobtitle: 'Never told' });
			expect(await world.both(contact)).toMatchObject({
				row: { jobtitle: 'From Dynamics' },
				person: { title: 'From Dynamics' },
			});
			expect(conflicts).toMatchObject([{ marketoValue: 'Never told', winner: 'dynamics' }]);
			expect(calls.marketo.filter((call) => call === 'GET leads.json')).toHaveLength(1);
			await world.expectClean();
		});

		it('and nobody is asked for again on that day', async () => {
			await world.runs(4);
			const runs = [...(await world.runs(4)), await world.run({ after: DAY - 60 * MINUTE })];
			expect(runs.flatMap(({ calls }) => calls.marketo)).not.toContain('GET leads.json');
			expect((await world.run({ after: 60 * MINUTE })).calls.marketo).toContain('GET leads.json');
		});

		it('a person who is gone without a word in the log needs help', async () => {
			await world.marketo.post('options', { latenessMs: 1e12, lateArrivals: 'passedOver' });
			await world.deletePerson(lead);
			await world.marketo.post('options', { latenessMs: 1_000, lateArrivals: 'appended' });
			await world.run({ after: DAY });
			for (let hours = 0; hours < 8; hours++) await world.run({ after: 60 * MINUTE });
			expect(await world.help()).toMatchObject([
				{
					reason: expect.stringMatching(
						/^The linked person \d+ was not found in Marketo/,
					) as string,
				},
			]);
		});
	});
});
