import { LANE } from '../operate/sandbox';
import type { RecordItem } from '../../../../sync/items';
import { emailOf, mailbox, mailboxKey } from '../../../../sync/page/emailKey';

const KEY = { id: 'k', secret: Buffer.alloc(32, 1) };

describe(mailbox, () => {
	it.each<[string | null | undefined, string | null, string]>([
		['Ada@X.Test', 'ada@x.test', 'no mail system tells letter cases apart'],
		[' ada@x.test\n', 'ada@x.test', 'blanks around it are no part of it'],
		["o'neill+news@x.test", "o'neill+news@x.test", 'all other signs are'],
		['a@x.test, b@x.test', null, "two of them: Marketo's filter would ask for both"],
		['', null, 'nothing'],
		['  ', null, 'nothing but blanks'],
		[null, null, 'nothing'],
		[undefined, null, 'nothing'],
	])('of %j is %j (%s)', (raw, read) => {
		expect(mailbox(raw)).toBe(read);
	});
});

describe(mailboxKey, () => {
	it('is one for all spellings of a mailbox (R24: it is claimed by it), and tells nobody which', () => {
		const key = mailboxKey(KEY, 'ada@x.test');
		expect(key).toMatch(/^[\w-]{11}$/);
		expect(mailboxKey(KEY, ' ADA@x.test')).toBe(key);
		expect(mailboxKey(KEY, 'bob@x.test')).not.toBe(key);
	});

	it('is none where nobody can be matched', () => {
		expect([null, '', 'a@x.test,b@x.test'].map((raw) => mailboxKey(KEY, raw))).toEqual([
			null,
			null,
			null,
		]);
	});
});

describe(emailOf, () => {
	it("is the mailbox of a row's main e-mail", () => {
		expect(
			emailOf(LANE, {
				values: { emailaddress1: 'Ada@x.test', emailaddress2: 'b@x.test' },
			} as unknown as RecordItem),
		).toBe('ada@x.test');
		expect(emailOf(LANE, { values: {} } as unknown as RecordItem)).toBeNull();
	});
});
