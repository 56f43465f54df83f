import { isBlank, type Column, type Option, type Raw } from '../values';
import { numberIn } from './numbers';
import { refused, type Converted } from './refused';

type By = 'label' | 'value';

/** Code of a refusal for a choice that is not described. */
export const UNKNOWN_CHOICE = 'unknownChoice';

/**
 * One choice, or several, as text: labels, with semicolons between; a label that would be read back as
 * another choice goes with its number. Never a bare number in place of a label that is not known.
 */
export function choicesAsText(from: Column, to: Column, raw: Raw, by: By): Converted {
	const values = valuesIn(raw);
	if (by === 'value' || !from.options?.length)
		return { value: from.type === 'choice' ? String(raw) : values.join('; ') };
	const { byNumber } = indexOf(from.options);
	const options: Option[] = [];
	for (const value of values) {
		const [option] = byNumber.get(value) ?? [];
		if (!option) return notDescribed(from, to, value);
		options.push(option);
	}
	const spellings = [
		options.map(({ label }) => label.trim()),
		options.map(numbered),
		options.map(({ value }) => String(value)),
	];
	const texts = spellings.map((parts) => parts.join('; '));
	const meant = values.join();
	return { value: texts.find((text) => readBack(from, text) === meant) ?? texts.at(-1)! };
}

/** The choice that a value names. Text: by its label in any language, by `Label (number)`, by its number. */
export function asChoice(to: Column, value: Raw, by: By = 'label'): Converted<number> {
	const found = namedBy(to, value, by);
	if (found.length === 1) return { value: found[0]!.value };
	const shown = String(value).trim();
	if (found.length > 1) {
		return refused(
			to,
			'ambiguousChoice',
			`${to.label} has several choices "${shown}"`,
			`Enter the one that is meant: ${found.map(numbered).join(' or ')}`,
		);
	}
	const known = (to.options ?? [])
		.slice(0, 8)
		.map((option) => option.label)
		.join(', ');
	return refused(
		to,
		UNKNOWN_CHOICE,
		`${to.label} has no choice "${shown}"`,
		`Use one of: ${known}; or add the choice in Dynamics`,
	);
}

/** Several choices, as `1,2` with the numbers in order. */
export function asChoices(to: Column, value: Raw, by: By = 'label'): Converted {
	const parts = typeof value === 'string' ? partsOf(to, value, by) : [value];
	const chosen = new Set<number>();
	for (const part of parts) {
		const one = asChoice(to, part, by);
		if ('refusal' in one) return one;
		chosen.add(one.value);
	}
	return { value: [...chosen].sort((a, b) => a - b).join(',') || null };
}

/** Whether a stored value has a choice that is not described. */
export function hasUnknownChoice({ type, options }: Column, raw: Raw | undefined): boolean {
	if (isBlank(raw) || !options || (type !== 'choice' && type !== 'multiChoice')) return false;
	return valuesIn(raw).some((value) => !options.some((option) => option.value === value));
}

/** The numbers of a stored choice or choices, in order. */
function valuesIn(raw: Raw): number[] {
	const parts = String(raw).split(',');
	return parts
		.filter((part) => part.trim() !== '')
		.map(Number)
		.sort((a, b) => a - b);
}

const numbered = ({ label, value }: Option) => `${label.trim()} (${value})`;

function readBack(column: Column, text: string): string | null {
	const read = column.type === 'choice' ? asChoice(column, text) : asChoices(column, text);
	return 'value' in read ? String(read.value) : null;
}

/** All choices that may be meant; the closest likeness alone. A number that is no text is the choice's own. */
function namedBy({ options = [] }: Column, value: Raw, by: By): Option[] {
	const { byNumber, byLabel } = indexOf(options);
	const text = String(value).trim();
	const ofNumber = () => byNumber.get(numberIn(value));
	if (typeof value === 'number') return ofNumber() ?? [];
	const like = spelled(text);
	const labelled = () =>
		byLabel[0].get(text) ??
		byLabel
			.slice(1)
			.find((way) => way.has(like))
			?.get(like);
	const found = by === 'value' ? (ofNumber() ?? labelled()) : (labelled() ?? ofNumber());
	return found ?? [];
}

interface Index {
	byNumber: Map<number, Option[]>;
	/** Exactly as it is; but for case and blanks; in another language; with the number behind it. */
	byLabel: [Map<string, Option[]>, ...Array<Map<string, Option[]>>];
	/** Separators in one label at most. */
	separators: number;
}

const indexes = new WeakMap<Option[], Index>();

/** A page converts the same column thousands of times, and some have hundreds of choices. */
function indexOf(options: Option[]): Index {
	const known = indexes.get(options);
	if (known) return known;
	const labels = options.flatMap(({ label, also = [] }) => [label, ...also]);
	const made: Index = {
		byNumber: groups(options, ({ value }) => [value]),
		byLabel: [
			groups(options, ({ label }) => [label.trim()]),
			groups(options, ({ label }) => [spelled(label)]),
			groups(options, ({ also = [] }) => also.map(spelled)),
			groups(options, (option) => [spelled(numbered(option))]),
		],
		separators: Math.max(0, ...labels.map((label) => label.split(/[;,]/).length - 1)),
	};
	indexes.set(options, made);
	return made;
}

function groups<Key>(options: Option[], keysOf: (option: Option) => Key[]): Map<Key, Option[]> {
	const grouped = new Map<Key, Option[]>();
	for (const option of options) {
		for (const key of new Set(keysOf(option)))
			grouped.set(key, [...(grouped.get(key) ?? []), option]);
	}
	return grouped;
}

/** Letter case, accents in two spellings and the kind and number of blanks make no other label. */
function spelled(label: string): string {
	return label.normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase();
}

/** A list cut at semicolons and commas, but not at those that belong to a label. */
function partsOf(to: Column, text: string, by: By): string[] {
	const pieces = text.split(/([;,])/);
	const { separators } = indexOf(to.options ?? []);
	const parts: string[] = [];
	for (let at = 0; at < pieces.length; at += 2) {
		let end = Math.min(at + 2 * separators, pieces.length - 1);
		const joined = () => pieces.slice(at, end + 1).join('');
		while (end > at && namedBy(to, joined(), by).length === 0) end -= 2;
		if (joined().trim() !== '') parts.push(joined());
		at = end;
	}
	return parts;
}

function notDescribed(from: Column, to: Column, value: number): Converted<never> {
	return refused(
		to,
		UNKNOWN_CHOICE,
		`${from.label} holds the choice ${value}, for which Dynamics gives no label`,
		'A choice that was just added is read soon. If it was deleted, choose another one in Dynamics',
	);
}
