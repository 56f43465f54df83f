import type { Fingerprint } from '../fingerprint';
import type { Side } from '../items';
import type { Ledger } from './ledger';
import type { Bases, LinkRow } from './schema';

export interface Base {
	hash: Fingerprint;
	provisional: boolean;
	stale: boolean;
}

/** A link's bases of one side. Bases made with another key are unset (R31). */
export function basesOf(ledger: Ledger, link: LinkRow, side: Side): Bases {
	if (link.key_id !== ledger.key.id) return {};
	return JSON.parse(side === 'dynamics' ? link.bases_dynamics : link.bases_marketo) as Bases;
}

export function readBase(bases: Bases, field: string): Base | null {
	const stored = bases[field];
	if (stored === undefined) return null;
	const mark = stored[0];
	const marked = mark === '~' || mark === '!';
	return { hash: marked ? stored.slice(1) : stored, provisional: mark === '~', stale: mark === '!' };
}

export const provisional = (hash: Fingerprint) => `~${hash}`;
export const stale = (hash: Fingerprint) => `!${hash}`;
