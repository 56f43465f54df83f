import {
	afterPiece,
	isQuiet,
	logCursor,
	nextRead,
	type LogCursor,
	type LogRead,
} from '../../../../sync/page/logCursor';
import { NORMAL_TIMING } from '../../../../sync/ledger/ledger';
import { overlapOf } from '../../../../sync/page/lateness';
import type { PersonChanges } from '../../../../sync/ports';

const MINUTE = 60_000;
const OVERLAP = NORMAL_TIMING.overlap;
const NOON = Date.parse('2026-03-02T12:00:00Z');
const time = (minutes: number) => new Date(NOON + minutes * MINUTE).toISOString();

/** What a read tells that found so many entries a second after another, the last of them then. */
function found(count: number, last: number, more: Partial<PersonChanges> = {}): PersonChanges {
	const at = (n: number) => new Date(NOON + last * MINUTE - n * 1000).toISOString();
	return {
		changed: [],
		deleted: [],
		entries: Array.from({ length: count }, (_, n) => ({ guid: `g${n}`, at: at(n) })),
		next: '',
		drained: true,
		toNow: true,
		newestActivityAt: null,
		serverTime: null,
		...more,
	};
}

function after(
	cursor: LogCursor,
	one: LogRead,
	changes: PersonChanges,
	minute: number,
	news: PersonChanges['entries'] = [],
) {
	const now = NOON + minute * MINUTE;
	const piece = { changes, news, fields: 'all', isFirst: false, now };
	return afterPiece(cursor, one, piece, NORMAL_TIMING);
}

/** A read at that minute by both clocks, to its end. */
function read(cursor: LogCursor, minute: number, changes: PersonChanges, isLookDue = false) {
	const one = nextRead(cursor, isLookDue, NOON + minute * MINUTE);
	const told = { ...changes, serverTime: time(minute) };
	return { one, cursor: after(cursor, one, told, minute) };
}

const start: LogCursor = {
	since: time(-20),
	near: time(-20),
	readTo: NOON - 5 * MINUTE,
	certainTo: NOON - 20 * MINUTE,
	open: null,
	late: null,
	covered: null,
	swept: { upTo: 0, begunAt: NOON, at: NOON },
};

describe('where the log is read (R34)', () => {
	it("goes by the server's clock from the first read on, which this host's clock may have started in the future", () => {
		const now = NOON + 40 * MINUTE;
		const first = logCursor(null, now, NORMAL_TIMING);
		const one = nextRead(first, false, now);
		const changes = { ...found(0, 0), serverTime: time(0) };
		const piece = { changes, news: [], fields: '', isFirst: true, now };
		const cursor = afterPiece(first, one, piece, NORMAL_TIMING);
		expect(cursor).toMatchObject({ since: time(-15), near: time(-15) });
	});

	it('while little is logged, each read starts an overlap before the one before, and all before that is certain', () => {
		const { one, cursor } = read(start, 0, found(150, -1));
		expect(one).toMatchObject({ since: time(-20), isLook: false });
		expect(cursor).toMatchObject({
			since: time(-15),
			near: time(-15),
			readTo: NOON,
			certainTo: NOON - OVERLAP,
			open: null,
		});
	});

	it('after many entries the next read goes back over two hundred of them, and nothing is certain by it', () => {
		const { cursor: burst } = read(start, 0, found(1000, -1));
		expect(burst).toMatchObject({ since: time(-15), near: time(-1 - 199 / 60) });
		expect(isQuiet(burst)).toBe(false);
		const { one, cursor } = read(burst, 5, found(200, -1));
		expect(one.since).toBe(burst.near);
		expect(cursor).toMatchObject({
			since: burst.since,
			near: burst.near,
			readTo: NOON + 5 * MINUTE,
			certainTo: burst.certainTo,
		});
	});

	it('entries of one second are left to the second look', () => {
		const burst = found(1000, -1).entries.map(({ guid }) => ({ guid, at: time(-1) }));
		expect(read(start, 0, found(0, 0, { entries: burst })).cursor.near).toBe(time(-1 + 1 / 60));
	});

	it('a second look makes certain what it has passed, and the near read goes on where it was', () => {
		const { cursor: burst } = read(start, 0, found(1000, -1));
		const { one, cursor } = read(burst, 16, found(1000, -1, { toNow: false }), true);
		expect(one).toMatchObject({ since: burst.since, isLook: true });
		expect(cursor).toMatchObject({
			since: time(1),
			readTo: burst.readTo,
			certainTo: NOON + MINUTE,
		});
		expect(isQuiet(cursor)).toBe(true);
	});

	it('a second look that comes to the end of the log is a near read as well', () => {
		const { cursor: burst } = read(start, 0, found(1000, -1));
		const { cursor } = read(burst, 16, found(30, 12), true);
		expect(cursor).toMatchObject({ since: time(1), near: time(1), readTo: NOON + 16 * MINUTE });
	});

	it('a read in pieces counts from when it began', () => {
		const first = nextRead(start, false, NOON);
		const piece = found(300, -10, {
			drained: false,
			toNow: false,
			next: 'there',
			serverTime: time(0),
		});
		const between = after(start, first, piece, 0);
		expect(between).toMatchObject({ since: start.since, readTo: start.readTo });
		const second = nextRead(between, true, NOON + 3 * MINUTE);
		expect(second).toMatchObject({ next: 'there', begunAt: NOON, serverTime: time(0) });
		const last = found(5, -2, { serverTime: time(3) });
		expect(after(between, second, last, 3)).toMatchObject({
			since: time(-15),
			readTo: NOON,
			certainTo: NOON - OVERLAP,
			open: null,
		});
	});

	it("after the very first read the server's clock tells where to go on, also where this host's is ahead", () => {
		const ahead = NOON + 40 * MINUTE;
		const none = logCursor(null, ahead, NORMAL_TIMING);
		const piece = { changes: found(0, 0, { serverTime: time(0) }), news: [], fields: 'all' };
		const one = nextRead(none, false, ahead);
		expect(
			afterPiece(none, one, { ...piece, isFirst: true, now: ahead }, NORMAL_TIMING),
		).toMatchObject({ since: time(-15), near: time(-15) });
	});

	it('goes on from where 0.1 was', () => {
		const old = { since: time(-20), next: null, then: null, readTo: NOON - 5 * MINUTE };
		expect(logCursor(JSON.stringify(old), NOON, NORMAL_TIMING)).toEqual(start);
		const unfinished = { ...old, next: 'there', then: time(-15), begun: NOON };
		expect(logCursor(JSON.stringify(unfinished), NOON, NORMAL_TIMING).open).toMatchObject({
			next: 'there',
			begunAt: NOON,
			serverTime: time(0),
		});
	});
});

describe('how late the log is (R51)', () => {
	/** Read at noon, five minutes after the one before; with an entry that was logged so many minutes before noon. */
	function meets(minutesAgo: number, cursor = start, minute = 0) {
		const covered = { since: time(minute - 20), until: time(minute - 5), fields: 'all' };
		const entry = { guid: 'late', at: time(minute - minutesAgo) };
		const one = nextRead(cursor, false, NOON + minute * MINUTE);
		const told = found(0, 0, { entries: [entry], serverTime: time(minute) });
		return after({ ...cursor, covered }, one, told, minute, [entry]);
	}
	const overlap = (cursor: LogCursor, minute: number) =>
		overlapOf(cursor.late, NOON + minute * MINUTE, NORMAL_TIMING) / MINUTE;

	it('an entry that the read before should have met is as late as that, at the least', () => {
		expect(meets(17).late).toEqual({ ms: 12 * MINUTE, at: NOON });
	});

	it('an entry that was logged since says nothing', () => {
		expect(meets(4).late).toBeNull();
	});

	it('an entry of a field that was not asked for says nothing', () => {
		const covered = { since: time(-20), until: time(-5), fields: 'others' };
		const entry = { guid: 'late', at: time(-17) };
		const told = found(0, 0, { entries: [entry], serverTime: time(0) });
		const one = nextRead(start, false, NOON);
		expect(after({ ...start, covered }, one, told, 0, [entry]).late).toBeNull();
	});

	it('the overlap is twice as much, the next read goes back to there, and less is certain', () => {
		const cursor = meets(17);
		expect(overlap(cursor, 0)).toBe(24);
		expect(cursor).toMatchObject({
			since: time(-24),
			near: time(-24),
			certainTo: NOON - 24 * MINUTE,
		});
		expect(isQuiet(cursor)).toBe(true);
	});

	it('half of it is over after a day, and nothing is left below the usual', () => {
		const cursor = { ...start, late: { ms: 60 * MINUTE, at: NOON } };
		expect([0, 1, 2, 3, 4].map((days) => overlap(cursor, days * 24 * 60))).toEqual([
			120, 60, 30, 15, 15,
		]);
	});

	it('it ends with four hours', () => {
		expect(overlap({ ...start, late: { ms: 900 * MINUTE, at: NOON } }, 0)).toBe(240);
	});
});
