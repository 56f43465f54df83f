import { columnNamed, writeBody } from '../../../../../apis/dataverse/values/body';
import { fromWire } from '../../../../../apis/dataverse/values/fromWire';
import { lookupToWire } from '../../../../../apis/dataverse/values/lookups';
import { toPlain } from '../../../../../apis/dataverse/values/toWire';
import { LEAD } from '../tables';

const ID = '60c4e274-0d87-e711-80e5-00155db19e6d';
const named = (name: string) => columnNamed(LEAD, name);

describe('toPlain', () => {
	it.each([
		['firstname', 'Ada', 'Ada'],
		['firstname', 42, '42'],
		['firstname', '', null],
		['firstname', null, null],
		['numberofemployees', '12', 12],
		['numberofemployees', ' ', null],
		['revenue', '\t', null],
		['donotemail', ' ', null],
		['leadsourcecode', ' ', null],
		['new_topics', ' ', null],
		['estimatedclosedate', ' ', null],
		['new_visit', '\n', null],
		['firstname', ' ', ' '],
		['numberofemployees', 0, 0],
		['revenue', '12.50', 12.5],
		['donotemail', true, true],
		['donotemail', 'No', false],
		['donotemail', 1, true],
		['donotemail', 'do not allow', true],
		['leadsourcecode', 8, 8],
		['leadsourcecode', '8', 8],
		['leadsourcecode', ' web ', 8],
		['new_topics', 'Tea; Coffee', '1,3'],
		['new_topics', [1, 'Coffee'], '1,3'],
		['new_topics', 'Milk, sugar', '2'],
		['new_topics', 'Milk, sugar; Tea', '2,1'],
		['new_topics', 'Coffee,milk,  Sugar', '3,2'],
		['leadsourcecode', 'Other (21)', 21],
		['leadsourcecode', 'Werbung', 1],
		['new_topics', '1,1,3', '1,3'],
		['new_topics', [], null],
		['estimatedclosedate', '2026-03-31', '2026-03-31'],
		['estimatedclosedate', '2026-03-31T23:30:00-08:00', '2026-03-31'],
		['estimatedclosedate', '2026-03-31T00:00:00.000+14:00', '2026-03-31'],
		['new_visit', '2026-03-31T14:30:00+02:00', '2026-03-31T12:30:00Z'],
		['new_visit', '2026-03-31T14:30:00.999Z', '2026-03-31T14:30:00Z'],
		['new_visit', '2026-03-31 14:30', '2026-03-31T14:30:00Z'],
		['new_visit', '2026-03-31', '2026-03-31T00:00:00Z'],
		['new_opening', '2026-03-31T09:00:00+02:00', '2026-03-31T09:00:00Z'],
	])('%s: %j becomes %j', (name, given, wanted) => {
		expect(toPlain(named(name), given)).toEqual(wanted);
	});

	it.each([
		['numberofemployees', 'many', /not a number/],
		['numberofemployees', 1.5, /whole number/],
		['numberofemployees', '0x10', /not a number/],
		['numberofemployees', -1, /between 0 and 1000000/],
		['revenue', '1,50', /not a number/],
		['donotemail', 'perhaps', /neither yes nor no/],
		['leadsourcecode', 'Fax', /not one of the choices/],
		['leadsourcecode', 99, /not one of the choices/],
		['leadsourcecode', 'Other', /two choices/],
		['estimatedclosedate', '31.03.2026', /not a date/],
		['estimatedclosedate', '2026-02-30', /not a date/],
		['estimatedclosedate', '1752-12-31', /before 1753/],
		['new_visit', '2026-03-31T25:00:00Z', /not a time/],
		['firstname', { a: 1 }, /list or an object/],
	])('%s refuses %j in words that name the column', (name, given, why) => {
		expect(() => toPlain(named(name), given)).toThrow(why);
		expect(() => toPlain(named(name), given)).toThrow(new RegExp(`\\(${name}\\)`));
	});
});

describe('fromWire', () => {
	it.each([
		['estimatedclosedate', { estimatedclosedate: '2026-03-31' }, '2026-03-31'],
		['new_visit', { new_visit: '2026-03-31T12:30:00Z' }, '2026-03-31T12:30:00Z'],
		['new_opening', { new_opening: '2026-03-31T09:00:00Z' }, '2026-03-31T09:00:00'],
		['ownerid', { _ownerid_value: ID }, ID],
		['new_topics', { new_topics: '1,3' }, '1,3'],
		['firstname', { firstname: null }, null],
		['firstname', {}, null],
	])('%s out of %j is %j', (name, row, wanted) => {
		expect(fromWire(named(name), row)).toEqual(wanted);
	});
});

describe('lookupToWire', () => {
	it.each([
		['ownerid', ID, ['ownerid@odata.bind', `/systemusers(${ID})`]],
		['ownerid', `team(${ID})`, ['ownerid@odata.bind', `/teams(${ID})`]],
		['customerid', `contact(${ID})`, ['customerid_contact@odata.bind', `/contacts(${ID})`]],
		[
			'customerid',
			`/accounts({${ID.toUpperCase()}})`,
			['customerid_account@odata.bind', `/accounts(${ID})`],
		],
		['customerid', null, ['customerid_account@odata.bind', null]],
	])('%s: %j becomes %j (navigation names differ from column names)', (name, given, wanted) => {
		expect(lookupToWire(named(name), given)).toEqual(wanted);
	});

	it('refuses a table that the lookup cannot point to, and text that is no id', () => {
		expect(() => lookupToWire(named('customerid'), `lead(${ID})`)).toThrow(
			/only point to account, contact/,
		);
		expect(() => lookupToWire(named('ownerid'), 'Ada Lovelace')).toThrow(/not a record ID/);
	});
});

describe('writeBody', () => {
	it('writes values and links, and names what to read back', () => {
		expect(
			writeBody(
				LEAD,
				{ firstname: 'Ada', ownerid: ID, revenue: null, description: undefined },
				'update',
			),
		).toEqual({
			body: { firstname: 'Ada', 'ownerid@odata.bind': `/systemusers(${ID})`, revenue: null },
			select: ['firstname', '_ownerid_value', 'revenue'],
		});
	});

	it('refuses a column that Dataverse would silently ignore', () => {
		expect(() => writeBody(LEAD, { fullname: 'x' }, 'update')).toThrow(/cannot be set/);
		expect(() => writeBody(LEAD, { leadid: ID }, 'update')).toThrow(/cannot be set/);
	});

	it('names a column that is not there', () => {
		expect(() => writeBody(LEAD, { nope: 1 }, 'create')).toThrow(/no column "nope"/);
	});
});
