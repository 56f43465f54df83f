import type { Fingerprint } from '../fingerprint';

/** What one side of a link was last known to hold in one field; a field without one was never known. */
export type Base =
	/** Both sides were compared at this value. `isStale`: at its last seen version the Dynamics row holds another one (R5). */
	| { kind: 'known'; hash: Fingerprint; isStale?: true }
	/** Written to Marketo and not seen there yet; `suspect`: another value that stands there, and since when it was seen (R14). */
	| { kind: 'unconfirmed'; hash: Fingerprint; suspect?: { hash: Fingerprint; since: number } }
	/** Held by a row when it was linked, before both sides were compared: no base, but a later edit can be told (R29). */
	| { kind: 'seen'; hash: Fingerprint }
	/** Synced before, but nobody can tell any more from what (R15): unset, yet no first contact. */
	| { kind: 'lost' };

/** By field, of one side. */
export type Bases = Map<string, Base>;

export const known = (hash: Fingerprint): Base => ({ kind: 'known', hash });
export const stale = (hash: Fingerprint): Base => ({ kind: 'known', hash, isStale: true });
export const unconfirmed = (hash: Fingerprint): Base => ({ kind: 'unconfirmed', hash });
export const suspected = (hash: Fingerprint, other: Fingerprint, since: number): Base => ({
	kind: 'unconfirmed',
	hash,
	suspect: { hash: other, since },
});
export const seen = (hash: Fingerprint): Base => ({ kind: 'seen', hash });
export const LOST: Base = { kind: 'lost' };

/** A base that a value can be compared with. */
export type Comparable = Extract<Base, { kind: 'known' | 'unconfirmed' }>;

/** The base of a field, or null where it is unset. */
export function baseOf(bases: Bases, field: string): Comparable | null {
	const base = bases.get(field);
	return base?.kind === 'known' || base?.kind === 'unconfirmed' ? base : null;
}

/** What a row's column held when sync last knew: its base, or what was seen when it was linked. */
export function lastHeld(bases: Bases, column: string): Fingerprint | null {
	const base = bases.get(column);
	return base && base.kind !== 'lost' ? base.hash : null;
}

const MARKS = { stale: '!', unconfirmed: '~', seen: '=', lost: '?' } as const;

/** As the ledger keeps them: JSON of field → fingerprint, with a mark in front. */
export function storedBases(bases: Bases): string {
	const stored: Record<string, string> = {};
	for (const [field, base] of bases) stored[field] = storedBase(base);
	return JSON.stringify(stored);
}

export function readBases(stored: string): Bases {
	return new Map(
		Object.entries(JSON.parse(stored) as Record<string, string>).map(([field, text]) => [
			field,
			readBase(text),
		]),
	);
}

function storedBase(base: Base): string {
	switch (base.kind) {
		case 'lost':
			return MARKS.lost;
		case 'seen':
			return `${MARKS.seen}${base.hash}`;
		case 'unconfirmed':
			return `${MARKS.unconfirmed}${base.hash}${base.suspect ? `:${base.suspect.hash}:${base.suspect.since}` : ''}`;
		default:
			return base.isStale ? `${MARKS.stale}${base.hash}` : base.hash;
	}
}

function readBase(text: string): Base {
	const rest = text.slice(1);
	switch (text[0]) {
		case MARKS.lost:
			return LOST;
		case MARKS.seen:
			return seen(rest);
		case MARKS.stale:
			return stale(rest);
		case MARKS.unconfirmed: {
			const [hash = '', other, since] = rest.split(':');
			return other ? suspected(hash, other, Number(since)) : unconfirmed(hash);
		}
		default:
			return known(text);
	}
}
