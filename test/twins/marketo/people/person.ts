import type { FieldValue } from '../fields/parseValue';

/** A record of the lead database. */
export interface Person {
	readonly id: number;
	/** Filled fields by REST name, without `id`, `createdAt`, `updatedAt`, `leadPartitionId`. */
	readonly values: Record<string, FieldValue>;
	partitionId: number;
	/** Milliseconds. */
	createdAt: number;
	/** Last change of a standard field, milliseconds: what the record shows. */
	updatedAt: number;
	/** Last change of any field, milliseconds. */
	changedAt: number;
}
