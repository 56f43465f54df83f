import {
	beginTelling,
	dueNews,
	isAnyNewsDue,
	takeAllNews,
	takeNews,
	toldOf,
	type NewsSetting,
	type Standing,
} from '../../../../sync/operate/news';
import { causesAreOver, type Told } from '../../../../sync/ledger/told';
import { pause } from '../../../../sync/operate/pause';
import { resume } from '../../../../sync/operate/resume';
import { afterPage } from '../../../../sync/schedule/runs';
import { feedsOf, setFeed, type Feed } from '../../../../sync/ledger/feeds';
import { changeLane, openLane } from '../../../../sync/ledger/lanes';
import { BOB, linkedPair, type Sandbox } from './sandbox';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = 1_000 * DAY;

const STANDING: Standing = {
	now: NOW,
	stopped: null,
	isPaused: false,
	silentSince: NOW,
	longSilence: HOUR,
};
const TOLD: Told = { since: 0, digest: NOW - HOUR, causes: [], firstRun: null };
const NONE: NewsSetting = { nextDigest: null };
const DAILY: NewsSetting = { nextDigest: (after) => after + DAY };

/** What is told of these moments, one after the other. */
const story = (moments: Array<Partial<Standing>>, setting = NONE) => {
	let told = TOLD;
	return moments.map((moment, index) => {
		const standing = { ...STANDING, now: NOW + index, ...moment };
		const due = dueNews(standing, told, setting);
		if (due) told = toldOf(told, due, standing.now);
		return due?.about ?? null;
	});
};

const QUIET = { silentSince: NOW - 2 * HOUR };
const STOPPED = { stopped: '61 of 80 linked records were deleted in one run' };

describe(dueNews, () => {
	it('tells nothing while all is well', () => {
		expect(story([{}, {}])).toEqual([null, null]);
	});

	it('tells of a stop once, however often it is looked at', () => {
		expect(story([STOPPED, STOPPED, STOPPED])).toEqual(['stopped', null, null]);
	});

	it('takes a stop that comes back with another number in it for the same cause', () => {
		expect(story([STOPPED, {}, { stopped: STOPPED.stopped.replace('61', '62') }])).toEqual([
			'stopped',
			null,
			null,
		]);
	});

	it('tells of another stop, though the first was told', () => {
		expect(story([STOPPED, { stopped: 'The key was replaced' }])).toEqual(['stopped', 'stopped']);
	});

	it('tells of an hour without a finished run once, whatever holds it up meanwhile', () => {
		expect(story([QUIET, QUIET, { ...QUIET, now: NOW + DAY }])).toEqual(['silent', null, null]);
	});

	it('counts a silence from its start to the millisecond', () => {
		expect(story([{ silentSince: NOW - HOUR + 1 }])).toEqual([null]);
		expect(story([{ silentSince: NOW - HOUR }])).toEqual(['silent']);
	});

	it('does not tell of a silence that a stop explains, nor while somebody has paused', () => {
		expect(story([{ ...QUIET, ...STOPPED }, QUIET])).toEqual(['stopped', null]);
		expect(story([{ ...QUIET, isPaused: true }])).toEqual([null]);
	});

	it('tells of a stop that ends a silence: a person has to do something now', () => {
		expect(story([QUIET, { ...QUIET, ...STOPPED }])).toEqual(['silent', 'stopped']);
	});

	it('tells that the first run is done within an hour, and after a stop', () => {
		const first = { ...TOLD, firstRun: NOW - MINUTE };
		const due = (moment: Partial<Standing>) => dueNews({ ...STANDING, ...moment }, first, NONE);
		expect(due({})).toEqual({ about: 'firstRun' });
		expect(due(STOPPED)).toMatchObject({ about: 'stopped' });
		expect(due({ now: NOW + HOUR, silentSince: NOW + HOUR })).toBeNull();
		expect(toldOf(first, { about: 'firstRun' }, NOW)).toEqual(TOLD);
	});

	it('sends one digest a day, also where n8n was off when it was due', () => {
		const digest = NOW - HOUR + DAY;
		const at = (now: number) => ({ now, silentSince: now });
		expect(story([at(digest - 1), at(digest), at(digest + 1)], DAILY)).toEqual([
			null,
			'digest',
			null,
		]);
		expect(story([at(digest + 5 * DAY), at(digest + 5 * DAY + MINUTE)], DAILY)).toEqual([
			'digest',
			null,
		]);
	});
});

describe(takeNews, () => {
	let sandbox: Sandbox;
	const take = async () => await takeNews(sandbox.ledger, 'people', NONE);
	beforeEach(async () => {
		sandbox = await linkedPair();
		await beginTelling(sandbox.ledger, 'people');
		expect(await take()).toMatchObject({ about: 'firstRun' });
	});

	it('says why it stopped, in the words of the status, and hands it out once', async () => {
		await changeLane(sandbox.ledger.db, 'people', { stopped: 'Too many deletes. Choose Resume' });
		expect(await take()).toMatchObject({
			about: 'stopped',
			subject: 'Sync of Marketo and Dynamics 365: stopped',
			text: expect.stringMatching(/^Stopped: Too many deletes. Choose Resume\./),
		});
		expect(await take()).toBeNull();
	});

	it('tells of the same stop again once a run has finished in between', async () => {
		const stop = async () =>
			await changeLane(sandbox.ledger.db, 'people', { stopped: '52 linked records were deleted' });
		const told = [];
		for (const hasRun of [false, false, true]) {
			await resume(sandbox.ledger, 'people');
			if (hasRun) await sandbox.run();
			await stop();
			told.push((await take())?.about);
		}
		expect(told).toEqual(['stopped', undefined, 'stopped']);
	});

	it('tells of a first run once, and of none in a ledger of 0.2, whose runs were complete before', async () => {
		const fresh = async () =>
			await sandbox.ledger.db.deleteFrom('meta').where('name', '=', 'whole.people').execute();
		await sandbox.run();
		expect(await take()).toBeNull();
		await fresh();
		await sandbox.run();
		expect(await take()).toBeNull();
		await fresh();
		await sandbox.ledger.db.updateTable('run').set({ outcome: 'killed' }).execute();
		await sandbox.run();
		expect([await take(), await take()]).toMatchObject([{ about: 'firstRun' }, null]);
	});

	it('goes on after a clock that was a year ahead (R40)', async () => {
		sandbox.now += 365 * DAY;
		await beginTelling(sandbox.ledger, 'people');
		sandbox.now -= 365 * DAY;
		await sandbox.run();
		sandbox.now += DAY;
		const about = [await take(), await takeNews(sandbox.ledger, 'people', DAILY)].map(
			(one) => one?.about,
		);
		expect(about).toEqual(['silent', 'digest']);
	});

	it('is silent where the next run is not due yet, though the last was long ago', async () => {
		await changeLane(sandbox.ledger.db, 'people', { nextDue: sandbox.now + 20 * HOUR });
		sandbox.now += 5 * HOUR;
		expect(await take()).toBeNull();
	});

	it('counts an hour from when the run was due, not from the run before', async () => {
		await changeLane(sandbox.ledger.db, 'people', { nextDue: sandbox.now + 20 * HOUR });
		sandbox.now += 20 * HOUR + 59 * MINUTE;
		expect(await take()).toBeNull();
		sandbox.now += MINUTE;
		expect(await take()).toMatchObject({ about: 'silent' });
	});

	it('says what it waits for and when it goes on', async () => {
		const nextDue = sandbox.now + 9 * HOUR;
		await changeLane(sandbox.ledger.db, 'people', {
			waitingFor: 'Marketo has no calls left today',
			nextDue,
		});
		sandbox.now += HOUR;
		const { text } = (await take())!;
		expect(text).toMatch(
			/No run of the sync has finished since .* UTC\. Waiting: Marketo has no calls left today\./,
		);
		expect(text).toContain(
			`It continues by itself at ${new Date(nextDue).toISOString().slice(0, 19).replace('T', ' ')}`,
		);
	});

	it('counts from the moment at which somebody resumed it, whatever its last run came to', async () => {
		sandbox.saveRow('lead', '33333333-3333-4333-8333-333333333333', { jobtitle: 'x' });
		const { ref } = await sandbox.openPage();
		await pause(sandbox.ledger, 'people');
		await sandbox.finish(ref);
		sandbox.now += 3 * HOUR;
		expect(await take()).toBeNull();
		await resume(sandbox.ledger, 'people');
		expect(await take()).toBeNull();
		sandbox.now += HOUR;
		expect(await take()).toMatchObject({ about: 'silent' });
	});

	it('counts from the start of the trigger: n8n was off before', async () => {
		sandbox.now += 5 * HOUR;
		await beginTelling(sandbox.ledger, 'people');
		expect(await take()).toBeNull();
	});

	it('takes a long run whose pages get somewhere for no silence', async () => {
		sandbox.saveRow('contact', BOB, { emailaddress1: 'bob@x.test' });
		const { ref, resolved } = await sandbox.openPage();
		await sandbox.write(resolved);
		// There is more to read.
		const [[name, feed]] = [...(await feedsOf(sandbox.ledger.db, 'people'))] as [[string, Feed]];
		await setFeed(sandbox.ledger.db, 'people', name, { ...feed, drainedIn: null });
		sandbox.now += 50 * MINUTE;
		expect(await afterPage(sandbox.ledger, sandbox.setting, ref)).toMatchObject({ do: 'page' });
		sandbox.now += 40 * MINUTE;
		expect(await take()).toBeNull();
		sandbox.now += 20 * MINUTE;
		expect(await take()).toMatchObject({ about: 'silent' });
	});

	it('says in a digest how it stands, what was done since the last, and what waits for people', async () => {
		sandbox.now += DAY;
		await sandbox.run();
		const news = await takeNews(sandbox.ledger, 'people', DAILY);
		expect(news).toMatchObject({ about: 'digest' });
		expect(news!.text).toMatch(/Since .* UTC: \d+ runs?; /);
		expect(await takeNews(sandbox.ledger, 'people', DAILY)).toBeNull();
	});
});

describe('news of several lanes', () => {
	it('are told one by one, with the name of the lane; the digest is of the people', async () => {
		const sandbox = await linkedPair();
		const { ledger } = sandbox;
		await openLane(ledger.db, 'companies', sandbox.now);
		for (const lane of ['people', 'companies']) await beginTelling(ledger, lane);
		expect(await takeAllNews(ledger, NONE)).toMatchObject([{ about: 'firstRun' }]);
		expect(await isAnyNewsDue(ledger, NONE)).toBe(false);
		await causesAreOver(ledger.db, 'companies', sandbox.now);
		expect(await takeAllNews(ledger, NONE)).toMatchObject([
			{
				subject: 'Sync of Marketo and Dynamics 365 (Companies): first run done',
				text: expect.stringContaining(
					': 0 records created and 0 updated in Marketo, 0 records deleted. ',
				) as string,
			},
		]);
		await changeLane(ledger.db, 'companies', { stopped: 'A permission is missing' });
		expect(await isAnyNewsDue(ledger, NONE)).toBe(true);
		expect(await takeAllNews(ledger, NONE)).toMatchObject([
			{ about: 'stopped', subject: 'Sync of Marketo and Dynamics 365 (Companies): stopped' },
		]);
		sandbox.now += DAY;
		await sandbox.run();
		expect((await takeAllNews(ledger, DAILY)).map(({ about }) => about)).toEqual(['digest']);
		expect(await takeAllNews(ledger, DAILY)).toEqual([]);
	});
});
