import { CannotDo } from '../cannotDo';
import { enqueue, settleSubjects } from '../ledger/due';
import { wakeByEmail } from '../ledger/help';
import type { Ledger } from '../ledger/ledger';
import { apart, changeLink, type Link } from '../ledger/links';
import { linkSubject } from '../ledger/subject';
import { endOfBoth } from '../page/deletes';
import { clearLink, refuseWhileWriting } from './forget';
import { PEOPLE, startSoon } from './lanes';
import { recordOf, type RecordReference } from './record';
import { recordName } from './words';

/**
 * Ends the link of a lead or contact with its person. Neither system is touched, and the two are not linked again by
 * themselves (R27): `linkByHand`, `syncAgain` and `forget` say otherwise. Whoever stood behind the row, or in its way by its
 * e-mail, is looked at again. Returns the row as the queue calls it.
 * @throws CannotDo where nothing is linked, or a write is on its way
 */
export async function unlink(ledger: Ledger, reference: RecordReference): Promise<string> {
	return await ledger.db.transaction().execute(async (db) => {
		const record = await recordOf(ledger, reference, db);
		const { link, others, subject } = record;
		if (link?.state === 'apart') return subject;
		assertLinked(link, recordName(record.table, record.id, record.label));
		await refuseWhileWriting(db, record);
		const now = ledger.clock.now();
		const { emailKey } = link;
		await clearLink(db, link);
		await changeLink(db, link, isThere(link) ? apart(link, now) : endOfBoth(now));
		await settleSubjects(
			db,
			PEOPLE,
			record.queue.map((row) => row.subject),
		);
		for (const other of others.filter(({ state }) => state === 'secondary'))
			await enqueue(ledger, db, {
				lane: PEOPLE,
				subject: linkSubject(other),
				code: 'partnerGone',
				reason: 'The contact or lead with the same e-mail was unlinked from the person',
				run: '',
				dueAt: now,
			});
		await wakeByEmail(ledger, db, PEOPLE, emailKey, subject);
		await startSoon(ledger, db, PEOPLE);
		return subject;
	});
}

const isThere = ({ state }: Link) => ['active', 'secondary', 'leftOut'].includes(state);

function assertLinked(link: Link | null, name: string): asserts link is Link {
	if (link && link.lane !== PEOPLE)
		throw new CannotDo(
			`${name} is not a lead or contact`,
			'Choose a lead or contact: only they can be unlinked from a person',
		);
	if (link && isThere(link)) return;
	// R29: its person was to be deleted with it, and is kept.
	if (link?.state === 'goneInDynamics' && link.marketoId && link.deletion) return;
	if (link && ['creating', 'reserved'].includes(link.state))
		throw new CannotDo(
			`${name} or its person is being created right now`,
			'Try again after the next run',
		);
	throw new CannotDo(
		`${name} is not linked with anybody`,
		'There is nothing to unlink; Explain shows the current status of this record',
	);
}
