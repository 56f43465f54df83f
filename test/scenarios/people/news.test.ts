import { newsSetting } from '../../../nodes/shared/news';
import { PEOPLE } from '../../../sync/operate/lanes';
import { beginTelling, isNewsDue, takeNews, type News } from '../../../sync/operate/news';
import { resume } from '../../../sync/operate/resume';
import { NoAnswer } from '../../../apis/wire/wire';
import { SyncWorld } from '../support/world';

const HOUR = 3_600_000;
const SETTING = newsSetting({ hour: 8, zone: 'Europe/Berlin' });

/** *Tell the Team*, asked as the trigger asks it: after each run, and each minute beside it. */
describe('news of a sync', () => {
	let world: SyncWorld;
	let first: News[];
	beforeEach(async () => {
		world = await SyncWorld.start({ leads: 60 });
		await beginTelling(world.ledger, PEOPLE);
		first = await told(0.5);
	});

	/** The sync goes on for so long; what people are told meanwhile, asked for by two at once. */
	const told = async (hours: number, minutes = 10): Promise<News[]> => {
		const all: News[] = [];
		for (const end = world.clock.now() + hours * HOUR; world.clock.now() < end; ) {
			await world.run({ after: minutes * 60_000 });
			if (!(await isNewsDue(world.ledger, PEOPLE, SETTING))) continue;
			const taken = [
				takeNews(world.ledger, PEOPLE, SETTING),
				takeNews(world.ledger, PEOPLE, SETTING),
			];
			all.push(...(await Promise.all(taken)).filter((one) => one !== null));
		}
		return all;
	};
	const about = (all: News[]) => all.map((one) => one.about);

	it('says once that the first run is done, with its numbers', async () => {
		expect(about(first)).toEqual(['firstRun']);
		const linked = (await world.pairs()).length;
		expect(linked).toBeGreaterThan(50);
		expect(first[0]).toMatchObject({
			subject: 'Sync of Marketo and Dynamics 365: first run done',
			text: expect.stringMatching(
				new RegExp(`^The first run has read everything: .*\\b${linked} people created`),
			) as string,
		});
		expect(about(await told(2))).toEqual([]);
	});

	it('says once that it has stopped, and not again where somebody resumes it and the reason is still there', async () => {
		for (const pair of await world.pairs('lead')) await world.deleteRow(pair);
		const [stop, ...more] = await told(3);
		expect([stop!.about, more]).toEqual(['stopped', []]);
		expect(stop!.text).toMatch(/60 .*deleted.*Allow Deletes/s);
		await resume(world.ledger, PEOPLE);
		expect(await told(2)).toEqual([]);
		await resume(world.ledger, PEOPLE, { allowDeletes: 60 });
		expect(await told(2)).toEqual([]);
		expect((await world.status()).status).toBe('Up to date');
	});

	it('says once that nothing has finished for an hour while Marketo does not answer; the next time, too', async () => {
		for (let times = 0; times < 2; times++) {
			const isBack = world.bend(
				'marketo',
				/./,
				async () => {
					throw new NoAnswer('connect ECONNREFUSED', 'no', 'ECONNREFUSED');
				},
				Infinity,
			);
			expect(about(await told(0.75))).toEqual([]);
			const [silence, ...more] = await told(3);
			expect([silence!.about, more]).toEqual(['silent', []]);
			expect(silence!.text).toMatch(/No run of the sync has finished since .*UTC/);
			isBack();
			expect(about(await told(1))).toEqual([]);
		}
	});

	it("tells each morning how it goes, by the workflow's clock", async () => {
		const lead = (await world.pairs('lead'))[0]!;
		await world.editRow(lead, { jobtitle: 'Chief' });
		const all = (await told(50, 30)).filter((one) => one.about === 'digest');
		expect(all.length).toBe(2);
		expect(all[0]!.subject).toBe('Sync of Marketo and Dynamics 365: up to date');
		expect(all[0]!.text).toMatch(/Since 2\d{3}-.* UTC: \d+ runs; .*, 1 in Marketo, /);
		expect(all[1]!.text).toMatch(
			/Since 2\d{3}-\d\d-\d\d 0[67]:[0-2]\d:\d\d UTC: 4\d runs; .* 0 in Marketo, /,
		);
	});
});
