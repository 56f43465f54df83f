import type { Marketo } from '../client';
import { call } from '../transport/call';
import { MarketoProblem } from '../transport/errors';
import { TIMEOUT_MS } from '../transport/limits';

/** What it takes to find out. */
export const NATIVE_SYNC_PERMISSION = 'Read-Only Opportunity';

/**
 * Whether Marketo's own sync with a CRM is on. No call says so; roles of opportunities cannot even be described
 * while it is (1018, "CRM Enabled"). Undefined without the permission.
 *
 * @throws MarketoProblem, NoAnswer where that cannot be told
 */
export async function isNativeSyncOn(marketo: Marketo): Promise<boolean | undefined> {
	try {
		await call(marketo, {
			method: 'GET',
			path: '/rest/v1/opportunities/roles/describe.json',
			timeoutMs: TIMEOUT_MS.usual,
			permission: NATIVE_SYNC_PERMISSION,
			effect: 'read',
		});
		return false;
	} catch (cause) {
		const code = cause instanceof MarketoProblem ? cause.code : '';
		if (code === '1018') return true;
		if (code === '603') return undefined;
		throw cause;
	}
}
