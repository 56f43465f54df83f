import type { Choice, DataverseColumn } from '../metadata/table';
import { valueProblem } from './valueProblem';

/**
 * The number behind a choice: given as number, as its digits, as its label in any language (case and blanks
 * do not matter), or as `Label (number)`. A label that two choices share is refused rather than guessed.
 *
 * @throws DataverseProblem of kind `refused`
 */
export function choiceValue(column: DataverseColumn, given: unknown): number {
	const choices = column.choices ?? [];
	const text = String(given).trim();
	if (/^-?\d+$/.test(text)) {
		const value = Number(text);
		if (choices.length === 0 || choices.some((choice) => choice.value === value)) return value;
	}
	const matches = labelled(column, text);
	if (matches.length === 1) return matches[0]!.value;
	const why = matches.length > 1 ? 'two choices have this label' : 'it is not one of the choices';
	throw valueProblem(column, given, why, `Use one of: ${listed(choices)}`);
}

/** Several choices, as a list or as text with commas or semicolons between; duplicates fall together. */
export function choiceValues(column: DataverseColumn, given: unknown): number[] {
	const parts = Array.isArray(given) ? given : partsOf(column, String(given));
	const values = parts
		.filter((part) => String(part).trim() !== '')
		.map((part) => choiceValue(column, part));
	return [...new Set(values)];
}

/** Text cut at commas and semicolons, but not at those that stand in a label. */
function partsOf(column: DataverseColumn, text: string): string[] {
	const pieces = text.split(/([;,])/);
	const parts: string[] = [];
	for (let at = 0; at < pieces.length; at += 2) {
		let end = pieces.length - 1;
		const joined = () => pieces.slice(at, end + 1).join('');
		while (end > at && labelled(column, joined()).length === 0) end -= 2;
		parts.push(joined());
		at = end;
	}
	return parts;
}

/** The choices that a label may mean: those whose own label it is; else by another language, or with the number. */
function labelled({ choices = [] }: DataverseColumn, text: string): Choice[] {
	const wanted = spelled(text);
	const own = choices.filter(({ label }) => spelled(label) === wanted);
	if (own.length > 0) return own;
	return choices.filter(({ label, value, also = [] }) =>
		[...also, `${label} (${value})`].some((one) => spelled(one) === wanted),
	);
}

function spelled(label: string): string {
	return label.normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase();
}

function listed(choices: Choice[]): string {
	const shown = choices.slice(0, 15).map((choice) => `${choice.label} (${choice.value})`);
	return shown.join(', ') + (choices.length > 15 ? ', …' : '');
}
