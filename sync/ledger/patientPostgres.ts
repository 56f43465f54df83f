import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import { SetUpProblem } from '../ports';
import type { Patience } from './patientSqlite';

const PAUSE_MS = 500;
/** A restart or a fail-over of the server is over by then; milliseconds. */
const LONGEST_MS = 60_000;
/** Connections that were lost in the middle of what may be asked again. */
const LOSSES = 5;
/**
 * Statements of their own that another one was in the way of, which the server has taken back whole. Each time that one
 * has gone through, so that it has an end; with eight connections at one row every second statement loses five times.
 */
const TRIES = 100;

/** SQLSTATE: serialization failure, deadlock (postgresql.org: Appendix A). */
const IN_THE_WAY = ['40001', '40P01'];
/** SQLSTATE class 08, what a server says that ends or begins, or takes no more; and what Node says of a socket. */
const LOST =
	/^(08...|57P0[123]|53300|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN)$/;
/** What `pg` says without a code. */
const LOST_IN_WORDS =
	/Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Client was closed|server conn crashed|query_wait_timeout/i;

/** Whether the server, or the way to it, was gone: nothing is wrong with what was asked. */
export function isLost(error: unknown): boolean {
	const { code = '', message = '' } = error as { code?: string; message?: string };
	return LOST.test(code) || LOST_IN_WORDS.test(message);
}

/** What has done nothing yet, or only reads: asked once more it does no harm. */
const isRepeatable = (sql: string) => isBegin(sql) || /^\s*select\b/i.test(sql);
const isBegin = (sql: string) => sql.startsWith('begin');

/**
 * Connections that outlive a restart of the server, a fail-over and whoever lies between. What has changed nothing yet is
 * asked again over another connection; what may have changed something is not, and says so: a transaction that was cut
 * off was taken back by the server, and whether the last word of one has arrived, the ledger tells whoever comes next.
 *
 * @param place where the memory is, for people
 * @throws SetUpProblem where the server is gone for longer, or was gone in the middle of something
 */
export function patientPool(pool: PostgresPool, patience: Patience, place: string): PostgresPool {
	// What was wrong from the beginning is said at once: an address, a password.
	let hasWorked = false;
	const another = async () => {
		const client = await connected(pool, patience, place, () => hasWorked);
		hasWorked = true;
		return client;
	};
	return {
		connect: async () => new PatientClient(await another(), another, place),
		end: async () => await pool.end(),
	};
}

async function connected(
	pool: PostgresPool,
	{ pause, now }: Patience,
	place: string,
	isWorthwhile: () => boolean,
): Promise<PostgresPoolClient> {
	const begun = now();
	for (;;) {
		try {
			return await pool.connect();
		} catch (error) {
			if (!isLost(error) || !isWorthwhile()) throw error;
			if (now() - begun >= LONGEST_MS) throw goneForLong(place);
		}
		await pause(PAUSE_MS);
	}
}

/** One loan of a connection. */
class PatientClient implements PostgresPoolClient {
	private inTransaction = false;
	private isBack = false;

	constructor(
		private client: PostgresPoolClient,
		private readonly another: () => Promise<PostgresPoolClient>,
		private readonly place: string,
	) {}

	query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
	query<R>(cursor: R): R;
	query(sql: unknown, parameters: readonly unknown[] = []): never {
		return this.ask(String(sql), parameters) as never;
	}

	release(): void {
		if (!this.isBack) this.client.release();
		this.isBack = true;
	}

	private async ask(sql: string, parameters: readonly unknown[]): Promise<unknown> {
		// The server has done that already.
		if (sql === 'rollback' && !this.inTransaction) return { command: 'ROLLBACK', rows: [] };
		for (let tries = 1; ; tries++) {
			try {
				const result: unknown = await this.client.query(sql, parameters.map(withoutNul));
				if (isBegin(sql)) this.inTransaction = true;
				else if (sql === 'commit' || sql === 'rollback') this.inTransaction = false;
				// Of several statements the last one is asked for something.
				return Array.isArray(result) ? result.at(-1) : result;
			} catch (error) {
				if (isLost(error)) {
					await this.afterLoss(sql, tries);
					continue;
				}
				// Begun, and no turn was to be had: nobody else would end it.
				if (isBegin(sql)) await this.client.query('rollback', []).catch(() => undefined);
				const { code = '' } = error as { code?: string };
				if (this.inTransaction || !IN_THE_WAY.includes(code) || tries >= TRIES) throw error;
			}
		}
	}

	/** Goes on over another connection, where that does no harm. */
	private async afterLoss(sql: string, tries: number): Promise<void> {
		const wasInTransaction = this.inTransaction;
		this.inTransaction = false;
		if (wasInTransaction || !isRepeatable(sql) || tries >= LOSSES) throw cutOff(this.place);
		this.release();
		this.client = await this.another();
		this.isBack = false;
	}
}

/** No text of PostgreSQL has this character; one record's name must not stop all others. */
function withoutNul(value: unknown): unknown {
	return typeof value === 'string' ? withoutNulIn(value) : value;
}

/** As a text is kept where that character cannot be. */
export function withoutNulIn(text: string): string {
	return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text;
}

function goneForLong(place: string): SetUpProblem {
	return new SetUpProblem(
		`PostgreSQL, which has the sync's memory, has not answered for a minute (${place})`,
		'Check that the server is running and accepts connections. Nothing is lost; the sync continues by itself once the server answers again',
	);
}

function cutOff(place: string): SetUpProblem {
	return new SetUpProblem(
		`The connection to PostgreSQL, which has the sync's memory, broke in the middle of a step (${place})`,
		'Nothing is half done: PostgreSQL has undone what was not finished, and the sync looks at it again when it next runs. If this happens often, check the server and the network between it and n8n',
	);
}
