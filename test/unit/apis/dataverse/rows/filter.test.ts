import { condition, conditions, textIn } from '../../../../../apis/dataverse/rows/filter';
import { columnNamed } from '../../../../../apis/dataverse/values/body';
import { LEAD } from '../tables';

const ID = '60c4e274-0d87-e711-80e5-00155db19e6d';
const named = (name: string) => columnNamed(LEAD, name);

describe('textIn', () => {
	it("writes no quote of a text as it is (an odd apostrophe would end a literal of the filter's own)", () => {
		expect(textIn('emailaddress1', ["o'brien@x.test", '"a b"@x.test', 'é@x.test'])).toBe(
			String.raw`Microsoft.Dynamics.CRM.In(PropertyName='emailaddress1',PropertyValues=["o\u0027brien@x.test","\"a b\"@x.test","é@x.test"])`,
		);
	});
});

describe('condition', () => {
	it.each([
		['firstname', 'eq', "O'Hara & Söhne", "firstname eq 'O''Hara & Söhne'"],
		['firstname', 'contains', '50%_[x]', "contains(firstname,'50[%][_][[]x]')"],
		['firstname', 'empty', undefined, 'firstname eq null'],
		['leadsourcecode', 'eq', 'Web', 'leadsourcecode eq 8'],
		['donotemail', 'ne', 'yes', 'donotemail ne true'],
		['ownerid', 'eq', ID, `_ownerid_value eq ${ID}`],
		['revenue', 'gt', '10', 'revenue gt 10'],
		['new_visit', 'ge', '2026-03-31T14:30:00+02:00', 'new_visit ge 2026-03-31T12:30:00Z'],
		['estimatedclosedate', 'lt', '2026-03-31', 'estimatedclosedate lt 2026-03-31'],
	] as const)('%s %s %j: %s', (name, operator, value, wanted) => {
		expect(condition(named(name), operator, value)).toBe(wanted);
	});

	it('lets nothing out of a value into the filter', () => {
		expect(condition(named('firstname'), 'eq', "x' or statecode eq 0 or firstname eq 'y")).toBe(
			"firstname eq 'x'' or statecode eq 0 or firstname eq ''y'",
		);
		expect(() => condition(named('revenue'), 'eq', '1 or 1 eq 1')).toThrow(/not a number/);
		expect(() => condition(named('ownerid'), 'eq', `${ID} or 1 eq 1`)).toThrow(/not a record ID/);
	});

	it('refuses what makes no sense', () => {
		expect(() => condition(named('revenue'), 'contains', '1')).toThrow(/only works on text/);
		expect(() => condition(named('firstname'), 'eq', '')).toThrow(/empty/);
	});

	it('joins conditions so that "or" stays inside', () => {
		expect(conditions(['a eq 1', 'b eq 2'], 'or')).toBe('(a eq 1) or (b eq 2)');
		expect(conditions(['a eq 1'], 'and')).toBe('a eq 1');
		expect(conditions([], 'and')).toBeUndefined();
	});
});
