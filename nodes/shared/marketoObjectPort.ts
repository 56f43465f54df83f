import type { Marketo } from '../../apis/marketo/client';
import { describeObject } from '../../apis/marketo/objects/describeObject';
import type { MarketoObject } from '../../apis/marketo/objects/object';
import { readObjects } from '../../apis/marketo/objects/readObjects';
import { deleteObjects, syncObjects } from '../../apis/marketo/objects/syncObjects';
import { upsertObjects } from '../../apis/marketo/objects/upsertObjects';
import { RECORDS_PER_CALL, TIMEOUT_MS } from '../../apis/marketo/transport/limits';
import { whileAllowed } from '../../apis/wire/wire';
import type { MarketoObjectPort, MayStart, WriteOutcome } from '../../sync/ports';
import { objectColumns } from './marketoColumns';
import { inSyncWords } from './marketoPort';

/** Something still belongs to the record that is to be deleted. */
const IN_USE = '1022';

/** Companies, sales persons …: as a lane that goes one way needs them. Rejects as `marketoPort` does. */
export function marketoObjectPort(marketo: Marketo, object: MarketoObject): MarketoObjectPort {
	const writing = (mayStart?: MayStart): Marketo => ({
		...marketo,
		wire: whileAllowed(marketo.wire, mayStart),
	});
	return {
		subscription: marketo.subscription,
		batchSize: RECORDS_PER_CALL,
		timeoutMs: TIMEOUT_MS.writeObjects,
		describe: async () => {
			return objectColumns(await inSyncWords(marketo, describeObject(marketo, object, 0)));
		},
		readByKey: async (keyField, keys, fields) =>
			await inSyncWords(marketo, readObjects(marketo, object, keyField, keys, fields)),
		// By its own key, which is the one that Marketo tells records of the object apart by.
		upsert: async (records, _keyField, mayStart) =>
			await inSyncWords(marketo, upsertObjects(writing(mayStart), object, records)),
		update: async (records, _keyField, mayStart) =>
			await inSyncWords(marketo, syncObjects(writing(mayStart), object, 'updateOnly', records)),
		remove: async (ids, mayStart) => {
			const { idField } = object;
			const keys = ids.map((id) => ({ [idField]: idField === 'id' ? Number(id) : id }));
			const outcomes = await inSyncWords(
				marketo,
				deleteObjects(writing(mayStart), object, 'idField', keys),
			);
			return outcomes.map(asDelete);
		},
	};
}

function asDelete(outcome: WriteOutcome): WriteOutcome {
	if (outcome.kind !== 'refused' || outcome.refusal.code !== IN_USE) return outcome;
	const { reason, remedy } = outcome.refusal;
	return { kind: 'again', reason, remedy };
}
