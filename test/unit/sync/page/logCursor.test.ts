import {
	afterPiece,
	isQuiet,
	logCursor,
	nextRead,
	type LogCursor,
} from '../../../../sync/page/logCursor';
import type { PersonChanges } from '../../../../sync/ports';

const MINUTE = 60_000;
const OVERLAP = 15 * MINUTE;
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

/** A read at that minute by both clocks, to its end. */
function read(cursor: LogCursor, minute: number, changes: PersonChanges, isLookDue = false) {
	const one = nextRead(cursor, isLookDue, NOON + minute * MINUTE);
	const told = { ...changes, serverTime: time(minute) };
	return { one, cursor: afterPiece(cursor, one, told, OVERLAP, false) };
}

const start: LogCursor = {
	since: time(-20),
	near: time(-20),
	readTo: NOON - 5 * MINUTE,
	certainTo: NOON - 20 * MINUTE,
	open: null,
};

describe('where the log is read (R34)', () => {
	it("goes by the server's clock from the first read on, which this host's clock may have started in the future", () => {
		const first = logCursor(null, NOON + 40 * MINUTE, OVERLAP);
		const one = nextRead(first, false, NOON + 40 * MINUTE);
		const told = { ...found(0, 0), serverTime: time(0) };
		const cursor = afterPiece(first, one, told, OVERLAP, true);
		expect(cursor).toMatchObject({ since: time(-15), near: time(-15) });
	});

	it('while little is logged, each read starts an overlap before the one before, and all before that is certain', () => {
		const { one, cursor } = read(start, 0, found(150, -1));
		expect(one).toMatchObject({ since: time(-20), isLook: false });
		expect(cursor).toEqual({
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
		const between = afterPiece(start, first, piece, OVERLAP, false);
		expect(between).toMatchObject({ since: start.since, readTo: start.readTo });
		const second = nextRead(between, true, NOON + 3 * MINUTE);
		expect(second).toMatchObject({ next: 'there', begunAt: NOON, serverTime: time(0) });
		const last = found(5, -2, { serverTime: time(3) });
		expect(afterPiece(between, second, last, OVERLAP, false)).toMatchObject({
			since: time(-15),
			readTo: NOON,
			certainTo: NOON - OVERLAP,
			open: null,
		});
	});

	it('goes on from where 0.1 was', () => {
		const old = { since: time(-20), next: null, then: null, readTo: NOON - 5 * MINUTE };
		expect(logCursor(JSON.stringify(old), NOON, OVERLAP)).toEqual(start);
		const unfinished = { ...old, next: 'there', then: time(-15), begun: NOON };
		expect(logCursor(JSON.stringify(unfinished), NOON, OVERLAP).open).toMatchObject({
			next: 'there',
			begunAt: NOON,
			serverTime: time(0),
		});
	});
});
