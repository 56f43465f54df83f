import { CannotDo } from '../cannotDo';
import type { Ledger } from '../ledger/ledger';
import { enqueue, settleSubjects } from '../ledger/due';
import { wakeByEmail } from '../ledger/help';
import { linkOfRow, linksOfPeople, noBases, putLink, type Link } from '../ledger/links';
import type { Db } from '../ledger/schema';
import { subjectOf } from '../ledger/subject';
import { PERSON } from '../lanes/people';
import { clearLink, refuseWhileWriting } from './forget';
import { PEOPLE, startSoon } from './lanes';
import { recordOf, type RecordReference } from './record';
import { recordName } from './words';

/** A person says who belongs together: a lead or contact that the sync has met, and somebody in Marketo. */
export interface Linking {
	row: RecordReference;
	/** Marketo's id of the person. */
	person: string;
}

export interface LinkedByHand {
	/** The row as the queue calls it. */
	record: string;
	/** Whom it was with before, and who carries its ID still; null: nobody that the sync knows of. */
	before: string | null;
}

/**
 * Links the two, whatever their e-mails say. Neither system is touched: with the next page both are read, and meet as at a
 * first contact (R26). Whoever stood in the row's way by its e-mail is looked at again (R27).
 * @throws CannotDo where either is linked with somebody else, or a write is on its way
 */
export async function linkByHand(ledger: Ledger, { row, person }: Linking): Promise<LinkedByHand> {
	const id = person.trim();
	if (!/^\d{1,15}$/.test(id))
		throw new CannotDo(
			id ? `"${id}" is not a Marketo ID` : 'No person was entered',
			'Enter the Marketo Unique ID of the person: the number in the URL of the person in Marketo',
		);
	return await ledger.db.transaction().execute(async (db) => {
		const record = await recordOf(ledger, row, db);
		if (record.lane !== PEOPLE || record.table === PERSON)
			throw new CannotDo(
				`${recordName(record.table, record.id, record.label)} is not a lead or contact`,
				'Choose the lead or contact of Dynamics that the person belongs to',
			);
		const link = (await linkOfRow(db, PEOPLE, record.table, record.id)) ?? undefined;
		const before = link?.marketoId && link.marketoId !== id ? link.marketoId : null;
		if (link?.state === 'active' && link.marketoId === id)
			return { record: record.subject, before };
		await refuseWhoIsTaken(db, link, id);
		if (link) {
			await refuseWhileWriting(db, record);
			await clearLink(db, link);
		}
		const now = ledger.clock.now();
		await putLink(
			db,
			link,
			{ lane: PEOPLE, table: record.table, dynamicsId: record.id, object: PERSON },
			{
				state: 'active',
				marketoId: id,
				version: null,
				emailKey: null,
				bases: noBases(),
				wrote: {},
				editTimes: {},
				keyId: ledger.key.id,
				generation: link?.generation ?? 0,
				updatedAt: now,
			},
		);
		const keys = new Set([link?.emailKey, ...record.queue.map(({ emailKey }) => emailKey)]);
		for (const key of keys) await wakeByEmail(ledger, db, PEOPLE, key ?? null, record.subject);
		await settleSubjects(db, PEOPLE, [record.subject, subjectOf(PERSON, id)]);
		await enqueue(ledger, db, {
			lane: PEOPLE,
			subject: record.subject,
			label: record.label,
			code: 'linkedByHand',
			reason: 'It was linked by hand, so both sides are read',
			run: '',
			dueAt: now,
		});
		await startSoon(ledger, db, PEOPLE);
		return { record: record.subject, before };
	});
}

/** R27: one partner; who has another one is parted from it first. */
async function refuseWhoIsTaken(db: Db, link: Link | undefined, person: string): Promise<void> {
	if (link && ['creating', 'reserved'].includes(link.state))
		throw new CannotDo(
			`${recordName(link.table, link.dynamicsId, '')} or its person is being created right now`,
			'Try again after the next run',
		);
	if (link?.state === 'active')
		throw new CannotDo(
			`${recordName(link.table, link.dynamicsId, '')} is linked with person ${link.marketoId}`,
			'Choose Unlink for this lead or contact first, then Link by Hand again',
		);
	const [other] = await linksOfPeople(db, PEOPLE, [person], ['active', 'reserved']);
	if (other)
		throw new CannotDo(
			`Person ${person} is linked with ${recordName(other.table, other.dynamicsId, '')}`,
			'Choose Unlink for that record first, then Link by Hand again; or merge the two records in Dynamics',
		);
}
