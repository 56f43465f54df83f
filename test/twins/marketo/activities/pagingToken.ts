import type { LogPosition } from './activityLog';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Base 32 with padding, as paging tokens look. */
export function toBase32(text: string): string {
	let bits = '';
	for (const byte of Buffer.from(text, 'utf8')) bits += byte.toString(2).padStart(8, '0');
	let out = '';
	for (let at = 0; at < bits.length; at += 5) {
		out += ALPHABET[parseInt(bits.slice(at, at + 5).padEnd(5, '0'), 2)];
	}
	return out.padEnd(Math.ceil(out.length / 8) * 8, '=');
}

/** The text of a base 32 token; undefined when it is none. */
export function fromBase32(token: string): string | undefined {
	const letters = token.replace(/=+$/, '');
	if (letters === '' || /[^A-Z2-7]/.test(letters)) return undefined;
	let bits = '';
	for (const letter of letters) bits += ALPHABET.indexOf(letter).toString(2).padStart(5, '0');
	const bytes: number[] = [];
	for (let at = 0; at + 8 <= bits.length; at += 8) bytes.push(parseInt(bits.slice(at, at + 8), 2));
	return Buffer.from(bytes).toString('utf8');
}

/** Which tokens are still good: `expire` raises the generation and makes all earlier ones invalid. */
export class PagingTokens {
	private generation = 0;

	expireAll(): void {
		this.generation++;
	}

	/** Token of a place in the activity log, for the page of this number (from 1). */
	forPosition({ since, next, passed }: LogPosition, page: number): string {
		const date = new Date(since).toISOString().replace('Z', '+0000');
		const seen = passed ? `${passed.date}.${passed.at}` : '';
		return toBase32([date, next ?? '', seen, this.generation, page].join(','));
	}

	/** Undefined when the token is broken or too old. */
	position(token: string): LogPosition | undefined {
		const parts = fromBase32(token)?.split(',') ?? [];
		if (parts.length !== 5) return undefined;
		const [date, next, passed, generation] = parts as [string, string, string, string, string];
		const since = Date.parse(date.replace('+0000', 'Z'));
		if (Number.isNaN(since) || Number(generation) !== this.generation) return undefined;
		const [passedDate, passedAt] = passed.split('.').map(Number);
		return {
			since,
			...(next !== '' && { next: Number(next) }),
			...(passed !== '' && { passed: { date: passedDate!, at: passedAt! } }),
		};
	}

	/** Token of a place in the results of one query. */
	forOffset(query: string, offset: number, page: number): string {
		return toBase32([query, offset, this.generation, page].join(','));
	}

	/** The offset; undefined when the token belongs to another query or is too old. */
	offset(query: string, token: string): number | undefined {
		const parts = fromBase32(token)?.split(',') ?? [];
		if (parts.length !== 4 || parts[0] !== query || Number(parts[2]) !== this.generation) {
			return undefined;
		}
		return Number(parts[1]);
	}
}

/** Number of the page that a token leads to; 1 without one. */
export function pageNumber(token: string | null): number {
	const last = token ? fromBase32(token)?.split(',').at(-1) : undefined;
	return Number(last ?? 1) || 1;
}
