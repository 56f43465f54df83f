import type { Fingerprint } from '../fingerprint';
import type { Side } from '../items';
import type { Ledger } from './ledger';
import type { Bases, LinkRow } from './schema';

export interface Base {
	hash: Fingerprint;
	provisional: boolean;
	stale: boolean;
	/** While provisional: another value that stands there, and since when it was seen (R14). */
	suspect: { hash: Fingerprint; since: number } | null;
}

/** A link's bases of one side. Bases made with another key are unset (R31). */
export function basesOf(ledger: Ledger, link: LinkRow, side: Side): Bases {
	if (link.key_id !== ledger.key.id) return {};
	return JSON.parse(side === 'dynamics' ? link.bases_dynamics : link.bases_marketo) as Bases;
}

export function readBase(bases: Bases, field: string): Base | null {
	const stored = bases[field];
	if (stored === undefined || stored === LOST) return null;
	const mark = stored[0];
	const marked = mark === '~' || mark === '!';
	const [hash, other, since] = (marked ? stored.slice(1) : stored).split(':');
	return { hash: hash!, provisional: mark === '~', stale: mark === '!', suspect: other ? { hash: other, since: Number(since) } : null };
}

/** The field was synced, but nobody can tell any more from what (R15): unset, yet no first contact. */
export const LOST = '?';

export const provisional = (hash: Fingerprint) => `~${hash}`;
export const suspected = (hash: Fingerprint, other: Fingerprint, since: number) => `~${hash}:${other}:${since}`;
export const stale = (hash: Fingerprint) => `!${hash}`;
