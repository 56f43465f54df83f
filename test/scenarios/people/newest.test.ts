import { NoAnswer } from '../../../apis/wire/wire';
import { row, smallMapping } from '../support/mapping';
import type { Bend } from '../support/line';
import { SyncWorld } from '../support/world';

/** Somebody does something just before the call goes out. */
const before =
	(act: () => Promise<unknown>): Bend =>
	async (request, send) => {
		await act();
		return await send(request);
	};

const notReached: Bend = async () => {
	throw new NoAnswer('Nobody listens', 'no', 'ECONNREFUSED');
};

const NEWEST = row('telephone1>phone', { winner: 'newest' });

describe('the newest value wins (R5, A7)', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await SyncWorld.start({ mapping: smallMapping({ lead: [NEWEST], contact: [NEWEST] }) });
	});
	afterEach(async () => void (await world.expectClean()));

	it.each(['lead', 'contact'] as const)(
		'where a %s is edited while an older edit in Marketo is on its way (412)',
		async (table) => {
			const pair = await world.pair(table, { telephone1: '+1 1' });
			await world.editPerson(pair, { phone: '+1 older' });
			world.clock.advance(60_000);
			const meanwhile = before(async () => await world.editRow(pair, { telephone1: '+1 newer' }));
			world.bend('dynamics', 'POST $batch (1 PATCH)', meanwhile);
			const conflicts = (await world.runs(3)).flatMap((run) => run.conflicts);
			expect(await world.both(pair)).toMatchObject({
				row: { telephone1: '+1 newer' },
				person: { phone: '+1 newer' },
			});
			expect(conflicts).toMatchObject([{ winner: 'dynamics', rule: 'The newest value wins' }]);
		},
	);

	it.each(['lead', 'contact'] as const)(
		'where a %s is saved for something else while the decision is on its way (412)',
		async (table) => {
			const pair = await world.pair(table, { telephone1: '+1 1' });
			await world.editRow(pair, { telephone1: '+1 older' });
			world.clock.advance(60_000);
			await world.editPerson(pair, { phone: '+1 newer' });
			const meanwhile = before(async () => {
				world.clock.advance(60_000);
				await world.editRow(pair, { jobtitle: `Saved ${table}` });
			});
			world.bend('dynamics', 'POST $batch (1 PATCH)', meanwhile);
			const conflicts = (await world.runs(3)).flatMap((run) => run.conflicts);
			expect(await world.both(pair)).toMatchObject({
				row: { telephone1: '+1 newer' },
				person: { phone: '+1 newer' },
			});
			for (const conflict of conflicts)
				expect(conflict).toMatchObject({ winner: 'marketo', rule: 'The newest value wins' });
		},
	);

	it('where an edit waits, and the row is saved for something else after a newer edit in Marketo', async () => {
		const contact = await world.pair('contact', { telephone1: '+1 1' });
		await world.editRow(contact, { telephone1: '+1 older' });
		const stop = world.bend('marketo', 'POST leads.json', notReached, 99);
		await world.run();
		stop();
		await world.editPerson(contact, { phone: '+1 newer' });
		world.clock.advance(60_000);
		await world.editRow(contact, { jobtitle: 'Saved' });
		await world.runs(4);
		expect(await world.both(contact)).toMatchObject({
			row: { telephone1: '+1 newer', jobtitle: 'Saved' },
			person: { phone: '+1 newer', title: 'Saved' },
		});
	});
});
