import type { Marketo } from '../client';
import { MarketoProblem } from '../transport/errors';
import type { RecordOutcome } from '../transport/outcomes';
import type { MarketoObject } from './object';
import { syncObjects, type ObjectValues } from './syncObjects';

const OWNER_NOT_FOUND = '718';
const OWNER = 'externalSalesPersonId';

/**
 * Creates or updates records by their key. Marketo refuses a whole call for one opportunity whose sales person it
 * does not have (718): whoever names that one is `missing` by this field, and the others go out once more. Errors as
 * `writeBatch`.
 */
export async function upsertObjects(
	marketo: Marketo,
	object: MarketoObject,
	records: ObjectValues[],
): Promise<RecordOutcome[]> {
	const ownerOf = (record: ObjectValues) => String(record[OWNER] ?? '').toLowerCase();
	const outcomes: RecordOutcome[] = [];
	let left = [...records.keys()];
	while (left.length > 0) {
		const sent = left.map((index) => records[index]!);
		try {
			const answers = await syncObjects(marketo, object, 'createOrUpdate', sent);
			for (const [at, index] of left.entries()) outcomes[index] = answers[at]!;
			return outcomes;
		} catch (error) {
			if (!(error instanceof MarketoProblem) || error.code !== OWNER_NOT_FOUND) throw error;
			const said = error.message.toLowerCase();
			const atFault = left.filter((index) => {
				const owner = ownerOf(records[index]!);
				return owner !== '' && said.includes(owner);
			});
			if (atFault.length === 0) throw error;
			for (const index of atFault) outcomes[index] = { kind: 'missing', field: OWNER };
			left = left.filter((index) => !atFault.includes(index));
		}
	}
	return outcomes;
}
