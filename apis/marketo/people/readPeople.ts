import { atOnce } from '../../../lists/atOnce';
import { inChunks } from '../../../lists/inChunks';
import type { Marketo } from '../client';
import { personFields } from '../fields/personFields';
import { fromMarketo, type FieldValue } from '../fields/values';
import { call } from '../transport/call';
import { MarketoProblem } from '../transport/errors';
import { READS_AT_ONCE, RECORDS_PER_CALL, TIMEOUT_MS } from '../transport/limits';

/** A person with the fields that were asked for; a field without a value is null. */
export interface ReadPerson {
	id: string;
	values: Record<string, FieldValue>;
}

type RawPerson = Record<string, unknown>;

/** Marketo separates filter values by commas and knows no way to write one inside a value. */
export class UnaskableValue extends Error {
	constructor(readonly value: string) {
		super(`Marketo cannot be searched for '${value}', because it contains a comma`);
		this.name = 'UnaskableValue';
	}
}

/** Told of each value that Marketo does not look up: it has too many people, or is no value to Marketo. */
export type OnRefused = (value: string, problem: MarketoProblem) => void;

/** Codes with which Marketo refuses a whole call for a value in it. */
const OF_A_VALUE = ['1001', '1003'];
/** Refused calls that the search for one value takes, with room for a second; more is no matter of single values. */
const MOST_REFUSED_CALLS = 24;

/**
 * People by the values of one searchable field; any number of values, 300 a call, four calls at a time. People who
 * are not there are absent. Several may have one value.
 *
 * @param onRefused where it is given, a value that Marketo refuses is found by halving and left out
 * @throws UnaskableValue, MarketoProblem, NoAnswer
 */
export async function readPeople(
	marketo: Marketo,
	filterField: string,
	values: string[],
	fields: string[],
	onRefused?: OnRefused,
): Promise<ReadPerson[]> {
	const asked = [...new Set(values)];
	const unaskable = asked.find((value) => value.includes(','));
	if (unaskable !== undefined) throw new UnaskableValue(unaskable);
	const wanted = [...new Set(['id', ...fields])];
	const types = new Map(
		(await personFields(marketo)).map(({ name, dataType }) => [name, dataType]),
	);
	const found = await atOnce(inChunks(asked, RECORDS_PER_CALL), READS_AT_ONCE, async (part) => {
		const search = { marketo, filterField, fields: wanted, onRefused, refusedCalls: 0 };
		return (await matching(search, part)).map((raw) => toPerson(raw, fields, types));
	});
	return found.flat();
}

interface Search {
	marketo: Marketo;
	filterField: string;
	fields: string[];
	onRefused?: OnRefused;
	refusedCalls: number;
}

/** Everybody who matches one of at most 300 values; halves the values of a call that is refused for their sake. */
async function matching(search: Search, values: string[]): Promise<RawPerson[]> {
	try {
		return await allPages(search, values);
	} catch (cause) {
		if (!isOfValues(search, cause)) throw cause;
		if (values.length === 1) {
			if (!search.onRefused) throw cause;
			search.onRefused(values[0]!, cause);
			return [];
		}
		const middle = Math.ceil(values.length / 2);
		return [
			...(await matching(search, values.slice(0, middle))),
			...(await matching(search, values.slice(middle))),
		];
	}
}

function isOfValues(search: Search, cause: unknown): cause is MarketoProblem {
	if (!(cause instanceof MarketoProblem)) return false;
	if (cause.reaction === 'tooMany') return true;
	if (!search.onRefused || cause.reaction !== 'refused') return false;
	return OF_A_VALUE.includes(cause.code) && ++search.refusedCalls <= MOST_REFUSED_CALLS;
}

async function allPages(
	{ marketo, filterField, fields }: Search,
	values: string[],
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
