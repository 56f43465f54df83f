import type { Raw } from './values';

/** How a condition compares; the same as in the vendor's `$filter`. */
export type Operator =
	| 'eq'
	| 'ne'
	| 'gt'
	| 'ge'
	| 'lt'
	| 'le'
	| 'contains'
	| 'startswith'
	| 'endswith'
	| 'empty'
	| 'notEmpty';

export interface Condition {
	/** Of a row, or the field of a person. */
	column: string;
	operator: Operator;
	/** As a person has written it; nothing for `empty` and `notEmpty`. */
	value?: Raw;
}

/** Which records are meant. */
export interface Conditions {
	conditions: Condition[];
	/** All of them have to be met, or one. */
	match: 'all' | 'any';
}
