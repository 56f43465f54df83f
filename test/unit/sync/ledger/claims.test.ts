import { claimKey, releaseClaims, renewKey } from '../../../../sync/ledger/claims';
import { NORMAL_TIMING, type Ledger } from '../../../../sync/ledger/ledger';
import { openLedger } from '../../../../sync/ledger/open';
import { newPlace } from './database';

const KEY = 'email:abc';
/** How long a claim lasts. */
const LASTS = 2 * NORMAL_TIMING.lease;

async function open(): Promise<{
	ledger: Ledger;
	clock: { time: number };
	claim(who: string): Promise<boolean>;
	renew(who: string): Promise<boolean>;
}> {
	const clock = { time: 1_000_000_000 };
	const ledger = await openLedger(newPlace(), {
		key: { id: 'k', secret: Buffer.alloc(32, 1) },
		clock: { now: () => clock.time },
		random: { id: () => 'id' },
		timing: NORMAL_TIMING,
	});
	return {
		ledger,
		clock,
		claim: async (who) => await claimKey(ledger, ledger.db, KEY, who),
		renew: async (who) => await renewKey(ledger, ledger.db, KEY, who),
	};
}

describe('a claim (R24)', () => {
	it("is one holder's at a time, and asking again for what is mine is fine", async () => {
		const { claim } = await open();
		expect([await claim('a'), await claim('b'), await claim('a')]).toEqual([true, false, true]);
	});

	it('ends by itself (a process that died would keep an e-mail for ever)', async () => {
		const { claim, clock } = await open();
		await claim('a');
		clock.time += LASTS - 1;
		expect(await claim('b')).toBe(false);
		clock.time += 1;
		expect(await claim('b')).toBe(true);
	});

	it('lasts from when it was asked for last', async () => {
		const { claim, clock } = await open();
		await claim('a');
		clock.time += LASTS - 1;
		await claim('a');
		clock.time += LASTS - 1;
		expect(await claim('b')).toBe(false);
	});

	it('is given back', async () => {
		const { ledger, claim } = await open();
		await claim('a');
		await releaseClaims(ledger.db, ['a']);
		expect(await claim('b')).toBe(true);
	});

	it('is held on to, as long as nobody else has it', async () => {
		const { claim, renew, clock } = await open();
		await claim('a');
		clock.time += LASTS + 1;
		expect(await renew('a')).toBe(true);
		expect(await claim('b')).toBe(false);
	});

	it('is lost for good once somebody else had it, even if they gave it back (a row they made meanwhile was not seen)', async () => {
		const { ledger, claim, renew, clock } = await open();
		await claim('a');
		clock.time += LASTS + 1;
		await claim('b');
		expect(await renew('a')).toBe(false);
		await releaseClaims(ledger.db, ['b']);
		expect(await renew('a')).toBe(false);
	});
});
