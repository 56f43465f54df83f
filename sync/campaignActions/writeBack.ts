import { enqueue, notDueFor, WRITE_BACK } from '../ledger/due';
import { linksById, type Link } from '../ledger/links';
import type { Db } from '../ledger/schema';
import { twoWayOf } from '../lanes/definition';
import { PEOPLE } from '../lanes/people';
import { linkFields, syncTime } from '../page/linkFields';
import { linkSubject } from '../ledger/subject';
import type { MarketoPort } from '../ports';
import type { Raw } from '../values';
import type { Batch, Candidate } from './batch';

/**
 * The ids, *Microsoft Type* and the rest of what sync keeps on the person, for everybody in one call.
 * What does not arrive is put right by the next page, which compares these fields anyway.
 */
export async function writeBack(batch: Batch<MarketoPort>): Promise<void> {
	const { ledger, marketo } = batch;
	const linked = [...batch.candidates.values()].filter((candidate) => candidate.linked);
	for (let from = 0; from < linked.length; from += marketo.batchSize) {
		const together = await stillLinked(batch, linked.slice(from, from + marketo.batchSize));
		if (together.length === 0) continue;
		const updates = together.map((candidate) => ({
			id: candidate.action.person,
			values: ownValues(batch, candidate),
		}));
		const outcomes = await marketo
			.update(updates)
			.catch((error: Error) =>
				together.map(() => ({ kind: 'unknown' as const, reason: error.message })),
			);
		for (const [index, { linked: made, label }] of together.entries()) {
			if (outcomes[index]?.kind !== 'ok')
				await enqueue(ledger, ledger.db, {
					...expected(batch, made!.link),
					dueAt: ledger.clock.now(),
					label,
				});
		}
		const written = together
			.filter((_, index) => outcomes[index]?.kind === 'ok')
			.map((candidate) => linkSubject(candidate.linked!.link));
		await notDueFor(ledger.db, PEOPLE, written, WRITE_BACK);
	}
}

/** Without those whose row was deleted meanwhile: a page has marked the person since. */
async function stillLinked({ ledger }: Batch, candidates: Candidate[]): Promise<Candidate[]> {
	const links = await linksById(
		ledger.db,
		candidates.map(({ linked }) => linked!.link.id),
	);
	return candidates.filter(({ linked }) => links.get(linked!.link.id)?.state === 'active');
}

/** Kept with the new row: whoever dies before the ids are on the person leaves that to the next page. */
export async function expectWriteBack(
	batch: Batch,
	db: Db,
	link: Link,
	label: string,
): Promise<void> {
	const dueAt = batch.ledger.clock.now() + batch.by.idsWithin;
	await enqueue(batch.ledger, db, { ...expected(batch, link), dueAt, label });
}

function expected({ by }: Batch, link: Link) {
	return {
		lane: PEOPLE,
		subject: linkSubject(link),
		code: WRITE_BACK,
		reason: 'The IDs were not written to the person yet',
		run: by.run,
		mayBeOver: true,
	};
}

/**
 * The link fields of a person who was linked just now, with the time. The mark of a deleted row is taken off only
 * where it is: a call that arrives late would take off that of a page.
 */
function ownValues(batch: Batch, { linked, person }: Candidate): Record<string, Raw> {
	const { link, createdOn } = linked!;
	const now = syncTime(batch.ledger.clock.now());
	const { lastSync, isDeleted } = twoWayOf(batch.definition).marks;
	const own: Array<[string, Raw]> = [...linkFields(batch, link, createdOn), [lastSync, now]];
	const isMarked = person?.values[isDeleted] === true;
	return Object.fromEntries(
		own.filter(([name]) => batch.fields.has(name) && (name !== isDeleted || isMarked)),
	);
}
