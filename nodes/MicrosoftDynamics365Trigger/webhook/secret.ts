import { createHash, timingSafeEqual } from 'node:crypto';

/** Header in which Dynamics sends the secret of the webhook. */
export const SECRET_HEADER = 'x-n8n-secret';

/** Compares in a time that tells nothing about the secret. */
export function isSecret(given: unknown, secret: string): boolean {
	if (typeof given !== 'string') return false;
	const digest = (text: string) => createHash('sha256').update(text).digest();
	return timingSafeEqual(digest(given), digest(secret));
}
