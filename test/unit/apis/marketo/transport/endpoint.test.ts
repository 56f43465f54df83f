import {
	marketoEndpoint,
	subscriptionOf,
	UnusableEndpoint,
} from '../../../../../apis/marketo/transport/endpoint';

describe('marketoEndpoint', () => {
	it.each([
		'https://123-ABC-456.mktorest.com',
		'https://123-ABC-456.mktorest.com/',
		'https://123-ABC-456.mktorest.com/rest',
		'https://123-ABC-456.mktorest.com/rest/',
		'https://123-ABC-456.mktorest.com/identity',
		'https://123-ABC-456.mktorest.com/identity/oauth/token?grant_type=client_credentials',
		'https://123-ABC-456.mktorest.com/rest/v1/leads.json',
		'http://123-ABC-456.mktorest.com/rest',
		'123-ABC-456.mktorest.com//',
		' "https://123-ABC-456.mktorest.com/rest" ',
	])('understands %s', (pasted) => {
		expect(marketoEndpoint(pasted).toLowerCase()).toBe('https://123-abc-456.mktorest.com');
	});

	it('understands the Munchkin id alone', () => {
		expect(marketoEndpoint('123-abc-456')).toBe('https://123-ABC-456.mktorest.com');
	});

	it('keeps http and the port of a stand-in on this machine', () => {
		expect(marketoEndpoint('http://127.0.0.1:8091/')).toBe('http://127.0.0.1:8091');
		expect(marketoEndpoint('http://localhost:8091/')).toBe('http://localhost:8091');
	});

	it('sends a secret to no other host in the clear', () => {
		expect(marketoEndpoint('http://gateway.example:8080/marketo')).toBe(
			'https://gateway.example:8080/marketo',
		);
		expect(marketoEndpoint('http://127.0.0.1.example')).toBe('https://127.0.0.1.example');
	});

	it('keeps the path of a gateway', () => {
		expect(marketoEndpoint('https://gateway.example/marketo/rest/')).toBe(
			'https://gateway.example/marketo',
		);
	});

	it.each([
		'',
		'   ',
		'not an address',
		'ftp://123-ABC-456.mktorest.com',
		'https://app-ab12.marketo.com',
		'https://123-ABC-456.mktoapi.com/soap/mktows/2_9',
		'https://user:secret@123-ABC-456.mktorest.com',
	])('refuses "%s" and says where to find the right one', (pasted) => {
		expect(() => marketoEndpoint(pasted)).toThrow(UnusableEndpoint);
	});

	it('does not repeat a password that was pasted along', () => {
		expect(() => marketoEndpoint('https://user:hush@123-ABC-456.mktorest.com')).toThrow(
			expect.objectContaining({ message: expect.not.stringContaining('hush') }),
		);
	});
});

describe('subscriptionOf', () => {
	it.each([
		['https://123-ABC-456.mktorest.com', '123-ABC-456'],
		['https://123-abc-456.mktorest.com/rest', '123-ABC-456'],
		['123-abc-456', '123-ABC-456'],
		['http://127.0.0.1:8091', '127.0.0.1:8091'],
		['http://127.0.0.1:8092/', '127.0.0.1:8092'],
		['https://Gateway.example/marketo/rest/', 'gateway.example/marketo'],
	])('tells %s as %s', (pasted, subscription) => {
		expect(subscriptionOf(marketoEndpoint(pasted))).toBe(subscription);
	});
});
