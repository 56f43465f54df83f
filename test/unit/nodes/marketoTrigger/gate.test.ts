import { Gate } from '../../../../nodes/MarketoTrigger/receive/gate';

describe(Gate, () => {
	it('lets in so many at once, and others again when these are over, each counted once', () => {
		const gate = new Gate({ atOnce: 2, perSecond: 1, burst: 10 }, () => 0);
		const leave = [gate.enter(), gate.enter()];
		const refused = expect.objectContaining({ status: 429, retryAfter: 1 }) as Error;
		expect(() => gate.enter()).toThrow(refused);
		leave[0]!();
		leave[0]!();
		gate.enter();
		expect(() => gate.enter()).toThrow(refused);
	});

	it('lets a burst through, then as many as time brings', () => {
		let now = 0;
		const gate = new Gate({ atOnce: 1, perSecond: 10, burst: 3 }, () => now);
		for (let call = 0; call < 3; call++) gate.enter()();
		expect(() => gate.enter()).toThrow(expect.objectContaining({ status: 429 }));
		now = 100;
		gate.enter()();
		expect(() => gate.enter()).toThrow();
		now = 60_000;
		for (let call = 0; call < 3; call++) gate.enter()();
		expect(() => gate.enter()).toThrow();
	});

	it('does not open wide when the clock goes back', () => {
		let now = 60_000;
		const gate = new Gate({ atOnce: 1, perSecond: 10, burst: 1 }, () => now);
		gate.enter()();
		now = 0;
		expect(() => gate.enter()).toThrow();
	});
});
