import { lookupKey } from '../fields/parseValue';
import type { Origin } from './origin';

/** Which addresses are opted out, apart from the people who have them: it outlives these. */
export class EmailStatus {
	private readonly optedOut = new Set<string>();

	set(email: unknown, unsubscribed: boolean): void {
		if (typeof email !== 'string') return;
		if (unsubscribed) this.optedOut.add(lookupKey(email));
		else this.optedOut.delete(lookupKey(email));
	}

	isOptedOut(email: unknown): boolean {
		return typeof email === 'string' && this.optedOut.has(lookupKey(email));
	}
}

/** Who is said to have changed a flag because the status of the address asked for it. */
export function byEmailStatus(unsubscribed: boolean): Origin {
	const name = 'Email status';
	const reason = unsubscribed ? 'updateLeadEmailStatus' : 'resetLeadEmailStatus';
	return { source: name, reason, sourceType: name };
}
