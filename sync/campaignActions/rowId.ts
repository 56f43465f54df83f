import { createHash } from 'node:crypto';
import type { DynamicsTable } from '../items';

/** Namespace of the ids below; any fixed UUID does. */
const NAMESPACE = Buffer.from('6f1c6a0e5c0b4c3f9d0e4b7a2f8d1c35', 'hex');

/**
 * R20: the id of the row that is made for a person, the same whenever it is worked out (UUIDv5, RFC 9562):
 * a create that is repeated after a lost answer finds its row. The ordinal moves only after a tombstone. The
 * organization is part of it, so that the rows of one are never those of another (R44).
 */
export function rowIdFor(
	organization: string,
	subscription: string,
	person: string,
	table: DynamicsTable,
	ordinal: number,
): string {
	const bytes = createHash('sha1')
		.update(NAMESPACE)
		.update([organization, subscription, person, table, ordinal].join('/'))
		.digest()
		.subarray(0, 16);
	bytes[6] = (bytes[6]! & 0x0f) | 0x50;
	bytes[8] = (bytes[8]! & 0x3f) | 0x80;
	return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
