import type { Bend } from '../support/line';
import { SyncWorld } from '../support/world';

const WRITE_ROWS = 'PATCH';
const WRITE_PEOPLE = 'POST leads.json';
/** Calls of 300. */
const MANY = 700;
/** By then Marketo counts anew. */
const NEXT_DAY = 26 * 3_600_000;
const PATIENCE = 120_000;

/** Nobody gets an answer before this many calls have arrived. */
function waitForEachOther(calls: number): Bend {
	let arrived = 0;
	let open!: () => void;
	const all = new Promise<void>((resolve) => (open = resolve));
	return async (request, send) => {
		if (++arrived === calls) open();
		await all;
		return await send(request);
	};
}

/** The calls of the day are used up. */
const turnedAway: Bend = async () => ({
	status: 200,
	headers: {},
	body: { success: false, errors: [{ code: '607', message: 'Daily quota reached' }] },
});

describe('the calls of a page', () => {
	let world: SyncWorld;
	let ids: string[];
	beforeEach(async () => {
		world = await SyncWorld.start({ leads: MANY });
		await world.runs(2);
		ids = (await world.openLeads()).map(({ id }) => id);
	}, PATIENCE);
	afterEach(async () => void (await world.expectClean()));

	const editRows = async (jobtitle: string) => {
		for (const id of ids) await world.crm.update('leads', id, { jobtitle });
	};
	const titles = async () => new Set((await world.everybody()).map(({ title }) => title));

	it(
		'R8: to Marketo are under way together, each with a claim of its own: a page waits for one answer',
		async () => {
			await editRows('Reader');
			world.bend('marketo', WRITE_PEOPLE, waitForEachOther(3), 3);
			const { receipts, writes } = await world.run();
			expect(receipts.filter(({ outcome }) => outcome === 'written')).toHaveLength(ids.length);
			expect(writes).toHaveLength(Math.ceil(ids.length / 300));
			expect(await titles()).toContain('Reader');
		},
		PATIENCE,
	);

	it(
		'R8: of which one is turned away lose nothing: the others are settled, its people are written with the next page, nobody twice',
		async () => {
			await editRows('Reader');
			const together = waitForEachOther(3);
			let calls = 0;
			world.bend(
				'marketo',
				WRITE_PEOPLE,
				async (...call) =>
					await (++calls === 2
						? together(call[0], async () => await turnedAway(...call))
						: together(...call)),
				3,
			);
			const first = await world.run();
			const count = (outcome: string) =>
				first.receipts.filter((receipt) => receipt.outcome === outcome).length;
			expect({ written: count('written'), again: count('again') }).toEqual({
				written: ids.length - 300,
				again: 300,
			});
			const later = [await world.run({ after: NEXT_DAY }), ...(await world.runs(2))];
			expect(later.flatMap(({ receipts }) => receipts)).toHaveLength(300);
			expect(later.flatMap(({ conflicts }) => conflicts)).toEqual([]);
			expect(await world.status()).toMatchObject({ waiting: 0, needHelp: 0 });
		},
		PATIENCE,
	);

	it(
		'to Dynamics are under way together',
		async () => {
			const people = (await world.openLeads()).map(({ person }) => person);
			for (let at = 0; at < people.length; at += 300)
				await world.automation.write(
					'updateOnly',
					'id',
					people.slice(at, at + 300).map((id) => ({ id, title: 'Writer' })),
				);
			world.bend('dynamics', WRITE_ROWS, waitForEachOther(2), 2);
			const { receipts } = await world.run();
			expect(receipts.filter(({ outcome }) => outcome === 'written')).toHaveLength(ids.length);
		},
		PATIENCE,
	);
});
