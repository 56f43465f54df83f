import type { Marketo } from '../../apis/marketo/client';
import { lookAtImport, startImport } from '../../apis/marketo/files/importObjects';
import { describeObject } from '../../apis/marketo/objects/describeObject';
import type { MarketoObject } from '../../apis/marketo/objects/object';
import { readObjects } from '../../apis/marketo/objects/readObjects';
import { deleteObjects, syncObjects } from '../../apis/marketo/objects/syncObjects';
import { upsertObjects } from '../../apis/marketo/objects/upsertObjects';
import { RECORDS_PER_CALL, TIMEOUT_MS } from '../../apis/marketo/transport/limits';
import { isUnclear } from '../../apis/marketo/transport/outcomes';
import { whileAllowed } from '../../apis/wire/wire';
import {
	isByKey,
	keyInId,
	type FilePort,
	type MarketoObjectPort,
	type MayStart,
	type WriteOutcome,
} from '../../sync/ports';
import { dayQuotaOf } from './dayQuota';
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
		quota: dayQuotaOf(marketo),
		batchSize: RECORDS_PER_CALL,
		timeoutMs: TIMEOUT_MS.writeObjects,
		describe: async () => {
			return objectColumns(await inSyncWords(marketo, describeObject(marketo, object, 0)));
		},
		readByKey: async (keyField, keys, fields) =>
			await inSyncWords(marketo, readObjects(marketo, object, keyField, keys, fields)),
		readById: async (ids, fields) =>
			await inSyncWords(marketo, readObjects(marketo, object, object.idField, ids, fields)),
		// By its own key, which is the one that Marketo tells records of the object apart by.
		upsert: async (records, _keyField, mayStart) =>
			await inSyncWords(marketo, upsertObjects(writing(mayStart), object, records)),
		update: async (records, _keyField, mayStart) =>
			await inSyncWords(marketo, syncObjects(writing(mayStart), object, 'updateOnly', records)),
		remove: async (ids, keyField, mayStart) => {
			const outcomes = new Map<string, WriteOutcome>();
			const remove = async (by: 'idField' | 'dedupeFields', some: string[], field: string) => {
				if (some.length === 0) return;
				const keys = some.map((id) => keyOf(id, field));
				const answers = await inSyncWords(
					marketo,
					deleteObjects(writing(mayStart), object, by, keys),
				);
				for (const [at, id] of some.entries()) outcomes.set(id, asDelete(answers[at]!));
			};
			await remove(
				'idField',
				ids.filter((id) => !isByKey(id)),
				object.idField,
			);
			await remove('dedupeFields', ids.filter(isByKey), keyField);
			return ids.map((id) => outcomes.get(id)!);
		},
		...(object.takesFiles && { files: filePort(marketo, object, writing) }),
	};
}

function filePort(
	marketo: Marketo,
	object: MarketoObject,
	writing: (mayStart?: MayStart) => Marketo,
): FilePort {
	return {
		timeoutMs: TIMEOUT_MS.writeObjects,
		hand: async (records, mayStart) => {
			const handed = startImport(writing(mayStart), object, records).catch((cause: unknown) => {
				if (!isUnclear(cause)) throw cause;
				return { unknown: `${cause.message}; the file may have arrived` };
			});
			return await inSyncWords(marketo, handed);
		},
		look: async (job, keyField) =>
			await inSyncWords(marketo, lookAtImport(marketo, object, job, keyField)),
	};
}

/** Only companies and sales persons have numbers. */
function keyOf(id: string, field: string) {
	if (isByKey(id)) return keyInId(id, field);
	return { [field]: field === 'id' ? Number(id) : id };
}

function asDelete(outcome: WriteOutcome): WriteOutcome {
	if (outcome.kind !== 'refused' || outcome.refusal.code !== IN_USE) return outcome;
	const { reason, remedy } = outcome.refusal;
	return { kind: 'again', reason, remedy };
}
