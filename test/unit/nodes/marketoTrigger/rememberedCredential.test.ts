import { rememberedCredential } from '../../../../nodes/MarketoTrigger/rememberedCredential';

const TYPE = 'secret';

describe(rememberedCredential, () => {
	let [now, read, id] = [0, 0, 0];
	let slow: Array<() => void>;
	beforeEach(() => {
		[now, read, id] = [0, 0, id + 1];
		slow = [];
	});
	const ask = async (credential: () => Promise<object> = async () => ({ of: ++read })) =>
		await rememberedCredential<{ of: number }>(
			{
				getNode: () => ({ credentials: { [TYPE]: { id: String(id) } } }) as never,
				getCredentials: (async () => await credential()) as never,
			},
			TYPE,
			() => now,
		);
	/** A reading that lasts until it is ended. */
	const slowly = async () => {
		await new Promise<void>((resolve) => slow.push(resolve));
		return { of: ++read };
	};

	it('is read once for all who ask at once, and for ten seconds', async () => {
		expect(await Promise.all([ask(), ask(), ask()])).toEqual([{ of: 1 }, { of: 1 }, { of: 1 }]);
		now = 9_999;
		expect(await ask()).toEqual({ of: 1 });
	});

	it('is renewed beside the calls that come in: none of them waits for it', async () => {
		await ask();
		now = 10_000;
		const flood = await Promise.all(Array.from({ length: 300 }, async () => await ask(slowly)));
		expect(new Set(flood.map((one) => one.of))).toEqual(new Set([1]));
		expect(slow).toHaveLength(1);
		slow[0]!();
		await new Promise((resolve) => setImmediate(resolve));
		expect(await ask()).toEqual({ of: 2 });
	});

	it('is waited for after a minute: a secret that was changed long ago opens nothing', async () => {
		await ask();
		now = 60_000;
		expect(await ask()).toEqual({ of: 2 });
	});

	it('is read again after a failure, which those are told who waited', async () => {
		const failing = async () => await Promise.reject(new Error('n8n cannot read it'));
		await expect(ask(failing)).rejects.toThrow('n8n cannot read it');
		expect(await ask()).toEqual({ of: 1 });
		now = 10_000;
		expect(await ask(failing)).toEqual({ of: 1 });
		await new Promise((resolve) => setImmediate(resolve));
		expect(await ask()).toEqual({ of: 1 });
	});
});
