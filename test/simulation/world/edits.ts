import type { Raw } from '../../../sync/values';
import type { PairNames } from './fields';

/**
 * One act of a user on one field. What a stored value descends from is told by these acts, not by the
 * value: two users may type the same word without knowing of each other.
 */
export interface Edit {
	id: number;
	value: Raw;
	/** `lead:…`, `contact:…` or `person:…`, and the column or field. */
	record: string;
	field: string;
	/** What the user saw and knowingly replaced. */
	before: Edit | null;
	at: number;
	/** Sync has carried it to the other system, or saw both sides agree on it. */
	carried: boolean;
	/** It was carried by a call whose answer was lost: sync cannot know. */
	unacknowledged?: boolean;
	/** What sync wrote, and a program overruled by this in the very save: with the answer people are told both values (R48). */
	overruled?: Edit;
	/** Acts on the other side that came to the same value and that sync saw agree. */
	joined: Joint[];
}

interface Joint {
	edit: Edit;
	/** By which row of the mapping sync saw it; absent: a user has seen both. */
	by?: PairNames;
}

/** A stored value and the act it comes from. */
export interface Cell {
	value: Raw;
	edit: Edit;
}

export type Cells = Record<string, Cell>;

/** An act, everything it was made on top of, and their equals; of certain fields alone. */
function descent(
	edit: Edit,
	isMeant: (edit: Edit, by?: PairNames) => boolean = () => true,
): Set<Edit> {
	const all = new Set<Edit>();
	const rest = [edit];
	for (let one = rest.pop(); one; one = rest.pop()) {
		if (all.has(one)) continue;
		all.add(one);
		if (one.before && isMeant(one.before)) rest.push(one.before);
		rest.push(
			...one.joined.filter((joint) => isMeant(joint.edit, joint.by)).map(({ edit }) => edit),
		);
	}
	return all;
}

/** True when whoever made `later` had `earlier`, or its equal, before them. */
export function descendsFrom(later: Edit, earlier: Edit): boolean {
	return later === earlier || descent(later).has(earlier);
}

/** True when some act that `later` was made on top of is meant. */
export function comesOf(later: Edit, isMeant: (edit: Edit) => boolean): boolean {
	return [...descent(later)].some(isMeant);
}

/** One act, or two that sync saw come to the same. */
export function isSame(one: Edit, other: Edit): boolean {
	return one === other || (descendsFrom(one, other) && descendsFrom(other, one));
}

/** True when people were told with the answer of a write that the one stands in place of the other, or what came of it (R48). */
export function isToldOf(later: Edit, lost: Edit): boolean {
	return [...descent(later)].some(({ overruled }) => overruled && isSame(overruled, lost));
}

/**
 * True when both go back to a value that both sides had: the two were synced before. What either had in common with
 * other fields, or by other rows, when the mapping was another one, is no such value.
 */
export function haveMet(one: Edit, other: Edit, pair: PairNames): boolean {
	const isOfPair = ({ field }: Edit, by: PairNames = pair) =>
		(field === pair.column || field === pair.field) &&
		by.column === pair.column &&
		by.field === pair.field;
	const back = descent(one, isOfPair);
	return [...descent(other, isOfPair)].some((edit) => back.has(edit));
}

/** Both sides have come to the same value. */
export function join(one: Edit, other: Edit, by?: PairNames): void {
	if (one === other) return;
	const joints: Array<[Edit, Joint]> = [
		[one, { edit: other, by }],
		[other, { edit: one, by }],
	];
	for (const [to, joint] of joints) {
		const isNoted = to.joined.some(
			({ edit, by: before }) =>
				edit === joint.edit && before?.column === by?.column && before?.field === by?.field,
		);
		if (!isNoted) to.joined.push(joint);
	}
}

export function valuesOf(cells: Cells, names?: string[]): Record<string, Raw> {
	const values: Record<string, Raw> = {};
	for (const name of names ?? Object.keys(cells)) values[name] = cells[name]?.value ?? null;
	return values;
}
