import type { Choice, DataverseColumn } from '../metadata/table';
import { valueProblem } from './valueProblem';

/**
 * The number behind a choice: given as number, as its digits, or as its label (case and outer spaces do
 * not matter). A label that two choices share is refused rather than guessed.
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
	const wanted = text.toLowerCase();
	const matches = choices.filter((choice) => choice.label.trim().toLowerCase() === wanted);
	if (matches.length === 1) return matches[0]!.value;
	const why = matches.length > 1 ? 'two choices have this label' : 'it is not one of the choices';
	throw valueProblem(column, given, why, `Use one of: ${listed(choices)}`);
}

/** Several choices, as a list or as text with commas or semicolons between; duplicates fall together. */
export function choiceValues(column: DataverseColumn, given: unknown): number[] {
	const whole = typeof given === 'string' ? given.trim() : undefined;
	// A single label may itself contain a comma.
	if (whole !== undefined && hasLabel(column, whole)) return [choiceValue(column, whole)];
	const parts = Array.isArray(given) ? given : String(given).split(/[;,]/);
	const values = parts
		.filter((part) => String(part).trim() !== '')
		.map((part) => choiceValue(column, part));
	return [...new Set(values)];
}

function hasLabel(column: DataverseColumn, text: string): boolean {
	const wanted = text.toLowerCase();
	return (column.choices ?? []).some((choice) => choice.label.trim().toLowerCase() === wanted);
}

function listed(choices: Choice[]): string {
	const shown = choices.slice(0, 15).map((choice) => `${choice.label} (${choice.value})`);
	return shown.join(', ') + (choices.length > 15 ? ', …' : '');
}
