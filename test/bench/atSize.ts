import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import type { Ledger } from '../../sync/ledger/ledger';
import type { PreparedDialect } from '../../sync/ledger/open';
import { postgresDialect } from '../../sync/ledger/postgres';
import { sqliteDialect } from '../../sync/ledger/sqlite';
import { startTwins } from '../e2e/harness/twins';
import { startServer } from '../unit/sync/ledger/server/server';
import { EngineLane, PAGE, leadsOf, type PageCost } from './engineLane';
import type { Bench } from './main';
import { median } from './measure';

const SMALL = 10_000;
/** Odd, so that there is one in the middle. */
const ROUNDS = 5;
/** Links copied in one statement: eighteen values each, of the 32,766 that SQLite takes. */
const PIECE = 1_500;

/**
 * A page of 1,000 edited leads beside a million links, against the same beside ten thousand. Both ledgers stand
 * beside each other and take turns, so that a busy machine slows both.
 */
export async function atSize({ report, say, links }: Bench): Promise<void> {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'bench-size-'));
	const server = await startServer();
	try {
		for (const kind of ['SQLite', 'PostgreSQL'] as const) {
			const place = async (name: string): Promise<PreparedDialect> =>
				kind === 'SQLite'
					? sqliteDialect(path.join(folder, `${name}.sqlite`))
					: postgresDialect(new Pool(await server.createDatabase(name)), 'sync');
			const small = await Sized.open(await place('small'));
			const large = await Sized.open(await place('large'));
			try {
				say(`${kind}: ${SMALL} and ${links} links …`);
				await small.fillTo(SMALL);
				await large.fillTo(links);
				for (let round = 1; round <= ROUNDS; round++) {
					say(`${kind}: round ${round} of ${ROUNDS} …`);
					await small.round(round);
					await large.round(round);
				}
				for (const [what, step, unit] of STEPS)
					report({
						name: `at-size: ${what} 1,000 edited leads, ${links} links, ${kind}`,
						value: large.median(step),
						unit,
						reference: small.median(step),
						...(step === 'resolveWall' && { goal: 'ratio <= 1.3' }),
					});
			} finally {
				await small.close();
				await large.close();
			}
		}
	} finally {
		await server.stop();
		await rm(folder, { recursive: true, force: true });
	}
}

const STEPS: Array<[string, Exclude<keyof PageCost, 'items'>, string]> = [
	['read', 'read', 'ms of processor time'],
	['resolve', 'resolve', 'ms of processor time'],
	['resolve', 'resolveWall', 'ms'],
	['write', 'write', 'ms of processor time'],
];

/** A ledger in which a thousand leads are really synced, among many that are only remembered. */
class Sized {
	private readonly costs: PageCost[] = [];

	private constructor(
		private readonly twins: Awaited<ReturnType<typeof startTwins>>,
		private readonly lane: EngineLane,
		private readonly first: PageCost[],
	) {}

	static async open(dialect: PreparedDialect): Promise<Sized> {
		const twins = await startTwins(['--leads', String(PAGE), '--contacts', '0', '--people', '0']);
		const lane = await EngineLane.open(twins.line, dialect);
		const first = await lane.run();
		return new Sized(twins, lane, first);
	}

	async fillTo(links: number): Promise<void> {
		const { db } = this.lane.ledger;
		await copyLinks(this.lane.ledger, links - PAGE);
		const { count } = await db
			.selectFrom('link')
			.select((one) => one.fn.countAll<number>().as('count'))
			.executeTakeFirstOrThrow();
		if (Number(count) !== links) throw new Error(`${count} links, not ${links}`);
	}

	async round(round: number): Promise<void> {
		// The other ledger has kept this process busy: connections that the twins have closed are noticed first.
		await sleep(200);
		await this.lane.edit(this.first.flatMap(leadsOf), `Edited ${round}`);
		const pages = await this.lane.run();
		const edited = pages.flatMap(leadsOf).length;
		if (edited < PAGE) throw new Error(`Only ${edited} edited leads came`);
		this.costs.push(added(pages));
	}

	median(step: Exclude<keyof PageCost, 'items'>): number {
		return median(this.costs.map((cost) => cost[step]));
	}

	async close(): Promise<void> {
		await this.lane.close();
		await this.twins.stop();
	}
}

/** A run as if it had been one page: how its thousand leads are spread over pages is not what is asked. */
function added(pages: PageCost[]): PageCost {
	const sum = (step: Exclude<keyof PageCost, 'items'>) =>
		pages.reduce((all, page) => all + page[step], 0);
	return {
		read: sum('read'),
		resolve: sum('resolve'),
		write: sum('write'),
		resolveWall: sum('resolveWall'),
		items: pages.flatMap(({ items }) => items),
	};
}

/** Links, each with its line of history, as the first run has made them, under ids that no system knows. */
async function copyLinks({ db }: Ledger, number: number): Promise<void> {
	const links = await db.selectFrom('link').selectAll().execute();
	const lines = await db.selectFrom('history').selectAll().execute();
	for (let from = 0; from < number; from += PIECE) {
		const numbers = Array.from({ length: Math.min(PIECE, number - from) }, (_, n) => from + n);
		await db.transaction().execute(async (db) => {
			const made = await db
				.insertInto('link')
				.values(
					numbers.map((n) => {
						const { id: _id, ...link } = links[n % links.length]!;
						return {
							...link,
							dynamics_id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
							marketo_id: String(1_000_000_000 + n),
							email_key: link.email_key && `${link.email_key.slice(0, 20)}${n}`,
						};
					}),
				)
				.returning('id')
				.execute();
			await db
				.insertInto('history')
				.values(
					made.map(({ id }, n) => {
						const { id: _id, ...line } = lines[n % lines.length]!;
						return { ...line, link: id };
					}),
				)
				.execute();
		});
	}
}
