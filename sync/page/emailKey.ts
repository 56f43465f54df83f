import { visible } from '../convert/texts';
import { fingerprint, type BaseKey, type Fingerprint } from '../fingerprint';
import type { RecordItem } from '../items';
import type { LaneDefinition } from '../lanes/definition';
import { normalForm } from '../normalForm';
import type { Raw } from '../values';

/** A mailbox that can be asked for, in lower case: Marketo's filter cannot hold a comma. */
export function mailbox(raw: Raw | undefined): string | null {
	const email = normalForm({ type: 'email' } as never, 'dynamics', raw);
	return email && !email.includes(',') ? email : null;
}

/** A match key that can be kept: the mailbox's fingerprint (R24). */
export function mailboxKey(key: BaseKey, raw: Raw | undefined): Fingerprint | null {
	const email = mailbox(raw);
	return email ? fingerprint(key, email) : null;
}

/** Signs in a row's e-mail that nobody sees: it is matched without them, and people are told. */
export function unseenIn({ twoWay }: LaneDefinition, row: RecordItem): string[] {
	const email = twoWay ? row.values[twoWay.email.column] : null;
	if (typeof email !== 'string' || visible(email) === email.trim()) return [];
	return [
		`The e-mail of ${row.table} ${row.label} (${row.id}) has signs in it that nobody sees. It is matched without them; type it again in Dynamics`,
	];
}

/** The mailbox of a Dynamics row; null where there is none, or the lane matches by none. */
export function emailOf({ twoWay }: LaneDefinition, row: RecordItem): string | null {
	return twoWay && mailbox(row.values[twoWay.email.column]);
}
