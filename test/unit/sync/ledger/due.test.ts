import { NORMAL_TIMING, type Ledger } from '../../../../sync/ledger/ledger';
import { openLedger } from '../../../../sync/ledger/open';
import {
	enqueue,
	forgetHandedOut,
	handOutDue,
	NOT_REACHED,
	settleSubjects,
	takenInHand,
	UNANSWERED,
} from '../../../../sync/ledger/due';
import { retryLater } from '../../../../sync/ledger/failures';
import { needsHelp } from '../../../../sync/ledger/help';
import { newPlace } from './database';

const NOW = 1_000_000_000;

async function open(): Promise<Ledger> {
	return await openLedger(newPlace(), {
		key: { id: 'k', secret: Buffer.alloc(32, 1) },
		clock: { now: () => NOW },
		random: { id: () => 'id' },
		timing: NORMAL_TIMING,
	});
}

const put = async (ledger: Ledger, subject: string, dueAt: number, comesFirst = false) =>
	await enqueue(ledger, ledger.db, {
		lane: 'people',
		subject,
		dueAt,
		code: 'test',
		reason: 'Test',
		run: '',
		comesFirst,
	});
const handOut = async (ledger: Ledger, most: number, run = 'run', count = true) =>
	(await handOutDue(ledger, ledger.db, { lane: 'people', run }, most, count)).map(
		({ subject }) => subject,
	);
const rowOf = async (ledger: Ledger) =>
	await ledger.db.selectFrom('queue').select(['state', 'due_at']).executeTakeFirstOrThrow();

describe(handOutDue, () => {
	it('hands out what is due, the longest due first, and no more than asked for (R3)', async () => {
		const ledger = await open();
		await put(ledger, 'lead:a', NOW - 1);
		await put(ledger, 'lead:c', NOW);
		await put(ledger, 'lead:b', NOW - 2);
		await put(ledger, 'lead:d', NOW + 1);
		expect(await handOut(ledger, 2)).toEqual(['lead:b', 'lead:a']);
		expect(await handOut(ledger, 9)).toEqual(['lead:b', 'lead:a', 'lead:c']);
	});

	it('hands out opt-outs and new people before what is longer due, until they are in order (R3)', async () => {
		const ledger = await open();
		await put(ledger, 'lead:old', NOW - 2);
		await put(ledger, 'lead:first', NOW, true);
		await put(ledger, 'lead:older', NOW - 3);
		expect(await handOut(ledger, 1)).toEqual(['lead:first']);
		expect(await handOut(ledger, 9)).toEqual(['lead:first', 'lead:older', 'lead:old']);
		await takenInHand(ledger.db, 'people', ['lead:first']);
		await put(ledger, 'lead:first', NOW);
		expect(await handOut(ledger, 9)).toEqual(['lead:older', 'lead:old', 'lead:first']);
	});

	it('hands out beyond that what a page left behind of those who come first, and of no others (R3)', async () => {
		const ledger = await open();
		const { db } = ledger;
		const lane = 'people';
		const put = async (subject: string, code: string, comesFirst: boolean) =>
			await enqueue(ledger, db, {
				...{ lane, subject, code, comesFirst },
				...{ dueAt: NOW, reason: 'Test', run: '' },
			});
		for (const name of ['a', 'c', 'e']) await put(`lead:${name}`, NOT_REACHED, true);
		await put('lead:b', 'test', true);
		await put('lead:d', UNANSWERED, true);
		await put('lead:f', NOT_REACHED, false);
		const handedOut = async (most: number, room: number) =>
			(await handOutDue(ledger, db, { lane, run: 'run' }, most, false, room)).map(({ subject }) =>
				subject.slice('lead:'.length),
			);
		expect(await handedOut(1, 9)).toEqual(['a', 'c', 'd', 'e']);
		expect(await handedOut(1, 4)).toEqual(['a', 'c', 'd']);
		expect(await handedOut(2, 2)).toEqual(['a', 'b']);
		expect(await handedOut(9, 9)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
	});

	it('counts before the work (R37: the work may end the process), five times in a run, and no look of a preview', async () => {
		const ledger = await open();
		await put(ledger, 'lead:a', NOW);
		for (let look = 0; look < 9; look++) await handOut(ledger, 9, 'run', false);
		const handed: number[] = [];
		for (let page = 0; page < 7; page++) handed.push((await handOut(ledger, 9)).length);
		expect(handed).toEqual([1, 1, 1, 1, 1, 0, 0]);
		expect(await handOut(ledger, 9, 'next run')).toEqual(['lead:a']);
	});

	it('counts also what was in order and is due again in the same run (R46: each record would wake the other for ever)', async () => {
		const ledger = await open();
		const handed: number[] = [];
		for (let page = 0; page < 7; page++) {
			await put(ledger, 'lead:a', NOW);
			handed.push((await handOut(ledger, 9)).length);
			await settleSubjects(ledger.db, 'people', ['lead:a']);
		}
		expect(handed).toEqual([1, 1, 1, 1, 1, 0, 0]);
		await forgetHandedOut(ledger.db, 'people');
		await put(ledger, 'lead:a', NOW);
		expect(await handOut(ledger, 9)).toEqual(['lead:a']);
	});

	it('forgets so many at a time, and what is left counts for nobody in the next run', async () => {
		const ledger = await open();
		for (const subject of ['lead:a', 'lead:b', 'lead:c']) {
			await put(ledger, subject, NOW);
			for (let page = 0; page < 5; page++) await handOut(ledger, 9, 'first');
			await settleSubjects(ledger.db, 'people', [subject]);
		}
		await forgetHandedOut(ledger.db, 'people', 2);
		const left = await ledger.db.selectFrom('queue').select(['subject', 'state']).execute();
		expect(left).toEqual([{ subject: 'lead:c', state: 'over' }]);
		await put(ledger, 'lead:c', NOW);
		expect(await handOut(ledger, 9, 'second')).toEqual(['lead:c']);
	});
});

describe(retryLater, () => {
	it.each([
		[undefined, [1, 1, 2, 4, 8]],
		[0, [0, 0, 2, 4, 8]],
	])(
		'waits longer each time, and asks for help at the sixth failure (R46; tried again in this run: %j)',
		async (soon, pauses) => {
			const ledger = await open();
			const seen: number[] = [];
			for (let failure = 1; failure <= 6; failure++) {
				await retryLater(ledger, ledger.db, {
					lane: 'people',
					subject: 'lead:a',
					code: 'test',
					reason: 'Test',
					remedy: 'None',
					run: '',
					soon,
				});
				seen.push((Number((await rowOf(ledger)).due_at) - NOW) / NORMAL_TIMING.retry);
			}
			expect(seen.slice(0, 5)).toEqual(pauses);
			expect(await rowOf(ledger)).toMatchObject({ state: 'help' });
		},
	);
});

describe(needsHelp, () => {
	it('is news once: the same reason again is none', async () => {
		const ledger = await open();
		const help = {
			lane: 'people',
			subject: 'lead:a',
			code: 'test',
			reason: 'Test',
			remedy: 'None',
			run: '',
		};
		expect(await needsHelp(ledger, ledger.db, help)).toBe(true);
		expect(await needsHelp(ledger, ledger.db, help)).toBe(false);
		expect(await needsHelp(ledger, ledger.db, { ...help, reason: 'Another' })).toBe(true);
	});
});
