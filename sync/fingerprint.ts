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

export const FINGERPRINT_BYTES = 8;

export function fingerprint(key: BaseKey, normal: string | null): Fingerprint {
	const { object, met } = readyKey(key.secret);
	const known = met.get(normal);
	if (known) return known;
	const made = createHmac('sha256', object)
		.update(normal === null ? '0' : `1${normal}`)
		.digest()
		.subarray(0, FINGERPRINT_BYTES)
		.toString('base64url');
	if (met.size >= REMEMBERED) met.clear();
	met.set(normal, made);
	return made;
}

/**
 * Values whose fingerprints are kept at hand: one is asked for up to five times while its record is looked at, being the same on
 * both sides and in the write; most fields of most records are empty, yes or no.
 */
const REMEMBERED = 2_000;

interface ReadyKey {
	object: KeyObject;
	met: Map<string | null, Fingerprint>;
}

const readyKeys = new WeakMap<Buffer, ReadyKey>();

/** Node takes most of an HMAC's time to take in the bytes of its key; a page makes a hundred thousand. */
function readyKey(secret: Buffer): ReadyKey {
	let made = readyKeys.get(secret);
	if (!made) {
		made = { object: createSecretKey(secret), met: new Map() };
		readyKeys.set(secret, made);
	}
	return made;
}

/** Fingerprint of a side's own stored value, before any transform. */
export function fingerprintOf(key: BaseKey, column: Column, side: Side, raw: Raw | undefined) {
	return fingerprint(key, normalForm(column, side, raw));
}
