import { invalidFor, missing, RecordSkip } from '../errors';
import type { LeadField } from '../fields/field';
import type { FieldRegistry } from '../fields/fieldRegistry';
import { InvalidValue, parseValue, type FieldValue, type ValueRules } from '../fields/parseValue';

/**
 * Checks a record as a whole: one bad field and nothing of it is written. `id` is left out, it is
 * a key and no value.
 * @throws RecordSkip with the first thing wrong
 */
export function checkRecord(
	record: Readonly<Record<string, unknown>>,
	fields: FieldRegistry,
	rules: ValueRules,
): Map<LeadField, FieldValue> {
	const named = Object.entries(record).map(([name, raw]) => {
		const field = fields.get(name);
		if (!field) throw new RecordSkip('1006', `Field '${name}' not found`);
		return [field, raw] as const;
	});
	const values = new Map<LeadField, FieldValue>();
	for (const [field, raw] of named) {
		if (field.name === 'id') continue;
		if (field.readOnly) throw new RecordSkip('1003', `Field '${field.name}' is read only`);
		values.set(field, checkedValue(field, raw, rules));
	}
	return values;
}

/** @throws RecordSkip with the text live answers have */
export function checkedValue(field: LeadField, raw: unknown, rules: ValueRules): FieldValue {
	try {
		return parseValue(field, raw, rules);
	} catch (error) {
		if (!(error instanceof InvalidValue)) throw error;
		throw new RecordSkip('1003', invalidFor(field.name, raw));
	}
}

/** The value to look up by. */
export function lookupValue(record: Readonly<Record<string, unknown>>, name: string): unknown {
	const value = record[name];
	if (value === undefined || value === null || value === '') {
		throw new RecordSkip('1002', missing(name));
	}
	return value;
}

/** Company fields of a person who is linked to a company belong to the company. */
export function refuseCompanyFields(
	values: ReadonlyMap<LeadField, FieldValue>,
	linked: boolean,
): void {
	const links = [...values].some(
		([field, value]) => field.name === 'externalCompanyId' && value !== null,
	);
	if (!linked && !links) return;
	if ([...values.keys()].some((field) => field.ofCompany)) throw new RecordSkip('1021');
}
