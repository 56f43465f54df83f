import type { Dataverse } from '../../apis/dataverse/client';
import { whoAmI } from '../../apis/dataverse/whoAmI';
import type { DynamicsIdentity } from '../../sync/ports';

/**
 * The user does not change behind an address and an account; the organization does when a sandbox is refreshed or a
 * backup is restored, which takes longer than this.
 */
const KEPT_MS = 15 * 60_000;

const kept = new Map<string, { identity: DynamicsIdentity; at: number }>();

/**
 * `WhoAmI`, kept for all executions of this process: an idle round of the sync costs no call for it.
 *
 * @param account who signs in; without it nothing is kept
 * @throws DataverseProblem
 */
export async function identityIn(
	client: Dataverse,
	account: string | undefined,
): Promise<DynamicsIdentity> {
	const now = client.wire.now();
	const known = account === undefined ? undefined : kept.get(keyOf(client, account));
	if (known && now >= known.at && now - known.at < KEPT_MS) return known.identity;
	const { userId, organizationId } = await whoAmI(client);
	const identity = { user: userId.toLowerCase(), organization: organizationId.toLowerCase() };
	if (account !== undefined) kept.set(keyOf(client, account), { identity, at: now });
	return identity;
}

/** Whoever comes next asks again. */
export function forgetIdentities(): void {
	kept.clear();
}

function keyOf({ origin }: Dataverse, account: string): string {
	return `${origin} ${account}`;
}
