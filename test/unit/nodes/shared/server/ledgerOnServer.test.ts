import type { INode, NodeOperationError } from 'n8n-workflow';
import { Pool } from 'pg';

import type * as LedgerModule from '../../../../../nodes/shared/ledger';
import { metaValue, setMeta } from '../../../../../sync/ledger/meta';
import { ownDatabase, type Server } from './ownDatabase';

const context = { getNode: () => ({ name: 'Node', type: 'x', typeVersion: 1 }) as INode };
let server: Server;
const SCHEMA = 'ledger_of_nodes';

/** Another process of the same n8n: it has opened nothing yet. */
function anotherProcess(): typeof LedgerModule {
	let module: typeof LedgerModule;
	jest.isolateModules(() => {
		module = jest.requireActual<typeof LedgerModule>('../../../../../nodes/shared/ledger');
	});
	return module!;
}

describe("the sync's memory in n8n's PostgreSQL", () => {
	const before = { ...process.env };
	const ask = async (text: string) => {
		const pool = new Pool(server);
		// A test ends all connections, those included that are on their way out.
		pool.on('connect', (client) => client.on('error', () => undefined));
		const { rows } = await pool.query<{ found: string }>(text);
		await pool.end();
		return rows.map(({ found }) => found);
	};

	beforeAll(async () => void (server = await ownDatabase('ledger_on_server')));
	beforeEach(async () => {
		Object.assign(process.env, {
			EXECUTIONS_MODE: 'queue',
			N8N_USER_FOLDER: '/nowhere',
			N8N_ENCRYPTION_KEY: 'the key of all workers',
			DB_TYPE: 'postgresdb',
			DB_POSTGRESDB_HOST: server.host,
			DB_POSTGRESDB_PORT: String(server.port),
			DB_POSTGRESDB_USER: server.user,
			DB_POSTGRESDB_PASSWORD: String(server.password),
			DB_POSTGRESDB_DATABASE: server.database,
			MARKETO_DYNAMICS_LEDGER_SCHEMA: SCHEMA,
		});
		await ask(`drop schema if exists ${SCHEMA} cascade`);
	});
	afterAll(() => {
		process.env = before;
	});

	const refused = async (act: Promise<unknown>): Promise<string> => {
		const error = (await act.catch((error: unknown) => error)) as NodeOperationError;
		return `${error.message}. ${error.description}`;
	};

	it('is one for all processes, with one key, however many start at once (R44)', async () => {
		const ledgers = await Promise.all(
			[1, 2, 3, 4].map(async () => await anotherProcess().openNodeLedger(context)),
		);
		const [first, ...others] = ledgers;
		for (const other of others) expect([other.id, other.key]).toEqual([first!.id, first!.key]);
		await setMeta(first!.db, 'told', 'by one');
		expect(await metaValue(others[0]!.db, 'told')).toBe('by one');
		for (const ledger of ledgers) await ledger.close();
	});

	it("keeps its key sealed: a copy of the database tells nothing, and another n8n's key opens nothing", async () => {
		const ledger = await anotherProcess().openNodeLedger(context);
		const { secret } = ledger.key;
		await ledger.close();
		const all = await ask(`select value as found from ${SCHEMA}.meta`);
		expect(all.join()).not.toContain(secret.toString('base64'));
		process.env.N8N_ENCRYPTION_KEY = 'another';
		expect(await refused(anotherProcess().openNodeLedger(context))).toMatch(
			/encrypted with another encryption key of n8n\. Start n8n and all its workers with the N8N_ENCRYPTION_KEY/,
		);
		process.env.N8N_ENCRYPTION_KEY = 'the key of all workers';
		const again = await anotherProcess().openNodeLedger(context);
		expect(again.key.secret).toEqual(secret);
		await again.close();
	});

	it("leaves n8n's own tables and other schemas alone, and sets nothing on its connections (a pooler lends them on)", async () => {
		const ledger = await anotherProcess().openNodeLedger(context);
		expect(
			await ask(
				"select table_schema as found from information_schema.tables where table_name = 'link'",
			),
		).toContain(SCHEMA);
		const paths = await ledger.db
			.selectNoFrom((eb) => eb.fn<string>('current_setting', [eb.val('search_path')]).as('found'))
			.execute();
		expect(paths.map(({ found }) => found)).toEqual(['"$user", public']);
		await ledger.close();
	});

	it('goes on after a connection that broke (a restart of the server, a fail-over)', async () => {
		const ledger = await anotherProcess().openNodeLedger(context);
		await setMeta(ledger.db, 'told', 'before');
		await ask(
			'select pg_terminate_backend(pid)::text as found from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
		);
		await new Promise((resolve) => setTimeout(resolve, 200));
		expect(await metaValue(ledger.db, 'told')).toBe('before');
		await ledger.close();
	});

	it.each([
		['DB_POSTGRESDB_PASSWORD', 'wrong', 'Check user and password'],
		['DB_POSTGRESDB_DATABASE', 'nobodys', 'Create the database'],
		['DB_POSTGRESDB_PORT', '1', 'Check host and port'],
	])('says in words why it cannot be opened: %s', async (name, value, words) => {
		process.env[name] = value;
		const said = await refused(anotherProcess().openNodeLedger(context));
		expect(said).toContain("The sync's memory in PostgreSQL cannot be opened: ");
		expect(said).toContain(words);
		expect(said).toContain("as set by n8n's variables DB_POSTGRESDB_…");
		expect(said).not.toContain(String(server.password));
	});

	it('is backed up and restored with the database, not by us, and says by which command', async () => {
		const { backUpNodeLedger, openNodeLedger, restoreNodeLedger } = anotherProcess();
		const ledger = await openNodeLedger(context);
		await expect(backUpNodeLedger(context, 2)).rejects.toMatchObject({
			remedy: expect.stringMatching(
				/pg_dump --schema=ledger_of_nodes .*N8N_ENCRYPTION_KEY/,
			) as string,
		});
		await expect(restoreNodeLedger(context, 'x')).rejects.toMatchObject({
			remedy: expect.stringMatching(
				/^Stop n8n and all its workers, drop the schema ledger_of_nodes, .*Adopt Present State/,
			) as string,
		});
		await ledger.close();
	});

	it('says what right is missing where no schema may be created', async () => {
		await ask(`drop role if exists guest`);
		await ask(`create role guest login password 'guest'`);
		Object.assign(process.env, {
			DB_POSTGRESDB_USER: 'guest',
			DB_POSTGRESDB_PASSWORD: 'guest',
		});
		expect(await refused(anotherProcess().openNodeLedger(context))).toContain(
			'Allow the user to create a schema in this database',
		);
	});

	it('is copied into another schema before it is given to another pair of systems (R44)', async () => {
		const module = anotherProcess();
		const ledger = await module.openNodeLedger(context);
		for (const [name, value] of [
			['commits', '3'],
			['dynamics.organization', 'old'],
			['marketo.subscription', 'AAA-111-BBB'],
		] as const)
			await setMeta(ledger.db, name, value);
		const { savedAs, isDone } = await module.rePointNodeLedger(
			context,
			{
				dynamics: { side: 'dynamics', id: 'new', facts: {} },
				marketo: { side: 'marketo', id: 'AAA-111-BBB', facts: {} },
			},
			false,
		);
		expect(isDone).toBe(true);
		expect(await metaValue(ledger.db, 'dynamics.organization')).toBe('new');
		const schema = /^schema (ledger_of_nodes_\d{8}t\d{9})$/.exec(savedAs!)![1]!;
		expect(
			await ask(`select value as found from ${schema}.meta where name = 'dynamics.organization'`),
		).toEqual(['old']);
		await ask(`drop schema ${schema} cascade`);
		await ledger.close();
	});
});
