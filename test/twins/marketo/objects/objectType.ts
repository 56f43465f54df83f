import type { FieldType } from '../fields/field';

/** A field of a company, opportunity, role, sales person or custom object. */
export interface ObjectField {
	readonly name: string;
	readonly displayName: string;
	readonly dataType: FieldType;
	readonly length?: number;
	readonly description?: string;
	/** What describe says; a key may be `false` here and is still given on creation. */
	readonly updateable: boolean;
	/** Set by the system: never taken from a record. */
	readonly system?: boolean;
	/** A record cannot be without it. */
	readonly required?: boolean;
	/** The record of another object that the value stands for. */
	readonly linksTo?: Link;
	readonly isCustom?: boolean;
}

/** Where a link field leads: an object by its name in lower case, and the field the value is looked up by. */
export interface Link {
	readonly object: string;
	readonly field: string;
	/** As the vendor spells them in describe. */
	readonly shown: { readonly name: string; readonly field: string };
}

/** An object other than people, as describe tells it. */
export interface ObjectType {
	readonly name: string;
	readonly displayName?: string;
	readonly description?: string;
	readonly idField: 'id' | 'marketoGUID';
	readonly dedupeFields: readonly string[];
	/** Each a field alone or, for a compound key, several. */
	readonly searchableFields: ReadonlyArray<readonly string[]>;
	readonly fields: readonly ObjectField[];
	/** What a query without `fields` gives back; left out: every field that has a value. */
	readonly defaultFields?: readonly string[];
	/** What a record is called in `… not found`. */
	readonly noun: 'Object' | 'Record';
	/** Made by the customer. */
	readonly isCustom?: boolean;
	readonly createdAt: number;
	readonly updatedAt: number;
}

/** A field by its name; letter case is passed over when no name is written exactly so. */
export function fieldOf(type: ObjectType, name: string): ObjectField | undefined {
	const lower = name.toLowerCase();
	return (
		type.fields.find((field) => field.name === name) ??
		type.fields.find((field) => field.name.toLowerCase() === lower)
	);
}

/** The fields a `filterType` or key name stands for; `idField` and `dedupeFields` are aliases. */
export function keyFields(type: ObjectType, name: string): readonly string[] | undefined {
	if (name === 'idField') return [type.idField];
	if (name === 'dedupeFields') return type.dedupeFields;
	const field = fieldOf(type, name);
	const found = type.searchableFields.find((one) => one.length === 1 && one[0] === field?.name);
	return found ?? (name === type.idField ? [type.idField] : undefined);
}

/** The fields that every object has. */
export function systemFields(idField: ObjectType['idField'], idLabel: string): ObjectField[] {
	const times = (['createdAt', 'updatedAt'] as const).map((name) => ({
		name,
		displayName: name === 'createdAt' ? 'Created At' : 'Updated At',
		dataType: 'datetime' as const,
		updateable: false,
		system: true,
	}));
	const id =
		idField === 'id'
			? { name: 'id', displayName: idLabel, dataType: 'integer' as const }
			: { name: 'marketoGUID', displayName: idLabel, dataType: 'string' as const, length: 36 };
	return [{ ...id, updateable: false, system: true }, ...times];
}
