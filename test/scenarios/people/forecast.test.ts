import type { Side } from '../../../sync/items';
import { row, smallMapping } from '../support/mapping';
import { COMPANIES } from '../support/oneWayLanes';
import { SyncWorld } from '../support/world';

/** Calls that a preview has announced. */
function announced(summary: string): Record<Side, number> {
	const calls = (system: string) =>
		Number(new RegExp(`(\\d+) calls? to ${system}`).exec(summary)?.[1] ?? 0);
	return { marketo: calls('Marketo'), dynamics: calls('Dynamics 365') };
}

/** A sentence of a summary. */
const about = (summary: string, beginning: RegExp) =>
	summary.split('. ').find((sentence) => beginning.test(sentence)) ?? '';

/** Apart from calls that are the same for ten records and for a million: what the systems are like, who it is, the log. */
const FIXED: Record<Side, number> = { marketo: 6, dynamics: 6 };

describe('what a first copy takes', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await SyncWorld.start({ leads: 900, contacts: 1_800, people: 900 });
		world.mappings.companies = COMPANIES;
	});

	it('is said by the preview of its first page, before it starts, and comes true', async () => {
		const { preview } = await world.preview();
		const said = about(preview!.summary, /^The first copy, of about 2,700 records, takes/);
		expect(said).toMatch(/ \d+ seconds or more$/);
		expect(preview!.summary).not.toMatch(/on the next/);
		const { calls } = await world.run();
		for (const side of ['marketo', 'dynamics'] as const) {
			const made = calls[side].length - FIXED[side];
			expect(made / announced(said)[side]).toBeGreaterThan(0.6);
			expect(made / announced(said)[side]).toBeLessThan(1.4);
		}
	});

	it('is not said of one page, which tells what it takes itself', async () => {
		const { preview } = await world.preview(undefined, 'companies');
		expect(about(preview!.summary, /^That takes about/)).not.toBe('');
		expect(about(preview!.summary, /^The first copy/)).toBe('');
	});

	it('is said with the days that it takes where Marketo allows few calls (R57)', async () => {
		const small = await SyncWorld.start({ leads: 1_300 });
		small.callsADay = 25;
		const { preview } = await small.preview();
		expect(about(preview!.summary, /^It may use up to/)).toBe(
			"It may use up to 70 % of Marketo's 25 calls a day, by whichever program, so it continues by itself on the next day",
		);
	});

	it('is said of a changed mapping by the preview of some linked records', async () => {
		world.mapping = smallMapping({ lead: [row('mobilephone>mobilePhone')] });
		const { preview } = await world.preview(10);
		const linked = (await world.status()).linkedInAll;
		expect(about(preview!.summary, /^For all/)).toMatch(
			new RegExp(
				`^For all ${linked.toLocaleString('en-US')} linked records, if they are like these, about \\d+ calls`,
			),
		);
		const all = await world.preview(900);
		expect(announced(about(all.preview!.summary, /^For all/)).marketo).toBeLessThan(100);
	});
});
