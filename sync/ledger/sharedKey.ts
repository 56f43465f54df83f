import type { BaseKey } from '../fingerprint';
import { SetUpProblem, type Randomness } from '../ports';
import { seal, unseal } from './encrypt';
import { metaValue, setMeta, setOnce } from './meta';
import type { Db } from './schema';

/** The key of the fingerprints, sealed. */
const SEALED_KEY = 'key.sealed';

/**
 * R44, where several processes share a ledger: its key is in it, sealed with a secret that all of them have, so that a copy
 * of the database tells nothing; made by whoever comes first.
 *
 * @param secret n8n's own encryption key
 * @throws SetUpProblem where another secret has sealed it
 */
export async function sharedKey(
	db: Db,
	{ secret, random }: { secret: string; random: Randomness },
	newKey: () => BaseKey,
): Promise<BaseKey> {
	const sealer = { key: { id: '', secret: Buffer.from(secret, 'utf8') }, random };
	const sealed =
		(await metaValue(db, SEALED_KEY)) ??
		(await setOnce(db, SEALED_KEY, seal(sealer, inText(newKey()))));
	try {
		return fromText(unseal(sealer, sealed));
	} catch {
		throw new SetUpProblem(
			"The key of the sync's memory was encrypted with another encryption key of n8n",
			'Start n8n and all its workers with the N8N_ENCRYPTION_KEY that they had when this memory was created',
		);
	}
}

/** The key of a ledger that comes from elsewhere: it brings its own. */
export async function bringKey(
	db: Db,
	key: BaseKey,
	{ secret, random }: { secret: string; random: Randomness },
): Promise<void> {
	const sealer = { key: { id: '', secret: Buffer.from(secret, 'utf8') }, random };
	await setMeta(db, SEALED_KEY, seal(sealer, inText(key)));
}

function inText({ id, secret }: BaseKey): string {
	return JSON.stringify({ id, secret: secret.toString('base64') });
}

function fromText(text: string): BaseKey {
	const { id, secret } = JSON.parse(text) as { id: string; secret: string };
	return { id, secret: Buffer.from(secret, 'base64') };
}
