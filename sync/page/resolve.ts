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
import { OWN_USER } from '../schedule/systems';
import { isLogDue } from '../ledger/activityLog';
import { dayUsage, type DayUsage } from '../ledger/dayUsage';
import { forgetSeenBefore, noteSeen } from '../ledger/edits';
import { moveFeed } from '../ledger/feeds';
import { areFilesOpen } from '../ledger/files';
import { changeLane, openLane, type Lane } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { countLinked, hasRecord, noteCounted } from '../ledger/links';
import { metaValues } from '../ledger/meta';
import { pinMapping, pinnedMapping, type PinnedMapping } from '../ledger/mappings';
import { wakeWhatIsAskedNoMore } from './conflicts';
import {
	addCounts,
	commitPage,
	NO_COUNTS,
	runOf,
	setRunMapping,
	SUPERSEDED,
	type Run,
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
import { keepOptions, optionsIn } from './keptOptions';
import { filterIn, keepFilterInWords, leftOutInWords } from './leftOut';
import { lookAtNotEchoed } from './notEchoed';
import { LOOKED_AT, OtherSync, stopAtOtherSync } from './otherSync';
import { loadPage, type Page } from './page';
import { wakeChildren } from './parents';
import type { Draft } from './plan';
import { problemItems } from './problemItems';
import { skippedIn, skippedItems } from './skippedItems';
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
	parts: Items & { mapping: LaneMapping },
): Promise<Resolved> {
	const { page: token, preview } = firstFeed(definition, parts);
	const ref = readToken(token);
	assertSameLedger(ledger, ref);
	let resolved: Resolved | undefined;
	try {
		await ledger.db.transaction().execute(async (db) => {
			const lane = preview
				? await openLane(db, ref.lane, ledger.clock.now())
				: await assertCurrent(db, ledger, ref);
			// Only now: in an old execution that somebody retries, what was wrong with the items is mended by now.
			const { dynamics, marketo } = acceptFeeds(ledger, definition, lane, parts);
			const hash = mappingHash(parts.mapping);
			// Before the links are read: bases that another row has made are unset (R50).
			const pinned = { hash, mapping: parts.mapping };
			if (preview) await pinMapping(db, ref.lane, pinned, ledger.clock.now());
			const run = preview ? null : await pinForRun(db, ledger, ref, pinned);
			const page = await loadPage(db, {
				ledger,
				ref,
				token,
				lane,
				run,
				facts: await metaValues(db, factsIn(ref.lane)),
				preview,
				definition,
				mapping: parts.mapping,
				mappingHash: hash,
				dynamics,
				marketo,
			});
			assertIdFields(page.definition, page.fields);
			await work(page, dynamics.book.due, marketo.book.notFound);
			if (!preview) stopAtOtherSync(page);
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

interface Items {
	dynamicsItems: unknown[];
	marketoItems: unknown[];
}

/** Whose page it is. @throws NotThisPage where no item says so */
function firstFeed(definition: LaneDefinition, { dynamicsItems, marketoItems }: Items): FeedItem {
	const items = [...dynamicsItems, ...marketoItems] as FeedItem[];
	const feed = items.find((item) => item?.kind === 'page');
	return feed ?? acceptFeed(definition, dynamicsItems, 'dynamics').feed;
}

/** @throws NotThisPage, ComeBackLater */
function acceptFeeds(
	{ clock }: Ledger,
	definition: LaneDefinition,
	lane: Lane,
	{ dynamicsItems, marketoItems }: Items,
) {
	const dynamics = acceptFeed(definition, dynamicsItems, 'dynamics');
	// While Marketo asks to come back later its feed hands out nothing, and n8n goes on with the other input alone: the
	// workflow is as it should be, and what it waits for is said already.
	const isAlone = !(marketoItems as FeedItem[]).some((item) => item?.kind === 'page');
	const wait = lane.nextDue - clock.now();
	if (isAlone && !dynamics.feed.preview && lane.waitingFor && wait > 0)
		throw new ComeBackLater(lane.waitingFor, wait, 'throttled');
	const marketo = acceptFeed(definition, marketoItems, 'marketo');
	if (dynamics.feed.page !== marketo.feed.page) {
		throw new NotThisPage(
			'The two inputs come from different executions of the sync',
			'Connect both Get Changes nodes of one trigger to this node',
		);
	}
	return { dynamics, marketo };
}

/** R41: one run, one mapping. Kept in the ledger for the real-time workflow. */
async function pinForRun(
	db: Db,
	ledger: Ledger,
	{ lane, run: id }: PageRef,
	pinned: PinnedMapping,
): Promise<Run> {
	const run = await runOf(db, id);
	if (run.mappingHash && run.mappingHash !== pinned.hash) throw new OtherMapping();
	if (run.mappingHash) return run;
	const before = await pinnedMapping(db, lane);
	if (before?.hash === pinned.hash) return run;
	await pinMapping(db, lane, pinned, ledger.clock.now());
	if (!before) return run;
	await wakeWhatIsAskedNoMore(db, ledger, { lane, run: id }, pinned.mapping);
	await wakeWanted(ledger, db, lane, [before.mapping, pinned.mapping]);
	return run;
}

/** What the ledger keeps by name that every page asks for. */
function factsIn(lane: string): string[] {
	return [OWN_USER, LOOKED_AT, filterIn(lane), optionsIn(lane), skippedIn(lane)];
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
	await keepOptions(page, books[0]!);
	await countCommit(db);
	// R39: whoever waits for one of them goes on. Here those that were found; those that are made, once they are.
	const there = [...page.known.links.values()].filter(hasRecord);
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
	await addCounts(db, page.run!, out.counts, page.mappingHash);
}

async function isAtFiles({ db, ref, definition }: Page): Promise<boolean> {
	return definition.inFiles === true && (await areFilesOpen(db, ref.lane));
}

async function handOut(page: Page, { isSample, all, toCopy }: Bookkeeping): Promise<Resolved> {
	const needsHelp = [
		...(await skippedItems(page)),
		...(await problemItems(page)),
		...(await helpItems(page)),
	];
	const { db, ref } = page;
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
	// What Dynamics refuses goes into the people's activity logs, and files are looked at: so Marketo's branch runs as well.
	const isMarketoNeeded =
		marketo.length + dynamics.length > 0 ||
		(!page.preview && ((await isLogDue(db, ref.lane)) || (await isAtFiles(page))));
	return {
		toDynamics: dynamics.length > 0 ? [head('dynamics', dynamics.length), ...dynamics] : [],
		toMarketo: isMarketoNeeded ? [head('marketo', marketo.length), ...marketo] : [],
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
