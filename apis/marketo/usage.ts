import type { Marketo } from './client';
import { call } from './transport/call';
import { TIMEOUT_MS } from './transport/limits';

/** Calls of one day, in the subscription's own count. */
export interface DayOfUsage {
	date: string;
	total: number;
	users: Array<{ userId: string; count: number }>;
}

/** API calls of today, or of the last seven days. Needs no permission. */
export async function usage(marketo: Marketo, days: 'today' | 'week'): Promise<DayOfUsage[]> {
	const { result } = await call<DayOfUsage>(marketo, {
		method: 'GET',
		path: days === 'today' ? '/rest/v1/stats/usage.json' : '/rest/v1/stats/usage/last7days.json',
		timeoutMs: TIMEOUT_MS.usual,
		permission: 'none',
		effect: 'read',
	});
	return result;
}
