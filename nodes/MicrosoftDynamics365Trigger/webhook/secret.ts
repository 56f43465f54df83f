import { createHash, timingSafeEqual } from 'node:crypto';

/** Header in which Dynamics sends the secret of the webhook. */
export const SECRET_HEADER = 'x-n8n-secret';

const HASHED = 'sha256:';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** What is kept of a secret: whoever can open the workflow reads what it remembers. 256 random bits are not found by trying. */
export function hashed(secret: string): string {
	return HASHED + digest(secret).toString('base64url');
}

/** Compares in a time that tells nothing about the secret. Registrations of 0.1 have kept it as it is. */
export function isSecret(given: unknown, kept: string): boolean {
	if (typeof given !== 'string') return false;
	const own = kept.startsWith(HASHED)
		? Buffer.from(kept.slice(HASHED.length), 'base64url')
		: digest(kept);
	const shown = digest(given);
	return own.length === shown.length && timingSafeEqual(shown, own);
}
