import {
	fieldIn,
	reactionToCall,
	reactionToRecord,
	refusalOf,
	waitFor,
} from '../../../../../apis/marketo/transport/errors';

describe('reactionToCall', () => {
	it.each([
		['500', 'ambiguous'],
		['502', 'ambiguous'],
		['600', 'renewToken'],
		['601', 'renewToken'],
		['602', 'renewToken'],
		['603', 'setUp'],
		['604', 'ambiguous'],
		['606', 'throttled'],
		['607', 'quota'],
		['608', 'again'],
		['609', 'refused'],
		['610', 'refused'],
		['611', 'ambiguous'],
		['614', 'again'],
		['615', 'throttled'],
		['616', 'setUp'],
		['713', 'again'],
		['719', 'again'],
		['1006', 'setUp'],
		['1018', 'setUp'],
		['4711', 'refused'],
	])('takes code %s as %s', (code, reaction) => {
		expect(reactionToCall({ code, message: '' })).toBe(reaction);
	});

	it('understands codes that come as numbers (seen in recordings)', () => {
		expect(reactionToCall({ code: 602, message: '' })).toBe('renewToken');
	});

	it('tells the three meanings of 1003 apart by the message', () => {
		const reaction = (message: string) => reactionToCall({ code: '1003', message });
		expect(reaction('Too many results match the filter')).toBe('tooMany');
		expect(reaction('Invalid fields [a, b]')).toBe('setUp');
		expect(reaction('Action is not valid')).toBe('refused');
	});

	it('tells a full export queue from a used-up day (1029 means both)', () => {
		const reaction = (message: string) => reactionToCall({ code: '1029', message });
		expect(reaction('Too many jobs in queue')).toBe('again');
		expect(reaction('Export daily quota exceeded')).toBe('quota');
	});
});

describe('reactionToRecord', () => {
	it.each([
		['1004', 'missing'],
		['1013', 'missing'],
		['1005', 'exists'],
		['1007', 'refused'],
		['1003', 'refused'],
		['713', 'again'],
	])('takes code %s as %s', (code, reaction) => {
		expect(reactionToRecord({ code, message: '' })).toBe(reaction);
	});
});

describe('waitFor', () => {
	const moment = { now: Date.UTC(2026, 0, 15, 12), random: 0 };

	it('waits out the 20 second window of 606', () => {
		const wait = waitFor({ code: '606', message: "Max rate limit '100' exceeded" }, moment);
		expect(wait).toBeGreaterThanOrEqual(20_000);
	});

	it('waits one to five seconds for a free slot (615)', () => {
		expect(waitFor({ code: '615', message: '' }, moment)).toBe(1_000);
		expect(waitFor({ code: '615', message: '' }, { ...moment, random: 1 })).toBe(5_000);
	});

	it('waits until midnight US Central for the daily quota (607)', () => {
		expect(waitFor({ code: '607', message: '' }, moment)).toBe(18 * 3_600_000);
	});

	it('leaves the wait to the back-off where Marketo names none', () => {
		expect(waitFor({ code: '608', message: '' }, moment)).toBeUndefined();
	});
});

describe('fieldIn', () => {
	it.each([
		["Invalid value for field 'boolean_field' and value 'other'", 'boolean_field'],
		["Field 'x' not found", 'x'],
		['Invalid fields [mkt_one, mkt_two]', 'mkt_one'],
		["Missing value for required parameter 'programId'", 'programId'],
	])('finds the field in "%s"', (message, field) => {
		expect(fieldIn(message)).toBe(field);
	});

	it('finds none where Marketo names a value only', () => {
		expect(fieldIn("Invalid value 'x'. Required of type 'integer'")).toBeUndefined();
	});
});

describe('refusalOf', () => {
	it('says which field, what Marketo said and what to do', () => {
		const refusal = refusalOf({
			code: 1003,
			message: "Invalid value for field 'title' and value 'x'",
		});
		expect(refusal.field).toBe('title');
		expect(refusal.code).toBe('1003');
		expect(refusal.reason).toContain("'title'");
		expect(refusal.reason).toContain('Invalid value for field');
		expect(refusal.remedy).not.toBe('');
	});

	it('has words for codes that no page documents', () => {
		expect(refusalOf({ code: '9999', message: 'Something' }).reason).toContain('9999');
	});
});
