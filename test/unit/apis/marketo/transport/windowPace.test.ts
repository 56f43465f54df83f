import { windowPace, type CallWindow } from '../../../../../apis/marketo/transport/windowPace';

function clocked() {
	const clock = { now: 0 };
	return {
		clock,
		wire: {
			now: () => clock.now,
			sleep: async (milliseconds: number) => {
				clock.now += milliseconds;
			},
		},
	};
}

describe('windowPace', () => {
	it('lets no more calls go in any stretch of the window', async () => {
		const { clock, wire } = clocked();
		const pace = windowPace({ starts: [] }, wire, { calls: 3, windowMs: 1_000 });
		const starts: number[] = [];
		for (let number = 0; number < 10; number++) {
			await pace.take();
			starts.push(clock.now);
			clock.now += 100;
		}
		for (let at = 3; at < starts.length; at++) {
			expect(starts[at]! - starts[at - 3]!).toBeGreaterThanOrEqual(1_000);
		}
	});

	it('keeps one budget for all that share the window', async () => {
		const { clock, wire } = clocked();
		const window: CallWindow = { starts: [] };
		const limit = { calls: 1, windowMs: 1_000 };
		await windowPace(window, wire, limit).take();
		await windowPace(window, wire, limit).take();
		expect(clock.now).toBe(1_000);
	});
});
