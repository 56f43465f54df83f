import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { Side } from './items';
import { normalForm } from './normalForm';
import type { Column, Raw } from './values';

/** The key that turns values into bases. It lives in n8n's data, never in the ledger. */
export interface BaseKey {
	/** Which key: a base made with another key counts as unset (R31). */
	id: string;
	secret: Buffer;
}

/** HMAC-SHA-256 of a normal form, cut to 64 bits, base64url: enough to compare, useless to read. */
export type Fingerprint = string;

export function fingerprint(key: BaseKey, normal: string | null): Fingerprint {
	return createHmac('sha256', keyObject(key.secret))
		.update(normal === null ? '0' : `1${normal}`)
		.digest()
		.subarray(0, 8)
		.toString('base64url');
}

const keyObjects = new WeakMap<Buffer, KeyObject>();

/** Node takes most of an HMAC's time to take in the bytes of its key; a page makes a hundred thousand. */
function keyObject(secret: Buffer): KeyObject {
	let made = keyObjects.get(secret);
	if (!made) {
		made = createSecretKey(secret);
		keyObjects.set(secret, made);
	}
	return made;
}

/** Fingerprint of a side's own stored value, before any transform. */
export function fingerprintOf(key: BaseKey, column: Column, side: Side, raw: Raw | undefined) {
	return fingerprint(key, normalForm(column, side, raw));
}
