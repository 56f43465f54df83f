import type { ConflictItem, FeedItem, HelpItem, RecordItem, WriteHead, WriteItem } from '../items';
import {
	assertCurrent,
	assertSameLedger,
	NotThisPage,
	readToken,
	type PageRef,
} from '../lane/token';
import { countCommit } from '../lane/witness';
import { isLogDue } from '../ledger/activityLog';
import type { Bases } from '../ledger/bases';
import { closeQuestionsOf } from '../ledger/conflicts';
import {
	dueOfSubjects,
	enqueue,
	enqueueAfresh,
	retryLater,
	settleSubjects,
	takenInHand,
} from '../ledger/due';
import { forgetSeenBefore, noteSeen } from '../ledger/edits';
import { moveFeed } from '../ledger/feeds';
import { changeLane, findLane, openLane } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { changeLink, countLinked, linksOfPeople, type Link } from '../ledger/links';
import { pinMapping, type PinnedMapping } from '../ledger/mappings';
import { dropPlans, dropPlansOf, OWN_FIELD, type Plan } from '../ledger/plans';
import { solveRefusalsOf } from '../ledger/refusals';
import { addCounts, commitPage, runOf, setRunMapping } from '../ledger/runs';
import type { Db } from '../ledger/schema';
import type { PeopleMapping } from '../mapping';
import { mappingHash } from '../mappingHash';
import type { PersonLinkFields } from '../ports';
import { ComeBackLater, SetUpProblem } from '../ports';
import { isSettledEcho, isUnmovedRow } from './echo';
import { acceptFeed, type Bookkeeping } from './feed';
import { matcher, matchRow, wakeAfterMove, wakeOthers, type Matcher } from './match';
import { keepEdits, linkSubject, loadPage, rowSubject, type PageState } from './pageState';
import {
	asItStands,
	confirmEcho,
	isEditedSince,
	lastKnown,
	planCreate,
	settlePair,
	unansweredTooYoung,
	valuesArrived,
} from './pair';
import { planWrite } from './plan';
import { tellHelp } from './tell';
import { closeFullReads } from './fullRead';

/** Deletes in one page above this number and this share of the links stop the lane and ask (R35). */
const DELETES_AT_ONCE = 50;
const DELETES_SHARE = 0.05;

export interface Resolved {
	toDynamics: Array<WriteHead | WriteItem>;
	toMarketo: Array<WriteHead | WriteItem>;
	conflicts: ConflictItem[];
	needsHelp: HelpItem[];
	/** Hints for the node's output. */
	notes: string[];
}

class Preview extends Error {}

/** A row that was deleted, and the person it leaves behind. */
interface Gone {
	link: Link;
	person: RecordItem;
}

/**
 * *Resolve Sync Conflict*: takes in both feeds of one page, accounts for every id, decides, and stores
 * plans, bases and cursors in one ledger transaction (R4–R7). A preview rolls all of it back.
 */
export async function resolvePage(
	ledger: Ledger,
	parts: {
		dynamicsItems: unknown[];
		marketoItems: unknown[];
		mapping: PeopleMapping;
		fields: PersonLinkFields;
	},
): Promise<Resolved> {
	await refuseOldPage(ledger, [...parts.dynamicsItems, ...parts.marketoItems]);
	const dynamics = acceptFeed(parts.dynamicsItems, 'dynamics');
	await waitForTheOther(ledger, dynamics.feed, parts.marketoItems);
	const marketo = acceptFeed(parts.marketoItems, 'marketo');
	if (dynamics.feed.page !== marketo.feed.page) {
		throw new NotThisPage(
			'The two inputs come from different pages of the sync',
			'Connect both get changes nodes of one trigger to this node',
		);
	}
	const ref = readToken(dynamics.feed.page);
	assertSameLedger(ledger, ref);
	const preview = dynamics.feed.preview || marketo.feed.preview;
	let resolved: Resolved | undefined;
	try {
		await ledger.db.transaction().execute(async (db) => {
			const lane = preview
				? await openLane(db, ref.lane, ledger.clock.now())
				: await assertCurrent(db, ledger, ref);
			const hash = mappingHash(parts.mapping);
			// Before the links are read: bases that another row has made are unset (R50).
			const pinned = { hash, mapping: parts.mapping };
			if (preview) await pinMapping(db, ref.lane, pinned, ledger.clock.now());
			else await pinForRun(db, ledger, ref, pinned);
			const state = await loadPage(db, {
				ledger,
				ref,
				token: dynamics.feed.page,
				lane,
				preview,
				mapping: parts.mapping,
				mappingHash: hash,
				fields: parts.fields,
				dynamics,
				marketo,
			});
			if (
				!state.personColumns.has(state.fields.leadId) ||
				!state.personColumns.has(state.fields.contactId)
			) {
				throw new SetUpProblem(
					'Marketo has no person fields for the Dynamics ids yet',
					'Run the Marketo node once with Resource "Setup" and Operation "Prepare"',
				);
			}
			await work(state, dynamics.book.due);
			if (!preview) await commit(state, [dynamics.book, marketo.book]);
			resolved = await handOut(state);
			if (preview) throw new Preview();
		});
	} catch (error) {
		if (error instanceof MassDelete && !preview)
			await changeLane(ledger.db, ref.lane, {
				stopped: `${error.message}. Check Dynamics, then resume the sync with "Allow Deletes"`,
			});
		if (!(error instanceof Preview)) throw error;
	}
	return resolved!;
}

/** Asked before the items are looked at: in an old execution that somebody retries, what was wrong with them is mended by now. */
async function refuseOldPage(ledger: Ledger, items: unknown[]): Promise<void> {
	const feed = (items as FeedItem[]).find((item) => item?.kind === 'page');
	if (!feed || feed.preview) return;
	const ref = readToken(feed.page);
	assertSameLedger(ledger, ref);
	await assertCurrent(ledger.db, ledger, ref);
}

/**
 * While Marketo asks to come back later its feed hands out nothing, and n8n goes on with the other input alone:
 * the workflow is as it should be, and what it waits for is said already.
 * @throws ComeBackLater
 */
async function waitForTheOther(
	{ db, clock }: Ledger,
	{ page }: FeedItem,
	marketoItems: unknown[],
): Promise<void> {
	if ((marketoItems as FeedItem[]).some((item) => item?.kind === 'page')) return;
	const ref = readToken(page);
	const lane = await findLane(db, ref.lane);
	if (lane?.run === ref.run && lane.waitingFor && lane.nextDue > clock.now())
		throw new ComeBackLater(lane.waitingFor, lane.nextDue - clock.now(), 'throttled');
}

/** The way of every record of the page: deleted rows, rows (matched or linked), then people on their own. */
async function work(state: PageState, due: string[]): Promise<void> {
	await stopOnMassDelete(state);
	const known = await matcher(state);
	const handled = new Set<string>();
	const gone: Gone[] = [];
	for (const person of state.people.values()) {
		await wakeAfterMove(state, person);
		if (person.deleted) await personGone(state, person);
	}
	for (const row of state.rows) {
		await wakeOthers(state, known, row);
		if (row.deleted) await rowGone(state, row, gone);
		else await workRow(state, known, row, handled);
	}
	for (const one of gone) await flagDeleted(state, one, handled);
	for (const person of state.people.values()) {
		if (!person.deleted && !handled.has(person.id)) await workPerson(state, person);
	}
	await keepEdits(state);
	await settleSubjects(state.db, state.ref.lane, state.settled);
	await takenInHand(state.db, state.ref.lane, state.inHand);
	await retryUnaccounted(state, due);
	state.counts.records = state.rows.length + state.people.size;
}

async function workRow(
	state: PageState,
	known: Matcher,
	row: RecordItem,
	handled: Set<string>,
): Promise<void> {
	const link = state.links.get(rowSubject(row));
	if (link && isUnmovedRow(state.ledger, state.mapping, state.columns[link.table], link, row)) {
		// A change on the person's side is looked at with this row.
		const person = link.marketoId ? state.people.get(link.marketoId) : undefined;
		const seen = {
			version: row.version ?? null,
			generation: state.generations.get(row.table) ?? link.generation,
		};
		if (seen.version !== link.version || seen.generation !== link.generation) {
			await changeLink(state.db, link, seen);
		}
		if (person && link.state === 'active' && hasValues(person)) {
			handled.add(person.id);
			await settlePair(state, link, row, person);
		}
		return;
	}
	if (link?.state === 'active') {
		const person = state.people.get(link.marketoId!);
		if (person && hasValues(person)) {
			handled.add(person.id);
			await settlePair(state, link, row, person);
			return;
		}
		const missing = {
			subject: rowSubject(row),
			code: 'personMissing',
			reason: `The linked person ${link.marketoId} was not found in Marketo`,
			remedy: 'Was it merged in Marketo? Choose Forget for this record to match it anew',
			lane: state.ref.lane,
			run: state.ref.run,
			label: row.label,
		};
		await retryLater(state.ledger, state.db, missing);
		return;
	}
	if (link?.state === 'goneInMarketo' && !(await mayComeBack(state, known, link, row))) return;
	const match = await matchRow(state, known, row);
	if (match.do === 'create') await planCreate(state, match.link, row);
	if (match.do === 'pair') {
		handled.add(match.person.id);
		await settlePair(state, match.link, row, match.person);
	}
}

/** R29: the person was deleted in Marketo. What we knew makes nobody new; a user's edit since does, or a person who asks for it. */
async function mayComeBack(
	state: PageState,
	known: Matcher,
	link: Link,
	row: RecordItem,
): Promise<boolean> {
	if (known.parkedAs.has(rowSubject(row)) || (await wasAskedFor(state, row))) return true;
	const unanswered = (state.plans.get(link.id) ?? []).filter(
		(plan) => plan.side === 'dynamics' && plan.state === 'unknown',
	);
	const isOurs = isOurSave(state, link, row, unanswered);
	if (!isOurs && isEditedSince(state, link, row)) return true;
	if (await unansweredTooYoung(state, link, unanswered)) return false;
	if (isOurs || unanswered.length > 0)
		await settleTombstone(
			state,
			link,
			isOurs ? asItStands(state, row) : valuesArrived(state, link, row, unanswered),
			unanswered,
		);
	await changeLink(state.db, link, {
		version: row.version ?? null,
		generation: state.generations.get(row.table) ?? link.generation,
	});
	state.settled.push(rowSubject(row));
	return false;
}

/** R45: nobody has saved the row since we did; what else it holds, a plug-in has made of our own write. */
function isOurSave({ me }: PageState, link: Link, row: RecordItem, unanswered: Plan[]): boolean {
	return (
		row.changedBy === me &&
		row.version !== link.version &&
		(link.version === null || unanswered.length > 0)
	);
}

/** R15: whether our last writes arrived at the row is seen; from here on what it holds is what was known. */
async function settleTombstone(
	state: PageState,
	link: Link,
	dynamics: Bases,
	unanswered: Plan[],
): Promise<void> {
	await changeLink(state.db, link, { bases: { ...link.bases, dynamics } });
	await dropPlans(
		state.db,
		unanswered.map(({ id }) => id),
	);
}

async function wasAskedFor(state: PageState, row: RecordItem): Promise<boolean> {
	if (row.because !== 'due') return false;
	const [asked] = await dueOfSubjects(state.db, state.ref.lane, [rowSubject(row)]);
	return asked?.code === 'retry' || asked?.code === 'syncAgain';
}

/** A person whose Dynamics row did not come in. */
async function workPerson(state: PageState, person: RecordItem): Promise<void> {
	const link = state.partners.get(person.id);
	if (!link) {
		state.settled.push(`person:${person.id}`);
		return;
	}
	if (hasValues(person)) {
		await settlePair(state, link, null, person);
		return;
	}
	const plans = state.plans.get(link.id) ?? [];
	if (isSettledEcho(state.ledger, state.personColumns, link, plans, person.edits ?? []))
		await confirmEcho(state, link, plans, person);
	else {
		state.unsettled.add(person.id);
		await retryLater(state.ledger, state.db, missingPerson(state, `person:${person.id}`));
	}
}

/** Native: a person deleted in Marketo is only unlinked; a later edit in Dynamics makes a new one (R29). */
async function personGone(state: PageState, person: RecordItem): Promise<void> {
	for (const link of state.links.values()) {
		if (link.marketoId !== person.id || (link.state !== 'active' && link.state !== 'secondary'))
			continue;
		state.partners.delete(person.id);
		await tombstone(state, link, 'goneInMarketo');
	}
	state.settled.push(`person:${person.id}`);
}

/** Native: a row deleted in Dynamics leaves the person alone and sets "Microsoft is Deleted". */
async function rowGone(state: PageState, row: RecordItem, gone: Gone[]): Promise<void> {
	const link = state.links.get(rowSubject(row));
	state.settled.push(rowSubject(row));
	if (!link || link.state === 'goneInMarketo') return;
	if (link.state === 'creating' && !(await findMade(state, link))) return;
	const wasPartner = link.state === 'active' || link.state === 'goneInDynamics';
	if (link.state !== 'goneInDynamics') {
		if (link.marketoId && state.partners.get(link.marketoId)?.id === link.id)
			state.partners.delete(link.marketoId);
		await tombstone(state, link, 'goneInDynamics');
		if (link.marketoId) await wakeSecondaries(state, link.marketoId, link.id);
	}
	if (await unansweredTooYoung(state, link, state.plans.get(link.id) ?? [])) {
		state.settled.pop();
		return;
	}
	await dropPlansOf(state.db, link.id, ['unknown']);
	const person = link.marketoId ? state.people.get(link.marketoId) : undefined;
	if (!wasPartner || !link.marketoId || person?.deleted || state.partners.has(link.marketoId))
		return;
	if (!person || !hasValues(person)) {
		await retryLater(state.ledger, state.db, {
			subject: rowSubject(row),
			code: 'flagDeleted',
			reason: 'The person to be marked as deleted was not found',
			remedy: 'Nothing to do if the person was deleted or merged in Marketo',
			lane: state.ref.lane,
			run: state.ref.run,
		});
		state.settled.pop();
		return;
	}
	gone.push({ link, person });
}

/** *Microsoft is Deleted* is set on people whose row is gone, unless another row of the page is their partner now. */
async function flagDeleted(
	state: PageState,
	{ link, person }: Gone,
	handled: Set<string>,
): Promise<void> {
	if (state.partners.has(person.id)) return;
	handled.add(person.id);
	const column = state.personColumns.get(state.fields.isDeleted);
	if (!column || person.values[state.fields.isDeleted] === true) return;
	const fields = new Map([
		[
			state.fields.isDeleted,
			{ row: OWN_FIELD, column, value: true, old: null, source: null, rule: 'Deleted in Dynamics' },
		],
	]);
	await planWrite(state, {
		link,
		side: 'marketo',
		operation: 'update',
		table: 'person',
		id: person.id,
		label: person.label,
		changedAt: null,
		version: null,
		fields,
		shown: {},
	});
	state.counts.toMarketo++;
}

/** R21: a create may be on its way although its source is gone; the person is asked for first. */
async function findMade(state: PageState, link: Link): Promise<boolean> {
	const field = link.table === 'lead' ? state.fields.leadId : state.fields.contactId;
	const made = [...state.people.values()].find(
		(person) => String(person.values[field] ?? '').toLowerCase() === link.dynamicsId,
	);
	const unanswered = (state.plans.get(link.id) ?? []).find((plan) => plan.operation === 'create');
	const judgedAt = unanswered
		? (unanswered.overAt ?? unanswered.createdAt) + state.ledger.timing.unansweredGrace
		: 0;
	if (!made && judgedAt > state.readAt.marketo) {
		state.settled.pop();
		await enqueue(state.ledger, state.db, {
			subject: linkSubject(link),
			dueAt: judgedAt,
			code: 'unanswered',
			reason: 'Waiting to see whether the person was made',
			lane: state.ref.lane,
			run: state.ref.run,
		});
		return false;
	}
	await changeLink(state.db, link, { marketoId: made?.id ?? null });
	link.state = 'active';
	return true;
}

async function tombstone(state: PageState, link: Link, to: 'goneInDynamics' | 'goneInMarketo') {
	const { db, now } = state;
	state.counts.gone++;
	// What the row held stays known: only a user's edit of it lifts the tombstone.
	const dynamics = to === 'goneInMarketo' ? lastKnown(state, link) : new Map();
	await changeLink(db, link, {
		state: to,
		bases: { dynamics, marketo: new Map() },
		updatedAt: now,
	});
	await dropPlansOf(db, link.id, ['planned']);
	// Whether a write arrived at a row that is still there has to be seen.
	await dropPlansOf(
		db,
		link.id,
		['unknown', 'echo'],
		to === 'goneInMarketo' ? 'marketo' : undefined,
	);
	await solveRefusalsOf(db, link.id);
	await closeQuestionsOf(db, link.id, 'The record is gone');
}

/** The partner is gone: a lead that stood behind a contact is matched anew (R27). */
async function wakeSecondaries(state: PageState, person: string, except: number) {
	const waiting = await linksOfPeople(state.db, state.ref.lane, [person], ['secondary']);
	for (const link of waiting.filter(({ id }) => id !== except)) {
		await enqueueAfresh(state.ledger, state.db, {
			subject: linkSubject(link),
			dueAt: state.now,
			code: 'partnerGone',
			reason: 'Its contact was deleted',
			lane: state.ref.lane,
			run: state.ref.run,
		});
	}
}

/** A due record that neither came in nor was parked is tried later, not forgotten (R4). */
async function retryUnaccounted(state: PageState, due: string[]) {
	for (const subject of due) {
		if (state.came.has(subject)) continue;
		if (subject.startsWith('person:')) {
			await retryLater(state.ledger, state.db, missingPerson(state, subject));
		}
	}
}

function missingPerson(state: PageState, subject: string) {
	return {
		subject,
		code: 'personMissing',
		reason: 'The person was not found in Marketo',
		remedy: 'Was it merged in Marketo? Choose Forget for this record to match it anew',
		lane: state.ref.lane,
		run: state.ref.run,
	};
}

function hasValues(person: RecordItem): boolean {
	return Object.keys(person.values).length > 0;
}

async function stopOnMassDelete(state: PageState) {
	const gone = state.rows.filter(
		(row) =>
			row.deleted &&
			['active', 'secondary'].includes(state.links.get(rowSubject(row))?.state ?? ''),
	).length;
	if (gone <= DELETES_AT_ONCE || gone <= state.lane.deletesAllowed) return;
	const linked = await countLinked(state.db, state.ref.lane);
	if (gone > linked * DELETES_SHARE) throw new MassDelete(gone, linked);
}

/** R35: too many deletes at once; the lane stops and asks. */
export class MassDelete extends Error {
	constructor(
		readonly gone: number,
		readonly linked: number,
	) {
		super(
			`Dynamics reports ${gone} of ${linked} linked records as deleted at once. The sync stopped before marking them in Marketo`,
		);
		this.name = 'MassDelete';
	}
}

/** R41: one run, one mapping. Kept in the ledger for the real-time workflow. */
async function pinForRun(db: Db, { clock }: Ledger, { lane, run }: PageRef, pinned: PinnedMapping) {
	const { mappingHash } = await runOf(db, run);
	if (mappingHash && mappingHash !== pinned.hash) {
		throw new NotThisPage(
			'The field mapping was changed while this run was on',
			'Nothing to do: the next run uses the new mapping',
		);
	}
	if (mappingHash) return;
	await setRunMapping(db, run, pinned.hash);
	await pinMapping(db, lane, pinned, clock.now());
}

/** R6: the cursors move with the plans, if they still stand where the page found them. */
async function commit(state: PageState, books: Bookkeeping[]) {
	const { db, ref } = state;
	const steps = books.flatMap((book) => book.steps);
	for (const { feed, from, to, drained } of steps) {
		if (
			await moveFeed(db, ref.lane, feed, from, { cursor: to, drainedIn: drained ? ref.run : null })
		)
			continue;
		throw new NotThisPage(
			`The position in the ${feed} feed has moved since this page read it`,
			'Nothing to do: the next page reads from the present position',
		);
	}
	await countCommit(db);
	await closeFullReads(state, books[0]!);
	await noteSeen(
		db,
		ref.lane,
		books.flatMap((book) => book.guids),
		state.now,
	);
	await forgetSeenBefore(db, state.now - 4 * state.ledger.timing.overlap);
	await commitPage(db, ref.run, ref.page, state.counts.records + steps.length);
	await addCounts(db, ref.run, state.counts);
	await changeLane(db, ref.lane, { crashes: 0 });
}

async function handOut(state: PageState): Promise<Resolved> {
	const needsHelp = await tellHelp(state);
	const log = !state.preview && (await isLogDue(state.db, state.ref.lane));
	const { dynamics, marketo, conflicts, notes } = state.out;
	const head = (side: 'dynamics' | 'marketo', count: number): WriteHead => ({
		kind: 'page',
		page: state.token,
		side,
		id: '',
		label: `${count} to write`,
		preview: state.preview,
	});
	return {
		toDynamics: dynamics.length > 0 ? [head('dynamics', dynamics.length), ...dynamics] : [],
		// What Dynamics refuses goes into the people's activity logs: so Marketo's branch runs as well.
		toMarketo:
			marketo.length > 0 || log || dynamics.length > 0
				? [head('marketo', marketo.length), ...marketo]
				: [],
		conflicts,
		needsHelp,
		notes,
	};
}
