import { newMetadataCache, sharedMetadataCache } from '../../../../apis/marketo/metadataCache';

describe('newMetadataCache', () => {
	it('reads again once the value is too old, and only then', async () => {
		const cache = newMetadataCache();
		const read = jest.fn(async () => 'fields');
		await cache.get('a', 1_000, 0, read);
		await cache.get('a', 1_000, 999, read);
		expect(read).toHaveBeenCalledTimes(1);
		await cache.get('a', 1_000, 1_000, read);
		expect(read).toHaveBeenCalledTimes(2);
	});

	it('shares one read between calls at the same time', async () => {
		const cache = newMetadataCache();
		const read = jest.fn(async () => 'fields');
		await Promise.all([cache.get('a', 1_000, 0, read), cache.get('a', 1_000, 0, read)]);
		expect(read).toHaveBeenCalledTimes(1);
	});

	it('does not keep a failed read', async () => {
		const cache = newMetadataCache();
		await expect(
			cache.get('a', 1_000, 0, async () => await Promise.reject(new Error('no'))),
		).rejects.toThrow('no');
		expect(await cache.get('a', 1_000, 0, async () => 'yes')).toBe('yes');
	});

	it('forgets on demand', async () => {
		const cache = newMetadataCache();
		const read = jest.fn(async () => 'fields');
		await cache.get('a', 1_000, 0, read);
		cache.forget('a');
		await cache.get('a', 1_000, 0, read);
		expect(read).toHaveBeenCalledTimes(2);
	});
});

describe('sharedMetadataCache', () => {
	it('is one per subscription', () => {
		expect(sharedMetadataCache('one')).toBe(sharedMetadataCache('one'));
		expect(sharedMetadataCache('one')).not.toBe(sharedMetadataCache('two'));
	});
});
