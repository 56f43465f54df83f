import type { Ledger } from './ledger';
import { inPieces } from './inPieces';
import type { Db } from './schema';

/** How long a match key stays claimed when nobody gives it back: two leases. */
const CLAIM_LEASES = 2;

/**
 * R24: a match key (an e-mail's fingerprint, an id) is claimed for one holder at a time, with an end;
 * pages and what is done at once share them. Try only; claiming again what is mine holds it for longer.
 */
export async function claimKey(
	ledger: Ledger,
	db: Db,
	key: string,
	holder: string,
): Promise<boolean> {
	const now = ledger.clock.now();
	const expires = now + CLAIM_LEASES * ledger.timing.lease;
	const { numInsertedOrUpdatedRows } = await db
		.insertInto('claim')
		.values({ key, holder, expires_at: expires })
		.onConflict((c) =>
			c
				.column('key')
				.doUpdateSet({ holder, expires_at: expires })
				.where((e) => e.or([e('claim.expires_at', '<=', now), e('claim.holder', '=', holder)])),
		)
		.executeTakeFirstOrThrow();
	return Number(numInsertedOrUpdatedRows) > 0;
}

/**
 * Holds on to what was claimed a while ago, for as long as at first. False where somebody has had it since, even
 * if they have given it back: whatever was looked up before then is old.
 */
export async function renewKey(
	ledger: Ledger,
	db: Db,
	key: string,
	holder: string,
): Promise<boolean> {
	const expires = ledger.clock.now() + CLAIM_LEASES * ledger.timing.lease;
	const { numUpdatedRows } = await db
		.updateTable('claim')
		.set({ expires_at: expires })
		.where('key', '=', key)
		.where('holder', '=', holder)
		.executeTakeFirst();
	return Number(numUpdatedRows) > 0;
}

/** Which of these somebody has claimed at this moment. */
export async function claimedNow({ clock }: Ledger, db: Db, keys: string[]): Promise<Set<string>> {
	const claimed = db.selectFrom('claim').select('key').where('expires_at', '>', clock.now());
	const rows = await inPieces(
		keys,
		async (piece) => await claimed.where('key', 'in', piece).execute(),
	);
	return new Set(rows.map(({ key }) => key));
}

/** Gives back what these holders claimed. */
export async function releaseClaims(db: Db, holders: string[]): Promise<void> {
	await inPieces(
		holders,
		async (piece) => await db.deleteFrom('claim').where('holder', 'in', piece).execute(),
	);
}

export async function dropOverdueClaims(db: Db, now: number): Promise<void> {
	await db.deleteFrom('claim').where('expires_at', '<', now).execute();
}
