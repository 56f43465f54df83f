import { countCall, nextDay } from '../../../../sync/ledger/callCount';
import { dayUsage, noteAllowed, noteUsed, takeTurnToAsk } from '../../../../sync/ledger/dayUsage';
import { NORMAL_TIMING } from '../../../../sync/ledger/ledger';
import { openLedger } from '../../../../sync/ledger/open';
import type { Db } from '../../../../sync/ledger/schema';
import { newPlace } from './database';

/** Noon in Chicago. */
const NOON = Date.parse('2026-03-02T18:00:00Z');
const HOUR = 3_600_000;
const TOMORROW = NOON + 13 * HOUR;
const TODAY = '2026-03-02';

let db: Db;
beforeEach(async () => {
	const ledger = await openLedger(newPlace(), {
		key: { id: 'k', secret: Buffer.alloc(32) },
		clock: { now: () => NOON },
		random: { id: () => 'id' },
		timing: NORMAL_TIMING,
	});
	db = ledger.db;
	await noteAllowed(db, 'marketo', 50_000);
});

const call = async (times: number, now = NOON) => {
	for (let done = 0; done < times; done++) await countCall(db, 'marketo', now);
};
const used = async (now = NOON) => (await dayUsage(db, 'marketo', now))!.used;

describe(dayUsage, () => {
	it('is unknown where nobody has said what the system allows', async () => {
		expect(await dayUsage(db, 'dynamics', NOON)).toBeUndefined();
	});

	it("is the vendor's own count and our calls since; our own where that is more (the vendor's may lag behind)", async () => {
		await call(5);
		expect(await used()).toBe(5);
		await noteUsed(db, 'marketo', { day: TODAY, total: 900 }, NOON);
		expect(await used()).toBe(900);
		await call(3);
		expect(await used()).toBe(903);
		await noteUsed(db, 'marketo', { day: TODAY, total: 2 }, NOON);
		expect(await used()).toBe(8);
	});

	it('starts anew with the next day of Chicago, and is not misled by a vendor who is still at the day before', async () => {
		await call(5);
		await noteUsed(db, 'marketo', { day: TODAY, total: 49_000 }, NOON);
		expect(await used(TOMORROW)).toBe(0);
		await noteUsed(db, 'marketo', { day: TODAY, total: 49_000 }, TOMORROW);
		expect(await used(TOMORROW)).toBe(0);
	});
});

describe(takeTurnToAsk, () => {
	it('is given once in a hundred calls, and once in a quarter of an hour, whoever asks', async () => {
		await call(99);
		expect(await takeTurnToAsk(db, 'marketo', NOON)).toBe(false);
		await call(1);
		expect(await takeTurnToAsk(db, 'marketo', NOON)).toBe(true);
		expect(await takeTurnToAsk(db, 'marketo', NOON)).toBe(false);
		await call(100);
		expect(await takeTurnToAsk(db, 'marketo', NOON + HOUR / 4 - 1)).toBe(false);
		expect(await takeTurnToAsk(db, 'marketo', NOON + HOUR / 4)).toBe(true);
	});

	it('counts calls anew with the day', async () => {
		await call(100);
		expect(await takeTurnToAsk(db, 'marketo', NOON)).toBe(true);
		await call(100, TOMORROW);
		expect(await takeTurnToAsk(db, 'marketo', TOMORROW)).toBe(true);
	});
});

describe(nextDay, () => {
	it.each([
		['in winter', NOON, '2026-03-03T06:00:00.000Z'],
		['in summer', Date.parse('2026-07-02T18:00:00Z'), '2026-07-03T05:00:00.000Z'],
		[
			'in the night in which an hour is missing',
			Date.parse('2026-03-08T07:00:00Z'),
			'2026-03-09T05:00:00.000Z',
		],
	])("is Chicago's midnight %s", (_, now, expected) => {
		expect(new Date(nextDay('marketo', now)).toISOString()).toBe(expected);
	});
});
