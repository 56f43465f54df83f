import type { Marketo } from '../client';
import { MarketoProblem } from '../transport/errors';
import type { RecordOutcome } from '../transport/outcomes';
import { STANDARD_OBJECTS, type MarketoObject } from './object';
import { readObjects } from './readObjects';
import { syncObjects, type ObjectValues } from './syncObjects';

const OWNER_NOT_FOUND = '718';
const OWNER = 'externalSalesPersonId';

/**
 * Creates or updates records by their key. Marketo refuses a whole call for one opportunity whose sales person it
 * does not have (718): whoever names one that is not there is `missing` by this field, and the others go out once more.
 * Who is there is asked for all of them by one call; without the permission for it, each of them costs a call. Errors as
 * `writeBatch`.
 */
export async function upsertObjects(
	marketo: Marketo,
	object: MarketoObject,
	records: ObjectValues[],
): Promise<RecordOutcome[]> {
	const ownerOf = (index: number) => String(records[index]![OWNER] ?? '').toLowerCase();
	const outcomes: RecordOutcome[] = [];
	let left = [...records.keys()];
	let isAsked = false;
	while (left.length > 0) {
		const sent = left.map((index) => records[index]!);
		try {
			const answers = await syncObjects(marketo, object, 'createOrUpdate', sent);
			for (const [at, index] of left.entries()) outcomes[index] = answers[at]!;
			return outcomes;
		} catch (error) {
			if (!(error instanceof MarketoProblem) || error.code !== OWNER_NOT_FOUND) throw error;
			const named = [...new Set(left.map(ownerOf))].filter((owner) => owner !== '');
			const there = isAsked ? undefined : await ownersThere(marketo, named);
			isAsked = true;
			const said = error.message.toLowerCase();
			const missing = new Set(
				named.filter((owner) => said.includes(owner) || (there && !there.has(owner))),
			);
			const atFault = left.filter((index) => missing.has(ownerOf(index)));
			if (atFault.length === 0) throw error;
			for (const index of atFault) outcomes[index] = { kind: 'missing', field: OWNER };
			left = left.filter((index) => !atFault.includes(index));
		}
	}
	return outcomes;
}

/** Keys of the sales persons that Marketo has, of these; undefined where that cannot be asked. */
async function ownersThere(
	marketo: Marketo,
	keys: string[],
): Promise<ReadonlySet<string> | undefined> {
	if (keys.length < 2) return undefined;
	try {
		const found = await readObjects(marketo, STANDARD_OBJECTS.salesPerson, OWNER, keys, [OWNER]);
		return new Set(found.map(({ values }) => String(values[OWNER]).toLowerCase()));
	} catch (error) {
		// The call that was refused says of one, at the least.
		if (error instanceof MarketoProblem && error.reaction === 'setUp') return undefined;
		throw error;
	}
}
