import { isObject } from '../../wire/json';
import type { Dataverse } from '../client';
import { rowIn } from '../transport/answer';
import { call } from '../transport/call';

/** How far a privilege reaches, from own rows to the whole organization, in Dataverse's words. */
export const DEPTHS = ['Basic', 'Local', 'Deep', 'Global'] as const;
export type Depth = (typeof DEPTHS)[number];

/**
 * The privileges of a user by name (`prvReadLead`), each as far as it reaches; without any role there is none. Those
 * that come through a team are told as `Basic`, however far they reach (Web API reference, `RetrieveUserPrivileges`).
 *
 * @throws DataverseProblem
 */
export async function privilegesOf(
	client: Dataverse,
	userId: string,
): Promise<ReadonlyMap<string, Depth>> {
	const { RolePrivileges: listed } = rowIn(
		await call(client, {
			method: 'GET',
			path: `systemusers(${userId})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()`,
			safety: 'repeatable',
		}),
	);
	const held = new Map<string, Depth>();
	for (const one of Array.isArray(listed) ? listed.filter(isObject) : []) {
		const name = String(one.PrivilegeName);
		const depth = DEPTHS.find((known) => known === one.Depth) ?? 'Basic';
		const before = held.get(name);
		if (!before || DEPTHS.indexOf(before) < DEPTHS.indexOf(depth)) held.set(name, depth);
	}
	return held;
}
