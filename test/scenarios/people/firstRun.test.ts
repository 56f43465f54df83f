import type { WireAnswer } from '../../../apis/wire/wire';
import { SyncWorld } from '../support/world';

const EMAIL = 'ada@example.com';

describe('two systems that both have people meet', () => {
	let world: SyncWorld;
	beforeEach(async () => {
		world = await SyncWorld.start();
	});
	afterEach(async () => void (await world.expectClean()));
	const helpWith = async (id: string | number) =>
		(await world.help()).filter(({ name }) => name.includes(String(id)));

	it('who has the same e-mail address is linked, and who is not there is made, with the ids on the person', async () => {
		const person = await world.newPerson({ email: EMAIL.toUpperCase() });
		const lead = await world.newRow('lead', { emailaddress1: EMAIL });
		const contact = await world.newRow('contact', {
			emailaddress1: 'bob@example.com',
			jobtitle: 'Clerk',
		});
		await world.run();
		const [linked, made] = await world.everybody();
		expect(linked).toMatchObject({ id: person, dynamicsLeadId: lead, microsoftType: 'Lead' });
		expect(made).toMatchObject({
			dynamicsContactId: contact,
			microsoftType: 'Contact',
			email: 'bob@example.com',
			title: 'Clerk',
		});
		expect(await world.everybody()).toHaveLength(2);
		expect(await world.pairs()).toHaveLength(2);
	});

	it('a person whom only Marketo knows stays there (native: a campaign sends people)', async () => {
		await world.newPerson({ email: EMAIL });
		const { writes } = await world.run();
		expect(writes).toEqual([]);
		expect(await world.crm.all('leads')).toEqual([]);
	});

	it('rows without an e-mail address are made, each once', async () => {
		for (const lastname of ['One', 'Two']) await world.newRow('lead', { lastname });
		await world.runs(2);
		expect((await world.everybody()).map(({ lastName }) => lastName).sort()).toEqual([
			'One',
			'Two',
		]);
	});

	it('R27: a lead and a contact with one e-mail address: the contact is the partner, the lead is named', async () => {
		const lead = await world.newRow('lead', { emailaddress1: EMAIL });
		const contact = await world.newRow('contact', { emailaddress1: EMAIL });
		await world.runs(2);
		expect(await world.everybody()).toMatchObject([
			{ dynamicsContactId: contact, microsoftType: 'Contact' },
		]);
		expect(await helpWith(lead)).toMatchObject([
			{ reason: expect.stringContaining(contact) as string },
		]);
	});

	it('R27: two people, or two leads, with one e-mail address need help, never a guess', async () => {
		const people = [
			await world.newPerson({ email: EMAIL }),
			await world.newPerson({ email: EMAIL }),
		];
		const lead = await world.newRow('lead', { emailaddress1: EMAIL });
		const alike = [
			await world.newRow('lead', { emailaddress1: 'bob@example.com' }),
			await world.newRow('lead', { emailaddress1: 'bob@example.com' }),
		];
		await world.run();
		const [help] = await helpWith(lead);
		for (const person of people) expect(help!.reason).toContain(String(person));
		for (const one of alike) expect(await helpWith(one)).toHaveLength(1);
		expect(await world.pairs()).toEqual([]);
		expect(await world.everybody()).toHaveLength(2);

		await world.editRow({ table: 'lead', id: alike[0]! }, { emailaddress1: 'other@example.com' });
		await world.runs(2);
		expect((await world.pairs()).map(({ id }) => id).sort()).toEqual(alike.sort());
		for (const one of alike) expect(await helpWith(one)).toEqual([]);
	});

	it.each(['lead', 'contact'] as const)(
		'R26: an empty value never wins over a full one, on either side of a %s, and that is no conflict',
		async (table) => {
			const person = await world.newPerson({ email: EMAIL, title: 'Clerk' });
			const id = await world.newRow(table, { emailaddress1: EMAIL, address1_city: 'Lund' });
			const { conflicts } = await world.run();
			const filled = {
				row: { jobtitle: 'Clerk', address1_city: 'Lund' },
				person: { title: 'Clerk', city: 'Lund' },
			};
			expect(await world.both({ table, id, person })).toMatchObject(filled);
			expect(conflicts.filter(({ field }) => /jobtitle|city/.test(field))).toEqual([]);
		},
	);

	it.each(['lead', 'contact'] as const)(
		'R26: an opt-out wins from either side of a %s',
		async (table) => {
			const person = await world.newPerson({ email: EMAIL, unsubscribed: true, doNotCall: false });
			const id = await world.newRow(table, {
				emailaddress1: EMAIL,
				donotbulkemail: false,
				donotphone: true,
			});
			await world.run();
			expect(await world.both({ table, id, person })).toMatchObject({
				row: { donotbulkemail: true, donotphone: true },
				person: { unsubscribed: true, doNotCall: true },
			});
		},
	);

	it.each([
		['lead', 'From Marketo', 'marketo'],
		['contact', 'From Dynamics', 'dynamics'],
	] as const)(
		"R26: what differs is decided as Adobe's sync does (%s: %s), and is on record",
		async (table, stands, winner) => {
			const person = await world.newPerson({
				email: EMAIL,
				title: 'From Marketo',
				lastName: 'Ada',
			});
			const id = await world.newRow(table, {
				emailaddress1: EMAIL,
				jobtitle: 'From Dynamics',
				lastname: 'Ada',
			});
			const { conflicts } = await world.run();
			expect(await world.both({ table, id, person })).toMatchObject({
				row: { jobtitle: stands },
				person: { title: stands },
			});
			expect(conflicts).toMatchObject([
				{ base: 'unset', dynamicsValue: 'From Dynamics', marketoValue: 'From Marketo', winner },
			]);
		},
	);

	it.each([
		['behind it', (answer: WireAnswer) => answer],
		[
			'still under way: its answer is dated when it ends',
			(answer: WireAnswer) => ({
				...answer,
				headers: { ...answer.headers, date: new Date(world.clock.now() + 5_000).toUTCString() },
			}),
		],
	])(
		'R32: a row that is edited on a page of the first full read that is %s is not overlooked',
		async (_, dated) => {
			await world.dynamics.post('settings', { deltaBase: 'lastPage' });
			for (const name of ['one', 'two'])
				await world.newRow('lead', { emailaddress1: `${name}@example.com` });
			let id = '';
			world.bend('dynamics', /GET leads /, async (request, send) => {
				const prefer = String(request.headers?.Prefer).replace(/maxpagesize=\d+/, 'maxpagesize=1');
				const answer = await send({ ...request, headers: { ...request.headers, Prefer: prefer } });
				const { value } = answer.body as { value: Array<{ leadid: string }> };
				expect(value).toHaveLength(1);
				id = value[0]!.leadid;
				await world.editRow({ table: 'lead', id }, { jobtitle: 'Reader' });
				return dated(answer);
			});
			await world.runs(2);
			const [person] = (await world.everybody()).filter(
				({ dynamicsLeadId }) => dynamicsLeadId === id,
			);
			expect(person).toMatchObject({ title: 'Reader' });
		},
	);

	it('a preview shows what the run will do, and writes nothing, neither to the systems nor to the ledger', async () => {
		const person = await world.newPerson({ email: EMAIL, title: 'From Marketo' });
		const id = await world.newRow('lead', { emailaddress1: EMAIL, jobtitle: 'From Dynamics' });
		await world.newRow('contact', { emailaddress1: 'bob@example.com' });
		const before = [await world.both({ table: 'lead', id, person }), await world.everybody()];
		const shown = await world.preview();
		expect([await world.both({ table: 'lead', id, person }), await world.everybody()]).toEqual(
			before,
		);
		expect(await world.pairs()).toEqual([]);
		const done = await world.run();
		const writes = ({ receipts }: typeof shown) =>
			receipts.map(({ side, label, fields }) => ({ side, label, fields }));
		expect(writes(shown)).toEqual(writes(done));
		expect(shown.conflicts.map(({ field }) => field)).toEqual(
			done.conflicts.map(({ field }) => field),
		);
		expect(new Set(shown.receipts.map(({ outcome }) => outcome))).toEqual(new Set(['preview']));
	});
});
