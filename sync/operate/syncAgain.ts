import type { Ledger } from '../ledger/ledger';
import { enqueue } from '../ledger/due';
import { changeLink, noBases, unlinked } from '../ledger/links';
import { subjectOf } from '../ledger/subject';
import { PERSON } from '../lanes/people';
import { lanesOfTable, startSoon } from './lanes';
import { findRecord, readReference, recordOf, type RecordReference } from './record';

export interface SyncAgain {
	/**
	 * The values of the last comparison are forgotten: where the two sides differ, the rules for a first
	 * contact decide, and say so.
	 */
	asIfNeverCompared?: boolean;
}

/**
 * Both sides of a record are read and compared with the next page. A lead or contact that the sync has
 * never met, or that a person has unlinked, is read as well, so that it can be matched. Returns the record as the queue calls it.
 * @throws CannotDo for a person, or an id without a table, that the sync has never met
 */
export async function syncAgain(
	ledger: Ledger,
	reference: RecordReference,
	options: SyncAgain = {},
): Promise<string> {
	return await ledger.db.transaction().execute(async (db) => {
		const { id, table } = readReference(reference);
		const known = await findRecord(ledger, reference, db);
		const isNew = known === null && table !== undefined && table !== PERSON;
		const lane = known?.lane ?? (await lanesOfTable(db, table ?? PERSON))[0]!;
		const subject = isNew
			? subjectOf(table, id)
			: (known ?? (await recordOf(ledger, reference, db))).subject;
		await enqueue(ledger, db, {
			lane,
			subject,
			dueAt: ledger.clock.now(),
			code: 'syncAgain',
			reason: 'A person chose Sync Again',
			run: '',
			label: known?.label,
			isAsked: true,
		});
		// R27: what a person has unlinked is matched again.
		if (known?.link?.state === 'apart')
			await changeLink(db, known.link, { ...unlinked(ledger.clock.now()), version: null });
		if (known?.link && options.asIfNeverCompared) {
			await changeLink(db, known.link, { bases: noBases(), updatedAt: ledger.clock.now() });
		}
		await startSoon(ledger, db, lane);
		return subject;
	});
}
