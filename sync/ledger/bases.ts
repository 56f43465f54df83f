import { FINGERPRINT_BYTES, type Fingerprint } from '../fingerprint';
import type { Side } from '../items';

/** What one side of a link was last known to hold in one field; a field without one was never known. */
export type Base =
	/** Both sides were compared at this value. `isStale`: at its last seen version the Dynamics row holds another one (R5). */
	| { kind: 'known'; hash: Fingerprint; isStale?: true }
	/** Written to Marketo and not seen there yet; `suspect`: another value that stands there, and since when it was seen (R14). */
	| { kind: 'unconfirmed'; hash: Fingerprint; suspect?: { hash: Fingerprint; since: number } }
	/**
	 * No base, but something can be told: of a row, held when it was linked, before both sides were compared, so that a later
	 * edit is known (R29); of a person, held before another row was its partner, so that it is known to be emptied (R28).
	 */
	| { kind: 'seen'; hash: Fingerprint }
	/** Synced before, but nobody can tell any more from what (R15): unset, yet no first contact. */
	| { kind: 'lost' };

/** By field, of one side. */
export type Bases = Map<string, Base>;
export type ReadonlyBases = ReadonlyMap<string, Base>;

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

/** At its last seen version the row held something else than what both sides were compared at (R5). */
export const isStale = (base: Base): boolean => base.kind === 'known' && base.isStale === true;

/** A base that a value can be compared with. */
export type Comparable = Extract<Base, { kind: 'known' | 'unconfirmed' }>;

/** The base of a field, or null where it is unset. */
export function baseOf(bases: ReadonlyBases, field: string): Comparable | null {
	const base = bases.get(field);
	return base?.kind === 'known' || base?.kind === 'unconfirmed' ? base : null;
}

/** Both sides were compared at this value. Most bases are that already, page by page. */
export function setKnown(bases: Bases, field: string, hash: Fingerprint): void {
	const base = bases.get(field);
	if (base?.kind !== 'known' || base.hash !== hash || isStale(base)) bases.set(field, known(hash));
}

/** What a row's column held when sync last knew: its base, or what was seen when it was linked. */
export function lastHeld(bases: ReadonlyBases, column: string): Fingerprint | null {
	const base = bases.get(column);
	return base && base.kind !== 'lost' ? base.hash : null;
}

/** Which column or field of a link's mapping row; the ledger's `baseFields.ts` numbers them. */
export interface BaseField {
	side: Side;
	name: string;
}

/** The numbers of fields, by name. */
export type FieldNumbers = Record<Side, Map<string, number>>;

/** Of a number: a time in milliseconds takes six. */
const MOST_BYTES = 8;

const KINDS = ['known', 'stale', 'unconfirmed', 'suspected', 'seen', 'lost'] as const;

/**
 * As the ledger keeps the bases of both sides: each fingerprint once, since most values are the same on both
 * sides and many fields are empty; then, by the number of its field, kind and fingerprint of each base. Numbers
 * are stored seven bits to a byte, and those of the fields by their distance.
 */
export function storedBases(bases: Record<Side, Bases>, numbers: FieldNumbers): Uint8Array {
	const numbered: Array<[number, Base]> = [];
	for (const side of ['dynamics', 'marketo'] as const)
		for (const [name, base] of bases[side]) numbered.push([numbers[side].get(name)!, base]);
	numbered.sort(([a], [b]) => a - b);
	const prints = new Map<Fingerprint, number>();
	const meet = (hash: Fingerprint) => {
		if (!prints.has(hash)) prints.set(hash, prints.size);
	};
	for (const [, base] of numbered) {
		if (base.kind !== 'lost') meet(base.hash);
		if (base.kind === 'unconfirmed' && base.suspect) meet(base.suspect.hash);
	}
	const bytes = Buffer.allocUnsafe(
		MOST_BYTES + prints.size * FINGERPRINT_BYTES + numbered.length * 4 * MOST_BYTES,
	);
	let at = 0;
	const push = (number: number) => {
		let rest = number;
		for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[at++] = 128 + (rest % 128);
		bytes[at++] = rest;
	};
	push(prints.size);
	for (const hash of prints.keys()) at += bytes.write(hash, at, 'base64url');
	let before = 0;
	for (const [number, base] of numbered) {
		push(number - before);
		before = number;
		const print = base.kind === 'lost' ? 0 : prints.get(base.hash)!;
		push(print * KINDS.length + KINDS.indexOf(kindOf(base)));
		if (base.kind !== 'unconfirmed' || !base.suspect) continue;
		push(prints.get(base.suspect.hash)!);
		push(base.suspect.since);
	}
	return bytes.subarray(0, at);
}

/** @param fieldOf null where a base counts as unset */
export function readBases(
	stored: Uint8Array | null,
	fieldOf: (number: number) => BaseField | null,
): Record<Side, Bases> {
	const bases: Record<Side, Bases> = { dynamics: new Map(), marketo: new Map() };
	if (!stored) return bases;
	const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.length);
	let at = 0;
	const next = () => {
		let number = 0;
		for (let unit = 1; ; unit *= 128) {
			const byte = bytes[at++]!;
			number += (byte % 128) * unit;
			if (byte < 128) return number;
		}
	};
	const prints = Array.from({ length: next() }, (_, index) => {
		const from = at + index * FINGERPRINT_BYTES;
		return bytes.toString('base64url', from, from + FINGERPRINT_BYTES);
	});
	at += prints.length * FINGERPRINT_BYTES;
	// Most values are the same on both sides: then one base serves both.
	const made: Base[] = [];
	for (let number = 0; at < bytes.length; ) {
		number += next();
		const code = next();
		const hash = prints[Math.floor(code / KINDS.length)]!;
		const kind = KINDS[code % KINDS.length]!;
		const base =
			kind === 'suspected'
				? suspected(hash, prints[next()]!, next())
				: (made[code] ??= MAKE[kind](hash));
		const field = fieldOf(number);
		if (field) bases[field.side].set(field.name, base);
	}
	return bases;
}

const MAKE = { known, stale, unconfirmed, seen, lost: () => LOST };

function kindOf(base: Base): (typeof KINDS)[number] {
	if (isStale(base)) return 'stale';
	if (base.kind === 'unconfirmed' && base.suspect) return 'suspected';
	return base.kind;
}
