import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { PoolConfig } from 'pg';

import { isLedgerFile } from '../../sync/ledger/sqlite';
import { SetUpProblem } from '../../sync/ports';

/** Where the sync's memory is: one file in n8n's data folder, or a schema of a PostgreSQL database. */
export type LedgerPlace = FilePlace | PostgresPlace;

export interface FilePlace {
	kind: 'file';
	folder: string;
}

export interface PostgresPlace {
	kind: 'postgres';
	config: PoolConfig;
	schema: string;
	/** How people find it: host, database and schema. */
	words: string;
	/** The variables that say so. */
	setBy: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Says where the memory is, whatever n8n's own database is: `file`, or the address of a database. */
export const PLACE_VARIABLE = 'MARKETO_DYNAMICS_LEDGER';
const SCHEMA_VARIABLE = 'MARKETO_DYNAMICS_LEDGER_SCHEMA';

const SCHEMA = 'marketo_dynamics';
/** A page asks one thing after the other; a lane more, or a campaign, is another connection. */
const CONNECTIONS = 4;
const CONNECT_MS = 20_000;

/** Other memories than the usual one, each in a folder of its name. */
const MEMORIES = 'memories';
/** PostgreSQL cuts off what is longer. */
const LONGEST_NAME = 63;

export const LEDGER_FILE = 'ledger.sqlite';
export const KEY_FILE = 'ledger.key';

/** One that was moved to a database is none any more. */
export function hasLedgerFile(folder: string): boolean {
	return isLedgerFile(join(folder, LEDGER_FILE));
}

/** For whoever runs n8n; `kindOfPlace` is for everybody. */
export function whereIs(place: LedgerPlace): string {
	return place.kind === 'file' ? place.folder : `PostgreSQL (${place.words})`;
}

/** For everybody to see, so without names of hosts and folders. */
export function kindOfPlace(place: LedgerPlace): string {
	return place.kind === 'postgres' ? `PostgreSQL, schema ${place.schema}` : `File ${LEDGER_FILE}`;
}

/** n8n's data folder has it, or where n8n keeps its database it has none. */
export function folderOfLedger(env: Env = process.env): string {
	return join(folderOfN8n(env), 'marketo-dynamics');
}

export function folderOfN8n(env: Env = process.env): string {
	return join(env.N8N_USER_FOLDER ?? homedir(), '.n8n');
}

/**
 * Where the memory is: the file, as long as there is one, whatever a variable says, since only a move takes it elsewhere
 * (`ledgerMove.ts`); else where it is wanted.
 *
 * @param hasFile whether there is a file
 * @param name of another memory than the usual one, which is in a folder or schema of its own
 * @throws SetUpProblem where a variable says what nobody can follow, or a schema would have too long a name
 */
export function ledgerPlace(
	env: Env,
	hasFile: (folder: string) => boolean,
	name = '',
): LedgerPlace {
	const file = filePlace(env, name);
	return hasFile(file.folder) ? file : wantedPlace(env, name);
}

/** The memory's file, be it there or not. */
export function filePlace(env: Env, name = ''): FilePlace {
	const usual = folderOfLedger(env);
	return { kind: 'file', folder: name === '' ? usual : join(usual, MEMORIES, name) };
}

/**
 * Where a new memory is made, and a move leads. Where n8n itself is in PostgreSQL, there, too, in a schema of its own, so
 * that one backup holds both.
 *
 * @throws SetUpProblem as above
 */
export function wantedPlace(env: Env, name = ''): LedgerPlace {
	const wanted = variable(env, PLACE_VARIABLE);
	if (wanted === 'file') return filePlace(env, name);
	if (wanted) return named(inDatabase(env, { ...addressIn(wanted), setBy: PLACE_VARIABLE }), name);
	if (env.DB_TYPE !== 'postgresdb') return filePlace(env, name);
	const setBy = "n8n's variables DB_POSTGRESDB_…";
	return named(inDatabase(env, { ...databaseOfN8n(env), setBy }), name);
}

function named(place: PostgresPlace, name: string): PostgresPlace {
	if (name === '') return place;
	const schema = `${place.schema}_${name}`;
	if (schema.length > LONGEST_NAME)
		throw new SetUpProblem(
			`"${schema}" is too long for the schema of a memory`,
			`Enter a shorter name under Memory: PostgreSQL allows ${LONGEST_NAME} characters`,
		);
	return { ...place, schema, words: place.words.replace(/schema \w+$/, `schema ${schema}`) };
}

/** The name of another schema that is made of one: no longer than PostgreSQL takes, its end in full. */
export function schemaBeside(schema: string, end: string): string {
	return `${schema.slice(0, LONGEST_NAME - 1 - end.length)}_${end}`;
}

/** In queue mode executions are anywhere. @throws SetUpProblem where they would not share the memory */
export function assertShared(place: LedgerPlace, env: Env): void {
	if (env.EXECUTIONS_MODE !== 'queue' || place.kind === 'postgres') return;
	const isWanted = variable(env, PLACE_VARIABLE) === 'file';
	const isThere = !isWanted && wantedPlace(env).kind === 'postgres';
	throw new SetUpProblem(
		"In queue mode the sync's memory has to be in PostgreSQL: each worker would have a file of its own",
		isThere
			? "Choose Move the Sync's Memory in the Marketo Dynamics Sync node and execute it by hand: it moves the memory from the file to PostgreSQL"
			: isWanted
				? `Remove the variable ${PLACE_VARIABLE}=file from n8n and its workers, or set it to the address of a database`
				: `Set the variable ${PLACE_VARIABLE} of n8n and all its workers to postgres://user:password@host:5432/database (n8n's own database is fine: the memory gets a schema of its own there). If the memory already exists as a file, Move the Sync's Memory moves it there; otherwise it starts empty, and the first run links records again, by ID or e-mail address`,
	);
}

function inDatabase(
	env: Env,
	{ config, own, setBy }: { config: PoolConfig; own?: string; setBy: string },
): PostgresPlace {
	const schema = variable(env, SCHEMA_VARIABLE) || own || SCHEMA;
	if (!/^[a-z_][a-z0-9_]{0,50}$/.test(schema))
		throw new SetUpProblem(
			`"${schema}" cannot be the schema of the sync's memory`,
			`Set ${SCHEMA_VARIABLE} to a name of lowercase letters, digits and underscores, 51 characters at most`,
		);
	return {
		kind: 'postgres',
		config: { max: CONNECTIONS, connectionTimeoutMillis: CONNECT_MS, keepAlive: true, ...config },
		schema,
		words: `${config.host}:${config.port}, database ${config.database}, schema ${schema}`,
		setBy,
	};
}

/** As n8n reads its own variables (docs.n8n.io: Database environment variables). */
function databaseOfN8n(env: Env): { config: PoolConfig; own: string } {
	const of = (name: string) => variable(env, `DB_POSTGRESDB_${name}`);
	const [ca, cert, key] = [of('SSL_CA'), of('SSL_CERT'), of('SSL_KEY')];
	const isLax = of('SSL_REJECT_UNAUTHORIZED') === 'false';
	const ssl =
		ca || cert || key || isLax
			? {
					...(ca && { ca }),
					...(cert && { cert }),
					...(key && { key }),
					rejectUnauthorized: !isLax,
				}
			: of('SSL_ENABLED') === 'true';
	const config: PoolConfig = {
		host: of('HOST') || 'localhost',
		port: portIn(of('PORT') || '5432', 'DB_POSTGRESDB_PORT'),
		user: of('USER') || 'postgres',
		password: of('PASSWORD') || '',
		database: of('DATABASE') || 'n8n',
		ssl,
	};
	// Several n8n in one database differ by these two.
	const schema = of('SCHEMA');
	const apart = [schema === 'public' ? '' : schema, variable(env, 'DB_TABLE_PREFIX')];
	const own = [...apart.map((part) => part.replace(/_+$/, '')).filter(Boolean), SCHEMA].join('_');
	return { config, own: own.toLowerCase() };
}

/** `postgres://user:password@host:5432/database?sslmode=require`; of the password nothing is quoted. */
function addressIn(text: string): { config: PoolConfig } {
	const remedy = `Set ${PLACE_VARIABLE} to "file", or to postgres://user:password@host:5432/database`;
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (!url || !/^postgres(ql)?:$/.test(url.protocol) || !url.hostname || url.pathname.length < 2)
		throw new SetUpProblem(`${PLACE_VARIABLE} is not the address of a database`, remedy);
	const sslMode = url.searchParams.get('sslmode') ?? 'disable';
	const modes = ['disable', 'no-verify', 'require', 'verify-ca', 'verify-full'];
	if (!modes.includes(sslMode))
		throw new SetUpProblem(
			`${PLACE_VARIABLE} has an unknown sslmode`,
			`Use one of ${modes.join(', ')}`,
		);
	return {
		config: {
			host: url.hostname,
			port: portIn(url.port || '5432', PLACE_VARIABLE),
			user: decodeURIComponent(url.username),
			password: decodeURIComponent(url.password),
			database: decodeURIComponent(url.pathname.slice(1)),
			ssl: sslMode === 'disable' ? false : { rejectUnauthorized: sslMode !== 'no-verify' },
		},
	};
}

function portIn(text: string, name: string): number {
	if (/^\d{1,5}$/.test(text)) return Number(text);
	throw new SetUpProblem(
		`The port in ${name} is not a number`,
		'Set it to the port of the PostgreSQL server, usually 5432',
	);
}

/** As n8n reads it: by its name, or from the file that the name with `_FILE` gives. */
export function variable(env: Env, name: string): string {
	const value = env[name];
	if (value !== undefined) return value.trim();
	const file = env[`${name}_FILE`];
	if (!file) return '';
	const text = textOf(file);
	if (text !== undefined) return text.trim();
	throw new SetUpProblem(
		`The file that ${name}_FILE names cannot be read`,
		'Check its path, and that n8n may read it',
	);
}

function textOf(file: string): string | undefined {
	try {
		return readFileSync(file, 'utf8');
	} catch {
		return undefined;
	}
}
