import { loseAnswer } from '../support/line';
import { SyncWorld } from '../support/world';

/** As a company's own plug-in does it: synchronously, in the very save, under the name of whoever saves. */
const SETS_PHONE = {
	column: 'jobtitle',
	on: ['update'],
	do: 'set',
	value: '+1 555 0100',
	target: 'telephone1',
};

describe('a plug-in that changes another column in the same save (A2, R45)', () => {
	it.each(['lead', 'contact'] as const)(
		'of a %s: its value reaches Marketo, although the row version is that of our own write',
		async (table) => {
			const world = await SyncWorld.start();
			const pair = await world.pair(table, { jobtitle: 'Clerk', telephone1: '1-2' });
			await world.runs(2);
			await world.dynamics.post('plugin', { table, ...SETS_PHONE });
			await world.editPerson(pair, { title: 'Chief' });
			await world.runs(2);
			expect(await world.both(pair)).toMatchObject({
				row: { jobtitle: 'Chief', telephone1: '+1 555 0100' },
				person: { title: 'Chief', phone: '+1 555 0100' },
			});
			expect(await world.help()).toEqual([]);
		},
	);

	it('an echo without anything new costs no look at the person', async () => {
		const world = await SyncWorld.start();
		const pair = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.runs(2);
		await world.editPerson(pair, { title: 'Chief' });
		await world.run();
		const { calls, receipts } = await world.run();
		expect(receipts).toEqual([]);
		expect(calls.marketo.filter((call) => call.includes('/leads.json'))).toEqual([]);
	});

	it('is not overwritten by an edit in Marketo that comes before the row was read again', async () => {
		const world = await SyncWorld.start();
		const pair = await world.pair('contact', { jobtitle: 'Clerk', telephone1: '1-2' });
		await world.runs(2);
		await world.dynamics.post('plugin', { table: 'contact', ...SETS_PHONE });
		await world.editPerson(pair, { title: 'Chief' });
		await world.run();
		await world.editPerson(pair, { phone: '3-4' });
		const { conflicts } = await world.run();
		await world.run();
		expect(conflicts).toMatchObject([
			{ dynamicsValue: '+1 555 0100', marketoValue: '3-4', winner: 'dynamics' },
		]);
		expect(await world.both(pair)).toMatchObject({
			row: { telephone1: '+1 555 0100' },
			person: { phone: '+1 555 0100' },
		});
	});

	it.each(['answered', 'not answered'])(
		'is no edit of a user, and brings back nobody who was deleted meanwhile (R29; our write was %s)',
		async (how) => {
			const world = await SyncWorld.start();
			const pair = await world.pair('lead', { jobtitle: 'Clerk', telephone1: '1-2' });
			await world.dynamics.post('plugin', { table: 'lead', ...SETS_PHONE });
			await world.editPerson(pair, { title: 'Chief' });
			if (how === 'not answered') world.bend('dynamics', /PATCH/, loseAnswer);
			await world.run();
			await world.deletePerson(pair);
			await world.runs(2);
			await world.editRow(pair, { description: 'Nothing that is mapped' });
			await world.runs(2);
			expect(await world.row(pair)).toMatchObject({ jobtitle: 'Chief', telephone1: '+1 555 0100' });
			expect(await world.everybody()).toEqual([]);
			await world.editRow(pair, { jobtitle: 'By a user' });
			await world.run();
			expect(await world.everybody()).toMatchObject([{ title: 'By a user' }]);
		},
	);

	it.each(['update', 'create'])(
		'that replaces the very value that was written (%s): nothing travels back, and people are told (R48)',
		async (on) => {
			const world = await SyncWorld.start();
			await world.run();
			await world.dynamics.post('plugin', {
				table: 'lead',
				column: 'jobtitle',
				on: [on],
				do: 'set',
				value: 'By the plug-in',
				target: 'jobtitle',
			});
			let pair;
			if (on === 'update') {
				pair = await world.pair('lead', { jobtitle: 'Clerk' });
				await world.editPerson(pair, { title: 'Chief' });
			} else {
				await world.campaign([
					{ person: await world.newPerson({ email: 'new@example.com', title: 'Chief' }) },
				]);
			}
			await world.runs(4);
			const { row, person } = await world.both(pair ?? (await world.pairs())[0]!);
			expect({ row, person }).toMatchObject({
				row: { jobtitle: 'By the plug-in' },
				person: { title: 'Chief' },
			});
			expect(await world.help()).toMatchObject([
				{
					reason:
						'jobtitle: Dynamics has "By the plug-in" in Job Title, where the sync wrote "Chief"',
				},
			]);
		},
	);
});
