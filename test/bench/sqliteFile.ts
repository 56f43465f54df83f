import { DatabaseSync } from 'node:sqlite';

/** Bytes of an SQLite file that hold something, without the pages that are free to be used again. Reads beside its owner. */
export function bytesInUse(file: string): number {
	const database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 });
	const pragma = (name: string) =>
		Number(Object.values(database.prepare(`PRAGMA ${name}`).get()!)[0]);
	try {
		return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
	} finally {
		database.close();
	}
}
