import { lookForWork, somethingIsLeft, type LaneSetting } from '../../../../sync/schedule/runs';
import { recoverPlans } from '../../../../sync/schedule/recover';
import { isLogDue, logForPerson } from '../../../../sync/ledger/activityLog';
import { countQuestions, recordConflict } from '../../../../sync/ledger/conflicts';
import { countDue, enqueue, handOutDue, settleSubjects } from '../../../../sync/ledger/due';
import { needsHelp, untoldHelp } from '../../../../sync/ledger/help';
import { noteSeen, seenBefore } from '../../../../sync/ledger/edits';
import { setFeed } from '../../../../sync/ledger/feeds';
import { findLane } from '../../../../sync/ledger/lanes';
import { NORMAL_TIMING, type Ledger } from '../../../../sync/ledger/ledger';
import {
	countLinked,
	linkOfRow,
	linksOfPeople,
	noBases,
	putLink,
	type Link,
} from '../../../../sync/ledger/links';
import { openLedger } from '../../../../sync/ledger/open';
import { isWriting, plansById, storePlan } from '../../../../sync/ledger/plans';
import { countRefusals, keepRefusal, untoldRefusals } from '../../../../sync/ledger/refusals';
import { newPlace } from './database';

const NOW = 1_000_000_000;
const SUBJECT = 'lead:1';
const [MINE, OTHER] = ['mine', 'other'];

async function open(): Promise<Ledger> {
	let ids = 0;
	return await openLedger(newPlace(), {
		key: { id: 'k', secret: Buffer.alloc(32, 1) },
		clock: { now: () => NOW },
		random: { id: () => `id${++ids}` },
		timing: NORMAL_TIMING,
	});
}

const setting = (lane: string): LaneSetting => ({
	lane,
	workflow: `workflow of ${lane}`,
	interval: 300_000,
	owner: 'process',
	pid: 1,
	isAlive: () => true,
});

async function linkIn({ db }: Ledger, lane: string): Promise<Link> {
	const to = {
		marketoId: '7',
		state: 'active' as const,
		version: null,
		emailKey: null,
		bases: noBases(),
		wrote: {},
		keyId: 'k',
		generation: 0,
		updatedAt: NOW,
	};
	return await putLink(
		db,
		undefined,
		{ lane, table: 'lead', dynamicsId: '1', object: 'person' },
		to,
	);
}

/** A lane with something of everything that could be left for a page. */
async function fill(ledger: Ledger, lane: string): Promise<Link> {
	const { db } = ledger;
	const link = await linkIn(ledger, lane);
	const due = { lane, subject: SUBJECT, code: 'c', reason: 'r', run: '' };
	await needsHelp(ledger, db, { ...due, remedy: 'm' });
	await enqueue(ledger, db, { ...due, dueAt: NOW - 1 });
	await storePlan(db, {
		id: `plan of ${lane}`,
		lane,
		run: 'run',
		page: 1,
		side: 'marketo',
		link: link.id,
		operation: 'update',
		fields: {},
		version: null,
		createdAt: NOW,
	});
	await keepRefusal(db, {
		lane,
		link: link.id,
		side: 'marketo',
		field: 'title',
		source: 's',
		stood: null,
		code: 'c',
		reason: 'r',
		remedy: 'm',
		since: NOW,
		run: '',
		label: '',
		waitsFor: null,
	});
	await recordConflict(db, {
		id: `conflict of ${lane}`,
		lane,
		link: link.id,
		row: 'a>b',
		state: 'open',
		base: 'known',
		shown: { dynamics: 'd', marketo: 'm' },
		winner: '',
		rule: 'Ask',
		run: '',
		at: NOW,
	});
	await logForPerson(db, {
		lane,
		person: '7',
		at: NOW,
		subject: 's',
		field: '',
		reason: 'r',
		remedy: 'm',
	});
	await noteSeen(db, lane, [`guid of ${lane}`], NOW);
	return link;
}

describe("what belongs to a lane is no other lane's (R52)", () => {
	it('two lanes may know the same row and the same person', async () => {
		const ledger = await open();
		const mine = await linkIn(ledger, MINE);
		const other = await linkIn(ledger, OTHER);
		expect((await linkOfRow(ledger.db, MINE, 'lead', '1'))!.id).toBe(mine.id);
		expect((await linksOfPeople(ledger.db, OTHER, ['7'])).map(({ id }) => id)).toEqual([other.id]);
		expect(await countLinked(ledger.db, MINE)).toBe(1);
	});

	it("a lane is handed nothing that is another one's", async () => {
		const ledger = await open();
		await fill(ledger, OTHER);
		const { db } = ledger;
		expect(await handOutDue(ledger, db, { lane: MINE, run: 'run' }, 10, true)).toEqual([]);
		expect(await untoldHelp(db, MINE, 10)).toEqual([]);
		expect(await untoldRefusals(db, MINE, 10)).toEqual([]);
		expect(await countDue(db, MINE)).toEqual({ needHelp: 0, waiting: 0 });
		expect([await isLogDue(db, MINE), await isWriting(db, MINE)]).toEqual([false, false]);
		expect([await countRefusals(db, MINE), await countQuestions(db, MINE)]).toEqual([0, 0]);
		expect(await seenBefore(db, MINE, [`guid of ${OTHER}`])).toEqual(new Set());
	});

	it('a run is at its end although another lane has work left (it would go on for ever)', async () => {
		const ledger = await open();
		await fill(ledger, OTHER);
		const look = await lookForWork(ledger, setting(MINE));
		if (look.do !== 'page') throw new Error(look.why);
		await setFeed(ledger.db, MINE, 'lead', { cursor: '{}', drainedIn: look.ref.run });
		expect(await somethingIsLeft(ledger, ledger.db, (await findLane(ledger.db, MINE))!)).toBe(
			false,
		);
	});

	it('a run that begins leaves the plans of another lane alone (its page is at work on them)', async () => {
		const ledger = await open();
		await fill(ledger, OTHER);
		await lookForWork(ledger, setting(MINE));
		expect(await recoverPlans(ledger, ledger.db, { lane: MINE, run: 'run' })).toBe(0);
		expect((await plansById(ledger.db, [`plan of ${OTHER}`])).size).toBe(1);
	});

	it('what one lane settles stays due in the other', async () => {
		const ledger = await open();
		await fill(ledger, MINE);
		await fill(ledger, OTHER);
		await settleSubjects(ledger.db, MINE, [SUBJECT]);
		expect(await countDue(ledger.db, MINE)).toEqual({ needHelp: 0, waiting: 0 });
		expect(await countDue(ledger.db, OTHER)).toEqual({ needHelp: 1, waiting: 1 });
	});
});
