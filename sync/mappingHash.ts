import { createHash } from 'node:crypto';
import type { LaneMapping, MappingRow, Transform } from './mapping';
import { NORMAL_FORM } from './normalForm';

/** Names a version of mapping and policies; key order does not matter. */
export function mappingHash(mapping: LaneMapping): string {
	return hashOf(mapping);
}

/**
 * Names what a base was made by: the normal form, and of the row whatever says which two values belong together.
 * Direction and policies are left out: they say which of the two wins.
 */
export function rowVersion({ column, field, transform = {} }: MappingRow): string {
	return `${NORMAL_FORM}.${hashOf({ column, field, transform })}`;
}

/** Names the way in which a row changes values. */
export function transformHash(transform: Transform = {}): string {
	return hashOf(transform);
}

/** A short name for what an object says; key order does not matter. */
export function hashOf(value: object): string {
	return createHash('sha256')
		.update(JSON.stringify(sorted(value)))
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
