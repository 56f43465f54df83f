import { crashesAfter, roomAfter } from '../../../../sync/schedule/crashes';

describe(roomAfter, () => {
	it.each([
		[0, 1000],
		[2, 1000],
		[3, 500],
		[5, 125],
		[12, 1],
		[34, 1],
		[70, 1],
	])(
		'after %i pages without a commit is %i (R37; a shift by 32 would make it full again)',
		(crashes, room) => expect(roomAfter(crashes, 1000)).toBe(room),
	);
});

describe(crashesAfter, () => {
	const lane = { crashes: 5, waitingFor: null, nextDue: 0 };

	it('goes down step by step once pages pass, and is over where none were halved (R37)', () => {
		expect(crashesAfter(lane, true, 1)).toBe(4);
		expect(crashesAfter({ ...lane, crashes: 2 }, true, 1)).toBe(0);
	});

	it('counts what ended by itself, but not what a vendor put off (no record is at fault)', () => {
		expect(crashesAfter(lane, false, 1)).toBe(6);
		expect(crashesAfter({ ...lane, waitingFor: 'Quota', nextDue: 2 }, false, 1)).toBe(5);
	});
});
