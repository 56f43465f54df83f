import type { Marketo } from '../client';
import type { Permission } from '../permissions';
import { call } from '../transport/call';
import { MarketoProblem, type Reaction } from '../transport/errors';
import { TIMEOUT_MS } from '../transport/limits';

/** Refusals that come before Marketo has looked at the role. */
const TELLS_NOTHING: readonly Reaction[] = ['again', 'throttled', 'quota', 'renewToken'];

/**
 * Whether the role of the API user has a permission: asks by its probe, which changes nothing. 603 is the one
 * code for a missing one (developer guide, "Error codes"); what is refused for another reason was let in.
 *
 * @throws MarketoProblem, NoAnswer where that cannot be told
 */
export async function isGranted(
	marketo: Marketo,
	{ name, probe }: Pick<Permission, 'name' | 'probe'>,
): Promise<boolean> {
	try {
		await call(marketo, {
			...probe,
			timeoutMs: TIMEOUT_MS.usual,
			permission: name,
			effect: probe.method === 'GET' ? 'read' : 'write',
		});
		return true;
	} catch (cause) {
		if (!(cause instanceof MarketoProblem) || TELLS_NOTHING.includes(cause.reaction)) throw cause;
		return cause.code !== '603';
	}
}
