import type { Marketo } from '../../apis/marketo/client';
import { usage } from '../../apis/marketo/usage';
import type { DayQuota } from '../../sync/ports';

/** What a subscription has where its admin has bought no more: Adobe's product description. */
export const USUAL_CALLS_A_DAY = 50_000;

/** Parameter of the Marketo credential; those of before it was there have the usual number. */
export const CALLS_PER_DAY = 'callsPerDay';

/** As the credential says it. */
export function callsADayIn(credential: Record<string, unknown>): number {
	const typed = Math.trunc(Number(credential[CALLS_PER_DAY]));
	return Number.isSafeInteger(typed) && typed > 0 ? typed : USUAL_CALLS_A_DAY;
}

/** What the subscription allows a day, and how to find out what all programs have used of it. */
export function dayQuotaOf(marketo: Marketo): DayQuota {
	return {
		callsADay: marketo.callsADay,
		callsUsed: async () => {
			const { date, total } = (await usage(marketo, 'today')).at(-1) ?? {};
			const calls = Number(total ?? NaN);
			return date && calls >= 0 ? { day: date, total: calls } : undefined;
		},
	};
}
