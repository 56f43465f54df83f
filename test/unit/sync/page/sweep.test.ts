import { sql } from 'kysely';

import { needsHelp } from '../../../../sync/ledger/help';
import { NORMAL_TIMING, type Ledger } from '../../../../sync/ledger/ledger';
import { openLedger } from '../../../../sync/ledger/open';
import { sqliteDialect } from '../../../../sync/ledger/sqlite';
import { sweepOn, type Swept } from '../../../../sync/page/sweep';

const HOUR = 3_600_000;
const NOON = Date.parse('2026-03-02T12:00:00Z');
const LANE = 'people';

describe('who is compared though no feed named them (R51)', () => {
	let ledger: Ledger;
	let now = NOON;
	let swept: Swept;

	async function start(links: number): Promise<void> {
		now = NOON;
		swept = { upTo: 0, begunAt: NOON, at: NOON };
		ledger = await openLedger(sqliteDialect(':memory:'), {
			key: { id: 'k', secret: Buffer.alloc(32, 1) },
			clock: { now: () => now },
			random: { id: () => 'id' },
			timing: NORMAL_TIMING,
		});
		for (let n = 1; n <= links; n++)
			await ledger.db
				.insertInto('link')
				.values({
					lane: LANE,
					table_name: 'lead',
					dynamics_id: String(n),
					object: 'person',
					marketo_id: `p${n}`,
					// Every tenth is a tombstone.
					state: n % 10 === 0 ? 'goneInMarketo' : 'active',
					version: null,
					email_key: null,
					bases: null,
					wrote: '{}',
					key_id: 'k',
					generation: 1,
					created_at: NOON,
					updated_at: NOON,
				})
				.execute();
	}
	afterEach(async () => await ledger.close());

	/** Asked every five minutes for so many hours: how many people, each time that there are some. */
	async function during(hours: number): Promise<number[]> {
		const counts: number[] = [];
		for (const end = now + hours * HOUR; now < end; now += HOUR / 12) {
			const { pairs, ...rest } = await sweepOn(ledger, LANE, swept);
			swept = rest.swept;
			if (pairs.length > 0) counts.push(pairs.length);
		}
		return counts;
	}

	it('everybody once a day, three hundred at a time, half an hour apart', async () => {
		await start(780);
		expect(await during(24)).toEqual([]);
		expect(await during(0.5)).toEqual([300]);
		expect(await during(0.5)).toEqual([300]);
		expect(await during(23)).toEqual([102]);
		expect(await during(2)).toEqual([300, 300, 102]);
	});

	it('however many are linked, for 48 calls a day; the rest comes on the next', async () => {
		await start(0);
		await ledger.db.schema.dropIndex('link_row').execute();
		await sql`with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
			insert into link (lane, table_name, dynamics_id, object, marketo_id, state, wrote, key_id, generation, created_at, updated_at)
			select ${LANE}, 'lead', i, 'person', 'p' || i, 'active', '{}', 'k', 1, 0, 0 from n`.execute(
			ledger.db,
		);
		now += 24 * HOUR;
		expect(await during(24)).toEqual(Array(48).fill(300));
		expect(await during(24)).toEqual([
			...Array<number>(18).fill(300),
			200,
			...Array<number>(29).fill(300),
		]);
	});

	it('but for those who need help, whom it looks at anyway', async () => {
		await start(3);
		const help = { lane: LANE, code: 'c', reason: 'r', remedy: 'm', run: 'run' };
		await needsHelp(ledger, ledger.db, { ...help, subject: 'lead:1' });
		await needsHelp(ledger, ledger.db, { ...help, subject: 'person:p3' });
		now += 24 * HOUR;
		const { pairs } = await sweepOn(ledger, LANE, swept);
		expect(pairs).toEqual([{ row: 'lead:2', person: 'person:p2' }]);
	});

	it('goes from link to link by an index', async () => {
		await start(1);
		const plan = await sql<{
			detail: string;
		}>`explain query plan select id from link where lane = ${LANE} and state = 'active' and id > 5
			order by id limit 300`.execute(ledger.db);
		expect(plan.rows.map(({ detail }) => detail)).toEqual([
			'SEARCH link USING COVERING INDEX link_state (lane=? AND state=? AND id>?)',
		]);
	});
});
