import { createHmac } from 'node:crypto';
import type { BaseKey } from '../fingerprint';
import type { Ledger } from './ledger';
import { inIdRanges } from './links';
import { metaValue, setMeta, setOnce } from './meta';
import type { Db } from './schema';

/** Id of the key that made the ledger's fingerprints, and what shows that a key is the one. */
const KEY_ID = 'key';
const KEY_CHECK = 'key.check';

/** No fingerprint begins like this, and 256 bits of an HMAC tell nothing of a random key. */
function checkOf(ledger: string, { secret }: BaseKey): string {
	return createHmac('sha256', secret)
		.update(`marketo-dynamics/key of ledger/${ledger}`)
		.digest('base64url');
}

/**
 * R44: a ledger belongs to the key that made its fingerprints. A new one takes the key that it is opened
 * with; so does one of 0.1, which had no check, unless its links say that another key made them all.
 */
export async function noteKey(db: Db, ledger: string, key: BaseKey): Promise<void> {
	const id =
		(await metaValue(db, KEY_ID)) ??
		(await setOnce(db, KEY_ID, (await keyOfAllLinks(db, key)) ?? key.id));
	if (id === key.id) await setOnce(db, KEY_CHECK, checkOf(ledger, key));
}

/** Undefined where there are no links, or some that this key made. */
async function keyOfAllLinks(db: Db, key: BaseKey): Promise<string | undefined> {
	const link = db.selectFrom('link').select('key_id').limit(1);
	if (await link.where('key_id', '=', key.id).executeTakeFirst()) return undefined;
	return (await link.orderBy('id', 'desc').executeTakeFirst())?.key_id;
}

/** What the ledger says of its key. */
export interface KnownKey {
	ownKey: string | null;
	keyCheck: string | null;
}

/** The same, to be selected beside something else. */
export function knownKey(db: Db) {
	const value = (name: string) => db.selectFrom('meta').select('value').where('name', '=', name);
	return [value(KEY_ID).as('ownKey'), value(KEY_CHECK).as('keyCheck')] as const;
}

/** The id of the ledger's own key, where the one at hand is another, or was altered; else undefined. */
export async function lostKey(ledger: Ledger, db: Db): Promise<string | undefined> {
	return lostBy(ledger, await db.selectNoFrom(knownKey(db)).executeTakeFirstOrThrow());
}

/** The same by what the ledger says of it. */
export function lostBy({ id, key }: Ledger, { ownKey, keyCheck }: KnownKey): string | undefined {
	const isOwn = ownKey === null || (ownKey === key.id && keyCheck === checkOf(id, key));
	return isOwn ? undefined : ownKey;
}

/**
 * R31, R43: from now on the key at hand is the ledger's. What another one made says nothing any more: it is
 * unset, of deleted records too; questions and refusals stay, without what stood there.
 */
export async function takeKeyOver({ id, key, clock }: Ledger, db: Db): Promise<void> {
	await setMeta(db, KEY_ID, key.id);
	await setMeta(db, KEY_CHECK, checkOf(id, key));
	const unset = { bases: null, wrote: '{}', email_key: null };
	const values = { ...unset, key_id: key.id, updated_at: clock.now() };
	await inIdRanges(db, async (from, to) => {
		await db.updateTable('link').set(values).where('id', '>', from).where('id', '<=', to).execute();
	});
	await db
		.updateTable('conflict')
		.set({ shown_dynamics: '', shown_marketo: '' })
		.where('state', '=', 'open')
		.execute();
	await db
		.updateTable('held')
		.set({ source: '', stood: null })
		.where('state', '!=', 'solved')
		.execute();
}
