import type { Marketo } from '../client';
import { METADATA_AGE_MS } from '../metadataCache';
import { call } from '../transport/call';
import { TIMEOUT_MS } from '../transport/limits';

/** A kind of activity of this subscription. */
export interface ActivityType {
	id: number;
	name: string;
	apiName?: string;
}

const CACHED_AS = 'activity types';

/** All kinds of activity, the subscription's own included; cached for a day. */
export async function activityTypes(marketo: Marketo): Promise<ActivityType[]> {
	return await marketo.metadata.get(
		CACHED_AS,
		METADATA_AGE_MS.activityTypes,
		marketo.wire.now(),
		async () => {
			const { result } = await call<ActivityType>(marketo, {
				method: 'GET',
				path: '/rest/v1/activities/types.json',
				timeoutMs: TIMEOUT_MS.usual,
				permission: 'Read-Only Activity',
				effect: 'read',
			});
			return result.map(({ id, name, apiName }) => ({ id, name, ...(apiName ? { apiName } : {}) }));
		},
	);
}

/**
 * Ids of kinds of activity by name, undefined where the subscription has none. Ids differ between
 * subscriptions for all but the oldest kinds, names do not.
 */
export async function activityTypeIds<Name extends string>(
	marketo: Marketo,
	...names: Name[]
): Promise<Record<Name, number | undefined>> {
	const types = await activityTypes(marketo);
	const ids = {} as Record<Name, number | undefined>;
	for (const name of names) {
		ids[name] = types.find((type) => type.name.toLowerCase() === name.toLowerCase())?.id;
	}
	return ids;
}
