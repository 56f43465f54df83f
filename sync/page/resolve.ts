import type {
	AllRecords,
	ConflictItem,
	FeedItem,
	HelpItem,
	WantedItem,
	WriteHead,
	WriteItem,
} from '../items';
import {
	assertCurrent,
	assertSameLedger,
	NotThisPage,
	readToken,
	type PageRef,
} from '../schedule/token';
import { countCommit } from '../schedule/restoreGuard';
import { isLogDue } from '../ledger/activityLog';
import { dayUsage, type DayUsage } from '../ledger/dayUsage';
import { forgetSeenBefore, noteSeen } from '../ledger/edits';
import { moveFeed } from '../ledger/feeds';
import { areFilesOpen } from '../ledger/files';
import { changeLane, findLane, openLane } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { countLinked, noteCounted } from '../ledger/links';
import { pinMapping, pinnedMapping, type PinnedMapping } from '../ledger/mappings';
import { wakeWhatIsAskedNoMore } from './conflicts';
import {
	addCounts,
	commitPage,
	NO_COUNTS,
	runOf,
	setRunMapping,
	SUPERSEDED,
	type RunCounts,
} from '../ledger/runs';
import type { Db } from '../ledger/schema';
import type { LaneDefinition } from '../lanes/definition';
import type { LaneMapping } from '../mapping';
import { mappingHash } from '../mappingHash';
import { ComeBackLater } from '../ports';
import { keepSwept } from './editsInMarketo';
import { acceptFeed, type Bookkeeping } from './feed';
import { takeUpEdition } from './fill';
import { closeFullReads } from './fullRead';
import { MassDelete } from './gone';
import { helpItems } from './helpItems';
import { assertIdFields } from './idFields';
import { keepOptions } from './keptOptions';
import { keepFilterInWords, leftOutInWords } from './leftOut';
import { lookAtNotEchoed } from './notEchoed';
import { OtherSync, stopAtOtherSync } from './otherSync';
import { loadPage, type Page } from './page';
import { wakeChildren } from './parents';
import type { Draft } from './plan';
import { problemItems } from './problemItems';
import { skippedItems } from './skippedItems';
import { wakeWanted } from './wanted';
import { work } from './work';

export interface Resolved {
	toDynamics: Array<WriteHead | WriteItem | WantedItem>;
	toMarketo: Array<WriteHead | WriteItem>;
	conflicts: ConflictItem[];
	needsHelp: HelpItem[];
	/** Hints for the node's output. */
	notes: string[];
	/** What happens in this page, in numbers. */
	counts: RunCounts;
	/** Of a preview: what is behind its writes, for people. */
	drafts: Draft[];
	/** Where people open records of Dynamics; empty where it is not known. */
	address: string;
	/** Of a preview of the mapping: how many linked records were looked at. */
	sample: number | null;
	/** Linked records in all, of a preview of the mapping. */
	ofAll: number;
	/** Of a preview that a first copy begins with, which takes many pages. */
	copy: { lane: string; rows: number; usage: DayUsage | undefined } | null;
	/** Of a preview of all records: what a trial run has found out. */
	all: AllRecords | null;
}

class Preview extends Error {}

/** R41: the page's mapping is another one than that of the run. */
class OtherMapping extends Error {}

const OTHER_MAPPING =
	'The field mapping was changed during this run. The run ends here; the next one starts at once, with the new mapping';

/**
 * *Resolve Sync Conflict*: takes in both feeds of one page, accounts for every id, decides, and stores
 * plans, bases and cursors in one ledger transaction (R4–R7). A preview rolls all of it back.
 */
export async function resolvePage(
	ledger: Ledger,
	definition: LaneDefinition,
	parts: {
		dynamicsItems: unknown[];
		marketoItems: unknown[];
		mapping: LaneMapping;
	},
): Promise<Resolved> {
	await refuseOldPage(ledger, [...parts.dynamicsItems, ...parts.marketoItems]);
	const dynamics = acceptFeed(definition, parts.dynamicsItems, 'dynamics');
	await waitForTheOther(ledger, dynamics.feed, parts.marketoItems);
	const marketo = acceptFeed(definition, parts.marketoItems, 'marketo');
	if (dynamics.feed.page !== marketo.feed.page) {
		throw new NotThisPage(
			'The two inputs come from different executions of the sync',
			'Connect both Get Changes nodes of one trigger to this node',
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
			const page = await loadPage(db, {
				ledger,
				ref,
				token: dynamics.feed.page,
				lane,
				preview,
				definition,
				mapping: parts.mapping,
				mappingHash: hash,
				dynamics,
				marketo,
			});
			assertIdFields(page.definition, page.fields);
			await work(page, dynamics.book.due, marketo.book.notFound);
			if (!preview) await stopAtOtherSync(page);
			if (!preview) await commit(page, [dynamics.book, marketo.book]);
			resolved = await handOut(page, dynamics.book);
			if (preview) throw new Preview();
		});
	} catch (error) {
		if (error instanceof MassDelete && !preview)
			await changeLane(ledger.db, ref.lane, {
				stopped: `${error.message}. Check the two systems, then resume the sync with "Allow Deletes"`,
			});
		if (error instanceof OtherSync)
			await changeLane(ledger.db, ref.lane, { stopped: error.message });
		if (error instanceof OtherMapping) return await endWithThisPage(ledger, ref);
		if (!(error instanceof Preview)) throw error;
	}
	return resolved!;
}

/** R41: nobody is at fault, and nothing of the page was decided: it hands out nothing, and the run ends with it. */
async function endWithThisPage({ db }: Ledger, { run }: PageRef): Promise<Resolved> {
	await setRunMapping(db, run, SUPERSEDED);
	return {
		toDynamics: [],
		toMarketo: [],
		conflicts: [],
		needsHelp: [],
		notes: [OTHER_MAPPING],
		counts: NO_COUNTS,
		drafts: [],
		address: '',
		sample: null,
		ofAll: 0,
		copy: null,
		all: null,
	};
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

/** R41: one run, one mapping. Kept in the ledger for the real-time workflow. */
async function pinForRun(db: Db, ledger: Ledger, { lane, run }: PageRef, pinned: PinnedMapping) {
	const { mappingHash } = await runOf(db, run);
	if (mappingHash && mappingHash !== pinned.hash) throw new OtherMapping();
	if (mappingHash) return;
	await setRunMapping(db, run, pinned.hash);
	const before = await pinnedMapping(db, lane);
	await pinMapping(db, lane, pinned, ledger.clock.now());
	if (!before || before.hash === pinned.hash) return;
	await wakeWhatIsAskedNoMore(db, ledger, { lane, run }, pinned.mapping);
	await wakeWanted(ledger, db, lane, [before.mapping, pinned.mapping]);
}

/** R6: the cursors move with the plans, if they still stand where the page found them. */
async function commit(page: Page, books: Bookkeeping[]) {
	const { db, ref, now, log, out } = page;
	const steps = books.flatMap((book) => book.steps);
	for (const { feed, from, to, drained, more } of steps) {
		const drainedIn = drained ? ref.run : null;
		const next = to === null ? null : { cursor: to, drainedIn, more };
		if (await moveFeed(db, ref.lane, feed, from, next)) continue;
		throw new NotThisPage(
			`The position in the ${feed} feed has moved since it was read`,
			'Nothing to do: the next execution reads from the present position',
		);
	}
	const { swept } = books[0]!;
	if (swept) await keepSwept(db, ref.lane, swept);
	await takeUpEdition(page);
	await keepFilterInWords(page, books[0]!.filter);
	await keepOptions(db, ref.lane, books[0]!);
	await countCommit(db);
	// R39: whoever waits for one of them goes on. Here those that were found; those that are made, once they are.
	const there = [...page.known.links.values()].filter(
		({ state, marketoId }) => state === 'active' && marketoId !== null,
	);
	await wakeChildren(page.ledger, db, ref.lane, there, ref.run);
	if (page.definition.twoWay && page.isAllRead) await noteCounted(db, ref.lane);
	if (page.definition.twoWay) await lookAtNotEchoed(page);
	await closeFullReads(page, books[0]!);
	await noteSeen(
		db,
		ref.lane,
		books.flatMap((book) => book.guids),
		now,
	);
	await forgetSeenBefore(db, log.certainTo - 4 * log.overlap);
	await commitPage(db, ref.run, ref.page, out.counts.records + steps.length);
	await addCounts(db, ref.run, out.counts);
}

async function handOut(page: Page, { isSample, all, toCopy }: Bookkeeping): Promise<Resolved> {
	const needsHelp = [
		...(await skippedItems(page)),
		...(await problemItems(page)),
		...(await helpItems(page)),
	];
	const { db, ref } = page;
	const log = !page.preview && (await isLogDue(db, ref.lane));
	const files = !page.preview && (await areFilesOpen(db, ref.lane));
	const { conflicts, counts, drafts, wanted } = page.out;
	const notes = [...page.out.notes, ...leftOutInWords(page)];
	const { marketo } = page.out.writes;
	const dynamics = [...page.out.writes.dynamics, ...wanted];
	const head = (side: 'dynamics' | 'marketo', count: number): WriteHead => ({
		kind: 'page',
		page: page.token,
		side,
		id: '',
		label: `${count} to write`,
		preview: page.preview,
	});
	return {
		toDynamics: dynamics.length > 0 ? [head('dynamics', dynamics.length), ...dynamics] : [],
		// What Dynamics refuses goes into the people's activity logs, and files are looked at: so Marketo's branch runs as well.
		toMarketo:
			marketo.length > 0 || log || files || dynamics.length > 0
				? [head('marketo', marketo.length), ...marketo]
				: [],
		conflicts,
		needsHelp,
		notes,
		counts,
		drafts,
		address: page.address,
		sample: isSample ? page.rows.length : null,
		ofAll: isSample ? await countLinked(db, ref.lane) : 0,
		copy: toCopy
			? { lane: ref.lane, rows: toCopy, usage: await dayUsage(db, 'marketo', page.now) }
			: null,
		all: all ?? null,
	};
}
