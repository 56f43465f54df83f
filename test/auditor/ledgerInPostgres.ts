import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { Client, type ClientConfig } from 'pg';

/**
 * Writes a ledger of PostgreSQL, as it is at one moment, into a file as the auditor reads it: table by table, with none
 * of the engine's code.
 */
export async function writeAsFile(
	config: ClientConfig,
	schema: string,
	file: string,
): Promise<void> {
	const client = new Client(config);
	await client.connect();
	const copy = new DatabaseSync(file);
	try {
		await client.query('begin isolation level repeatable read read only');
		const { rows: tables } = await client.query<{ name: string }>(
			'select tablename as name from pg_tables where schemaname = $1',
			[schema],
		);
		for (const { name } of tables) {
			const { rows, fields } = await client.query<Record<string, unknown>>(
				`select * from "${schema}"."${name}"`,
			);
			const columns = fields.map((field) => field.name);
			copy.exec(`create table "${name}" (${columns.map((column) => `"${column}"`).join(', ')})`);
			const insert = copy.prepare(
				`insert into "${name}" values (${columns.map(() => '?').join(', ')})`,
			);
			for (const row of rows) insert.run(...columns.map((column) => row[column] as SQLInputValue));
		}
	} finally {
		copy.close();
		await client.end();
	}
}
