import type { Marketo } from '../client';
import { METADATA_AGE_MS } from '../metadataCache';
import { call } from '../transport/call';
import { TIMEOUT_MS } from '../transport/limits';

/** A custom object of the subscription. */
export interface CustomObject {
	/** API name. */
	name: string;
	label: string;
	description?: string;
}

/** The approved custom objects, from the cache where it is young enough. @throws MarketoProblem, NoAnswer */
export async function customObjects(
	marketo: Marketo,
	maxAgeMs: number = METADATA_AGE_MS.fields,
): Promise<CustomObject[]> {
	return await marketo.metadata.get('custom objects', maxAgeMs, marketo.wire.now(), async () => {
		const { result } = await call<{ name: string; displayName?: string; description?: string }>(
			marketo,
			{
				method: 'GET',
				path: '/rest/v1/customobjects.json',
				timeoutMs: TIMEOUT_MS.usual,
				permission: 'Read-Only Custom Object',
				effect: 'read',
			},
		);
		return result.map(({ name, displayName, description }) => ({
			name,
			label: displayName ?? name,
			...(description === undefined ? {} : { description }),
		}));
	});
}
