import type { Dataverse } from '../client';
import { readTable } from './readTable';
import type { DataverseTable } from './table';

/** How old a description may be where nothing else is said: a person who adds a column looks for it soon. */
const TRUSTED_MS = 5 * 60_000;

interface Remembered {
	table: Promise<DataverseTable>;
	at: number;
}

const remembered = new Map<string, Remembered>();

/**
 * `readTable`, remembered per environment and table, also while the first request is
 * under way. A failure is not remembered.
 *
 * @throws DataverseProblem
 */
export async function describe(
	client: Dataverse,
	logicalName: string,
	{ fresh = false, maxAgeMs = TRUSTED_MS }: { fresh?: boolean; maxAgeMs?: number } = {},
): Promise<DataverseTable> {
	const key = `${client.root} ${logicalName}`;
	const now = client.wire.now();
	const known = remembered.get(key);
	if (known && now - known.at < maxAgeMs && !fresh) return await known.table;
	const table = readTable(client, logicalName);
	const entry = { table, at: now };
	remembered.set(key, entry);
	try {
		return await table;
	} catch (error) {
		if (remembered.get(key) === entry) remembered.delete(key);
		throw error;
	}
}

/** Forgets every description; for tests, and after a change of the set-up. */
export function forgetDescriptions(): void {
	remembered.clear();
}
