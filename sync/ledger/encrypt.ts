import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import type { Ledger } from './ledger';

const CIPHER = 'aes-256-gcm';
const TAG = 16;

/** What must not be read from the ledger alone: encrypted with the key beside it, anew for each text. */
export function seal({ key, random }: Pick<Ledger, 'key' | 'random'>, text: string): string {
	const nonce = random.id();
	const once = keyFor(key.secret, nonce);
	const cipher = createCipheriv(CIPHER, once.key, once.iv);
	const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
	return `${nonce}.${Buffer.concat([cipher.getAuthTag(), sealed]).toString('base64url')}`;
}

/** @throws when it was sealed with another key, or changed since */
export function unseal({ key }: Pick<Ledger, 'key'>, sealed: string): string {
	const dot = sealed.lastIndexOf('.');
	const once = keyFor(key.secret, sealed.slice(0, dot));
	const bytes = Buffer.from(sealed.slice(dot + 1), 'base64url');
	const decipher = createDecipheriv(CIPHER, once.key, once.iv, { authTagLength: TAG });
	decipher.setAuthTag(bytes.subarray(0, TAG));
	return Buffer.concat([decipher.update(bytes.subarray(TAG)), decipher.final()]).toString('utf8');
}

/** The nonce is used once, so key and initialization vector may come from it. */
function keyFor(secret: Buffer, nonce: string): { key: Buffer; iv: Buffer } {
	const bytes = Buffer.from(hkdfSync('sha256', secret, nonce, 'marketo-dynamics/seal', 44));
	return { key: bytes.subarray(0, 32), iv: bytes.subarray(32) };
}
