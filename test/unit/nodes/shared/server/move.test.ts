import {
	copyFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import type { INode, NodeOperationError } from 'n8n-workflow';
import { Pool } from 'pg';

import type * as LedgerModule from '../../../../../nodes/shared/ledger';
import { copyAll, countRows } from '../../../../../sync/ledger/copyAll';
import { openLane } from '../../../../../sync/ledger/lanes';
import type { Ledger } from '../../../../../sync/ledger/ledger';
import { metaValue, setMeta } from '../../../../../sync/ledger/meta';
import { CannotDo } from '../../../../../sync/cannotDo';
import { acceptRequests } from '../../../../../sync/ledger/requests';
import { lookForWork } from '../../../../../sync/schedule/runs';
import { countCommit } from '../../../../../sync/schedule/restoreGuard';
import { sqliteDialect } from '../../../../../sync/ledger/sqlite';
import { openTables } from '../../../../../sync/ledger/open';
import { runProgram } from '../../../sync/ledger/server/programs';
import { ownDatabase, sharedServer } from './ownDatabase';

const context = { getNode: () => ({ name: 'Node', type: 'x', typeVersion: 1 }) as INode };
/** A node that works with another memory than the usual one. */
const sandbox = {
	getNode: () =>
		({
			...context.getNode(),
			type: 'resolveSyncConflict',
			parameters: { memory: 'sandbox' } as object,
		}) as INode,
};
const server = sharedServer();
const SCHEMA = 'ledger_that_moves';
/** Everybody may. */
const may = async () => undefined;

type Nodes = typeof LedgerModule;

/** Another start of the same n8n. */
function start(): Nodes {
	let module: Nodes;
	jest.isolateModules(() => {
		module = jest.requireActual<Nodes>('../../../../../nodes/shared/ledger');
	});
	return module!;
}

describe("Move the Sync's Memory (R53)", () => {
	const before = { ...process.env };
	let home: string;
	let folder: string;
	const ask = async (text: string) => {
		const pool = new Pool(server);
		const { rows } = await pool.query<{ found: string }>(text);
		await pool.end();
		return rows.map(({ found }) => found);
	};
	const schemas = async () =>
		await ask(
			`select schema_name as found from information_schema.schemata where schema_name like '${SCHEMA}%' order by 1`,
		);

	beforeEach(async () => {
		home = mkdtempSync(path.join(tmpdir(), 'move-'));
		folder = path.join(home, '.n8n', 'marketo-dynamics');
		mkdirSync(folder, { recursive: true });
		process.env = {
			...before,
			N8N_USER_FOLDER: home,
			N8N_ENCRYPTION_KEY: 'the key of all workers',
			MARKETO_DYNAMICS_LEDGER_SCHEMA: SCHEMA,
		};
		for (const schema of await schemas()) await ask(`drop schema "${schema}" cascade`);
	});
	afterEach(() => rmSync(home, { recursive: true, force: true }));
	afterAll(() => {
		process.env = before;
	});

	const { user, password, host, port, database } = server;
	const nameDatabase = () => {
		process.env.MARKETO_DYNAMICS_LEDGER = `postgres://${user}:${password}@${host}:${port}/${database}`;
	};
	const inTheWay = async (act: Promise<unknown>): Promise<string> => {
		const error = (await act.catch((error: unknown) => error)) as CannotDo & NodeOperationError;
		return `${error.message}. ${error.remedy ?? error.description}`;
	};

	/** A memory with something in it: links of odd texts and bytes, numbers that were given out and are gone again. */
	async function fill(ledger: Ledger, links = 1_234): Promise<void> {
		for (let from = 0; from < links; from += 200) {
			const rows = Array.from({ length: Math.min(200, links - from) }, (_, n) => ({
				lane: 'people',
				table_name: 'lead' as const,
				dynamics_id: `id ${from + n}`,
				object: 'person',
				marketo_id: n % 3 === 0 ? null : String(from + n),
				state: 'active' as const,
				version: null,
				email_key: n % 2 === 0 ? '' : `ü"'\\ ${n} 😀`,
				bases: n % 5 === 0 ? null : Buffer.from([0, 255, n % 256]),
				wrote: '{}',
				key_id: ledger.key.id,
				generation: 1,
				edit_times: null,
				created_at: Date.now(),
				updated_at: 9_007_199_254_740_991,
			}));
			await ledger.db.insertInto('link').values(rows).execute();
		}
		await ledger.db
			.deleteFrom('link')
			.where('dynamics_id', '=', `id ${links - 1}`)
			.execute();
		await openLane(ledger.db, 'people', Date.now());
		await countCommit(ledger.db);
		for (const parent of ['a', 'B', 'ä', 'ab'])
			await ledger.db
				.insertInto('waiting')
				.values(['x', 'Y'].map((subject) => ({ parent, lane: 'l', subject })))
				.execute();
	}

	const runsOf = async (ledger: Ledger): Promise<number> => {
		const { run } = await countRows(ledger.db);
		await ledger.close();
		return run!;
	};

	it('takes all of it to the database and back, row by row, and nothing in n8n has to be set for what follows', async () => {
		const first = start();
		const ledger = await first.openNodeLedger(context);
		await fill(ledger);
		const { id, key } = ledger;
		const counts = await countRows(ledger.db);
		nameDatabase();
		// Naming a database moves nothing.
		expect(first.kindOfNodeLedger(context)).toBe(
			"File ledger.sqlite; to move it to PostgreSQL, use Move the Sync's Memory",
		);
		expect(await first.previewMoveOfNodeLedger(context, 'postgres', may)).toMatchObject({
			rows: counts,
			from: folder,
			to: expect.stringContaining(`schema ${SCHEMA}`) as string,
		});
		expect(existsSync(path.join(folder, 'ledger.sqlite'))).toBe(true);

		const there = await first.moveNodeLedger(context, 'postgres', may);
		expect(there.rows).toEqual(counts);
		expect(path.dirname(there.keptAs)).toBe(path.join(folder, 'moved'));
		expect(readdirSync(folder).filter((name) => name.startsWith('ledger.sqlite'))).toEqual([]);
		// Whoever has it open goes on with the new one, and the number of a link is given out once.
		expect(first.kindOfNodeLedger(context)).toBe(`PostgreSQL, schema ${SCHEMA}`);
		expect([ledger.id, ledger.key]).toEqual([id, key]);
		await setMeta(ledger.db, 'since', 'the move');
		expect(
			await ask(`select nextval(pg_get_serial_sequence('${SCHEMA}.link', 'id'))::text as found`),
		).toEqual(['1235']);

		const second = start();
		expect(await metaValue((await second.openNodeLedger(context)).db, 'since')).toBe('the move');
		expect((await second.openNodeLedger(context)).key).toEqual(key);
		const back = await second.moveNodeLedger(context, 'file', may);
		expect(back.rows).toMatchObject({ link: 1_233, waiting: 8 });
		expect(back.keptAs).toMatch(new RegExp(`^schema ${SCHEMA}_moved_\\d{14,}$`));
		expect(await schemas()).toEqual([back.keptAs.slice('schema '.length)]);

		const third = start();
		const again = await third.openNodeLedger(context);
		expect(third.kindOfNodeLedger(context)).toMatch(/^File ledger.sqlite/);
		expect([again.id, again.key, await metaValue(again.db, 'since')]).toEqual([
			id,
			key,
			'the move',
		]);
		expect(await metaValue(again.db, 'key.sealed')).toBeUndefined();
		for (const one of [ledger, await second.openNodeLedger(context), again]) await one.close();
	});

	it('takes a memory with a name there and back by itself, and leaves the one without a name where it is', async () => {
		const first = start();
		const usual = await first.openNodeLedger(context);
		const other = await first.openNodeLedger(sandbox);
		await fill(usual, 3);
		await fill(other, 5);
		const { key } = other;
		nameDatabase();
		const there = await first.moveNodeLedger(sandbox, 'postgres', may);
		expect(there.rows.link).toBe(4);
		expect(path.dirname(there.keptAs)).toBe(path.join(folder, 'memories', 'sandbox', 'moved'));
		expect(await schemas()).toEqual([`${SCHEMA}_sandbox`]);
		expect(other.name).toBe('sandbox');

		// Another start finds each where it is, though the usual one is still a file.
		const second = start();
		expect(second.kindOfNodeLedger(context)).toMatch(/^File ledger.sqlite/);
		expect(second.kindOfNodeLedger(sandbox)).toBe(`PostgreSQL, schema ${SCHEMA}_sandbox`);
		expect((await countRows((await second.openNodeLedger(context)).db)).link).toBe(2);
		const found = await second.openNodeLedger(sandbox);
		expect([(await countRows(found.db)).link, found.key]).toEqual([4, key]);
		await second.moveNodeLedger(context, 'postgres', may);
		expect(await schemas()).toEqual([SCHEMA, `${SCHEMA}_sandbox`]);

		const back = await second.moveNodeLedger(sandbox, 'file', may);
		expect(back.to).toBe(path.join(folder, 'memories', 'sandbox'));
		const third = start();
		expect(third.kindOfNodeLedger(context)).toBe(`PostgreSQL, schema ${SCHEMA}`);
		const again = await third.openNodeLedger(sandbox);
		expect([(await countRows(again.db)).link, again.key]).toEqual([4, key]);
		const open = [usual, other, await second.openNodeLedger(context), found, again];
		for (const one of open) await one.close();
	});

	it('the name of what is put aside fits, and ends in the date, however long that of the schema is', async () => {
		process.env.MARKETO_DYNAMICS_LEDGER_SCHEMA = SCHEMA.padEnd(51, 'x');
		nameDatabase();
		const nodes = start();
		const ledger = await nodes.openNodeLedger(sandbox);
		await fill(ledger, 3);
		const { keptAs } = await nodes.moveNodeLedger(sandbox, 'file', may);
		expect(keptAs).toMatch(/_moved_\d{17}$/);
		expect(await schemas()).toEqual([keptAs.slice('schema '.length)]);
		await ledger.close();
	});

	it.each(['postgres', 'file'] as const)(
		'a run that starts during a move to %s is one of the new memory, or none',
		async (to) => {
			if (to === 'file') nameDatabase();
			const nodes = start();
			const ledger = await nodes.openNodeLedger(context);
			await fill(ledger, 5_000);
			/** Another process, as a second n8n or a worker is. */
			const other = await start().openNodeLedger(context);
			nameDatabase();
			const setting = (owner: string) => ({
				...{ lane: 'people', workflow: 'w', interval: 1, owner, pid: process.pid },
				isAlive: () => true,
			});
			let isOver = false;
			const moving = nodes.moveNodeLedger(context, to, may).finally(() => (isOver = true));
			const copying = `select pid::text as found from pg_stat_activity where pid <> pg_backend_pid()
				and query like '${to === 'postgres' ? 'insert into' : 'select'}%"${SCHEMA}"."link"%'`;
			while ((await ask(copying)).length === 0) expect(isOver).toBe(false);
			const looks = await Promise.all(
				[ledger, other].map(
					async (one, n) =>
						await lookForWork(one, setting(`${n}`)).then(
							(look) => look.do,
							(error: Error) => error.message,
						),
				),
			);
			expect((await moving).rows.run).toBe(0);
			// What had begun with the old place has failed there: nothing of it is kept in either.
			const runs = await runsOf(await start().openNodeLedger(context));
			expect(looks.filter((look) => look === 'page')).toHaveLength(runs);
			await expect(lookForWork(other, setting('1'))).rejects.toThrow();
			expect((await lookForWork(ledger, setting('0'))).do).toMatch(/page|wait/);
			await ledger.close();
			await other.close();
		},
	);

	it('goes from one database to another, and gets another name, by the commands of the docs', async () => {
		nameDatabase();
		const ledger = await start().openNodeLedger(context);
		await fill(ledger, 300);
		const [{ id, key }, counts] = [ledger, await countRows(ledger.db)];
		await ledger.close();
		const elsewhere = await ownDatabase('another_home');
		const file = path.join(home, 'memory.dump');
		await runProgram('pg_dump', ['--format=custom', `--schema=${SCHEMA}`, `--file=${file}`]);
		await runProgram('pg_restore', ['--exit-on-error', `--dbname=${elsewhere.database}`, file]);
		const rename = `ALTER SCHEMA ${SCHEMA} RENAME TO another_name`;
		await runProgram('psql', [`--command=${rename}`], elsewhere.database);

		process.env.MARKETO_DYNAMICS_LEDGER = `postgres://${user}:${password}@${host}:${port}/${elsewhere.database}`;
		process.env.MARKETO_DYNAMICS_LEDGER_SCHEMA = 'another_name';
		const there = await start().openNodeLedger(context);
		expect([there.id, there.key, await countRows(there.db)]).toEqual([id, key, counts]);
		const next = "pg_get_serial_sequence('another_name.link', 'id')";
		const number = await runProgram('psql', ['-Atc', `select nextval(${next})`], 'another_home');
		expect(number.trim()).toBe('301');
		await there.close();
	});

	it.each(['postgres', 'file'] as const)(
		'to %s: refuses while a run is on, and while people of a campaign are worked on, its preview too; nothing has changed then',
		async (to) => {
			if (to === 'file') nameDatabase();
			const nodes = start();
			const ledger = await nodes.openNodeLedger(context);
			await fill(ledger, 10);
			nameDatabase();
			const both = async () => [
				await inTheWay(nodes.previewMoveOfNodeLedger(context, to, may)),
				await inTheWay(nodes.moveNodeLedger(context, to, may)),
			];
			const ofRun =
				'A run of the sync is in progress and uses the memory that would be moved. Choose Pause, wait until Show Status says Paused, then move the memory';
			const lane = { run: 'r', owner: 'o', lease_until: Date.now() + 60_000 };
			await ledger.db.updateTable('lane').set(lane).execute();
			expect(await both()).toEqual([ofRun, ofRun]);

			await ledger.db.updateTable('lane').set({ run: null }).execute();
			const sent = { service: 'webhook' as const, person: '7', campaign: '', parameters: {} };
			await acceptRequests(ledger, 'receiver', [sent]);
			await ledger.db
				.updateTable('request')
				.set({ state: 'taken', lane: 'people', taken_until: Date.now() + 60_000 })
				.execute();
			const ofPeople =
				'People whom a campaign has sent are being synced right now. Try again in a minute';
			expect(await both()).toEqual([ofPeople, ofPeople]);
			expect((await countRows(ledger.db)).link).toBe(9);
			expect(existsSync(path.join(folder, 'ledger.sqlite'))).toBe(to === 'postgres');
			expect(start().kindOfNodeLedger(context)).toMatch(to === 'file' ? /^PostgreSQL/ : /^File/);
			await ledger.close();
		},
	);

	it('asks whether whoever moves it may, and moves nothing for others', async () => {
		const nodes = start();
		const ledger = await nodes.openNodeLedger(context);
		await fill(ledger, 10);
		nameDatabase();
		const mayNot = async () => {
			throw new CannotDo('Not yours', 'Ask the owner');
		};
		for (const act of [nodes.previewMoveOfNodeLedger, nodes.moveNodeLedger])
			expect(await inTheWay(act(context, 'postgres', mayNot))).toBe('Not yours. Ask the owner');
		expect(start().kindOfNodeLedger(context)).toMatch(/^File/);
		await ledger.close();
	});

	it('a move that was broken off is done again from the beginning; until its end the old one is in use', async () => {
		const killed = start();
		const ledger = await killed.openNodeLedger(context);
		await fill(ledger);
		nameDatabase();
		// Killed after the database has all, before the file is sealed.
		const full = "create trigger full before insert on meta begin select raise(abort, 'disk'); end";
		await sql.raw(full).execute(ledger.db);
		expect(await inTheWay(killed.moveNodeLedger(context, 'postgres', may))).toMatch(
			/disk.*The memory stays where it is, in .*, and nothing is lost/,
		);
		expect(await ask(`select count(*)::text as found from ${SCHEMA}.link`)).toEqual(['1233']);
		await sql`drop trigger full`.execute(ledger.db);
		await ledger.db.deleteFrom('link').where('dynamics_id', '=', 'id 7').execute();
		await ledger.close();
		const again = start();
		await again.openNodeLedger(context);
		expect(again.kindOfNodeLedger(context)).toMatch(/^File/);
		const done = await again.moveNodeLedger(context, 'postgres', may);
		expect(done.rows.link).toBe(1_232);
		await (await again.openNodeLedger(context)).close();
		// Put back by mistake, the old file is not taken for the memory.
		copyFileSync(done.keptAs, path.join(folder, 'ledger.sqlite'));
		expect(start().kindOfNodeLedger(context)).toBe(`PostgreSQL, schema ${SCHEMA}`);
	});

	it('the old file takes no more writes, whoever has it open', async () => {
		const nodes = start();
		const ledger = await nodes.openNodeLedger(context);
		await fill(ledger, 10);
		const other = await openTables(sqliteDialect(path.join(folder, 'ledger.sqlite')));
		nameDatabase();
		const { keptAs } = await nodes.moveNodeLedger(context, 'postgres', may);
		expect(keptAs).toBe(path.join(folder, 'ledger.sqlite'));
		await expect(setMeta(other, 'late', 'x')).rejects.toThrow(/has just been moved/);
		await other.destroy();
		expect(start().kindOfNodeLedger(context)).toBe(`PostgreSQL, schema ${SCHEMA}`);
		await ledger.close();
	});

	it('does not replace another memory, and says what to do', async () => {
		nameDatabase();
		const elsewhere = start();
		const ledger = await elsewhere.openNodeLedger(context);
		await fill(ledger, 3);
		await ledger.close();
		delete process.env.MARKETO_DYNAMICS_LEDGER;
		const nodes = start();
		const own = await nodes.openNodeLedger(context);
		await fill(own, 5);
		expect(await inTheWay(nodes.moveNodeLedger(context, 'postgres', may))).toContain(
			'Set the variable MARKETO_DYNAMICS_LEDGER of n8n',
		);
		nameDatabase();
		expect(await inTheWay(nodes.moveNodeLedger(context, 'postgres', may))).toMatch(
			/already holds another memory of the sync, and a move would replace it\. .*rename its schema/,
		);
		expect(await inTheWay(nodes.moveNodeLedger(context, 'file', may))).toContain('already');
		expect((await countRows(own.db)).link).toBe(4);
		await own.close();
	});

	it('in queue mode the file of the main process can be moved, though it is no memory for the workers', async () => {
		const ledger = await start().openNodeLedger(context);
		await fill(ledger, 10);
		await ledger.close();
		nameDatabase();
		process.env.EXECUTIONS_MODE = 'queue';
		const main = start();
		expect(await inTheWay(main.openNodeLedger(context))).toContain(
			"Choose Move the Sync's Memory in the Marketo Dynamics Sync node",
		);
		expect((await main.moveNodeLedger(context, 'postgres', may)).rows.link).toBe(9);
		const worker = await start().openNodeLedger(context);
		expect((await countRows(worker.db)).link).toBe(9);
		expect(worker.key.secret.toString('base64')).toBe(
			(JSON.parse(readFileSync(path.join(folder, 'ledger.key'), 'utf8')) as { secret: string })
				.secret,
		);
		await worker.close();
	});

	it('a worker, which does not see the file of the main process, says how it is moved', async () => {
		nameDatabase();
		process.env.EXECUTIONS_MODE = 'queue';
		const worker = start();
		const said = await inTheWay(worker.moveNodeLedger(context, 'postgres', may));
		expect(said).toMatch(
			/already in PostgreSQL .*start the main process once with EXECUTIONS_MODE=regular/,
		);
		await (await worker.openNodeLedger(context)).close();
		// What it has opened is empty, and stands in nobody's way.
		delete process.env.MARKETO_DYNAMICS_LEDGER;
		process.env.EXECUTIONS_MODE = 'regular';
		const main = start();
		const ledger = await main.openNodeLedger(context);
		await fill(ledger, 10);
		nameDatabase();
		expect((await main.moveNodeLedger(context, 'postgres', may)).rows.link).toBe(9);
		await ledger.close();
	});

	it('does not forget people of campaigns whom a webhook processor has kept without seeing the file', async () => {
		const main = start();
		const ledger = await main.openNodeLedger(context);
		await fill(ledger, 10);
		nameDatabase();
		process.env.N8N_USER_FOLDER = path.join(home, 'elsewhere');
		const processor = await start().openNodeLedger(context);
		const sent = { service: 'webhook' as const, person: '7', campaign: '', parameters: {} };
		await acceptRequests(processor, 'receiver', [sent]);
		process.env.N8N_USER_FOLDER = home;
		expect(await inTheWay(main.moveNodeLedger(context, 'postgres', may))).toMatch(
			/^People whom campaigns have sent wait in .*, and a move would replace them/,
		);
		const kept = await processor.db.selectFrom('request').select('person').execute();
		expect(kept).toEqual([{ person: '7' }]);
		await processor.db.updateTable('request').set({ state: 'answered' }).execute();
		expect((await main.moveNodeLedger(context, 'postgres', may)).rows.link).toBe(9);
		await ledger.close();
		await processor.close();
	});

	it('previews all records on a copy in a file that is gone afterwards', async () => {
		nameDatabase();
		const nodes = start();
		const ledger = await nodes.openNodeLedger(context);
		await fill(ledger, 700);
		const links = await nodes.onCopyOfNodeLedger(context, async (copy) => {
			await setMeta(copy.db, 'trial', 'x');
			return (await countRows(copy.db)).link;
		});
		expect([links, await metaValue(ledger.db, 'trial')]).toEqual([699, undefined]);
		expect(readdirSync(folder)).toEqual([]);
		await ledger.close();
	});

	it('a copy that is not the same is none', async () => {
		const [one, two] = [sqliteDialect(':memory:'), sqliteDialect(':memory:')];
		const [from, to] = [await openTables(one), await openTables(two)];
		await setMeta(from, 'a', 'b');
		await sql`create trigger alters after insert on meta begin update meta set value = 'c'; end`.execute(
			to,
		);
		await expect(
			copyAll({ db: from, counters: one.counters }, { db: to, counters: two.counters }),
		).rejects.toThrow('The copy of "meta" is not the same');
		await from.destroy();
		await to.destroy();
	});
});
