import { sql } from 'kysely';

import { NORMAL_TIMING } from '../../../../sync/ledger/ledger';
import { openLedger } from '../../../../sync/ledger/open';
import { isOnServer, newPlace } from './database';

(isOnServer ? describe.skip : describe)('what SQLite is told of indexes', () => {
	it('has five hundred people looked up by their ids, not by going through the lane', async () => {
		const ledger = await openLedger(newPlace(), {
			key: { id: 'k', secret: Buffer.alloc(32) },
			clock: { now: () => 0 },
			random: { id: () => 'id' },
			timing: NORMAL_TIMING,
		});
		const ids = Array.from({ length: 500 }, () => "'1'").join();
		const { rows } = await sql
			.raw<{
				detail: string;
			}>(
				`explain query plan select * from link where lane = 'people' and marketo_id in (${ids}) and state in ('active')`,
			)
			.execute(ledger.db);
		expect(rows[0]!.detail).toContain('link_marketo (marketo_id=?)');
		await ledger.close();
	});
});
