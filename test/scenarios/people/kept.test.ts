import { SyncWorld } from '../support/world';

describe('R48: what Marketo takes and does not keep', () => {
	let world: SyncWorld;
	beforeEach(async () => {
		world = await SyncWorld.start();
	});

	/** Longer than Marketo may take to log a write, and to log an edit that somebody made instead. */
	const RUNS = 9;

	describe('of a field that is blocked from updates (A4)', () => {
		it.each(['lead', 'contact'] as const)(
			'of the person of a %s: is held with the reason, and travels nowhere',
			async (table) => {
				const pair = await world.pair(table, { jobtitle: 'Clerk' });
				await world.runs(2);
				await world.marketo.post('blockField', { field: 'title' });
				await world.editRow(pair, { jobtitle: 'Chief', telephone1: '1-2' });
				const runs = await world.runs(RUNS);
				expect(await world.both(pair)).toMatchObject({
					row: { jobtitle: 'Chief', telephone1: '1-2' },
					person: { title: 'Clerk', phone: '1-2' },
				});
				expect(runs.flatMap(({ conflicts }) => conflicts)).toEqual([]);
				const told = 'Marketo has "Clerk" in Job Title, where the sync wrote "Chief"';
				expect(runs.flatMap(({ help }) => help)).toMatchObject([
					{ reason: told, remedy: expect.stringContaining('block') as string },
				]);
				expect(await world.help()).toMatchObject([{ reason: `title: ${told}` }]);
			},
		);

		it('is no edit of the person either that had lost against it, and that the log tells later', async () => {
			const contact = await world.pair('contact', { jobtitle: 'Clerk' });
			await world.runs(2);
			await world.marketo.post('blockField', { field: 'title' });
			world.bend('marketo', 'leadchanges', async (request, send) => {
				const answer = await send(request);
				return { ...answer, body: { ...(answer.body as object), result: [] } };
			});
			// Typed by a person: that is not blocked.
			await world.editPerson(contact, { title: 'Boss' });
			await world.editRow(contact, { jobtitle: 'Chief' });
			const runs = await world.runs(RUNS);
			expect(await world.both(contact)).toMatchObject({
				row: { jobtitle: 'Chief' },
				person: { title: 'Boss' },
			});
			expect(runs.flatMap(({ conflicts }) => conflicts)).toMatchObject([{ winner: 'dynamics' }]);
		});

		it('is looked at once, in one call for all of them', async () => {
			const pairs = [];
			for (let some = 0; some < 5; some++)
				pairs.push(await world.pair('lead', { jobtitle: 'Clerk' }));
			await world.runs(5);
			await world.marketo.post('blockField', { field: 'title' });
			for (const pair of pairs) await world.editRow(pair, { jobtitle: 'Chief' });
			await world.run();
			const later = await world.runs(RUNS);
			const looks = later.flatMap(({ calls }) =>
				calls.marketo.filter((call) => call === 'GET leads.json'),
			);
			expect(looks.length).toBeLessThanOrEqual(2);
			expect(await world.help()).toHaveLength(5);
			const quiet = await world.runs(4);
			expect(
				quiet.flatMap(({ calls }) => calls.marketo.filter((call) => call === 'GET leads.json')),
			).toEqual([]);
		});

		it('is solved where the field is written again after the block', async () => {
			const pair = await world.pair('lead', { jobtitle: 'Clerk' });
			await world.runs(2);
			await world.marketo.post('blockField', { field: 'title' });
			await world.editRow(pair, { jobtitle: 'Chief' });
			await world.runs(RUNS);
			await world.marketo.post('unblockField', { field: 'title' });
			await world.editRow(pair, { jobtitle: 'Head' });
			await world.runs(2);
			expect(await world.person(pair)).toMatchObject({ title: 'Head' });
			expect(await world.help()).toEqual([]);
		});

		it("is settled by a user's edit in Marketo, which goes its way", async () => {
			const pair = await world.pair('contact', { jobtitle: 'Clerk' });
			await world.runs(2);
			await world.marketo.post('blockField', { field: 'title' });
			await world.editRow(pair, { jobtitle: 'Chief' });
			await world.runs(RUNS);
			await world.editPerson(pair, { title: 'By a user' });
			await world.runs(2);
			expect(await world.row(pair)).toMatchObject({ jobtitle: 'By a user' });
			expect(await world.help()).toEqual([]);
		});
	});

	describe('because it stores less of it (A3)', () => {
		const CUT = { cutTextsAt: '[\\u{10000}-\\u{10ffff}]' };
		const LONG = 'Chief \u{1F680} of Everything';

		it.each(['lead', 'contact'] as const)(
			'the %s keeps all of it, and people are told once',
			async (table) => {
				const pair = await world.pair(table, { jobtitle: 'Clerk' });
				await world.runs(2);
				await world.marketo.post('options', CUT);
				await world.editRow(pair, { jobtitle: LONG });
				const runs = await world.runs(RUNS);
				await world.editRow(pair, { telephone1: '1-2' });
				runs.push(...(await world.runs(2)));
				expect(await world.both(pair)).toMatchObject({
					row: { jobtitle: LONG },
					person: { title: 'Chief ', phone: '1-2' },
				});
				expect(runs.flatMap(({ conflicts }) => conflicts)).toEqual([]);
				expect(runs.flatMap(({ help }) => help)).toMatchObject([
					{
						reason: `Marketo has stored only "Chief " in Job Title, where the sync wrote "${LONG}"`,
					},
				]);
			},
		);

		it('the same of a new person', async () => {
			await world.marketo.post('options', CUT);
			const pair = await world.pair('lead', { jobtitle: LONG });
			await world.runs(RUNS);
			expect(await world.both(pair)).toMatchObject({
				row: { jobtitle: LONG },
				person: { title: 'Chief ' },
			});
			expect(await world.help()).toHaveLength(1);
		});

		it('an edit that a user makes of it in Marketo is an edit', async () => {
			const pair = await world.pair('lead', { jobtitle: 'Clerk' });
			await world.runs(2);
			await world.marketo.post('options', CUT);
			await world.editRow(pair, { jobtitle: LONG });
			await world.runs(2);
			await world.editPerson(pair, { title: 'Chief of all' });
			await world.runs(2);
			expect(await world.row(pair)).toMatchObject({ jobtitle: 'Chief of all' });
			expect(await world.help()).toEqual([]);
		});
	});

	describe('what an address brings along (A5)', () => {
		const OPTED_OUT = { email: 'gone@example.com', unsubscribed: true };

		it.each(['lead', 'contact'] as const)(
			'an opt-out that belongs to the address, applied again and never logged, reaches the %s in the same run',
			async (table) => {
				await world.marketo.post('options', { durableUnsubscribe: 'silent' });
				const before = await world.newPerson(OPTED_OUT);
				await world.marketo.post('delete', { id: before });
				const id = await world.newRow(table, {
					lastname: 'Again',
					emailaddress1: OPTED_OUT.email,
					donotbulkemail: false,
				});
				const { calls, conflicts } = await world.run();
				const pair = (await world.pairs(table))[0]!;
				expect(await world.both(pair)).toMatchObject({
					row: { donotbulkemail: true },
					person: { unsubscribed: true, dynamicsLeadId: table === 'lead' ? id : null },
				});
				expect(conflicts).toEqual([]);
				expect(
					calls.marketo.filter((call) => call === 'GET leads.json').length,
				).toBeLessThanOrEqual(4);
				const later = await world.runs(2);
				expect(later.flatMap(({ writes }) => writes)).toEqual([]);
			},
		);

		it('so does one of the address that a person gets', async () => {
			await world.marketo.post('options', { durableUnsubscribe: 'silent' });
			const before = await world.newPerson(OPTED_OUT);
			await world.marketo.post('delete', { id: before });
			const pair = await world.pair('lead', { donotbulkemail: false });
			await world.editRow(pair, { emailaddress1: OPTED_OUT.email });
			await world.run();
			expect(await world.both(pair)).toMatchObject({
				row: { donotbulkemail: true },
				person: { unsubscribed: true },
			});
		});
	});
});
