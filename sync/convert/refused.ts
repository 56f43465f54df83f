import type { Refusal } from '../ports';
import type { Column, Raw } from '../values';

/** A value as the target takes it, or why it cannot. */
export type Converted<Value extends Raw = Raw> = { value: Value } | { refusal: Refusal };

export function refused(
	to: Column,
	code: string,
	reason: string,
	remedy: string,
): { refusal: Refusal } {
	return { refusal: { field: to.name, code, reason, remedy } };
}
