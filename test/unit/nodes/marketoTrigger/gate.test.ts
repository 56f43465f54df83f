import { Gate } from '../../../../nodes/MarketoTrigger/receive/gate';

describe(Gate, () => {
	it('lets in so many at once, and others again when these are done', async () => {
		const gate = new Gate({ atOnce: 2, perSecond: 1, burst: 1 }, () => 0);
		let end = () => {};
		const held = new Promise<void>((resolve) => (end = resolve));
		const first = [gate.within(() => held), gate.within(() => held)];
		await expect(gate.within(() => held)).rejects.toMatchObject({ status: 429, retryAfter: 1 });
		end();
		await Promise.all(first);
		await expect(gate.within(async () => 'in')).resolves.toBe('in');
	});

	it('has room again after work that failed', async () => {
		const gate = new Gate({ atOnce: 1, perSecond: 1, burst: 1 }, () => 0);
		await expect(gate.within(async () => await Promise.reject(new Error('no')))).rejects.toThrow(
			'no',
		);
		await expect(gate.within(async () => 'in')).resolves.toBe('in');
	});

	it('lets a burst through, then as many as time brings', () => {
		let now = 0;
		const gate = new Gate({ atOnce: 1, perSecond: 10, burst: 3 }, () => now);
		for (let call = 0; call < 3; call++) gate.count();
		expect(() => gate.count()).toThrow(expect.objectContaining({ status: 429 }));
		now = 100;
		gate.count();
		expect(() => gate.count()).toThrow();
		now = 60_000;
		for (let call = 0; call < 3; call++) gate.count();
		expect(() => gate.count()).toThrow();
	});

	it('does not open wide when the clock goes back', () => {
		let now = 60_000;
		const gate = new Gate({ atOnce: 1, perSecond: 10, burst: 1 }, () => now);
		gate.count();
		now = 0;
		expect(() => gate.count()).toThrow();
	});
});
