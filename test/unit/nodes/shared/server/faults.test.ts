import { CompiledQuery } from 'kysely';
import { Pool } from 'pg';

import { databaseClock } from '../../../../../sync/ledger/databaseClock';
import { NORMAL_TIMING, type Ledger } from '../../../../../sync/ledger/ledger';
import { metaValue, setMeta } from '../../../../../sync/ledger/meta';
import { openLedger } from '../../../../../sync/ledger/open';
import { patientPool } from '../../../../../sync/ledger/patientPostgres';
import { postgresDialect } from '../../../../../sync/ledger/postgres';
import { lookForWork } from '../../../../../sync/schedule/runs';
import { SetUpProblem } from '../../../../../sync/ports';
import { Proxy } from './proxy';
import { ownDatabase, type Server } from './ownDatabase';

let server: Server;
const SCHEMA = 'ledger_of_faults';

/** A day of a server: cut connections, a restart, a fail-over, a pooler that hands out others. */
describe("the sync's memory on a server in trouble", () => {
	let proxy: Proxy;
	let ledger: Ledger;
	/** What the ledger's process takes for the time, in which waiting is over at once. */
	let now = 0;
	const pools: Pool[] = [];

	const openThrough = async (port: number, id = 'k', own = { now: () => now }) => {
		const pool = new Pool({ ...server, port, max: 4 });
		pools.push(pool);
		pool.on('error', () => undefined);
		pool.on('connect', (client) => client.on('error', () => undefined));
		const pause = async (milliseconds: number) => {
			now += milliseconds;
			await new Promise((done) => setTimeout(done, 5));
		};
		const clock = databaseClock(own);
		const patient = patientPool(pool, { pause, now: () => now }, 'host db');
		return await openLedger(
			postgresDialect(patient, SCHEMA, (time) => clock.hears(time)),
			{
				key: { id, secret: Buffer.alloc(32, 1) },
				clock,
				random: { id: () => `id${Math.random()}` },
				timing: NORMAL_TIMING,
			},
		);
	};
	const ask = async (text: string) => {
		const pool = new Pool(server);
		const { rows } = await pool.query<Record<string, string>>(text);
		await pool.end();
		return rows;
	};

	beforeAll(async () => void (server = await ownDatabase('faults')));
	beforeEach(async () => {
		await ask(`drop schema if exists ${SCHEMA} cascade`);
		proxy = await Proxy.start(server);
		now = Date.now();
		ledger = await openThrough(proxy.port);
	});
	afterEach(async () => {
		await ledger.close().catch(() => undefined);
		await proxy.stop();
	});

	const refused = async (act: Promise<unknown>) => {
		const error: unknown = await act.catch((error: unknown) => error);
		if (!(error instanceof SetUpProblem)) throw new Error(`not refused: ${String(error)}`);
		const { message, remedy } = error;
		return `${message}. ${remedy}`;
	};
	const counted = async () => Number((await metaValue(ledger.db, 'count')) ?? 0);
	const countOne = async (text = 'x') =>
		await ledger.db.transaction().execute(async (db) => {
			await setMeta(db, 'first', text);
			await setMeta(db, 'count', String(Number((await metaValue(db, 'count')) ?? 0) + 1));
		});

	it('begins over another connection where one was cut before anything was asked', async () => {
		await countOne();
		proxy.cut('begin', 'before');
		await countOne();
		expect(await counted()).toBe(2);
		proxy.cut('begin', 'after');
		await countOne();
		expect(await counted()).toBe(3);
	});

	it('a connection that is cut in the middle of a transaction leaves nothing half done, and a person is told', async () => {
		await countOne('before');
		proxy.cut('count', 'before');
		const said = await refused(countOne('half'));
		expect(said).toMatch(
			/broke in the middle of a step \(host db\)\. Nothing is half done: PostgreSQL has undone what was not finished, and the sync looks at it again/,
		);
		expect([await counted(), await metaValue(ledger.db, 'first')]).toEqual([1, 'before']);
		await countOne('after');
		expect([await counted(), await metaValue(ledger.db, 'first')]).toEqual([2, 'after']);
	});

	it.each(['before', 'after'] as const)(
		'a commit whose connection is cut %s the server has it is done once or not at all, and never asked again by itself',
		async (when) => {
			proxy.cut('commit\0', when);
			expect(await refused(countOne())).toContain('Nothing is half done');
			expect(await counted()).toBe(when === 'after' ? 1 : 0);
		},
	);

	it('waits for a server that is gone for less than a minute, and goes on', async () => {
		proxy.goAway();
		const waits = countOne();
		await new Promise((done) => setTimeout(done, 100));
		proxy.comeBack();
		await waits;
		expect(await counted()).toBe(1);
	});

	it('says that the server is gone after a minute, and goes on by itself once it is back', async () => {
		proxy.goAway();
		expect(await refused(countOne())).toMatch(
			/has not answered for a minute \(host db\)\. Check that the server is running .* Nothing is lost; the sync continues by itself/,
		);
		proxy.comeBack();
		await countOne();
		expect(await counted()).toBe(1);
	});

	it('takes its turn and sees what was committed before it, even where the database is set to stricter transactions', async () => {
		await ask(
			`alter database ${server.database} set default_transaction_isolation to 'serializable'`,
		);
		const other = await openThrough(proxy.port);
		const third = await openThrough(proxy.port);
		try {
			const count = async ({ db }: Ledger) =>
				await db.transaction().execute(async (db) => {
					const before = Number((await metaValue(db, 'many')) ?? 0);
					await setMeta(db, 'many', String(before + 1));
				});
			await Promise.all(
				Array.from({ length: 40 }, async (_, n) => await count(n % 2 === 0 ? other : third)),
			);
			// Statements of their own get in each other's way there; they are asked again.
			await Promise.all(
				Array.from(
					{ length: 40 },
					async (_, n) => await setMeta((n % 2 === 0 ? other : third).db, 'one', String(n)),
				),
			);
			expect(await metaValue(other.db, 'many')).toBe('40');
		} finally {
			await ask(`alter database ${server.database} reset default_transaction_isolation`);
			await other.close();
			await third.close();
		}
	});

	it('leaves no transaction open on a connection where no turn was to be had', async () => {
		const blocker = new Pool({ ...server, max: 1 });
		pools.push(blocker);
		const client = await blocker.connect();
		await client.query('begin');
		await client.query(`select pg_advisory_xact_lock(hashtext('marketo-dynamics/${SCHEMA}'))`);
		await ask(
			`alter role ${server.user} in database ${server.database} set lock_timeout to '100ms'`,
		);
		const other = await openThrough(proxy.port).catch((error: Error) => error);
		expect(other).toMatchObject({ message: expect.stringContaining('lock timeout') as string });
		await ask(`alter role ${server.user} in database ${server.database} reset lock_timeout`);
		await client.query('rollback');
		client.release();
		await countOne();
		expect(await counted()).toBe(1);
	});

	it("R40: leases go by the server's clock, whatever a worker's own says", async () => {
		const hour = 3_600_000;
		const slow = await openThrough(proxy.port, 'k', { now: () => Date.now() - hour });
		const fast = await openThrough(proxy.port, 'k', { now: () => Date.now() + hour });
		for (const { clock } of [slow, fast])
			expect(Math.abs(clock.now() - Date.now())).toBeLessThan(5_000);
		const setting = (owner: string) => ({
			lane: 'people',
			workflow: 'w',
			interval: 300_000,
			owner: `${owner}@${owner}`,
			pid: 1,
			isAlive: () => true,
		});
		expect(await lookForWork(slow, setting('slow'))).toMatchObject({ do: 'page' });
		// An hour ahead, it would take the run over by its own clock.
		expect(await lookForWork(fast, setting('fast'))).not.toMatchObject({ do: 'page' });
		await slow.close();
		await fast.close();
	});

	it('a name with a character that PostgreSQL has not stops nobody', async () => {
		await setMeta(ledger.db, 'name\0', 'A\0B');
		expect(await metaValue(ledger.db, 'name\0')).toBe('A\uFFFDB');
	});

	it('nothing in an empty list is found, and everything is not in it', async () => {
		await countOne();
		const all = ledger.db.selectFrom('meta').select('name');
		expect(await all.where('name', 'in', []).execute()).toEqual([]);
		const { length } = await all.execute();
		expect(await all.where('name', 'not in', []).execute()).toHaveLength(length);
	});

	it('needs nothing of a session: no prepared statement, no setting, no lock outlives a transaction (a pooler in transaction mode)', async () => {
		const asked: string[] = [];
		const pool = new Pool({ ...server, max: 1 });
		pools.push(pool);
		pool.on('connect', (client) => {
			const query = client.query.bind(client) as (...args: unknown[]) => unknown;
			client.query = ((...args: unknown[]) => {
				const [what] = args;
				asked.push(typeof what === 'string' ? what : JSON.stringify(what));
				return query(...args);
			}) as never;
		});
		const patience = { pause: async () => undefined, now: () => now };
		const other = await openLedger(postgresDialect(patientPool(pool, patience, 'x'), 'pooled'), {
			key: { id: 'k', secret: Buffer.alloc(32, 1) },
			clock: { now: () => now },
			random: { id: () => 'id' },
			timing: NORMAL_TIMING,
		});
		await setMeta(other.db, 'a', 'b');
		const text = asked.join('\n');
		expect(text).not.toMatch(/^\s*(prepare|listen|declare|create temp|discard)\b/im);
		expect(text).not.toMatch(/pg_advisory_lock|pg_try_advisory_lock/);
		expect(text.match(/\bset +(?!local|transaction)\w+ +(to|=)/gi) ?? []).toEqual([]);
		const left = await other.db.executeQuery<{ found: string }>(
			CompiledQuery.raw(
				"select (select count(*) from pg_prepared_statements) + (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as found",
			),
		);
		expect(Number(left.rows[0]!.found)).toBe(0);
		await other.db.executeQuery(CompiledQuery.raw('drop schema pooled cascade'));
		await other.close();
	});
});
