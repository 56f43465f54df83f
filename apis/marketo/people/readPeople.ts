import { inChunks } from '../../wire/inChunks';
import type { Marketo } from '../client';
import { personFields } from '../fields/personFields';
import { fromMarketo, type FieldValue } from '../fields/values';
import { call } from '../transport/call';
import { MarketoProblem } from '../transport/errors';
import { RECORDS_PER_CALL, TIMEOUT_MS } from '../transport/limits';

/** A person with the fields that were asked for; a field without a value is null. */
export interface ReadPerson {
	id: string;
	values: Record<string, FieldValue>;
}

type RawPerson = Record<string, unknown>;

/** Marketo separates filter values by commas and knows no way to write one inside a value. */
export class UnaskableValue extends Error {
	constructor(readonly value: string) {
		super(`Marketo cannot be asked for '${value}', because it contains a comma`);
		this.name = 'UnaskableValue';
	}
}

/**
 * People by the values of one searchable field; any number of values, 300 a call. People who are not
 * there are absent. Several may have one value.
 *
 * @throws UnaskableValue, MarketoProblem, NoAnswer
 */
export async function readPeople(
	marketo: Marketo,
	filterField: string,
	values: string[],
	fields: string[],
): Promise<ReadPerson[]> {
	const asked = [...new Set(values)];
	const unaskable = asked.find((value) => value.includes(','));
	if (unaskable !== undefined) throw new UnaskableValue(unaskable);
	const wanted = [...new Set(['id', ...fields])];
	const types = new Map(
		(await personFields(marketo)).map(({ name, dataType }) => [name, dataType]),
	);
	const people: ReadPerson[] = [];
	for (const part of inChunks(asked, RECORDS_PER_CALL)) {
		for (const raw of await matching(marketo, filterField, part, wanted)) {
			people.push(toPerson(raw, fields, types));
		}
	}
	return people;
}

/** Everybody who matches one of at most 300 values. Halves what matches more people than Marketo gives out. */
async function matching(
	marketo: Marketo,
	filterField: string,
	values: string[],
	fields: string[],
): Promise<RawPerson[]> {
	try {
		return await allPages(marketo, filterField, values, fields);
	} catch (cause) {
		const tooMany = cause instanceof MarketoProblem && cause.reaction === 'tooMany';
		if (!tooMany || values.length === 1) throw cause;
		const middle = Math.ceil(values.length / 2);
		return [
			...(await matching(marketo, filterField, values.slice(0, middle), fields)),
			...(await matching(marketo, filterField, values.slice(middle), fields)),
		];
	}
}

async function allPages(
	marketo: Marketo,
	filterField: string,
	values: string[],
	fields: string[],
): Promise<RawPerson[]> {
	const people: RawPerson[] = [];
	let nextPageToken: string | undefined;
	do {
		const page = await call<RawPerson>(marketo, {
			method: 'GET',
			path: '/rest/v1/leads.json',
			query: {
				filterType: filterField,
				filterValues: values.join(','),
				fields: fields.join(','),
				batchSize: RECORDS_PER_CALL,
				nextPageToken,
			},
			timeoutMs: TIMEOUT_MS.readPeople,
			permission: 'Read-Only Lead',
			effect: 'read',
			takesForm: true,
		});
		people.push(...page.result);
		// Filters end by leaving the token out; a token that stays the same leads nowhere.
		nextPageToken = page.nextPageToken === nextPageToken ? undefined : page.nextPageToken;
	} while (nextPageToken !== undefined);
	return people;
}

function toPerson(raw: RawPerson, fields: string[], types: Map<string, string>): ReadPerson {
	const values: Record<string, FieldValue> = {};
	// Marketo leaves fields without a value out in some answers and says null in others.
	for (const field of fields) values[field] = fromMarketo(types.get(field), raw[field]);
	return { id: String(raw.id), values };
}
