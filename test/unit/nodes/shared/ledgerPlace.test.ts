import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import {
	assertShared,
	ledgerPlace,
	type LedgerPlace,
	type PostgresPlace,
} from '../../../../nodes/shared/ledgerPlace';

type Env = Record<string, string>;
const N8N = { N8N_USER_FOLDER: '/data' };
const SERVER = {
	...N8N,
	DB_TYPE: 'postgresdb',
	DB_POSTGRESDB_HOST: 'db.example.com',
	DB_POSTGRESDB_PORT: '6543',
	DB_POSTGRESDB_USER: 'n8n',
	DB_POSTGRESDB_PASSWORD: 'secret',
	DB_POSTGRESDB_DATABASE: 'flows',
};
const place = (env: Env, hasFile = false): LedgerPlace => ledgerPlace(env, () => hasFile);
const inDatabase = (env: Env) => place(env) as PostgresPlace;
const refused = (act: () => unknown) => {
	try {
		act();
	} catch (error) {
		const { message, remedy } = error as { message: string; remedy: string };
		return `${message}. ${remedy}`;
	}
	throw new Error('nothing was refused');
};

describe("where the sync's memory is", () => {
	it("a file, in n8n's data folder, where n8n is in SQLite", () => {
		expect(place(N8N)).toEqual({ kind: 'file', folder: '/data/.n8n/marketo-dynamics' });
	});

	it("n8n's own PostgreSQL, as n8n reads its variables, in a schema of its own", () => {
		const { config, schema, words } = inDatabase(SERVER);
		expect([schema, words]).toEqual([
			'marketo_dynamics',
			'db.example.com:6543, database flows, schema marketo_dynamics',
		]);
		expect(config).toMatchObject({
			host: 'db.example.com',
			port: 6543,
			user: 'n8n',
			password: 'secret',
			database: 'flows',
			ssl: false,
		});
		expect(inDatabase({ DB_TYPE: 'postgresdb' }).config).toMatchObject({
			host: 'localhost',
			port: 5432,
			user: 'postgres',
			database: 'n8n',
		});
	});

	it('the file that is there, until it is moved (neither an update nor a variable begins anew)', () => {
		expect(place(SERVER, true).kind).toBe('file');
		const told = { ...SERVER, MARKETO_DYNAMICS_LEDGER: 'postgres://a:b@c/d' };
		expect(place(told, true).kind).toBe('file');
		expect(place(told, false).kind).toBe('postgres');
	});

	it('what a variable says: the file again, or another database', () => {
		expect(place({ ...SERVER, MARKETO_DYNAMICS_LEDGER: 'file' }).kind).toBe('file');
		const address = 'postgresql://some%40one:p%2Fw@pg.example.com/sync?sslmode=require';
		expect(inDatabase({ ...N8N, MARKETO_DYNAMICS_LEDGER: address }).config).toMatchObject({
			host: 'pg.example.com',
			port: 5432,
			user: 'some@one',
			password: 'p/w',
			database: 'sync',
			ssl: { rejectUnauthorized: true },
		});
		const schema = { ...SERVER, MARKETO_DYNAMICS_LEDGER_SCHEMA: 'sandbox' };
		expect(inDatabase(schema).schema).toBe('sandbox');
	});

	it('another schema for each n8n in one database', () => {
		const apart = { ...SERVER, DB_POSTGRESDB_SCHEMA: 'Team', DB_TABLE_PREFIX: 'b_' };
		expect(inDatabase(apart).schema).toBe('team_b_marketo_dynamics');
		expect(inDatabase({ ...SERVER, DB_POSTGRESDB_SCHEMA: 'public' }).schema).toBe(
			'marketo_dynamics',
		);
	});

	it('reads secrets and certificates from files, as n8n does', () => {
		const folder = mkdtempSync(path.join(tmpdir(), 'place-'));
		const file = (name: string, text: string) => {
			writeFileSync(path.join(folder, name), text);
			return path.join(folder, name);
		};
		const env: Env = {
			...SERVER,
			DB_POSTGRESDB_PASSWORD_FILE: file('password', 'from file\n'),
			DB_POSTGRESDB_SSL_CA_FILE: file('ca', 'certificate\n'),
			DB_POSTGRESDB_SSL_REJECT_UNAUTHORIZED: 'false',
		};
		delete env.DB_POSTGRESDB_PASSWORD;
		expect(inDatabase(env).config).toMatchObject({
			password: 'from file',
			ssl: { ca: 'certificate', rejectUnauthorized: false },
		});
		rmSync(folder, { recursive: true });
		expect(refused(() => place(env))).toBe(
			'The file that DB_POSTGRESDB_SSL_CA_FILE names cannot be read. Check its path, and that n8n may read it',
		);
	});

	it.each([
		['mysql://a:hidden@b/c', 'is not the address of a database'],
		['postgres://a:hidden@b', 'is not the address of a database'],
		['postgres://a:hidden@b/c?sslmode=maybe', 'has an unknown sslmode'],
	])('refuses %s in words that hold no password', (address, words) => {
		const said = refused(() => place({ ...N8N, MARKETO_DYNAMICS_LEDGER: address }));
		expect(said).toContain(words);
		expect(said).not.toContain('hidden');
	});

	it.each(['a"b', 'Big', '1a', ''.padEnd(60, 'x')])('refuses the schema %j', (schema) => {
		const env = { ...SERVER, MARKETO_DYNAMICS_LEDGER_SCHEMA: schema };
		expect(refused(() => place(env))).toContain('Set MARKETO_DYNAMICS_LEDGER_SCHEMA to');
	});
});

describe('in queue mode', () => {
	const queue = { EXECUTIONS_MODE: 'queue' };

	it('a file is refused, since each worker would have its own, with what to do', () => {
		expect(refused(() => assertShared(place(N8N), queue))).toContain(
			'Set the variable MARKETO_DYNAMICS_LEDGER',
		);
		expect(
			refused(() => assertShared(place(N8N), { ...queue, MARKETO_DYNAMICS_LEDGER: 'file' })),
		).toContain('Remove the variable');
		expect(refused(() => assertShared(place(SERVER, true), { ...queue, ...SERVER }))).toContain(
			"Choose Move the Sync's Memory",
		);
	});

	it('a database is shared', () => {
		expect(() => assertShared(place(SERVER), queue)).not.toThrow();
		expect(() => assertShared(place(N8N), {})).not.toThrow();
	});
});
