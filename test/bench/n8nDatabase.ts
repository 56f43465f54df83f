import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { N8nServer } from '../e2e/harness/n8nServer';
import { bytesInUse } from './sqliteFile';

/** What n8n's own database holds because of the sync. */
export interface DatabaseSize {
	/** The file with its write-ahead log, bytes; and what of the file is in use. */
	bytes: number;
	inUse: number;
	executions: number;
	/** Of all Data Tables. */
	tableRows: number;
	/** Static data of all workflows, characters. */
	staticData: number;
}

/** Reads beside the running n8n. */
export async function databaseSize(n8n: N8nServer): Promise<DatabaseSize> {
	const file = path.join(n8n.folder, '.n8n/database.sqlite');
	const database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 });
	const one = (sql: string) => Number(Object.values(database.prepare(sql).get() ?? {})[0] ?? 0);
	try {
		const tables = database
			.prepare(
				"select name from sqlite_master where name like 'data\\_table\\_user\\_%' escape '\\'",
			)
			.all();
		return {
			bytes: await n8n.dbSize(),
			inUse: bytesInUse(file),
			executions: one('select count(*) from execution_entity'),
			tableRows: tables.reduce(
				(sum, { name }) => sum + one(`select count(*) from "${String(name)}"`),
				0,
			),
			staticData: one('select sum(length(staticData)) from workflow_entity'),
		};
	} finally {
		database.close();
	}
}
