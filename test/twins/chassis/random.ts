/** A reproducible stream of numbers 0 ≤ x < 1 (mulberry32); same seed, same stream. */
export type Random = () => number;

/** Makes a stream from a number, optionally set apart by a label. */
export function seededRandom(seed: number, label = ''): Random {
	let state = (seed ^ 0x9e3779b9) >>> 0;
	for (const character of label) {
		state = (Math.imul(state ^ character.codePointAt(0)!, 0x01000193) + 0x85ebca6b) >>> 0;
	}
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
	};
}

/** One of a non-empty list. */
export function pick<T>(random: Random, list: readonly T[]): T {
	return list[Math.floor(random() * list.length)]!;
}

/** A whole number, both ends included. */
export function between(random: Random, low: number, high: number): number {
	return low + Math.floor(random() * (high - low + 1));
}

/** A lower-case version-4 GUID. */
export function seededGuid(random: Random): string {
	const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16));
	hex[12] = '4';
	hex[16] = '89ab'[Math.floor(random() * 4)]!;
	const text = hex.join('');
	return [
		text.slice(0, 8),
		text.slice(8, 12),
		text.slice(12, 16),
		text.slice(16, 20),
		text.slice(20),
	].join('-');
}
