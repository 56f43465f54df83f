import { sideBySidePage } from '../../../twins/page/page';

describe('the page that shows both systems side by side', () => {
	it('knows how to sign in to both (however the page is laid out), and a value ends no script', () => {
		const page = sideBySidePage({
			dynamics: {
				url: 'http://127.0.0.1:1',
				tokenUrl: 'http://127.0.0.1:1/token',
				clientId: 'app',
				username: 'someone',
				password: '</script>',
			},
			marketo: { url: 'http://127.0.0.1:2', clientId: 'c', clientSecret: 's', firstId: 7 },
		});
		expect(page).toContain('"url":"http://127.0.0.1:1"');
		expect(page).toContain('"firstId":7');
		expect(page).toContain('"password":"\\u003c/script>"');
		expect(page).not.toMatch(/SYSTEMS\*\/\s*null/);
	});
});
