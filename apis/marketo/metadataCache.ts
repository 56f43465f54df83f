const HOUR_MS = 3_600_000;

/** How old metadata may be. Types of activities never change their ids; fields are added now and then. */
export const METADATA_AGE_MS = {
	fields: HOUR_MS,
	activityTypes: 24 * HOUR_MS,
	/** While somebody picks fields in the editor, new ones should show. */
	inEditor: 60_000,
} as const;

/** Keeps what one subscription says about its own fields and types, to save calls. */
export interface MetadataCache {
	/** The stored value if it is young enough, else what `read` gives. Calls at one time share one read. */
	get<Value>(
		name: string,
		maxAgeMs: number,
		now: number,
		read: () => Promise<Value>,
	): Promise<Value>;
	/** Forgets one entry, after Marketo has shown that it is out of date. */
	forget(name: string): void;
}

interface Entry {
	at: number;
	value: Promise<unknown>;
}

/** A cache of its own, for tests and for single use. */
export function newMetadataCache(): MetadataCache {
	const entries = new Map<string, Entry>();
	return {
		async get<Value>(
			name: string,
			maxAgeMs: number,
			now: number,
			read: () => Promise<Value>,
		): Promise<Value> {
			const known = entries.get(name);
			if (known && now - known.at < maxAgeMs && now >= known.at)
				return (await known.value) as Value;
			const entry = { at: now, value: read() };
			entries.set(name, entry);
			try {
				return await entry.value;
			} catch (cause) {
				// What could not be read is asked for again the next time.
				if (entries.get(name) === entry) entries.delete(name);
				throw cause;
			}
		},
		forget: (name) => void entries.delete(name),
	};
}

const bySubscription = new Map<string, MetadataCache>();

/**
 * The cache that all executions of this process share for one subscription and API user. An idle
 * sync cycle would otherwise pay for the same metadata again and again.
 */
export function sharedMetadataCache(subscription: string): MetadataCache {
	let cache = bySubscription.get(subscription);
	if (!cache) {
		cache = newMetadataCache();
		bySubscription.set(subscription, cache);
	}
	return cache;
}
