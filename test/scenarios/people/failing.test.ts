import { SyncWorld } from '../support/world';

const DAY = 24 * 3_600_000;

describe('one record that fails again and again (B1, B2, R46)', () => {
	it('two leads whose e-mail nobody can look up: everybody else arrives, and they need help', async () => {
		const world = await SyncWorld.start();
		const bad = 'a@example.com, b@example.com';
		await world.newRow('lead', { lastname: 'One', emailaddress1: bad });
		await world.run();
		await world.newRow('lead', { lastname: 'Two', emailaddress1: bad });
		const { pages } = await world.run();
		expect(pages).toBeLessThan(6);
		const healthy = await world.pair('lead', { lastname: 'Healthy' });
		expect(healthy.person).toBeGreaterThan(0);
		for (let day = 0; day < 8; day++) await world.run({ after: DAY });
		expect((await world.help()).length).toBeGreaterThan(0);
		const { calls } = await world.run({ after: DAY });
		expect(calls.marketo.filter((call) => call.startsWith('POST'))).toEqual([]);
	});

	it('a value that has to be unique in Dynamics and is not: told in the words of Dynamics', async () => {
		const world = await SyncWorld.start();
		const pair = await world.pair('lead', { jobtitle: 'Clerk' });
		const other = await world.pair('lead', { jobtitle: 'Cook' });
		await world.runs(2);
		const message = 'A record that has the attribute values Job Title already exists. The entity key Title requires that this set of attributes contains unique values.';
		await world.dynamics.fail({ match: { method: 'PATCH', id: pair.id }, times: -1, status: 412, code: '0x80060892', message });
		await world.editPerson(pair, { title: 'Chief' });
		await world.editPerson(other, { title: 'Chef' });
		const { pages } = await world.run();
		expect(pages).toBeLessThan(6);
		expect(await world.row(other)).toMatchObject({ jobtitle: 'Chef' });
		for (let day = 0; day < 6; day++) await world.run({ after: DAY });
		expect(await world.help()).toMatchObject([{ subject: `lead:${pair.id}`, reason: expect.stringContaining('A record that has the attribute values') as string }]);
	});
});
