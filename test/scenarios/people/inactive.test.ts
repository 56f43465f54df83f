import type { PeopleTable } from '../../../sync/items';
import type { Pair } from '../support/systems';
import { SyncWorld } from '../support/world';

const INACTIVE: Record<PeopleTable, number> = { lead: 2, contact: 1 };
const QUALIFIED = { statecode: 1 };

describe('rows of Dynamics that are not active (C1, C2, C5, R49)', () => {
	let world: SyncWorld;
	let names = 0;
	beforeAll(async () => {
		world = await SyncWorld.start();
	});
	const someEmail = () => `person${++names}@example.com`;
	const close = async (row: Pick<Pair, 'table' | 'id'>) =>
		await world.editRow(row, { statecode: INACTIVE[row.table as PeopleTable] });
	const carries = async (table: PeopleTable, id: string) => {
		const pair = (await world.pairs(table)).find((one) => one.id === id)!;
		expect(pair).toBeDefined();
		await world.editRow(pair, { jobtitle: `From Dynamics ${id}` });
		await world.run();
		expect(await world.person(pair)).toMatchObject({ title: `From Dynamics ${id}` });
		await world.editPerson(pair, { title: `From Marketo ${id}` });
		await world.run();
		expect(await world.row(pair)).toMatchObject({ jobtitle: `From Marketo ${id}` });
	};
	afterEach(async () => expect(await world.help()).toEqual([]));

	it('one whose e-mail two people have needs nobody, and two such do not wake each other', async () => {
		const email = someEmail();
		for (const lastName of ['One', 'Two']) await world.newPerson({ email, lastName });
		for (let row = 0; row < 2; row++) {
			await close({ table: 'lead', id: await world.newRow('lead', { emailaddress1: email }) });
			const { pages, help } = await world.run();
			expect(help).toEqual([]);
			expect(pages).toBeLessThan(4);
		}
	});

	describe.each(['lead', 'contact'] as const)('of two %ss with one e-mail', (table) => {
		/** Both came in together: nobody is linked. */
		const twoParked = async () => {
			const emailaddress1 = someEmail();
			const ids = [
				await world.newRow(table, { emailaddress1 }),
				await world.newRow(table, { emailaddress1 }),
			] as const;
			await world.run();
			expect(await world.help()).toHaveLength(2);
			return ids;
		};
		/** One is linked, the other came later. */
		const oneParked = async () => {
			const emailaddress1 = someEmail();
			const { id: linked } = await world.pair(table, { emailaddress1, jobtitle: 'Clerk' });
			const parked = await world.newRow(table, { emailaddress1, jobtitle: 'Clerk' });
			await world.run();
			expect(await world.help()).toMatchObject([{ subject: `${table}:${parked}` }]);
			return { linked, parked };
		};

		it('one is merged into the other: that one is linked, and help is solved', async () => {
			const [winner, loser] = await twoParked();
			await world.mergeRows({ table, id: winner }, { id: loser });
			await world.run();
			await carries(table, winner);
		});

		it('one is deactivated: the other is linked', async () => {
			const [stays, goes] = await twoParked();
			await close({ table, id: goes });
			await world.run();
			await carries(table, stays);
		});

		it('the linked one is merged into the other: the person goes along', async () => {
			const { linked, parked } = await oneParked();
			await world.mergeRows({ table, id: parked }, { id: linked });
			await world.run();
			await carries(table, parked);
		});

		it('the linked one is deactivated: the person goes to the other', async () => {
			const { linked, parked } = await oneParked();
			await close({ table, id: linked });
			await world.run();
			await carries(table, parked);
		});

		it('C5: they change places, and back again: the active one is the person’s, always', async () => {
			const { linked, parked } = await oneParked();
			await close({ table, id: linked });
			await world.run();
			await carries(table, parked);
			await close({ table, id: parked });
			await world.editRow({ table, id: linked }, { statecode: 0 });
			await world.run();
			await carries(table, linked);
			await world.editRow({ table, id: parked }, { statecode: 0 });
			await close({ table, id: linked });
			await world.run();
			await carries(table, parked);
		});

		it('the other is merged into the linked one: nothing changes, and help is solved', async () => {
			const { linked, parked } = await oneParked();
			await world.mergeRows({ table, id: linked }, { id: parked });
			await world.run();
			await carries(table, linked);
		});

		it('one was inactive before the first run: it is in nobody’s way, whichever comes first', async () => {
			const fresh = await SyncWorld.start();
			const first: string[] = [];
			for (const order of ['before', 'after']) {
				const emailaddress1 = `${order}@example.com`;
				const make = async () => await fresh.newRow(table, { emailaddress1 });
				const made = [await make(), await make()];
				if (order === 'before') made.reverse();
				await fresh.editRow({ table, id: made[1]! }, { statecode: INACTIVE[table] });
				first.push(made[0]!);
			}
			const { help } = await fresh.run();
			expect(help).toEqual([]);
			expect((await fresh.pairs()).map(({ id }) => id).sort()).toEqual(first.sort());
		});
	});

	it('the linked row is merged into one without that e-mail: the person goes along (nobody new is made)', async () => {
		const alike = { lastname: 'Nilsson', jobtitle: 'Clerk' };
		const linked = await world.pair('contact', { ...alike, address1_city: 'Lund' });
		const people = (await world.everybody()).length;
		const id = await world.newRow('contact', { ...alike, address1_city: 'Bergen' });
		await world.mergeRows({ table: 'contact', id }, linked);
		await world.editPerson(linked, { title: 'Chief' });
		const { conflicts } = await world.run();
		expect(conflicts).toMatchObject([{ dynamicsValue: 'Bergen', marketoValue: 'Lund' }]);
		const pair = { ...linked, id };
		expect(await world.pairs('contact')).toContainEqual(pair);
		expect(await world.everybody()).toHaveLength(people);
		expect(await world.both(pair)).toMatchObject({
			row: { jobtitle: 'Chief', address1_city: 'Bergen' },
			person: { title: 'Chief', city: 'Bergen', dynamicsContactId: id },
		});
	});

	it('C5: an open lead is not behind an inactive contact; once that is reactivated, it is', async () => {
		const emailaddress1 = someEmail();
		const contact = await world.pair('contact', { emailaddress1 });
		await close(contact);
		const id = await world.newRow('lead', { emailaddress1 });
		await world.run();
		await carries('lead', id);
		await world.editRow(contact, { statecode: 0 });
		await world.run();
		await carries('contact', contact.id);
		expect(await world.help()).toMatchObject([{ subject: `lead:${id}` }]);
		await close({ table: 'lead', id });
		await world.run();
	});

	it('C2: a lead that is qualified leaves its person to the contact, and nobody is told', async () => {
		const emailaddress1 = someEmail();
		const lead = await world.pair('lead', { emailaddress1 });
		await world.editRow(lead, QUALIFIED);
		const id = await world.newRow('contact', { emailaddress1, jobtitle: 'Clerk' });
		const { help } = await world.run();
		expect(help).toEqual([]);
		expect(await world.pairs()).toContainEqual({ table: 'contact', id, person: lead.person });
		await carries('contact', id);
		await world.editRow(lead, { jobtitle: 'Of the closed lead' });
		expect((await world.run()).writes).toEqual([]);
	});

	it('C2: a first run over qualified leads and their contacts needs no help', async () => {
		const years = await SyncWorld.start();
		for (const name of ['a', 'b', 'c']) {
			const emailaddress1 = `${name}@example.com`;
			const id = await years.newRow('lead', { emailaddress1 });
			await years.editRow({ table: 'lead', id }, QUALIFIED);
			await years.newRow('contact', { emailaddress1 });
		}
		const { help } = await years.run();
		expect(help).toEqual([]);
		expect((await years.pairs()).map(({ table }) => table)).toEqual([
			'contact',
			'contact',
			'contact',
		]);
	});

	describe.each(['lead', 'contact'] as const)(
		'C5: what Marketo said of a %s arrives by itself',
		(table) => {
			it('that it did not take while it was closed, once it is open again; a lead is not even asked', async () => {
				const pair = await world.pair(table, { jobtitle: 'Clerk' });
				await close(pair);
				await world.editPerson(pair, { title: 'Chief' });
				const closed = { status: 400, code: '0x80048105', message: 'The record is closed' };
				if (table === 'contact')
					await world.dynamics.fail({
						match: { method: 'PATCH', id: pair.id },
						times: 1,
						...closed,
					});
				const { writes } = await world.run();
				expect(writes.filter((call) => call.includes('PATCH'))).toHaveLength(
					table === 'contact' ? 1 : 0,
				);
				expect(await world.help()).toMatchObject(
					table === 'contact' ? [{ reason: 'The record is closed' }] : [],
				);
				await world.editRow(pair, { statecode: 0 });
				await world.run();
				expect(await world.row(pair)).toMatchObject({ jobtitle: 'Chief' });
			});

			it('that the sync could not see for a while, once it is assigned back', async () => {
				const pair = await world.pair(table, { jobtitle: 'Clerk' });
				await world.dynamics.post('settings', { partialReaders: 'filtered' });
				await world.dynamics.post('hide', { table, ids: [pair.id] });
				await world.editPerson(pair, { title: 'Chief' });
				await world.run();
				expect(await world.help()).toMatchObject([{ subject: `${table}:${pair.id}` }]);
				expect(await world.person(pair)).toMatchObject({ microsoftIsDeleted: false });
				await world.dynamics.post('show', { table, ids: [pair.id] });
				await world.editRow(pair, { description: 'Assigned back' });
				await world.run();
				expect(await world.row(pair)).toMatchObject({ jobtitle: 'Chief' });
			});
		},
	);
});
