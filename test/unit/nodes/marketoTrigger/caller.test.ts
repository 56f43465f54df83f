import {
	isKnownCaller,
	weakness,
	type IncomingSecret,
} from '../../../../nodes/MarketoTrigger/receive/caller';

const KEY = 'k'.repeat(16);
const byKey: IncomingSecret = { authentication: 'apiKey', headerName: 'X-Sync-Key', apiKey: KEY };
const basic: IncomingSecret = {
	authentication: 'basic',
	user: 'marketo',
	password: 'p'.repeat(16),
};
const pair = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });

describe(isKnownCaller, () => {
	it('knows who shows the key in the header of the credential, whatever its case', () => {
		expect(isKnownCaller(byKey, { 'x-sync-key': KEY })).toBe(true);
		expect(isKnownCaller({ ...byKey, headerName: '' }, { 'x-api-key': KEY })).toBe(true);
	});

	it.each([
		{},
		{ 'x-sync-key': '' },
		{ 'x-sync-key': `${KEY}k` },
		{ 'x-sync-key': [KEY] },
		{ 'x-api-key': KEY },
		pair(`:${KEY}`),
	])('does not know %j', (headers) => expect(isKnownCaller(byKey, headers)).toBe(false));

	it('knows user and password together', () => {
		expect(isKnownCaller(basic, pair(`marketo:${basic.password!}`))).toBe(true);
		expect(isKnownCaller(basic, pair(`other:${basic.password!}`))).toBe(false);
		expect(isKnownCaller(basic, pair('marketo:'))).toBe(false);
		expect(isKnownCaller(basic, { 'x-api-key': basic.password })).toBe(false);
	});

	it('lets nobody in by a secret that is missing or too short', () => {
		expect(isKnownCaller({ authentication: 'apiKey' }, { 'x-api-key': '' })).toBe(false);
		expect(
			isKnownCaller({ authentication: 'apiKey', apiKey: 'short' }, { 'x-api-key': 'short' }),
		).toBe(false);
		expect(isKnownCaller({ authentication: 'basic' }, pair(':'))).toBe(false);
	});
});

describe(weakness, () => {
	it('has nothing against a good secret', () => {
		expect(weakness(byKey)).toBeUndefined();
		expect(weakness(basic)).toBeUndefined();
	});

	it.each([
		[{ ...byKey, apiKey: '' }, 'missing'],
		[{ ...byKey, apiKey: 'k'.repeat(15) }, '16 characters'],
		[{ ...byKey, headerName: 'x api' }, 'header name'],
		[{ ...basic, user: '' }, 'user is missing'],
		[{ ...basic, user: 'a:b' }, 'colon'],
		[{ ...basic, password: 'short' }, 'password is too short'],
	])('says in words what is wrong with %j', (secret, words) => {
		expect(weakness(secret)).toContain(words);
		expect(weakness(secret)).not.toContain('kkkk');
	});
});
