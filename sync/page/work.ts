import type { RecordItem } from '../items';
import { changeLink, type Link } from '../ledger/links';
import { readSubject, recordSubject } from '../ledger/subject';
import {
	account,
	accountPair,
	closeAccounts,
	DONE,
	NO_PERSON,
	noteUnjudged,
	STAND,
	type Fate,
} from './accounts';
import { noteMoves } from './addresses';
import { peopleBeingLinked, waitsToBeLinked } from './beingLinked';
import { stayGone } from './comeBack';
import { planCreate } from './create';
import { keepTombstone, personFollows, rowOfDeleted } from './deletes';
import { confirmEcho, isSettledEcho, isUnmovedRow } from './echo';
import { flagDeleted, mayBeMarked, personGone, rowGone, stopOnMassDelete, type Gone } from './gone';
import { leaveOut } from './leftOut';
import { handOn, matcherOf, matchRow, wakeAfterMove, wakeOthers, type Matcher } from './match';
import { partMergedPair } from './mergedPairs';
import { hasValues, type Page } from './page';
import { workOneWay } from './oneWay';
import { accountHidden } from './outOfSight';
import { workPair } from './pair';
import { mergedRows, noteStandings, type MergedPair } from './standing';
import { tableOf } from './tables';
import { want, wantingOf, type Wanting } from './wanted';

/**
 * The way of every record of the page; of a two-way lane: people who are gone, rows (gone, linked or matched), then
 * people on their own. Each step returns the record's fate; `account` tells it to the ledger.
 * @throws MassDelete
 */
export async function work(page: Page, due: string[], notFound: string[] = []): Promise<void> {
	await stopOnMassDelete(page);
	if (page.definition.twoWay) await workBothWays(page, due);
	else {
		await accountHidden(page, due);
		await workOneWay(page);
	}
	for (const row of notFound) await account(page, row, undefined, NO_PERSON);
	await closeAccounts(page);
	const duePeople = [...page.people.values()].filter(({ because }) => because === 'due');
	page.out.counts.looked = page.rows.length + duePeople.length;
	page.out.counts.records = page.rows.length + page.people.size;
}

async function workBothWays(page: Page, due: string[]): Promise<void> {
	const gone: Gone[] = [];
	for (const person of page.people.values()) {
		await wakeAfterMove(page, person);
		if (person.deleted)
			await account(page, recordSubject(person), undefined, await personGone(page, person));
	}
	// Once it is known who is gone: a row that wants nobody for that stands in nobody's way (R29).
	const matcher = await matcherOf(page);
	await accountHidden(page, due);
	await noteStandings(page);
	const { merged, pairs, waiting } = await mergedRows(page);
	for (const one of merged) await handOn(page, one);
	noteMoves(page);
	for (const row of page.rows) {
		await wakeOthers(page, matcher, row);
		const pair = pairs.get(recordSubject(row));
		if (pair) await partFrom(page, pair);
		else if (row.deleted)
			await account(page, recordSubject(row), undefined, await rowGone(page, row, gone));
		else if (row.leftOut)
			await account(page, recordSubject(row), row.label, await leaveOut(page, row));
		else if (!waiting.has(recordSubject(row))) await workRow(page, matcher, row);
	}
	for (const one of gone) await partFromGone(page, one);
	const wanting = await wantingOf(page);
	const beingLinked = await peopleBeingLinked(page);
	for (const person of page.people.values()) {
		if (person.deleted || page.accounts.withRow.has(person.id)) continue;
		if (beingLinked.has(person.id)) await leaveForLater(page, person);
		else await workPerson(page, wanting, person);
	}
	for (const subject of due) {
		// A due record that neither came in nor was parked is tried later, not forgotten (R4).
		if (!page.came.has(subject) && readSubject(subject).table === page.definition.object)
			await account(page, subject, undefined, notLookedUp(page, subject) ?? NO_PERSON);
	}
}

/** By choice the person of a row that was deleted is deleted, too; otherwise marked. */
async function partFromGone(page: Page, { link, row, person }: Gone): Promise<void> {
	const owed = link.deletion !== null;
	const fate = await personFollows(page, link, row, person);
	if (owed) await accountPair(page, link, person, person.label, fate ?? DONE);
	if (fate === null && mayBeMarked(page, link)) await flagDeleted(page, { link, person });
}

/** R28: nothing else is said to a row that was merged, nor to the person it leaves behind. */
async function partFrom(page: Page, pair: MergedPair): Promise<void> {
	const { from, row } = pair;
	const person = page.people.get(from.marketoId!);
	const fate = await partMergedPair(page, pair);
	if (person) await accountPair(page, from, person, row.label, fate);
	else await account(page, recordSubject(row), row.label, fate);
}

async function workRow(page: Page, matcher: Matcher, row: RecordItem): Promise<void> {
	const link = page.known.links.get(recordSubject(row));
	if (link && isUnmovedRow(page.ledger, tableOf(page, link.table), link, row)) {
		await workUnmoved(page, link, row);
		// R49: it needed help by the rules of a time in which nobody looked whether a row is active.
		if (link.state === 'secondary' && link.isInactive && matcher.parkedAs.has(recordSubject(row)))
			await account(page, recordSubject(row), row.label, DONE);
		return;
	}
	const person = link?.state === 'active' ? page.people.get(link.marketoId!) : undefined;
	if (link && person && hasValues(person)) {
		await pairWith(page, link, row, person);
		return;
	}
	const fate = await workAlone(page, matcher, link, row);
	if (fate) await account(page, recordSubject(row), row.label, fate);
}

/** The row says nothing new; a change on the person's side is looked at with it. */
async function workUnmoved(page: Page, link: Link, row: RecordItem): Promise<void> {
	const person = link.marketoId ? page.people.get(link.marketoId) : undefined;
	const seen = {
		version: row.version ?? null,
		generation: page.generations.get(row.table) ?? link.generation,
	};
	if (seen.version !== link.version || seen.generation !== link.generation)
		await changeLink(page.db, link, seen);
	if (person && link.state === 'active' && hasValues(person))
		await pairWith(page, link, row, person);
}

/** A row whose person did not come in, or that has none yet. Null: it was paired and accounted for. */
async function workAlone(
	page: Page,
	matcher: Matcher,
	link: Link | undefined,
	row: RecordItem,
): Promise<Fate | null> {
	// It is restored before its person has followed.
	if (link?.state === 'goneInDynamics' && link.deletion) await keepTombstone(page, link);
	const refused = notLookedUp(page, recordSubject(row));
	// Whoever carries the row's id needs no e-mail to be found by.
	if (refused && !matcher.byStoredId.has(recordSubject(row))) return refused;
	if (link?.state === 'active')
		return {
			...NO_PERSON,
			reason: `The linked person ${link.marketoId} was not found in Marketo`,
		};
	if (link?.state === 'goneInMarketo') {
		const gone =
			(await rowOfDeleted(page, link, row)) ?? (await stayGone(page, matcher, link, row));
		if (gone) return gone;
	}
	const match = await matchRow(page, matcher, row);
	if (match.do === 'create') return await planCreate(page, match.link, row);
	if (match.do !== 'pair') return match;
	await pairWith(page, match.link, row, match.person);
	return null;
}

async function pairWith(page: Page, link: Link, row: RecordItem, person: RecordItem) {
	const fate = await workPair(page, link, row, person);
	await accountPair(page, link, person, row.label, fate);
}

/** A person whose Dynamics row did not come in. */
async function workPerson(page: Page, wanting: Wanting, person: RecordItem): Promise<void> {
	const link = page.known.partners.get(person.id);
	// Another record was looked for: two whose people have one e-mail would have each other read for ever (R46).
	if (link && person.because === 'partner' && !person.edits?.length) return;
	if (link && hasValues(person)) {
		const fate = await workPair(page, link, null, person);
		await accountPair(page, link, person, person.label, fate);
		return;
	}
	const refused = notLookedUp(page, recordSubject(person));
	const unlinked = () =>
		hasValues(person) ? want(page, wanting, person) : unseen(wanting, person);
	const fate = refused ?? (link ? await workUnread(page, link, person) : unlinked());
	await account(page, recordSubject(person), link ? undefined : person.label, fate);
	noteUnjudged(page, person, fate);
}

async function leaveForLater(page: Page, person: RecordItem): Promise<void> {
	const fate = waitsToBeLinked(page);
	await account(page, recordSubject(person), person.label, fate);
	noteUnjudged(page, person, fate);
}

/** R59: the log tells of a person whom Marketo does not answer (yet). Nobody is passed over for that. */
function unseen({ of }: Wanting, { because }: RecordItem): Fate {
	return of.length > 0 && because === 'feed' ? { ...NO_PERSON, ...NOT_ANSWERED } : DONE;
}

const NOT_ANSWERED = {
	reason:
		'The activity log names a person whom Marketo does not find, so it is unknown whether it is to be created in Dynamics',
	remedy:
		'If the person is there, give the API user access to its partition, then choose Retry; otherwise there is nothing to do',
};

/** R46: one value that Marketo does not look up keeps nobody else from being looked up. */
function notLookedUp(page: Page, subject: string): Fate | null {
	const refusal = page.notLookedUp.get(subject);
	if (!refusal) return null;
	const { reason, remedy } = refusal;
	return { do: 'help', code: 'notLookedUp', reason, remedy, emailKey: null };
}

/** A person who was not read: nothing came but our own writes, or there is nobody (any more). */
async function workUnread(page: Page, link: Link, person: RecordItem): Promise<Fate> {
	const plans = page.known.plans.get(link.id) ?? [];
	if (!isSettledEcho(page.ledger, page.fields, link, plans, person.edits ?? []))
		return { ...NO_PERSON, unjudged: true };
	await confirmEcho(page, link, plans, person);
	return STAND;
}
