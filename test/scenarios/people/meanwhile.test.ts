import type { WireAnswer } from '../../../apis/wire/wire';
import type { Side } from '../../../sync/items';
import { freeStuckRun } from '../../../sync/operate/freeStuckRun';
import { PEOPLE } from '../../../sync/operate/lanes';
import type { Bend } from '../support/line';
import { SyncWorld } from '../support/world';

/** Somebody does something just before the call goes out. */
const before =
	(act: () => Promise<unknown>): Bend =>
	async (request, send) => {
		await act();
		return await send(request);
	};

describe('what people do while a page is worked on', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await SyncWorld.start();
	});
	afterEach(async () => void (await world.expectClean()));

	it('R5: a row that is edited between read and write is decided anew (412): Dynamics wins for contacts, the other fields go on', async () => {
		const contact = await world.pair('contact', { jobtitle: 'Clerk' });
		await world.editPerson(contact, { title: 'Read too early', city: 'Falun' });
		world.bend(
			'dynamics',
			'POST $batch (1 PATCH)',
			before(
				async () =>
					await world.editRow(contact, { jobtitle: 'Edited meanwhile', telephone1: '+46 23 1' }),
			),
		);
		const { conflicts, pages } = await world.run();
		expect(pages).toBeGreaterThan(1);
		expect(await world.both(contact)).toMatchObject({
			row: { jobtitle: 'Edited meanwhile', telephone1: '+46 23 1', address1_city: 'Falun' },
			person: { title: 'Edited meanwhile', phone: '+46 23 1', city: 'Falun' },
		});
		expect(conflicts).toMatchObject([
			{
				base: 'known',
				dynamicsValue: 'Edited meanwhile',
				marketoValue: 'Read too early',
				winner: 'dynamics',
			},
		]);
	});

	it('R13: an edit in Marketo that a write replaced unseen is put on record, and the rule decides: Marketo wins for leads', async () => {
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.editRow(lead, { jobtitle: 'Overwrites' });
		world.bend(
			'marketo',
			'POST leads.json',
			before(
				async () => await world.editPerson(lead, { title: 'Overwritten unseen', city: 'Kiruna' }),
			),
		);
		const runs = await world.runs(5);
		expect(await world.both(lead)).toMatchObject({
			row: { jobtitle: 'Overwritten unseen', address1_city: 'Kiruna' },
			person: { title: 'Overwritten unseen', city: 'Kiruna' },
		});
		expect(runs.flatMap(({ conflicts }) => conflicts)).toMatchObject([
			{ dynamicsValue: 'Overwrites', marketoValue: 'Overwritten unseen', winner: 'marketo' },
		]);
	});

	it('R12: a person who was read more than half a minute ago is read again, and what has moved is not overwritten', async () => {
		const lead = await world.pair('lead', { jobtitle: 'Clerk', telephone1: '+46 1' });
		await world.editRow(lead, { jobtitle: 'From Dynamics', telephone1: '+46 2' });
		await world.editPerson(lead, { city: 'Lund' });
		world.bend(
			'dynamics',
			'PATCH',
			before(async () => {
				await world.editPerson(lead, { title: 'From Marketo' });
				world.clock.advance(31_000);
			}),
		);
		const seen: unknown[] = [];
		world.bend(
			'marketo',
			'POST leads.json',
			async (request, send) => {
				seen.push((await world.person(lead))!.title);
				return await send(request);
			},
			2,
		);
		await world.runs(2);
		expect(await world.both(lead)).toMatchObject({
			row: { jobtitle: 'From Marketo', telephone1: '+46 2' },
			person: { title: 'From Marketo', phone: '+46 2', city: 'Lund' },
		});
		expect(new Set(seen)).toEqual(new Set(['From Marketo']));
	});

	it('R12: an answer that was long on its way is no fresh read', async () => {
		const lead = await world.pair('lead', { jobtitle: 'Clerk', telephone1: '+46 1' });
		await world.editRow(lead, { jobtitle: 'From Dynamics', telephone1: '+46 2' });
		world.bend('marketo', 'GET leads.json', async (request, send) => {
			const answer = await send(request);
			await world.editPerson(lead, { title: 'From Marketo' });
			world.clock.advance(31_000);
			return answer;
		});
		await world.runs(2);
		expect(await world.both(lead)).toMatchObject({
			row: { jobtitle: 'From Marketo', telephone1: '+46 2' },
			person: { title: 'From Marketo', phone: '+46 2' },
		});
	});

	/** A run that carries an edit of a row calls Dynamics at least twice, Marketo four times. */
	const moments = [
		['dynamics', 0],
		['dynamics', 1],
		['marketo', 0],
		['marketo', 1],
		['marketo', 2],
		['marketo', 3],
		['marketo', 4],
	] as const;

	it.each(moments)(
		'two fields of one record, edited on either side around call %s %i of a run, both arrive',
		async (system: Side, number) => {
			const lead = await world.pair('lead', { jobtitle: 'Clerk', address1_city: 'Oslo' });
			await world.editRow(lead, { jobtitle: 'From Dynamics' });
			let calls = 0;
			const takeBack = world.bend(
				system,
				/^/,
				async (request, send) => {
					if (calls++ === number) await world.editPerson(lead, { city: 'From Marketo' });
					return await send(request);
				},
				Infinity,
			);
			const [first, ...later] = await world.runs(3);
			takeBack();
			expect(first!.calls[system].length).toBeGreaterThan(number);
			expect(await world.both(lead)).toMatchObject({
				row: { jobtitle: 'From Dynamics', address1_city: 'From Marketo' },
				person: { title: 'From Dynamics', city: 'From Marketo' },
			});
			expect([first!, ...later].flatMap(({ conflicts }) => conflicts)).toEqual([]);
		},
	);
});

describe('a write to Marketo that is turned away for a while after its claim (R8)', () => {
	const turnedAway: WireAnswer = {
		status: 200,
		headers: {},
		body: {
			requestId: 'a#1',
			success: false,
			errors: [{ code: '606', message: 'Max rate limit exceeded' }],
		},
	};

	it('goes out where it is still this call that may write', async () => {
		const world = await SyncWorld.start();
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.editRow(lead, { jobtitle: 'Chief' });
		world.bend('marketo', 'POST leads.json', async () => turnedAway);
		const { receipts } = await world.run();
		expect(receipts).toMatchObject([{ outcome: 'written' }]);
		expect(await world.person(lead)).toMatchObject({ title: 'Chief' });
	});

	it('stays where the run was ended meanwhile', async () => {
		const world = await SyncWorld.start();
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.editRow(lead, { jobtitle: 'Chief' });
		world.bend('marketo', 'POST leads.json', async () => {
			await freeStuckRun(world.ledger, PEOPLE);
			return turnedAway;
		});
		const { calls } = await world.run();
		expect(calls.marketo.filter((call) => call.startsWith('POST leads.json'))).toHaveLength(1);
		expect(await world.person(lead)).toMatchObject({ title: 'Clerk' });
		await world.runs(3);
		expect(await world.person(lead)).toMatchObject({ title: 'Chief' });
	});
});
