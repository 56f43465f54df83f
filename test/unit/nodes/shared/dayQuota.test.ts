import { callsADayIn, dayQuotaOf } from '../../../../nodes/shared/dayQuota';
import { fakeMarketo, ok } from '../../apis/marketo/fakeMarketo';

describe(callsADayIn, () => {
	it.each([
		['as entered', 120_000, 120_000],
		['as an expression gives it', '75000', 75_000],
		['of a credential from before the field', undefined, 50_000],
		['left empty', '', 50_000],
		['zero', 0, 50_000],
		['negative', -1, 50_000],
		['no number', 'fifty', 50_000],
		['more than any system has, which no ledger could keep', '1e999', 50_000],
	])('%s', (_, callsPerDay, expected) => {
		expect(callsADayIn({ callsPerDay })).toBe(expected);
	});
});

describe(dayQuotaOf, () => {
	const used = async (result: unknown) => {
		const { marketo } = fakeMarketo(() => ok({ result }));
		return await dayQuotaOf(marketo).callsUsed();
	};

	it.each([
		['a number', [{ date: '2026-03-02', total: 900, users: [] }]],
		['its digits', [{ date: '2026-03-02', total: '900' }]],
	])('says what all programs have called today, the count being %s', async (_, result) => {
		expect(await used(result)).toEqual({ day: '2026-03-02', total: 900 });
	});

	it.each([
		['nothing', []],
		['no count', [{ date: '2026-03-02' }]],
		['no day', [{ total: 900 }]],
		['no number', [{ date: '2026-03-02', total: 'many' }]],
		['another shape', { usage: 900 }],
	])('says nothing where Marketo answers with %s', async (_, result) => {
		expect(await used(result)).toBeUndefined();
	});
});
