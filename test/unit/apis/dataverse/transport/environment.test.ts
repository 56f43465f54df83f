import {
	environmentOrigin,
	sameEnvironment,
} from '../../../../../apis/dataverse/transport/environment';

describe('environmentOrigin', () => {
	it.each([
		['https://contoso.crm4.dynamics.com', 'https://contoso.crm4.dynamics.com'],
		['https://contoso.crm4.dynamics.com/', 'https://contoso.crm4.dynamics.com'],
		['contoso.crm.dynamics.com', 'https://contoso.crm.dynamics.com'],
		['  Contoso.CRM4.dynamics.com  ', 'https://contoso.crm4.dynamics.com'],
		['http://contoso.crm4.dynamics.com', 'https://contoso.crm4.dynamics.com'],
		['https://contoso.api.crm4.dynamics.com/api/data/v9.2/', 'https://contoso.crm4.dynamics.com'],
		['https://contoso.api.crm.dynamics.com', 'https://contoso.crm.dynamics.com'],
		[
			'https://contoso.crm4.dynamics.com/main.aspx?appid=5f4b&pagetype=entitylist&etn=lead',
			'https://contoso.crm4.dynamics.com',
		],
		['https://gov.crm9.dynamics.com/apps/x', 'https://gov.crm9.dynamics.com'],
		['https://gov.crm.microsoftdynamics.us', 'https://gov.crm.microsoftdynamics.us'],
		['https://firma.crm.dynamics.cn/', 'https://firma.crm.dynamics.cn'],
		['"https://contoso.crm4.dynamics.com"', 'https://contoso.crm4.dynamics.com'],
		['http://127.0.0.1:4711/', 'http://127.0.0.1:4711'],
		['http://localhost:4711/api/data/v9.2', 'http://localhost:4711'],
		['https://crm.example.com:8443/x', 'https://crm.example.com:8443'],
	])('%s', (pasted, origin) => {
		expect(environmentOrigin(pasted)).toBe(origin);
	});

	it.each([
		'',
		'   ',
		'contoso',
		'ftp://contoso.crm4.dynamics.com',
		'https://',
		'not a url at all',
	])('refuses %j in words', (pasted) => {
		expect(() => environmentOrigin(pasted)).toThrow(/environment URL/);
	});
});

describe('sameEnvironment', () => {
	it('knows the host that serves the API of the same environment', () => {
		expect(sameEnvironment('https://contoso.crm4.dynamics.com')).toEqual([
			'https://contoso.crm4.dynamics.com',
			'https://contoso.api.crm4.dynamics.com',
		]);
	});

	it('has no sister for a stand-in on this machine', () => {
		expect(sameEnvironment('http://127.0.0.1:1')).toEqual(['http://127.0.0.1:1']);
	});
});
