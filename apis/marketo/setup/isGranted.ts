import type { Marketo } from '../client';
import type { Permission } from '../permissions';
import { call } from '../transport/call';
import { MarketoProblem, type Reaction } from '../transport/errors';
import { TIMEOUT_MS } from '../transport/limits';

/** Answers that come without a look at the role. */
const TELLS_NOTHING: readonly Reaction[] = [
	'again',
	'ambiguous',
	'throttled',
	'quota',
	'renewToken',
];

/** A system fault, but also what Marketo says to a write of nothing that it has let in. */
const SYSTEM_ERROR = '611';

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
		if (!(cause instanceof MarketoProblem)) throw cause;
		const isWriteLetIn = cause.code === SYSTEM_ERROR && probe.method === 'POST';
		if (TELLS_NOTHING.includes(cause.reaction) && !isWriteLetIn) throw cause;
		return cause.code !== '603';
	}
}
