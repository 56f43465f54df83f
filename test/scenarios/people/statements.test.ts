import type { DatabaseConnection } from 'kysely';
import { sqliteDialect, type LedgerFile } from '../../../sync/ledger/sqlite';
import { SyncWorld } from '../support/world';

/**
 * What a page asks of its ledger, in statements: each takes processor time of n8n, and a way to the server and back where
 * the ledger is in one. The numbers are what it takes today, and a little more.
 */

/** Longer than Marketo's log is read twice. */
const PAST_THE_OVERLAP = 16 * 60_000;

/** A ledger in memory that says how many statements it was asked since this was called last. */
function counted(): { place: LedgerFile; statements(): number } {
	const place = sqliteDialect(':memory:');
	let statements = 0;
	const createDriver = place.createDriver.bind(place);
	place.createDriver = () => {
		const driver = createDriver();
		const acquire = driver.acquireConnection.bind(driver);
		driver.acquireConnection = async () => {
			const connection = await acquire();
			const counting: DatabaseConnection = {
				executeQuery: async (query) => {
					statements++;
					return await connection.executeQuery(query);
				},
				streamQuery: (...query) => connection.streamQuery(...query),
			};
			return counting;
		};
		return driver;
	};
	return {
		place,
		statements() {
			const since = statements;
			statements = 0;
			return since;
		},
	};
}

/** The turn that a call takes in the budget shared by all, and its end. */
const PER_CALL = 8;
/** All else of a run in which nothing has changed, of one page. */
const IDLE = 72;
/** The same where something is written, and for each record that is. */
const WRITING = 150;
const PER_WRITE = 5;

describe('what a page asks of its ledger', () => {
	it('grows with calls and edits, and by nothing else', async () => {
		const { place, statements } = counted();
		const world = await SyncWorld.start({ leads: 40, contacts: 10, people: 10, place });
		const settle = async () => {
			await world.run({ after: PAST_THE_OVERLAP });
			await world.runs(2);
		};
		const perRun = async () => {
			statements();
			const { pages, calls, receipts } = await world.run();
			const ofCalls = PER_CALL * (calls.dynamics.length + calls.marketo.length);
			return { pages, writes: receipts.length, statements: statements() - ofCalls };
		};
		await world.runs(2);
		await settle();
		const idle = await perRun();
		expect(idle).toMatchObject({ pages: 1, writes: 0 });
		expect(idle.statements).toBeLessThanOrEqual(IDLE);

		const pairs = await world.openLeads();
		for (const writes of [1, 30]) {
			for (const { id } of pairs.slice(0, writes))
				await world.crm.update('leads', id, { jobtitle: `Edited in Dynamics ${writes}` });
			const run = await perRun();
			expect(run).toMatchObject({ pages: 1, writes });
			expect(run.statements).toBeLessThanOrEqual(WRITING + PER_WRITE * writes);
			await settle();
		}
	}, 60_000);
});
