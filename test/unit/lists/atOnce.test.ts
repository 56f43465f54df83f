import { atOnce } from '../../../lists/atOnce';

const tick = async () => await new Promise((resolve) => setImmediate(resolve));

describe('atOnce', () => {
	it('gives results in the order of the list, whoever is done first', async () => {
		const results = await atOnce([3, 1, 2], 3, async (ticks) => {
			for (let left = ticks; left > 0; left--) await tick();
			return ticks * 10;
		});
		expect(results).toEqual([30, 10, 20]);
	});

	it('after a failure begins no other, and waits for those under way before it tells', async () => {
		const begun: number[] = [];
		const ended: number[] = [];
		const work = async (item: number) => {
			begun.push(item);
			if (item === 1) throw new Error('refused');
			await tick();
			await tick();
			ended.push(item);
		};
		await expect(atOnce([0, 1, 2, 3, 4], 2, work)).rejects.toThrow('refused');
		expect(begun).toEqual([0, 1]);
		expect(ended).toEqual([0]);
	});

	it('does nothing for an empty list', async () => {
		expect(await atOnce([], 3, tick)).toEqual([]);
	});
});
