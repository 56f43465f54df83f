import {
	areFilesOpen,
	fileIsOver,
	filesOf,
	lookedAtFile,
	noteFile,
} from '../../../../sync/ledger/files';
import { NORMAL_TIMING } from '../../../../sync/ledger/ledger';
import { openLedger } from '../../../../sync/ledger/open';
import { newPlace } from './database';

describe('files that Marketo works off', () => {
	it('are kept lane by lane until they are over, the oldest first, with the plans in them', async () => {
		const { db } = await openLedger(newPlace(), {
			key: { id: 'k', secret: Buffer.alloc(32) },
			clock: { now: () => 0 },
			random: { id: () => 'id' },
			timing: NORMAL_TIMING,
		});
		const [lane, other] = ['custom.one.one_c', 'custom.two.two_c'];
		// Both objects may have a job of this number.
		await noteFile(db, { lane, job: '7', plans: ['a', 'b'], handedAt: 5_000_000_000 });
		await noteFile(db, { lane, job: '6', plans: ['c'], handedAt: 4_000_000_000 });
		await noteFile(db, { lane: other, job: '7', plans: [], handedAt: 1 });
		await lookedAtFile(db, { lane, job: '7' }, 6_000_000_000);
		const first = {
			lane,
			job: '6',
			plans: ['c'],
			handedAt: 4_000_000_000,
			lookedAt: 4_000_000_000,
		};
		const second = {
			lane,
			job: '7',
			plans: ['a', 'b'],
			handedAt: 5_000_000_000,
			lookedAt: 6_000_000_000,
		};
		expect(await filesOf(db, lane)).toEqual([first, second]);
		await fileIsOver(db, first);
		await fileIsOver(db, second);
		expect([await areFilesOpen(db, lane), await areFilesOpen(db, other)]).toEqual([false, true]);
	});
});
