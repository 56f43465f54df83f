import { fingerprintOf } from '../fingerprint';
import type { RecordItem, Side } from '../items';
import { twoWayOf } from '../lanes/definition';
import { known, LOST } from '../ledger/bases';
import { closeQuestionsOf } from '../ledger/conflicts';
import { enqueueAfresh, wakeByEmail } from '../ledger/due';
import {
	basesOf,
	changeLink,
	countLinked,
	linksOfPeople,
	type Link,
	type LinkChange,
} from '../ledger/links';
import { dropPlansOf } from '../ledger/plans';
import { solveRefusalsOf } from '../ledger/refusals';
import { runOf } from '../ledger/runs';
import { linkSubject, recordSubject } from '../ledger/subject';
import { account, DONE, type Fate } from './accounts';
import { lastKnown } from './comeBack';
import { storedId } from './linkFields';
import { personMerged, survivorOf } from './merged';
import { hasValues, type Page } from './page';
import { standsForNothing } from './parents';
import { unansweredTooYoung } from './unanswered';
import { planMark } from './plan';
import { tableOf } from './tables';

/** Deletes in one run above this number and this share of the links stop the lane and ask (R35). */
const DELETES_AT_ONCE = 50;
const DELETES_SHARE = 0.05;

/** A row that was deleted, and the person it leaves behind. */
export interface Gone {
	link: Link;
	person: RecordItem;
}

/**
 * Native: a person deleted in Marketo is only unlinked; a later edit in Dynamics makes a new one (R29). One who
 * was merged lives on as somebody else (R49).
 */
export async function personGone(page: Page, person: RecordItem): Promise<Fate> {
	const { ledger, db, ref, known } = page;
	const { links, partners } = known;
	const survivor = survivorOf(page, person);
	if (survivor) return await personMerged(page, person, survivor);
	const left = [...links.values()].filter(
		({ marketoId, state }) =>
			marketoId === person.id && (state === 'active' || state === 'secondary'),
	);
	for (const link of left) {
		partners.delete(person.id);
		// Whoever stood behind its partner needs no help any more: nobody is there to stand behind.
		if (link.state === 'secondary') await account(page, linkSubject(link), undefined, DONE);
		await tombstone(page, link, 'goneInMarketo');
	}
	// R29, R54: nor does a row that is restored, or takes part again, bring back whom somebody has deleted after it.
	for (const link of links.values()) {
		if (link.marketoId === person.id && ['goneInDynamics', 'leftOut'].includes(link.state))
			await changeLink(db, link, { state: 'goneInMarketo', bases: ofTheRow(page, link) });
	}
	// Others who stood in its way by the e-mail may have a person of their own now.
	const own = left.map(linkSubject);
	for (const key of new Set(left.map(({ emailKey }) => emailKey)))
		await wakeByEmail(ledger, db, ref.lane, key, ...own);
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
		return DONE;
	}
	if (link.state === 'creating') {
		const onItsWay = await findMade(page, link);
		if (onItsWay) return onItsWay;
	}
	// R54: one that was left out says nothing, but that it is gone is known all the same.
	const wasPartner = ['active', 'leftOut', 'goneInDynamics'].includes(link.state);
	if (link.state !== 'goneInDynamics') {
		if (link.marketoId && partners.get(link.marketoId)?.id === link.id)
			partners.delete(link.marketoId);
		await tombstone(page, link, 'goneInDynamics');
		if (link.marketoId) await wakeSecondaries(page, link.marketoId, link.id);
	}
	const tooYoung = unansweredTooYoung(page, plans.get(link.id) ?? []);
	if (tooYoung) return tooYoung;
	await dropPlansOf(page.db, link.id, ['unknown']);
	const person = link.marketoId ? page.people.get(link.marketoId) : undefined;
	if (!wasPartner || !link.marketoId || person?.deleted || partners.has(link.marketoId))
		return DONE;
	if (!person || !hasValues(person)) {
		const reason = 'The person to be marked as deleted was not found';
		const remedy = 'Nothing to do if the person was deleted or merged in Marketo';
		return { do: 'retry', code: 'flagDeleted', reason, remedy };
	}
	gone.push({ link, person });
	return DONE;
}

/** *Microsoft is Deleted* is set on people whose row is gone, unless another row of the page is their partner now. */
export async function flagDeleted(page: Page, { link, person }: Gone): Promise<void> {
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
	return { do: 'wait', until: judgedAt, code: 'unanswered', reason };
}

export function unansweredCreate({ plans }: Page['known'], link: Link) {
	return (plans.get(link.id) ?? []).find((plan) => plan.operation === 'create');
}

export async function tombstone(page: Page, link: Link, to: 'goneInDynamics' | 'goneInMarketo') {
	const { db, now } = page;
	page.out.counts.gone++;
	const bases = to === 'goneInMarketo' ? ofTheRow(page, link) : ofBoth(page, link);
	await endLink(page, link, { state: to, bases, updatedAt: now }, 'The record was deleted');
	// Whether a write arrived at a row that is still there has to be seen.
	await dropPlansOf(
		db,
		link.id,
		['unknown', 'echo'],
		to === 'goneInMarketo' ? 'marketo' : undefined,
	);
}

/** No values flow any more: what is planned, was refused or asked waits for nobody. */
export async function endLink({ db }: Pick<Page, 'db'>, link: Link, to: LinkChange, why: string) {
	await changeLink(db, link, to);
	await dropPlansOf(db, link.id, ['planned']);
	await solveRefusalsOf(db, link.id);
	await closeQuestionsOf(db, link.id, why);
}

/** What the row held stays known: only a user's edit of it lifts the tombstone. */
const ofTheRow = (page: Page, link: Link): Link['bases'] => ({
	dynamics: lastKnown(page, link),
	marketo: new Map(),
});

/**
 * R29, R54: a row that is restored, or takes part again, goes on where it stopped. What became of writes that nobody has seen arrive is lost, but
 * where nothing was written: that has no other form (R14).
 */
export function ofBoth({ ledger, known: inHand, fields }: Page, link: Link): Link['bases'] {
	const bases = {
		dynamics: basesOf(ledger, link, 'dynamics'),
		marketo: basesOf(ledger, link, 'marketo'),
	};
	for (const [name, base] of bases.marketo) {
		if (base.kind !== 'unconfirmed') continue;
		const field = fields.get(name);
		const isNothing = field && base.hash === fingerprintOf(ledger.key, field, 'marketo', null);
		bases.marketo.set(name, isNothing ? known(base.hash) : LOST);
	}
	for (const { side, state, fields } of inHand.plans.get(link.id) ?? []) {
		if (state !== 'unknown') continue;
		for (const name of Object.keys(fields)) bases[side].set(name, LOST);
	}
	return bases;
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
	if (here.size === 0) return;
	const before = page.preview ? 0 : (await runOf(db, ref.run)).counts.gone;
	const gone = before + here.size;
	if (gone <= DELETES_AT_ONCE || gone <= lane.deletesAllowed) return;
	const linked = before + (await countLinked(db, ref.lane));
	if (gone > linked * DELETES_SHARE) throw new MassDelete(gone, linked, [...here.values()]);
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
