import type { Marketo } from '../../apis/marketo/client';
import { describeObject } from '../../apis/marketo/objects/describeObject';
import type { MarketoObject } from '../../apis/marketo/objects/object';
import { syncObjects } from '../../apis/marketo/objects/syncObjects';
import { RECORDS_PER_CALL, TIMEOUT_MS } from '../../apis/marketo/transport/limits';
import { whileAllowed } from '../../apis/wire/wire';
import type { MarketoObjectPort } from '../../sync/ports';
import { objectColumns } from './marketoColumns';
import { inSyncWords } from './marketoPort';

/** Companies, sales persons …: as a lane that goes one way needs them. Rejects as `marketoPort` does. */
export function marketoObjectPort(marketo: Marketo, object: MarketoObject): MarketoObjectPort {
	return {
		subscription: marketo.subscription,
		batchSize: RECORDS_PER_CALL,
		timeoutMs: TIMEOUT_MS.writeObjects,
		describe: async () => {
			return objectColumns(await inSyncWords(marketo, describeObject(marketo, object, 0)));
		},
		// By its own key, which is the one that Marketo tells records of the object apart by.
		upsert: async (records, _keyField, mayStart) => {
			const writing = { ...marketo, wire: whileAllowed(marketo.wire, mayStart) };
			return await inSyncWords(marketo, syncObjects(writing, object, 'createOrUpdate', records));
		},
	};
}
