import type { Bend } from '../support/line';
import { row, smallMapping } from '../support/mapping';
import { SyncWorld } from '../support/world';

/** What Marketo says to a whole look-up in which this stands. */
const refuse =
	(value: string, message: string): Bend =>
	async (request, send) => {
		const asked = decodeURIComponent(`${JSON.stringify(request.query)} ${String(request.body)}`);
		if (!asked.includes(value)) return await send(request);
		return {
			status: 200,
			headers: {},
			body: { requestId: '1#1', success: false, errors: [{ code: '1003', message }] },
		};
	};

describe('one value that Marketo does not look up', () => {
	it.each([
		['is shared by too many people', 'Too many results match the filter'],
		['is none to Marketo', "Invalid value for field 'email' and value 'bad@example.com'"],
	])('holds up its own record alone, and is told (B4, R46; it %s)', async (_, message) => {
		const world = await SyncWorld.start({ leads: 30 });
		await world.run();
		const email = 'bad@example.com';
		const ask = /GET leads\.json.*filterType.*bad(@|%40)example\.com/s;
		const heal = world.bend('marketo', ask, refuse('bad@example.com', message), Infinity);
		const bad = await world.newRow('lead', { lastname: 'Bad', emailaddress1: email });
		for (let one = 0; one < 5; one++)
			await world.newRow('lead', { lastname: `Good ${one}`, emailaddress1: `g${one}@example.com` });
		const before = (await world.everybody()).length;
		const { calls, errors } = await world.run();
		expect(errors).toEqual([]);
		expect(await world.everybody()).toHaveLength(before + 5);
		expect(await world.help()).toMatchObject([
			{ subject: `lead:${bad}`, reason: expect.stringContaining(message) as string },
		]);
		expect(calls.marketo.filter((call) => call.startsWith('GET leads.json')).length).toBeLessThan(
			10,
		);
		heal();
		await world.crm.update('leads', bad, { emailaddress1: 'good@example.com' });
		await world.run();
		expect(await world.everybody()).toHaveLength(before + 6);
		expect(await world.help()).toEqual([]);
	});
});

it('many records with one e-mail address are told once, and not again when one of them is edited (B6)', async () => {
	const world = await SyncWorld.start();
	const ids: string[] = [];
	for (let one = 0; one < 12; one++)
		ids.push(
			await world.newRow('lead', { lastname: `L${one}`, emailaddress1: 'info@example.com' }),
		);
	const first = await world.run();
	expect(first.help).toHaveLength(12);
	await world.editRow({ table: 'lead', id: ids[4]! }, { jobtitle: 'Clerk' });
	const later = await world.runs(2);
	expect(later.flatMap(({ help }) => help)).toEqual([]);
	await world.editRow({ table: 'lead', id: ids[4]! }, { emailaddress1: 'own@example.com' });
	const { help } = await world.run();
	expect(help).toMatchObject([{ recordId: ids[4], status: 'solved' }]);
	expect(await world.help()).toHaveLength(11);
});

describe('a column of the mapping that vanishes while the sync is on', () => {
	it('of Dynamics is skipped and named, the others go on in the same run, and it heals by itself (B5, R46)', async () => {
		const mapping = smallMapping({ lead: [row('new_product>favoriteProduct')] });
		const world = await SyncWorld.start({ mapping });
		const lead = await world.pair('lead', { jobtitle: 'Clerk', new_product: 'Elevator' });
		await world.runs(2);
		const tables = await world.crm.all(
			`EntityDefinitions(LogicalName='lead')/Attributes?$filter=LogicalName eq 'new_product'`,
		);
		await world.dynamics.post('dropColumn', { table: 'lead', column: 'new_product' });
		await world.editRow(lead, { jobtitle: 'Chief' });
		const { help, errors } = await world.run();
		expect(errors).toEqual([]);
		expect(help).toMatchObject([{ status: 'needs help', field: 'new_product>favoriteProduct' }]);
		expect(await world.person(lead)).toMatchObject({
			title: 'Chief',
			favoriteProduct: 'Elevator',
		});
		expect((await world.status()).notes).toContain('new_product');
		await world.dynamics.post('tables', { LogicalName: 'lead', Attributes: tables });
		await world.editRow(lead, { new_product: 'Stairs' });
		const healed = await world.run({ after: 11 * 60_000 });
		expect(healed.help).toMatchObject([{ status: 'solved', field: 'new_product>favoriteProduct' }]);
		await world.runs(2);
		expect(await world.both(lead)).toMatchObject({
			row: { new_product: 'Stairs' },
			person: { favoriteProduct: 'Stairs' },
		});
	});

	it('of Marketo is skipped and named, the others go on in the same run, and it heals by itself (B5, R46)', async () => {
		const world = await SyncWorld.start();
		const lead = await world.pair('lead', { jobtitle: 'Clerk', address1_city: 'Lund' });
		await world.runs(2);
		const back = [
			world.bend(
				'marketo',
				/(leads|leadchanges)\.json.*\bcity\b/s,
				async () => ({
					status: 200,
					headers: {},
					body: {
						requestId: '1#1',
						success: false,
						errors: [{ code: '1006', message: "Field 'city' not found" }],
					},
				}),
				Infinity,
			),
			world.bend(
				'marketo',
				'GET leads/describe.json',
				async (request, send) => {
					const answer = await send(request);
					const { result, ...rest } = answer.body as { result: Array<{ rest: { name: string } }> };
					const left = result.filter((field) => field.rest.name !== 'city');
					return { ...answer, body: { ...rest, result: left } };
				},
				Infinity,
			),
		];
		await world.editRow(lead, { jobtitle: 'Chief', address1_city: 'Bergen' });
		const { help, errors } = await world.run();
		expect(errors).toEqual([]);
		const city = { field: 'address1_city>city' };
		const inBoth = (status: string) => [
			{ ...city, status, table: 'contact' },
			{ ...city, status, table: 'lead' },
		];
		expect(help).toMatchObject(inBoth('needs help'));
		expect(await world.person(lead)).toMatchObject({ title: 'Chief', city: 'Lund' });
		for (const heal of back) heal();
		const healed = await world.run({ after: 11 * 60_000 });
		expect(healed.help).toMatchObject(inBoth('solved'));
		await world.editRow(lead, { jobtitle: 'Head' });
		await world.runs(2);
		expect(await world.person(lead)).toMatchObject({ title: 'Head', city: 'Bergen' });
	});
});

it('one record that ends n8n whenever it is worked on is set aside and named, and all others arrive (B7, R37)', async () => {
	const world = await SyncWorld.start();
	await world.run();
	for (const name of ['one', 'two'])
		await world.newRow('lead', { lastname: name, emailaddress1: `${name}@example.com` });
	const bad = await world.newRow('lead', { lastname: 'bad', emailaddress1: 'bad@example.com' });
	await world.newRow('lead', { lastname: 'three', emailaddress1: 'three@example.com' });
	world.bend(
		'marketo',
		/GET leads\.json.*bad(@|%40)example/s,
		async () => await world.killN8n(),
		Infinity,
	);
	for (let run = 0; run < 40 && (await world.everybody()).length < 3; run++) await world.run();
	expect((await world.everybody()).map(({ lastName }) => lastName).sort()).toEqual([
		'one',
		'three',
		'two',
	]);
	expect(await world.help()).toMatchObject([
		{ subject: `lead:${bad}`, reason: expect.stringContaining('on its own') as string },
	]);
	expect((await world.run()).outcome).toBe('done');
});
