import type { Dataverse } from '../client';
import { readTables } from './readTable';
import type { DataverseTable } from './table';

/** How old a description may be where nothing else is said: a person who adds a column looks for it soon. */
const TRUSTED_MS = 5 * 60_000;

interface Remembered {
	table: Promise<DataverseTable>;
	at: number;
}

const remembered = new Map<string, Remembered>();

/**
 * Everything about a table (`readTables`), remembered per environment and table, also while the first request is
 * under way. A failure is not remembered.
 *
 * @throws DataverseProblem
 */
export async function describe(
	client: Dataverse,
	logicalName: string,
	{ fresh = false, maxAgeMs = TRUSTED_MS }: { fresh?: boolean; maxAgeMs?: number } = {},
): Promise<DataverseTable> {
	const known = fresh ? undefined : rememberedOf(client, logicalName, maxAgeMs);
	return await (known ?? readAnew(client, [logicalName])[0]!);
}

/** Remembers those of several tables that are not remembered, by one call. Whatever fails is told when one is asked for. */
export async function describeUnknown(
	client: Dataverse,
	logicalNames: readonly string[],
	{ maxAgeMs }: { maxAgeMs: number },
): Promise<void> {
	const unknown = logicalNames.filter((name) => !rememberedOf(client, name, maxAgeMs));
	if (unknown.length > 0) await Promise.allSettled(readAnew(client, unknown));
}

function rememberedOf(
	client: Dataverse,
	logicalName: string,
	maxAgeMs: number,
): Promise<DataverseTable> | undefined {
	const known = remembered.get(keyOf(client, logicalName));
	return known && client.wire.now() - known.at < maxAgeMs ? known.table : undefined;
}

/**
 * The same of a table and of others beside it, by one call, whatever is remembered. Of the others, those are left out
 * that cannot be described.
 *
 * @throws DataverseProblem where the first cannot
 */
export async function describeTogether(
	client: Dataverse,
	logicalName: string,
	others: readonly string[],
): Promise<[DataverseTable, ...DataverseTable[]]> {
	const [own, ...beside] = readAnew(client, [logicalName, ...others]);
	const settled = await Promise.allSettled(beside);
	const described = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
	return [await own!, ...described];
}

function readAnew(client: Dataverse, logicalNames: string[]): Array<Promise<DataverseTable>> {
	const at = client.wire.now();
	const reading = readTables(client, logicalNames);
	return logicalNames.map((name) => {
		const key = keyOf(client, name);
		const entry: Remembered = { table: reading.then((tables) => tables.get(name)!()), at };
		remembered.set(key, entry);
		entry.table.catch(() => {
			if (remembered.get(key) === entry) remembered.delete(key);
		});
		return entry.table;
	});
}

function keyOf({ root }: Dataverse, logicalName: string): string {
	return `${root} ${logicalName}`;
}

/** Forgets every description; for tests, and after a change of the set-up. */
export function forgetDescriptions(): void {
	remembered.clear();
}
