import type { Dataverse } from '../../apis/dataverse/client';
import { whoAmI } from '../../apis/dataverse/whoAmI';
import type { DynamicsIdentity } from '../../sync/ports';

/** Neither user nor organization changes behind an address and an account; should it ever, it shows within this time. */
const KEPT_MS = 3_600_000;

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

function keyOf({ origin }: Dataverse, account: string): string {
	return `${origin} ${account}`;
}
