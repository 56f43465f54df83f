import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Dialect } from 'kysely';

import { fingerprint } from '../../../../sync/fingerprint';
import { claimLog, isLogDue } from '../../../../sync/ledger/activityLog';
import { answerOf, callbackState, claimCallback } from '../../../../sync/ledger/answers';
import { known, LOST, seen, stale, suspected, unconfirmed } from '../../../../sync/ledger/bases';
import { callsToday } from '../../../../sync/ledger/callCount';
import { claimKey } from '../../../../sync/ledger/claims';
import { keptColumns } from '../../../../sync/ledger/columns';
import { countQuestions, questionsOf, winnersOf } from '../../../../sync/ledger/conflicts';
import { countDue, handOutDue } from '../../../../sync/ledger/due';
import { allNeedingHelp, untoldHelp } from '../../../../sync/ledger/help';
import { keptEdits, seenBefore } from '../../../../sync/ledger/edits';
import { areFeedsDrained, feedOf, feedsOf } from '../../../../sync/ledger/feeds';
import { rememberedOf } from '../../../../sync/ledger/history';
import { allLanes } from '../../../../sync/ledger/lanes';
import { NORMAL_TIMING, type Ledger } from '../../../../sync/ledger/ledger';
import { countLinked, linksById, linksOfPeople } from '../../../../sync/ledger/links';
import { pinMapping, pinnedMapping } from '../../../../sync/ledger/mappings';
import { metaValue } from '../../../../sync/ledger/meta';
import { openLedger } from '../../../../sync/ledger/open';
import { lostKey } from '../../../../sync/ledger/ownKey';
import { paceDelay } from '../../../../sync/ledger/pace';
import { leftBehind, plansOfLinks, unansweredPlans } from '../../../../sync/ledger/plans';
import { refusalsOf, untoldRefusals } from '../../../../sync/ledger/refusals';
import { countWaiting, isBatchOpen, takeBatch } from '../../../../sync/ledger/requests';
import { lastCompleteRun, lastPages, openPageOf, runOf } from '../../../../sync/ledger/runs';
import { sqliteDialect } from '../../../../sync/ledger/sqlite';
import { isOnServer, newPlace } from './database';

const LANE = 'people';
const KEY = { id: 'k', secret: Buffer.alloc(32, 1) };
const NOW = Date.parse('2026-03-02T13:21:00Z');
const RUN = 'id39';
const print = (value: string | null) => fingerprint(KEY, value);
const lead = (digit: number) => `${String(digit).repeat(8)}-1111-4111-8111-111111111111`;

async function open(dialect: Dialect): Promise<Ledger> {
	return await openLedger(dialect, {
		key: KEY,
		clock: { now: () => NOW },
		random: { id: () => 'id1' },
		timing: NORMAL_TIMING,
	});
}

/** Everything that is in a ledger, in another kind of database. */
async function movedTo(ledger: Ledger, from: Ledger): Promise<Ledger> {
	for (const { name } of await from.db.introspection.getTables()) {
		const table = name as 'meta';
		const rows = await from.db.selectFrom(table).selectAll().execute();
		await ledger.db.deleteFrom(table).execute();
		if (rows.length > 0) await ledger.db.insertInto(table).values(rows).execute();
	}
	await from.close();
	return ledger;
}

const folder = mkdtempSync(path.join(tmpdir(), 'kept-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a released version has left, opened by this one. */
async function updated(version: string): Promise<Ledger> {
	const file = path.join(folder, 'ledger.sqlite');
	rmSync(file, { force: true });
	const kept = path.join(__dirname, `kept/${version}.sqlite.gz`);
	writeFileSync(file, gunzipSync(readFileSync(kept)));
	const ledger = await open(sqliteDialect(file));
	return isOnServer ? await movedTo(await open(newPlace()), ledger) : ledger;
}

describe('a ledger of 0.1.0, after the update', () => {
	let ledger: Ledger;

	beforeEach(async () => void (ledger = await updated('0.1.0')));
	afterEach(async () => await ledger.close());

	const link = async (id: number) => (await linksById(ledger.db, [id])).get(id)!;

	it('is the same ledger, of the same key', async () => {
		expect(ledger.id).toBe('id1');
		expect(await lostKey(ledger, ledger.db)).toBeUndefined();
		expect(await metaValue(ledger.db, 'commits')).toBe('20');
		expect(await metaValue(ledger.db, 'dynamics.me')).toBe('sync');
	});

	it('has all links', async () => {
		const links = await linksById(
			ledger.db,
			Array.from({ length: 20 }, (_, at) => at),
		);
		expect(
			[...links.values()].map(({ id, table, state, marketoId }) => [id, table, state, marketoId]),
		).toEqual([
			[1, 'lead', 'active', '7'],
			[2, 'contact', 'active', '1001'],
			[3, 'lead', 'active', '3'],
			[4, 'lead', 'active', '4'],
			[5, 'lead', 'active', '5'],
			[6, 'lead', 'goneInDynamics', '6'],
			[7, 'lead', 'goneInMarketo', '8'],
			[8, 'lead', 'goneInDynamics', null],
			[9, 'lead', 'secondary', '1002'],
			[10, 'contact', 'active', '1002'],
			[11, 'lead', 'reserved', '52'],
			[12, 'lead', 'creating', null],
			[13, 'lead', 'active', '51'],
		]);
		expect(links.get(3)).toEqual({
			id: 3,
			lane: LANE,
			table: 'lead',
			dynamicsId: lead(3),
			object: 'person',
			marketoId: '3',
			state: 'active',
			edition: 0,
			deletion: null,
			version: '21',
			editTimes: {},
			emailKey: print('p3@x.test'),
			bases: {
				dynamics: new Map([
					['emailaddress1', known(print('p3@x.test'))],
					['jobtitle', stale(print('Clerk'))],
					['telephone1', known(print('333'))],
				]),
				marketo: new Map([
					['email', known(print('p3@x.test'))],
					['title', known(print('Clerk'))],
					['phone', known(print('333'))],
				]),
			},
			wrote: {
				'marketo:phone': [
					[10, print('33')],
					[14, print('(333)')],
				],
				'dynamics:telephone1': [[15, print('333')]],
			},
			keyId: 'k',
			generation: 0,
			isInactive: false,
			createdAt: Date.parse('2026-03-02T08:18:00Z'),
			updatedAt: expect.any(Number) as number,
		});
		expect(await countLinked(ledger.db, LANE)).toBe(7);
		expect((await linksOfPeople(ledger.db, LANE, ['1002'])).map(({ id }) => id)).toEqual([9, 10]);
	});

	it('has each kind of base', async () => {
		expect((await link(2)).bases.marketo.get('title')).toEqual(unconfirmed(print('Owner')));
		const { bases } = await link(10);
		expect(bases.dynamics.get('telephone1')).toEqual(LOST);
		expect(bases.dynamics.get('jobtitle')).toEqual(stale(print('Buyer')));
		expect(bases.marketo.get('phone')).toEqual(suspected(print('(0)'), print('0'), NOW));
		expect((await link(13)).bases).toEqual({
			dynamics: new Map([
				['emailaddress1', seen(print('seen@x.test'))],
				['jobtitle', seen(print('Seen'))],
				['telephone1', seen(print(null))],
			]),
			marketo: new Map(),
		});
	});

	it('takes its bases for made by the rows in force: with the next mapping they stand, but for a row that is another', async () => {
		const { hash, mapping } = (await pinnedMapping(ledger.db, LANE))!;
		expect(hash).toBe('qUYmLHVgZHz9nORo');
		const before = (await link(3)).bases;
		await pinMapping(ledger.db, LANE, { hash: 'next', mapping }, NOW);
		expect((await link(3)).bases).toEqual(before);
		mapping.lead!.rows[1]!.transform = { trim: true };
		await pinMapping(ledger.db, LANE, { hash: 'after that', mapping }, NOW);
		before.dynamics.delete('jobtitle');
		before.marketo.delete('title');
		expect((await link(3)).bases).toEqual(before);
	});

	it('has the plans, in their order', async () => {
		const { db } = ledger;
		const plans = await plansOfLinks(db, [6, 10, 5, 12]);
		expect(
			[...plans.values()].flat().map(({ id, lane, state, seq }) => [id, lane, state, seq]),
		).toEqual([
			['id18', LANE, 'echo', 11],
			['id40', LANE, 'unknown', 21],
			['id41', LANE, 'sent', 22],
			['id42', LANE, 'planned', 23],
		]);
		expect(plans.get(5)).toMatchObject([
			{
				side: 'marketo',
				run: RUN,
				page: 1,
				operation: 'update',
				sentAt: NOW,
				overAt: NOW + 40_000,
				fields: {
					phone: {
						row: 'telephone1>phone',
						new: print('55'),
						old: print(null),
						source: { column: 'telephone1', value: print('55') },
					},
				},
			},
		]);
		expect((await leftBehind(db, LANE)).map(({ id }) => id).sort()).toEqual(['id41', 'id42']);
		expect((await unansweredPlans(db, LANE)).map(({ id }) => id)).toEqual(['id40', 'id41']);
	});

	it('has what is due and what needs help', async () => {
		const { db } = ledger;
		expect(await countDue(db, LANE)).toEqual({ needHelp: 2, waiting: 3 });
		const due = await handOutDue(ledger, db, { lane: LANE, run: 'next' }, 10, true);
		expect(due.map(({ subject, state, code }) => [subject, state, code])).toEqual([
			[`lead:${lead(3)}`, 'due', 'readBoth'],
			[`lead:${lead(4)}`, 'help', '1006'],
			['lead:a1111111-1111-4111-8111-111111111111', 'due', 'linked'],
		]);
		expect((await allNeedingHelp(db, LANE)).map(({ code, side }) => [code, side])).toEqual([
			['1006', 'marketo'],
			['secondary', null],
		]);
		expect(await untoldHelp(db, LANE, 10)).toHaveLength(2);
	});

	it('has the refusal, the question and who won', async () => {
		const { db } = ledger;
		expect((await refusalsOf(db, [3])).get(3)).toMatchObject([
			{ lane: LANE, side: 'marketo', field: 'title', source: print('Odd'), stood: print('Clerk') },
		]);
		expect(await untoldRefusals(db, LANE, 10)).toMatchObject([
			{ link: 3, table: 'lead', dynamicsId: lead(3), marketoId: '3', isSolved: false },
		]);
		expect(await countQuestions(db, LANE)).toBe(1);
		expect((await questionsOf(db, [1])).get(1)).toMatchObject([
			{ row: 'telephone1>phone', shown: { dynamics: print('1'), marketo: print('2') } },
		]);
		expect(await winnersOf(db, 1)).toEqual(new Map([['id20 jobtitle>title', 'marketo']]));
	});

	it('has the history, with its values', async () => {
		expect(await rememberedOf(ledger.db, 4, 1)).toEqual([
			{
				at: Date.parse('2026-03-02T09:25:00Z'),
				run: 'id23',
				page: 1,
				plan: 'id25',
				link: 4,
				side: 'marketo',
				operation: 'update',
				outcome: 'refused',
				decided: [
					{ rule: 'Changed in Dynamics', fields: ['title'], rows: ['jobtitle>title'] },
					{ rule: 'Last sync', fields: ['msLastSync'], own: true },
				],
				shown: { 'jobtitle>title': ['Odd', 'Clerk'] },
				mappingHash: 'qUYmLHVgZHz9nORo',
			},
		]);
	});

	it('has the lane in its run, the page that is open, and where the feeds stand', async () => {
		const { db } = ledger;
		expect(await allLanes(db)).toMatchObject([
			{
				name: LANE,
				workflow: 'w1',
				isPaused: false,
				run: RUN,
				cycle: 17,
				leaseUntil: NOW + 180_000,
			},
		]);
		expect(await runOf(db, RUN)).toMatchObject({ endedAt: null, pages: 1 });
		expect(await openPageOf(db, RUN)).toMatchObject({ number: 1, isCommitted: true, records: 11 });
		expect((await lastCompleteRun(db, LANE))!.id).toBe('id36');
		expect(await lastPages(db, 'id23', 5)).toHaveLength(2);
		expect(JSON.parse((await feedOf(db, LANE, 'lead'))!.cursor)).toMatchObject({ link: '25' });
		expect(areFeedsDrained(await feedsOf(db, LANE), RUN)).toBe(true);
	});

	it('has what was taken from the log, what was described, claimed and called', async () => {
		const { db } = ledger;
		expect(await seenBefore(db, LANE, ['g72', 'g77', 'none'])).toEqual(new Set(['g72', 'g77']));
		expect((await keptEdits(db, LANE, ['3'])).get('3')).toMatchObject([
			{ field: 'title', oldValue: 'Clerk', newValue: 'Even' },
		]);
		expect((await keptColumns(db, 'lead')).get('jobtitle')).toMatchObject({ type: 'text' });
		expect(await claimKey(ledger, db, 'email:somebody', 'else')).toBe(false);
		expect(await callsToday(db, 'marketo', NOW)).toBe(1);
		expect(await paceDelay(ledger, 'marketo')).toBe(0);
		expect(await isLogDue(db, LANE)).toBe(true);
		expect(await claimLog(db, LANE, 10)).toMatchObject([
			{ id: 2, lane: LANE, person: '4', subject: 'Marketo refused the record' },
		]);
	});

	it('has the people of campaigns, and can open their callback', async () => {
		const { db } = ledger;
		expect(await countWaiting(db, 'w:n')).toBe(2);
		expect(await isBatchOpen(db, 'id49')).toBe(true);
		expect(await answerOf(db, 'id46')).toMatchObject({ success: false, errorCode: 'REFUSED' });
		expect((await takeBatch(ledger, 'w:n'))!.items).toMatchObject([
			{ id: '5', service: 'webhook' },
		]);
		expect(await callbackState(db, 'c2')).toEqual({ state: 'open', reason: '' });
		expect(await claimCallback(ledger, 'w:n')).toMatchObject({
			chunk: 'c1',
			callback: { url: 'https://x.marketo.test/cb', token: 'one-time', munchkinId: 'AAA-111-BBB' },
			people: [
				{ person: '7', answer: { success: true } },
				{ person: '3', answer: { success: false } },
			],
		});
	});
});

describe('a ledger of 0.2.0, after the update', () => {
	let ledger: Ledger;

	beforeEach(async () => void (ledger = await updated('0.2.0')));
	afterEach(async () => await ledger.close());

	it('is the same ledger, of the same key and of the same systems', async () => {
		expect(ledger.id).toBe('id1');
		expect(await lostKey(ledger, ledger.db)).toBeUndefined();
		expect(await metaValue(ledger.db, 'commits')).toBe('18');
		expect(await metaValue(ledger.db, 'marketo.subscription')).toBe('123-TWN-456');
	});

	it('has the links of both lanes, and what was decided about each', async () => {
		const links = await linksById(
			ledger.db,
			Array.from({ length: 10 }, (_, at) => at),
		);
		expect(
			[...links.values()].map(({ id, lane, table, state, object, marketoId }) => [
				id,
				lane,
				table,
				state,
				object,
				marketoId,
			]),
		).toEqual([
			[1, LANE, 'lead', 'active', 'person', '1001'],
			[2, LANE, 'lead', 'goneInDynamics', 'person', '1002'],
			[3, LANE, 'lead', 'goneInMarketo', 'person', '1003'],
			[4, LANE, 'lead', 'active', 'person', '1004'],
			[5, LANE, 'contact', 'apart', 'person', '1005'],
			[6, LANE, 'lead', 'active', 'person', '1006'],
			[7, 'companies', 'account', 'active', 'company', '3001'],
			[8, 'companies', 'account', 'active', 'company', '3002'],
		]);
		expect(links.get(6)!.bases.dynamics.get('telephone1')).toEqual(known(print('2')));
	});

	it('has the question and who needs help, and both lanes with their feeds', async () => {
		const { db } = ledger;
		expect((await questionsOf(db, [1])).get(1)).toMatchObject([
			{ row: 'jobtitle>title', shown: { dynamics: print('Here'), marketo: print('There') } },
		]);
		expect((await allNeedingHelp(db, LANE)).map(({ subject }) => subject.split(':')[0])).toEqual(
			expect.arrayContaining(['contact', 'lead', 'lead']),
		);
		expect((await allLanes(db)).map(({ name, run }) => [name, run])).toEqual([
			['companies', null],
			[LANE, null],
		]);
		for (const [lane, feed] of [
			[LANE, 'lead'],
			[LANE, 'contact'],
			[LANE, 'person'],
			['companies', 'account'],
		] as const)
			expect((await feedOf(db, lane, feed))!.cursor).toMatch(/./);
	});
});
