import { NORMAL_TIMING } from '../../../../sync/ledger/ledger';
import { metaValue, setMeta } from '../../../../sync/ledger/meta';
import { openLedger } from '../../../../sync/ledger/open';
import { newPlace } from './database';

it('transactions take turns (what one has read and decided by is so until it has ended)', async () => {
	const ledger = await openLedger(newPlace(), {
		key: { id: 'k', secret: Buffer.alloc(32) },
		clock: { now: () => 0 },
		random: { id: () => 'ledger' },
		timing: NORMAL_TIMING,
	});
	const count = async () =>
		await ledger.db.transaction().execute(async (db) => {
			const before = Number((await metaValue(db, 'count')) ?? 0);
			await new Promise((resolve) => setTimeout(resolve, 5));
			await setMeta(db, 'count', String(before + 1));
		});
	await Promise.all(Array.from({ length: 5 }, count));
	expect(await metaValue(ledger.db, 'count')).toBe('5');
	await ledger.close();
});
