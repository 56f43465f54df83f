import { isCallbackUrl } from '../../../../nodes/MarketoTrigger/receive/callbackUrl';

describe(isCallbackUrl, () => {
	it.each([
		'https://123-abc-456.mktorest.com/callback',
		'https://app-sj01.marketo.com/x?y=1',
		'https://mkto-services.adobe.io/z',
		'https://a.b.adobe.com:443/c',
	])('takes %p', (url) => expect(isCallbackUrl(url, '')).toBe(true));

	it.each([
		'http://app.marketo.com/x',
		'https://marketo.com.attacker.example/x',
		'https://notmarketo.com/x',
		'https://app.marketo.com@attacker.example/x',
		'https://user:pass@app.marketo.com/x',
		'https://app.marketo.com:8443/x',
		'https://127.0.0.1/x',
		'http://127.0.0.1/x',
		'http://169.254.169.254/latest/meta-data',
		'https://localhost/x',
		'file:///etc/passwd',
		'//app.marketo.com/x',
		'',
	])('does not take %p (n8n would be made to call it)', (url) =>
		expect(isCallbackUrl(url, 'https://123-abc-456.mktorest.com')).toBe(false),
	);

	it('takes the origin of the Marketo credential itself, over TLS or on this machine', () => {
		expect(isCallbackUrl('https://proxy.example:8443/cb', 'https://proxy.example:8443')).toBe(true);
		expect(isCallbackUrl('http://127.0.0.1:4711/cb', 'http://127.0.0.1:4711')).toBe(true);
		expect(isCallbackUrl('http://127.0.0.1:4712/cb', 'http://127.0.0.1:4711')).toBe(false);
		expect(isCallbackUrl('http://10.0.0.1/cb', 'http://10.0.0.1')).toBe(false);
	});
});
