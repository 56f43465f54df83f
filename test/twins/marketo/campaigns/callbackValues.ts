import type { LeadField } from '../fields/field';
import { InvalidValue, parseValue, type FieldValue } from '../fields/parseValue';
import type { PeopleStore } from '../people/peopleStore';
import type { Person } from '../people/person';
import type { FieldMapping, MappedField } from './service';

/** Bytes that the types of the interface hold; longer values are cut. */
const BYTES: Readonly<Record<string, number>> = { string: 255, url: 255, email: 255, text: 2000 };
const CLEARABLE: ReadonlySet<string> = new Set(['string', 'text', 'email', 'url', 'phone']);

export interface CallbackValues {
	readonly values: ReadonlyMap<LeadField, FieldValue>;
	/** What was not written, and why. */
	readonly notes: readonly string[];
}

/**
 * The values of one entry of a callback, as they will be written: undeclared and unmapped names are
 * left out, so is what does not fit; the others are written.
 */
export function callbackValues(
	leadData: Readonly<Record<string, unknown>>,
	mapping: FieldMapping,
	declared: readonly string[],
	person: Person,
	people: PeopleStore,
): CallbackValues {
	const values = new Map<LeadField, FieldValue>();
	const notes: string[] = [];
	for (const [name, raw] of Object.entries(leadData)) {
		if (name === 'id') continue;
		const mapped = mapping.get(name);
		if (!mapped) {
			const why = declared.includes(name)
				? 'not mapped by the administrator'
				: 'not in the service definition';
			notes.push(`${name}: ${why}.`);
			continue;
		}
		try {
			const value = incoming(raw, mapped, people.read(person, mapped.field.name));
			if (value !== undefined) values.set(mapped.field, value);
		} catch (error) {
			if (!(error instanceof InvalidValue)) throw error;
			notes.push(
				`${name}: ${JSON.stringify(raw)} does not fit ${mapped.field.name} (${mapped.field.dataType}).`,
			);
		}
	}
	return { values, notes };
}

/** @returns undefined when the value leaves the field as it is */
function incoming(
	raw: unknown,
	{ field, dataType }: MappedField,
	before: FieldValue,
): FieldValue | undefined {
	const type = dataType ?? (field.isScore ? 'score' : field.dataType);
	if (raw === null) return field.dataType === 'boolean' ? false : undefined;
	if (raw === '') return undefined;
	if (raw === 'null' && CLEARABLE.has(field.dataType)) return null;
	const rules = { longStrings: 'truncate', trimStrings: false } as const;
	if (type === 'score' && typeof raw === 'string' && /^[+-]\d+$/.test(raw.trim())) {
		return parseValue(field, Number(before ?? 0) + Number(raw), rules);
	}
	const bytes = BYTES[type];
	if (typeof raw === 'string' && bytes !== undefined)
		return parseValue(field, cutToBytes(raw, bytes), rules);
	return parseValue(field, raw, rules);
}

function cutToBytes(text: string, bytes: number): string {
	const encoded = Buffer.from(text);
	if (encoded.length <= bytes) return text;
	return encoded
		.subarray(0, bytes)
		.toString('utf8')
		.replace(/\ufffd$/, '');
}
