import { retry } from '../../../sync/operate/retry';
import { syncAgain } from '../../../sync/operate/syncAgain';
import type { Bend } from '../support/line';
import { SyncWorld } from '../support/world';

const DAY = 24 * 3_600_000;

/** Whenever the sync writes a row, somebody was faster. */
const alwaysTooLate: Bend = async (request, send) =>
	await send({
		...request,
		body: String(request.body).replaceAll(/If-Match: .*/g, 'If-Match: W/"1"'),
	});

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
		const message =
			'A record that has the attribute values Job Title already exists. The entity key Title requires that this set of attributes contains unique values.';
		await world.dynamics.fail({
			match: { method: 'PATCH', id: pair.id },
			times: -1,
			status: 412,
			code: '0x80060892',
			message,
		});
		await world.editPerson(pair, { title: 'Chief' });
		await world.editPerson(other, { title: 'Chef' });
		const { pages } = await world.run();
		expect(pages).toBeLessThan(6);
		expect(await world.row(other)).toMatchObject({ jobtitle: 'Chef' });
		for (let day = 0; day < 6; day++) await world.run({ after: DAY });
		expect(await world.help()).toMatchObject([
			{
				subject: `lead:${pair.id}`,
				reason: expect.stringContaining('A record that has the attribute values') as string,
			},
		]);
	});

	it('what Dynamics refuses again and again is not solved by a write to Marketo (else nobody knows that it never arrived)', async () => {
		const world = await SyncWorld.start();
		const pair = await world.pair('lead', { jobtitle: 'Clerk', address1_city: 'Lund' });
		world.bend('dynamics', /PATCH/, alwaysTooLate, Infinity);
		await world.editPerson(pair, { title: 'Chief' });
		for (let day = 0; day < 4; day++) await world.run({ after: DAY });
		const told = [
			{ subject: `lead:${pair.id}`, reason: expect.stringContaining('tried 6 times') as string },
		];
		expect(await world.help()).toMatchObject(told);
		await world.editRow(pair, { address1_city: 'Bergen' });
		await world.run();
		expect(await world.both(pair)).toMatchObject({
			row: { jobtitle: 'Clerk' },
			person: { title: 'Chief', city: 'Bergen' },
		});
		expect(await world.help()).toMatchObject(told);
	});

	it('a record that is edited all the time still comes to need help (its writes to Marketo do not make up for those to Dynamics)', async () => {
		const world = await SyncWorld.start();
		const pair = await world.pair('lead', { jobtitle: 'Clerk' });
		world.bend('dynamics', /PATCH/, alwaysTooLate, Infinity);
		await world.editPerson(pair, { title: 'Chief' });
		for (let round = 0; round < 24; round++) {
			await world.editRow(pair, { address1_city: `City ${round}` });
			await world.run();
		}
		expect(await world.help()).toMatchObject([
			{ subject: `lead:${pair.id}`, reason: expect.stringContaining('tried 6 times') as string },
		]);
	});

	it('a write that is never answered comes to need help', async () => {
		const world = await SyncWorld.start();
		const pair = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.editPerson(pair, { title: 'Chief' });
		await world.dynamics.post('fail', {
			match: { method: 'PATCH', id: pair.id },
			times: -1,
			drop: true,
		});
		for (let day = 0; day < 14; day++) await world.run({ after: DAY });
		expect(await world.help()).toMatchObject([{ subject: `lead:${pair.id}` }]);
	});

	it('one row whose save cuts the call does not keep those behind it in the call from being written (R46)', async () => {
		const world = await SyncWorld.start({ leads: 12 });
		await world.runs(2);
		const pairs = await world.openLeads();
		for (const pair of pairs) await world.editPerson(pair, { title: 'Chief' });
		const bad = pairs[6]!;
		await world.dynamics.post('fail', {
			match: { method: 'PATCH', id: bad.id },
			times: -1,
			drop: true,
		});
		await world.runs(12);
		const rows = await world.crm.all(
			`leads?$select=leadid&$filter=jobtitle ne 'Chief' and statecode eq 0`,
		);
		expect(rows.map(({ leadid }) => leadid)).toEqual([bad.id]);
	});

	it('Sync Again creates a deleted person again, also where the record needed help before; Retry has nothing to try any more', async () => {
		const world = await SyncWorld.start();
		const pair = await world.pair('lead', { jobtitle: 'Clerk' });
		const free = world.bend('dynamics', /PATCH/, alwaysTooLate, Infinity);
		await world.editPerson(pair, { title: 'Chief' });
		for (let day = 0; day < 4; day++) await world.run({ after: DAY });
		free();
		await world.deletePerson(pair);
		await world.run();
		await world.runs(2);
		expect(await world.everybody()).toHaveLength(0);
		// R29: it needed help for what was between the two, which is over with the delete.
		expect(await retry(world.ledger, { id: pair.id })).toEqual({ records: 0, fields: 0 });
		await world.runs(2);
		expect(await world.everybody()).toHaveLength(0);
		await syncAgain(world.ledger, { id: pair.id });
		await world.runs(2);
		expect(await world.everybody()).toHaveLength(1);
		// The wish is granted once.
		await world.deletePerson({ person: (await world.everybody())[0]!.id });
		await world.runs(3);
		expect(await world.everybody()).toHaveLength(0);
	});
});
