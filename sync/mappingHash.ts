import { createHash } from 'node:crypto';
import type { LaneMapping } from './mapping';

/** Names a version of mapping and policies; key order does not matter. */
export function mappingHash(mapping: LaneMapping): string {
	return createHash('sha256')
		.update(JSON.stringify(sorted(mapping)))
		.digest('base64url')
		.slice(0, 16);
}

function sorted(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(sorted);
	if (value === null || typeof value !== 'object') return value;
	return Object.fromEntries(
		Object.entries(value)
			.filter(([, inner]) => inner !== undefined)
			.sort(([a], [b]) => (a < b ? -1 : 1))
			.map(([name, inner]) => [name, sorted(inner)]),
	);
}
