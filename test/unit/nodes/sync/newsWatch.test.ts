import { NewsWatch } from '../../../../nodes/MarketoDynamicsSyncTrigger/newsWatch';
import { changeLane } from '../../../../sync/ledger/lanes';
import { takeNews } from '../../../../sync/operate/news';
import { linkedPair, type Sandbox } from '../../sync/operate/sandbox';

const SETTING = { nextDigest: null };

describe(NewsWatch, () => {
	let sandbox: Sandbox;
	let emitted: number;
	let watch: NewsWatch;
	let setting: typeof SETTING | null;
	beforeEach(async () => {
		sandbox = await linkedPair();
		// That its first run is done was told.
		await takeNews(sandbox.ledger, 'people', SETTING);
		emitted = 0;
		setting = SETTING;
		watch = new NewsWatch({
			ledger: sandbox.ledger,
			lane: 'people',
			workflow: 'w1',
			setting: async () => setting,
			look: 1,
			emit: () => void emitted++,
			failed: (error) => {
				throw error;
			},
		});
	});
	const stop = async () => await changeLane(sandbox.ledger.db, 'people', { stopped: 'Why' });

	it('starts no execution while there is nothing to tell', async () => {
		await watch.round();
		expect(emitted).toBe(0);
	});

	it('starts one for news, and none once they were told', async () => {
		await stop();
		await watch.round();
		await takeNews(sandbox.ledger, 'people', SETTING);
		await watch.round();
		expect(emitted).toBe(1);
	});

	it('starts another only a quarter of an hour later where nobody took them: that execution failed', async () => {
		await stop();
		for (const minutes of [0, 1, 13, 1]) {
			sandbox.now += minutes * 60_000;
			await watch.round();
		}
		expect(emitted).toBe(2);
	});

	it('goes by what is published by now: nobody was told anything before a step was switched on', async () => {
		setting = null;
		await stop();
		await watch.round();
		expect(emitted).toBe(0);
		setting = SETTING;
		await watch.round();
		expect(emitted).toBe(1);
	});

	it('is quiet about a sync that another workflow has taken over (R41)', async () => {
		await changeLane(sandbox.ledger.db, 'people', { stopped: 'Why', workflow: 'w2' });
		await watch.round();
		expect(emitted).toBe(0);
	});
});
