import { readFileSync } from 'node:fs';

/** Ticks that the host gave to others while this machine had work, and all ticks (Linux; nothing elsewhere). */
function ticks(): { stolen: number; all: number } {
	try {
		const counted = readFileSync('/proc/stat', 'utf8')
			.split('\n')[0]!
			.trim()
			.split(/\s+/)
			.slice(1, 9)
			.map(Number);
		return { stolen: counted[7]!, all: counted.reduce((sum, one) => sum + one) };
	} catch {
		return { stolen: 0, all: 0 };
	}
}

/** Watches what a virtual machine's host takes of its processors from now on: times of such moments say little. */
export function hostWatch(): { stolen(): number } {
	const before = ticks();
	return {
		/** Share of the processors' time, 0 to 1. */
		stolen: () => {
			const now = ticks();
			return (now.stolen - before.stolen) / Math.max(1, now.all - before.all);
		},
	};
}
