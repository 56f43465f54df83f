import { serverTime } from '../../../../../apis/marketo/changes/serverTime';

describe('serverTime', () => {
	it('reads the clock in the request id', () => {
		expect(serverTime('e42b#17d4f044661')).toBe('2021-11-23T22:57:00.001Z');
	});

	it.each([undefined, '', 'e42b', 'e42b#xyz', 'e42b#1'])('gives null for %p', (requestId) => {
		expect(serverTime(requestId)).toBeNull();
	});
});
