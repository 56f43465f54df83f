import { createHash } from 'crypto';

/** Namespace of all ids that this package makes out of names. Never to be changed: ids would change with it. */
const NAMESPACE = 'b9b6a3f0-5d0e-4c3a-9a55-6f0f4d365a01';

/**
 * A GUID that always belongs to the same parts (RFC 9562, version 5), so that whoever makes a row for them
 * twice, or two at once, makes one row. The parts may hold any text.
 */
export function stableId(...parts: string[]): string {
	const bytes = createHash('sha1')
		.update(Buffer.from(NAMESPACE.replace(/-/g, ''), 'hex'))
		.update(JSON.stringify(parts))
		.digest()
		.subarray(0, 16);
	bytes[6] = (bytes[6]! & 0x0f) | 0x50;
	bytes[8] = (bytes[8]! & 0x3f) | 0x80;
	return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
