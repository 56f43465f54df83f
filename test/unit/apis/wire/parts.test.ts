import { wellFormed } from '../../../../apis/wire/wellFormed';
import { inChunks } from '../../../../lists/inChunks';
import { parseBody } from '../../../../apis/wire/json';
import { ForeignLink, ownLink } from '../../../../apis/wire/links';
import { mayPass, noAnswerFor } from '../../../../apis/wire/noAnswer';
import { withQuery } from '../../../../apis/wire/queryString';
import { retryAfterMs } from '../../../../apis/wire/retryAfter';

describe('ownLink', () => {
	const base = 'https://contoso.crm4.dynamics.com';

	it('gives a link on the own host back unchanged, encoding and all', () => {
		const link = `${base}/api/data/v9.2/leads?$skiptoken=%3Ccookie%20pagenumber=%222%22%20/%3E`;
		expect(ownLink(link, base)).toBe(link);
	});

	it.each([
		['another host', 'https://evil.example/api'],
		['another port', 'https://contoso.crm4.dynamics.com:444/api'],
		['another scheme', 'http://contoso.crm4.dynamics.com/api'],
		['a host that only begins alike', 'https://contoso.crm4.dynamics.com.evil.example/'],
		['user info in front of another host', 'https://contoso.crm4.dynamics.com@evil.example/'],
		['no URL', 'leads?$skiptoken=1'],
	])('refuses %s (the token would travel there)', (_what, link) => {
		expect(() => ownLink(link, base)).toThrow(ForeignLink);
	});

	it('takes a sister host that the caller names', () => {
		const link = 'https://contoso.api.crm4.dynamics.com/api/data/v9.2/leads';
		expect(ownLink(link, base, ['https://contoso.api.crm4.dynamics.com'])).toBe(link);
	});
});

describe('withQuery', () => {
	it('encodes what could end a value and leaves out undefined', () => {
		expect(withQuery('/x', { $filter: "name eq 'A&B #1+2'", b: undefined, c: 3 })).toBe(
			"/x?$filter=name%20eq%20'A%26B%20%231%2B2'&c=3",
		);
	});

	it('goes on after a question mark that is there', () => {
		expect(withQuery('/x?a=1', { b: 2 })).toBe('/x?a=1&b=2');
	});
});

describe('retryAfterMs', () => {
	const now = Date.parse('2026-01-01T00:00:00Z');

	it.each([
		['seconds', '30', 30_000],
		['fractions', '0.5', 500],
		['a date', 'Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
		['a date that has passed', 'Wed, 31 Dec 2025 00:00:00 GMT', 0],
		['nonsense', 'soon', undefined],
	])('reads %s', (_what, header, expected) => {
		expect(retryAfterMs({ 'retry-after': header }, now)).toBe(expected);
	});

	it('is undefined without the header', () => {
		expect(retryAfterMs({}, now)).toBeUndefined();
	});
});

describe('parseBody', () => {
	it('parses JSON behind a byte order mark', () => {
		expect(parseBody('\uFEFF{"a":1}')).toEqual({ a: 1 });
	});

	it.each(['<html></html>', '', 'true story', '--batch_1\r\nx'])('leaves %j as text', (text) => {
		expect(parseBody(text)).toBe(text);
	});
});

describe('noAnswerFor', () => {
	it.each([
		['ECONNREFUSED', undefined, 'no'],
		['ENOTFOUND', undefined, 'no'],
		['EAI_AGAIN', undefined, 'no'],
		['CERT_HAS_EXPIRED', undefined, 'no'],
		['ETIMEDOUT', 'connect', 'no'],
		['ETIMEDOUT', 'read', 'maybe'],
		['ECONNRESET', undefined, 'maybe'],
		['ECONNABORTED', undefined, 'maybe'],
		[undefined, undefined, 'maybe'],
	])('%s during %s: reached the server? %s', (code, syscall, reached) => {
		expect(noAnswerFor({ code, syscall, message: 'x' }).reachedServer).toBe(reached);
	});

	it('does not hope for a wrong certificate to get better', () => {
		expect(mayPass(noAnswerFor({ code: 'CERT_HAS_EXPIRED', message: '' }))).toBe(false);
		expect(mayPass(noAnswerFor({ code: 'ECONNRESET', message: '' }))).toBe(true);
	});
});

describe('inChunks', () => {
	it('keeps the order, and leaves what is over to the last chunk', () => {
		expect(inChunks([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
	});

	it('makes no chunk out of nothing, so that no call is made for it', () => {
		expect(inChunks([], 2)).toEqual([]);
	});
});

describe(wellFormed, () => {
	it.each([
		['a\uD83D', 'a\uFFFD'],
		['\uDE00b', '\uFFFDb'],
		['\uD83D\uDE00', '\uD83D\uDE00'],
		['plain', 'plain'],
	])('of %j', (text, whole) => {
		expect(wellFormed(text)).toBe(whole);
		expect(() => withQuery('https://x.example', { email: text })).not.toThrow();
	});
});
