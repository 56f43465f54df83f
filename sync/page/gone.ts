import type { RecordItem, Side } from '../items';
import { twoWayOf } from '../lanes/definition';
import { enqueueAfresh, UNANSWERED } from '../ledger/due';
import { helpIsOver } from '../ledger/help';
import { changeLink, countLinked, countUncounted, linksOfPeople, type Link } from '../ledger/links';
import { dropPlansOf } from '../ledger/plans';
import type { WhenRowDeleted } from '../mapping';
import { linkSubject, recordSubject } from '../ledger/subject';
import { NO_ACCESS } from '../ports';
import { account, DONE, STAND, type Fate } from './accounts';
import {
	endBoth,
	endOfBoth,
	keepTombstone,
	rowFollows,
	tombstoneOwing,
	wasOurDelete,
} from './deletes';
import { storedId } from './linkFields';
import { personMerged, survivorOf } from './merged';
import { hasValues, type Page } from './page';
import { standsForNothing } from './parents';
import { wakeRivals } from './rivals';
import { ofTheRow, tombstone } from './tombstones';
import { unansweredTooYoung } from './unanswered';
import { planMark } from './plan';
import { tableOf } from './tables';

/** Deletes in one run above this number and this share of the links stop the lane and ask (R35). */
const DELETES_AT_ONCE = 50;
const DELETES_SHARE = 0.05;

/** A row that was deleted, and the person it leaves behind. */
export interface Gone {
	link: Link;
	row: RecordItem;
	person: RecordItem;
}

/**
 * Native: a person deleted in Marketo is only unlinked; a later edit in Dynamics makes a new one (R29). One who
 * was merged lives on as somebody else (R49).
 */
export async function personGone(page: Page, person: RecordItem): Promise<Fate> {
	const { db, ref, known } = page;
	const { links, partners } = known;
	const survivor = survivorOf(page, person);
	if (survivor) return await personMerged(page, person, survivor);
	// Whoever makes a row for them at this moment finds it to be known by then.
	const left = [...links.values()].filter(
		({ marketoId, state }) =>
			marketoId === person.id && ['active', 'secondary', 'reserved'].includes(state),
	);
	const own = left.map(linkSubject);
	for (const link of left) {
		partners.delete(person.id);
		// Others may have a person of their own now.
		await wakeRivals(page, link, ...own);
		// Whoever stood behind its partner needs no help any more: nobody is there to stand behind.
		if (link.state === 'secondary') await account(page, linkSubject(link), undefined, DONE);
		const isPartner = link.state === 'active';
		if (await wasOurDelete(page, link)) continue;
		await tombstone(page, link, 'goneInMarketo');
		// What it needed help for was between the two: who has everything tried again does not ask for somebody new.
		if (isPartner) await helpIsOver(db, ref.lane, linkSubject(link), NO_ACCESS);
		if (isPartner) await rowFollows(page, link);
	}
	// R29, R54: nor does a row that is restored, or takes part again, bring back whom somebody has deleted after it.
	for (const link of links.values()) {
		if (link.marketoId !== person.id || !['goneInDynamics', 'leftOut'].includes(link.state))
			continue;
		if (await wasOurDelete(page, link)) continue;
		const bases = ofTheRow(page, link);
		await changeLink(db, link, { state: 'goneInMarketo', bases, deletion: null });
	}
	return DONE;
}

/** Native: a row deleted in Dynamics leaves the person alone and sets "Microsoft is Deleted". */
export async function rowGone(page: Page, row: RecordItem, gone: Gone[]): Promise<Fate> {
	const { links, partners, plans } = page.known;
	const link = links.get(recordSubject(row));
	// R27: one that a person has unlinked stays so, should it be restored.
	if (!link || link.state === 'apart') return DONE;
	if (link.state === 'goneInMarketo') {
		// R15: whether a write arrived at a row that is gone matters to nobody.
		await dropPlansOf(page.db, link.id, ['unknown']);
		if (link.deletion) await endBoth(page, link);
		return DONE;
	}
	if (link.state === 'creating') {
		const onItsWay = await findMade(page, link);
		if (onItsWay) return onItsWay;
	}
	// R54: one that was left out says nothing, but that it is gone is known all the same.
	const wasPartner = ['active', 'leftOut', 'goneInDynamics'].includes(link.state);
	if (link.state !== 'goneInDynamics') {
		const choice = whenRowDeleted(page, link);
		if (link.marketoId && partners.get(link.marketoId)?.id === link.id)
			partners.delete(link.marketoId);
		if (choice === 'delete') await tombstoneOwing(page, link);
		else await tombstone(page, link, 'goneInDynamics');
		if (link.marketoId) await wakeSecondaries(page, link.marketoId, link.id);
		// Where nothing is said of this one, an earlier one of the person's is what is gone.
		if (link.marketoId && !mayBeMarked(page, link)) await wakeGone(page, link.marketoId);
		if (wasPartner && choice === 'unlink') await changeLink(page.db, link, endOfBoth(page.now));
	}
	if (wasPartner && whenRowDeleted(page, link) === 'ignore') {
		if (link.deletion) await keepTombstone(page, link);
		return DONE;
	}
	const tooYoung = unansweredTooYoung(page, plans.get(link.id) ?? []);
	if (tooYoung) return tooYoung;
	await dropPlansOf(page.db, link.id, ['unknown']);
	const person = link.marketoId ? page.people.get(link.marketoId) : undefined;
	if (!wasPartner || !link.marketoId || person?.deleted || partners.has(link.marketoId)) {
		if (link.deletion) await keepTombstone(page, link);
		return DONE;
	}
	if (!person || !hasValues(person)) {
		const reason = 'The person to be marked as deleted was not found';
		const remedy = 'Nothing to do if the person was deleted or merged in Marketo';
		return { do: 'retry', code: 'flagDeleted', reason, remedy };
	}
	gone.push({ link, row, person });
	return link.deletion ? STAND : DONE;
}

/** What was chosen; of a row that the filter leaves out nothing is done to its person but what Adobe does (R54). */
function whenRowDeleted(page: Page, link: Link): WhenRowDeleted | undefined {
	const choice = tableOf(page, link.table).mapping.whenRowDeleted;
	return choice === 'delete' && link.state === 'leftOut' ? undefined : choice;
}

/** Where the row's person is only to be left alone there is no mark. */
export function mayBeMarked(page: Page, link: Link): boolean {
	const { whenRowDeleted } = tableOf(page, link.table).mapping;
	return whenRowDeleted === undefined || whenRowDeleted === 'delete';
}

/** *Microsoft is Deleted* is set on people whose row is gone, unless another row of the page is their partner now. */
export async function flagDeleted(
	page: Page,
	{ link, person }: Pick<Gone, 'link' | 'person'>,
): Promise<void> {
	const { isDeleted } = twoWayOf(page.definition).marks;
	if (page.known.partners.has(person.id) || hasOneLeftOut(page, person.id)) return;
	page.accounts.withRow.add(person.id);
	if (!page.fields.get(isDeleted) || person.values[isDeleted] === true) return;
	await planMark(page, link, person, isDeleted, 'Deleted in Dynamics');
}

/** R54: a person of whose rows another one is left out is still in Dynamics. */
function hasOneLeftOut({ known }: Page, person: string): boolean {
	return [...known.links.values()].some(
		({ marketoId, state }) => marketoId === person && state === 'leftOut',
	);
}

/** R21: a create may be on its way although its source is gone; the person is asked for first. Null: it is known by now. */
export async function findMade(page: Page, link: Link): Promise<Fate | null> {
	const field = tableOf(page, link.table).definition.idField;
	const made = [...page.people.values()].find(
		(person) => storedId(person.values, field) === link.dynamicsId,
	);
	const onItsWay = made ? null : createOnItsWay(page, link);
	if (onItsWay) return onItsWay;
	await changeLink(page.db, link, { marketoId: made?.id ?? null });
	link.state = 'active';
	return null;
}

/** R23: a create that was not answered is not made again before it must have shown. */
export function createOnItsWay({ ledger, known, readAt }: Page, link: Link): Fate | null {
	const unanswered = unansweredCreate(known, link);
	if (!unanswered) return null;
	const judgedAt = (unanswered.overAt ?? unanswered.createdAt) + ledger.timing.unansweredGrace;
	if (judgedAt <= readAt.marketo) return null;
	const reason = 'Waiting to see whether the person was created';
	return { do: 'wait', until: judgedAt, code: UNANSWERED, reason };
}

export function unansweredCreate({ plans }: Page['known'], link: Link) {
	return (plans.get(link.id) ?? []).find((plan) => plan.operation === 'create');
}

/** R29: rows of the person that were deleted are looked at again: nobody else is in the way of the mark any more. */
async function wakeGone(page: Page, person: string): Promise<void> {
	const gone = await linksOfPeople(page.db, page.ref.lane, [person], ['goneInDynamics']);
	for (const link of gone)
		await enqueueAfresh(page.ledger, page.db, {
			subject: linkSubject(link),
			dueAt: page.now,
			code: 'partnerGone',
			reason: 'Another record of its person was deleted, too',
			lane: page.ref.lane,
			run: page.ref.run,
		});
}

/** The partner is gone: a lead that stood behind a contact is matched anew (R27). */
export async function wakeSecondaries(
	page: Page,
	person: string,
	except: number,
	reason = 'Its contact was deleted',
) {
	const waiting = await linksOfPeople(page.db, page.ref.lane, [person], ['secondary']);
	for (const link of waiting.filter(({ id }) => id !== except)) {
		await enqueueAfresh(page.ledger, page.db, {
			subject: linkSubject(link),
			dueAt: page.now,
			code: 'partnerGone',
			reason,
			lane: page.ref.lane,
			run: page.ref.run,
		});
	}
}

/**
 * R35: before anything of it is done. What the run has carried out counts, so that small pages hide nothing.
 * @throws MassDelete
 */
export async function stopOnMassDelete(page: Page): Promise<void> {
	const { db, ref, lane } = page;
	const here = linksLeft(page);
	const { carriedOut, uncounted } = await goneBefore(page);
	if (here.size + uncounted === 0) return;
	const before = carriedOut + uncounted;
	const gone = before + here.size;
	if (gone <= DELETES_AT_ONCE || gone <= lane.deletesAllowed) return;
	const linked = before + (await countLinked(db, ref.lane));
	if (gone > linked * DELETES_SHARE) throw new MassDelete(gone, linked, [...here.values()]);
}

/** In this run; and, before anything follows them, in earlier ones that did not get that far. */
async function goneBefore({ db, ref, isAllRead, definition, run }: Page) {
	if (!run) return { carriedOut: 0, uncounted: 0 };
	const isEnd = isAllRead && definition.twoWay !== null;
	const uncounted = isEnd ? await countUncounted(db, ref.lane, run.startedAt) : 0;
	return { carriedOut: run.counts.gone, uncounted };
}

/** Links of which one side was deleted, and where: a person who was merged lives on. */
function linksLeft(page: Page): Map<Link, Side> {
	const { rows, people, known } = page;
	const left = new Map<Link, Side>();
	const isLinked = ({ state }: Link) => ['active', 'secondary', 'leftOut'].includes(state);
	for (const row of rows) {
		const link = known.links.get(recordSubject(row));
		const isGone = row.deleted === true || standsForNothing(page.tables, row);
		if (isGone && link && isLinked(link)) left.set(link, 'dynamics');
	}
	for (const link of known.links.values()) {
		const person = link.marketoId === null ? undefined : people.get(link.marketoId);
		if (person?.deleted && isLinked(link) && !left.has(link) && !survivorOf(page, person))
			left.set(link, 'marketo');
	}
	return left;
}

/** R35: too many deletes at once; the lane stops and asks. */
export class MassDelete extends Error {
	constructor(
		readonly gone: number,
		readonly linked: number,
		where: Side[],
	) {
		const [side, other] = [...new Set(where)];
		const system = other ? 'Dynamics and Marketo' : side === 'marketo' ? 'Marketo' : 'Dynamics';
		super(
			`Of ${linked} linked records ${gone} were deleted in one run, most recently in ${system}. The sync stopped before it processed them`,
		);
		this.name = 'MassDelete';
	}
}
