import { backOffMs, repeat, type Verdict } from '../../../../apis/wire/repeat';
import { Cancelled, NoAnswer } from '../../../../apis/wire/wire';

function clock(random = 0.5) {
	const waits: number[] = [];
	return {
		waits,
		wire: {
			sleep: async (milliseconds: number) => {
				waits.push(milliseconds);
			},
			random: () => random,
		},
	};
}

const AGAIN: Verdict = { again: true };
const STOP: Verdict = { again: false };

describe('repeat', () => {
	it('gives back the first outcome that the verdict accepts', async () => {
		const { wire, waits } = clock();
		const answers = [1, 2, 3];
		const result = await repeat(
			wire,
			async () => answers.shift()!,
			(attempt) => ('answer' in attempt && attempt.answer < 3 ? AGAIN : STOP),
		);
		expect(result).toBe(3);
		expect(waits).toHaveLength(2);
	});

	it('waits longer each time, half of it by chance (so that executions drift apart)', async () => {
		const { wire, waits } = clock(0);
		await repeat(
			wire,
			async () => 'no',
			() => AGAIN,
			{ attempts: 4, firstWaitMs: 1000 },
		);
		expect(waits).toEqual([500, 1000, 2000]);
		expect(backOffMs(1000, 3, 120_000, 0.999)).toBeGreaterThan(3900);
	});

	it('waits as long as the vendor said', async () => {
		const { wire, waits } = clock();
		await repeat(
			wire,
			async () => 'no',
			() => ({ again: true, afterMs: 17_000 }),
			{ attempts: 2 },
		);
		expect(waits).toEqual([17_000]);
	});

	it('does not wait for a vendor who asks for more than the longest wait (coming early makes it worse)', async () => {
		const { wire, waits } = clock();
		let calls = 0;
		const result = await repeat(
			wire,
			async () => ++calls,
			() => ({ again: true, afterMs: 120_001 }),
		);
		expect(result).toBe(1);
		expect(waits).toEqual([]);
	});

	it('gives up after the allowed attempts and rejects with the last lost answer', async () => {
		const { wire } = clock();
		let calls = 0;
		const call = async () => {
			throw new NoAnswer(`lost ${++calls}`, 'maybe');
		};
		await expect(repeat(wire, call, () => AGAIN, { attempts: 3 })).rejects.toThrow('lost 3');
	});

	it('asks the verdict about a lost answer before repeating it (a create must not be doubled)', async () => {
		const { wire } = clock();
		let calls = 0;
		const call = async () => {
			calls++;
			throw new NoAnswer('reset', 'maybe');
		};
		await expect(repeat(wire, call, () => STOP)).rejects.toBeInstanceOf(NoAnswer);
		expect(calls).toBe(1);
	});

	it('lets a cancellation through, also during a wait', async () => {
		const wire = {
			sleep: async () => {
				throw new Cancelled();
			},
			random: () => 0,
		};
		await expect(
			repeat(
				wire,
				async () => 1,
				() => AGAIN,
			),
		).rejects.toBeInstanceOf(Cancelled);
		await expect(
			repeat(
				wire,
				async () => {
					throw new Cancelled();
				},
				() => AGAIN,
			),
		).rejects.toBeInstanceOf(Cancelled);
	});
});
