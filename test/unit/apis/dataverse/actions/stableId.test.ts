import { createHash } from 'crypto';

import { stableId } from '../../../../../apis/dataverse/actions/stableId';

describe('stableId', () => {
	it('is a GUID of version 5 that always belongs to the same parts', () => {
		expect(stableId('a', 'b')).toMatch(
			/^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
		);
		expect(stableId('a', 'b')).toBe(stableId('a', 'b'));
		const plain = createHash('sha1')
			.update(Buffer.from('b9b6a3f05d0e4c3a9a556f0f4d365a01', 'hex'))
			.update('["a","b"]')
			.digest('hex');
		expect(stableId('a', 'b').slice(0, 13)).toBe(`${plain.slice(0, 8)}-${plain.slice(8, 12)}`);
	});

	it('tells parts apart wherever they are cut (a key may hold any sign)', () => {
		expect(stableId('a', 'b')).not.toBe(stableId('ab'));
		expect(stableId('a","b')).not.toBe(stableId('a', 'b'));
		expect(stableId('a', '')).not.toBe(stableId('a'));
	});
});
