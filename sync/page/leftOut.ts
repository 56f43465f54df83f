import { filterInWords, NATIVE_FILTER, rowsInWords, type SyncFilter } from '../filter';
import type { RecordItem } from '../items';
import { twoWayOf } from '../lanes/definition';
import { changeLink, dropLink, isOwed, unlinked, type Link } from '../ledger/links';
import { dropPlans, dropPlansOf } from '../ledger/plans';
import { metaValue } from '../ledger/meta';
import type { Db } from '../ledger/schema';
import { recordSubject } from '../ledger/subject';
import { SetUpProblem } from '../ports';
import { DONE, NO_PERSON, WRITE, type Fate } from './accounts';
import { keepTombstone } from './deletes';
import { findMade, wakeSecondaries } from './gone';
import { endLink, ofBoth } from './tombstones';
import { hasValues, keepFact, type Page } from './page';
import { planMark } from './plan';
import { unansweredTooYoung } from './unanswered';

/**
 * R54: a row that the filter leaves out says nothing, and nothing is said to it. It is not a deleted row: its person
 * stays, and the two go on with the bases that they had once it takes part again.
 */
export async function leaveOut(page: Page, row: RecordItem): Promise<Fate> {
	const link = page.known.links.get(recordSubject(row));
	switch (link?.state) {
		case 'active':
			return await leave(page, link, row);
		case 'leftOut':
			return await follow(page, link, row);
		case 'creating':
			return await leaveBeforeItIsMade(page, link, row);
		case 'goneInDynamics':
			// It is there again (R29), and goes on with what was known of it once it takes part.
			if (link.deletion) await keepTombstone(page, link);
			await changeLink(page.db, link, { state: 'leftOut', version: row.version ?? null });
			return await follow(page, link, row);
		case 'goneInMarketo':
			// R29: it does not follow its person any more.
			if (isOwed(link)) await changeLink(page.db, link, { deletion: null });
			return DONE;
		case 'secondary':
			// Nobody has looked at this version by the time it takes part again.
			await changeLink(page.db, link, { version: null });
			return DONE;
		default:
			return DONE;
	}
}

const LEAVES_OUT = 'The sync filter leaves the record out';

/** The person is being made at this moment: who was made is left afterwards, who was not is not wanted any more. */
async function leaveBeforeItIsMade(page: Page, link: Link, row: RecordItem): Promise<Fate> {
	const onItsWay = await findMade(page, link);
	if (onItsWay) return onItsWay;
	if (link.marketoId) return await leave(page, link, row);
	await dropPlans(
		page.db,
		(page.known.plans.get(link.id) ?? []).map(({ id }) => id),
	);
	await dropLink(page.db, link, 'creating');
	return DONE;
}

async function leave(page: Page, link: Link, row: RecordItem): Promise<Fate> {
	const { db, known, now } = page;
	const plans = known.plans.get(link.id) ?? [];
	const tooYoung = unansweredTooYoung(page, plans);
	if (tooYoung) return tooYoung;
	const person = link.marketoId!;
	known.partners.delete(person);
	page.out.counts.leftOut++;
	await endLink(
		page,
		link,
		{ state: 'leftOut', bases: ofBoth(page, link), version: row.version ?? null, updatedAt: now },
		LEAVES_OUT,
	);
	await dropPlansOf(db, link.id, ['unknown', 'echo']);
	await wakeSecondaries(page, person, link.id, 'Its contact is left out by the sync filter');
	return await follow(page, link, row);
}

/** What was chosen for its person. */
async function follow(page: Page, link: Link, row: RecordItem): Promise<Fate> {
	if (row.leftOut === 'unlink') {
		await changeLink(page.db, link, unlinked(page.now));
		return DONE;
	}
	return row.leftOut === 'flag' ? await flag(page, link) : DONE;
}

/** *Dynamics Left Out*, unless another record is the person's partner. */
async function flag(page: Page, link: Link): Promise<Fate> {
	const { leftOut } = twoWayOf(page.definition).marks;
	if (!leftOut || !page.fields.get(leftOut))
		throw new SetUpProblem(
			'Marketo has no field "Dynamics Left Out" to flag people whose lead or contact the sync filter leaves out',
			'Execute Prepare of the Marketo node, or choose another option under When a Record Is Left Out in Get Dynamics Changes',
		);
	if (!link.marketoId || page.known.partners.has(link.marketoId)) return DONE;
	const person = page.people.get(link.marketoId);
	if (person?.deleted) return DONE;
	if (!person || !hasValues(person)) return NO_PERSON;
	if (person.values[leftOut] === true) return DONE;
	await planMark(page, link, person, leftOut, 'Left out');
	return WRITE;
}

/** R54: whose person is needed although the row says nothing: to be flagged, to be handed on (R28), or on its way. */
export function needsPerson({ leftOut, values }: RecordItem, link: Link, master: string): boolean {
	if (!leftOut) return true;
	if (link.state === 'creating') return true;
	if (link.state !== 'active' && link.state !== 'leftOut') return false;
	return leftOut === 'flag' || Boolean(values[master]);
}

/** Of what goes one way: what was sent stays as it is (native-sync O4), and all of it is sent once the row takes part again. */
export async function leaveOutOneWay(
	page: Page,
	link: Link | undefined,
	row: RecordItem,
): Promise<Fate> {
	if (!link) return DONE;
	const generation = page.generations.get(row.table) ?? link.generation;
	if (link.state === 'creating' && link.marketoId === null) {
		await dropPlansOf(page.db, link.id, ['planned', 'unknown']);
		await dropLink(page.db, link, link.state);
		return DONE;
	}
	if (link.state === 'leftOut' || link.marketoId === null) {
		await changeLink(page.db, link, { generation });
		return DONE;
	}
	if (link.state === 'active') page.out.counts.leftOut++;
	// Whatever a write without an answer has come to: it is sent again by then.
	await dropPlansOf(page.db, link.id, ['unknown']);
	await endLink(
		page,
		link,
		{ state: 'leftOut', version: null, generation, updatedAt: page.now },
		LEAVES_OUT,
	);
	return DONE;
}

/** What the filter does in a page, for people who look at it. */
export function leftOutInWords({ rows, out }: Page): string[] {
	const all = rows.filter(({ leftOut }) => leftOut).length;
	if (all === 0) return [];
	const linked = out.counts.leftOut;
	const some = linked > 0 ? `, ${linked} of them linked until now` : '';
	return [
		`The sync filter leaves out ${all} ${all === 1 ? 'record' : 'records'} of this page${some}`,
	];
}

/** What the filter asks for, as *Show Status* and *Explain* say it. */
export async function keepFilterInWords(
	page: Page,
	filter: SyncFilter = NATIVE_FILTER,
): Promise<void> {
	const { ref, definition, tables } = page;
	const words = definition.tables.flatMap((table) => {
		const asked = filterInWords(filter, table, tables.get(table.name)!.columns);
		return asked ? [`${rowsInWords(table.label)}: ${asked}`] : [];
	});
	await keepFact(page, filterIn(ref.lane), words.join('. '));
}

/** Empty: everybody takes part. */
export async function filterAsked(db: Db, lane: string): Promise<string> {
	return (await metaValue(db, filterIn(lane))) ?? '';
}

export const filterIn = (lane: string) => `filter.${lane}`;
