import type { Raw } from '../values';

/** A value as people read it; long texts are cut. */
export function show(value: Raw | undefined): string {
	if (value === null || value === undefined) return '';
	const text = String(value);
	return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
