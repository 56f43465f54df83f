import { fingerprint, type BaseKey, type Fingerprint } from '../fingerprint';
import type { RecordItem } from '../items';
import { normalForm } from '../normalForm';
import type { Raw } from '../values';

/** The column of leads and contacts by which people are matched. */
export const EMAIL_COLUMN = 'emailaddress1';
export const EMAIL_FIELD = 'email';

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

export function emailOf(row: RecordItem): string | null {
	return mailbox(row.values[EMAIL_COLUMN]);
}
