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
	if (stored === undefined || stored === LOST || stored.startsWith(SEEN)) return null;
	const mark = stored[0];
	const marked = mark === '~' || mark === '!';
	const [hash, other, since] = (marked ? stored.slice(1) : stored).split(':');
	return { hash: hash!, provisional: mark === '~', stale: mark === '!', suspect: other ? { hash: other, since: Number(since) } : null };
}

/** What a row's column held when sync last knew: its base, or what was seen when it was linked. */
export function lastHeld(bases: Bases, column: string): Fingerprint | null {
	const stored = bases[column];
	return stored?.startsWith(SEEN) ? stored.slice(SEEN.length) : (readBase(bases, column)?.hash ?? null);
}

/** The field was synced, but nobody can tell any more from what (R15): unset, yet no first contact. */
export const LOST = '?';

const SEEN = '=';
/** Held by a row when it was linked, before both sides were compared: no base yet, but a later edit can be told (R29). */
export const seen = (hash: Fingerprint) => `${SEEN}${hash}`;

export const provisional = (hash: Fingerprint) => `~${hash}`;
export const suspected = (hash: Fingerprint, other: Fingerprint, since: number) => `~${hash}:${other}:${since}`;
export const stale = (hash: Fingerprint) => `!${hash}`;
