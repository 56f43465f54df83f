import type { Receipt, WriteItem } from '../items';
import type { LaneDefinition } from '../lanes/definition';
import { areFeedsDrained, feedsOf } from '../ledger/feeds';
import {
	areFilesOpen,
	fileIsOver,
	filesOf,
	lookedAtFile,
	noteFile,
	type HandedFile,
} from '../ledger/files';
import type { Ledger } from '../ledger/ledger';
import { linksById } from '../ledger/links';
import { metaValue, setMeta } from '../ledger/meta';
import { areInFile, markSent, plansById, takeBackSent, type Plan } from '../ledger/plans';
import type { Db } from '../ledger/schema';
import {
	idByKey,
	ComeBackLater,
	SetUpProblem,
	type FileEnd,
	type FilePort,
	type WriteOutcome,
} from '../ports';
import type { Reached } from '../schedule/systems';
import { tokenOf, type PageRef } from '../schedule/token';
import type { Fate } from './accounts';
import { claimWrites, mayStart, orClaimAgain, type Claimed } from './claim';
import { receipt, settleWrites } from './settle';
import { giveBack, waitFor } from './turnedAway';

/**
 * R56: new records in files, where Marketo takes them so and they are many. A file is one call for thousands, which
 * Marketo works off by itself: its job is kept in the ledger, and who is in it waits for what becomes of it. Whoever
 * is not taken goes the usual way, which tells the field at fault.
 */

/** Five calls of the usual way: a file takes one, some looks at it, and one or two for those that were not taken. */
const LEAST_IN_FILE = 1_500;
/** Marketo takes ten, of everybody who uses it. */
const MOST_OPEN = 5;
/** Between two looks at a file, milliseconds. */
const LOOK_EVERY = 30_000;
/** How long a file without an answer may still be on its way, milliseconds. */
const MAY_ARRIVE = 600_000;
/** Records of a file that are settled in one transaction. */
const AT_ONCE = 500;

/** A page's step, and where it hands files to. */
export interface FileStep {
	ledger: Ledger;
	definition: LaneDefinition;
	ref: PageRef;
	port: FilePort;
}

/** What to do of a row whose record is in a file: a later write must not be overtaken by it. */
export function whileInFile(now: number, plans: readonly Plan[]): Fate | null {
	if (!plans.some(({ state }) => state === 'inFile')) return null;
	const reason = 'Marketo is processing a file with this record';
	return { do: 'wait', until: now + LOOK_EVERY, code: 'inFile', reason };
}

const nameFor = (lane: string) => `there.${lane}`;

/**
 * A file cannot clear a field, and does not say whether a record was there. So once one was that is new to the ledger,
 * an earlier copy's perhaps, the lane's records go the usual way.
 */
export async function noteWhatWasThere(
	{ ledger, definition }: FileStep,
	claimed: Claimed[],
	outcomes: WriteOutcome[],
): Promise<void> {
	const isThere = outcomes.some(
		(outcome, at) =>
			outcome.kind === 'ok' &&
			outcome.created === false &&
			claimed[at]?.item.operation === 'create',
	);
	if (isThere) await setMeta(ledger.db, nameFor(definition.id), 'yes');
}

/** Whether new records of a lane may go in files. */
export async function mayGoInFiles(db: Db, { id, inFiles }: LaneDefinition): Promise<boolean> {
	return inFiles === true && (await metaValue(db, nameFor(id))) === undefined;
}

/** Hands over what is new, if it is much; `rest`: what goes the usual way. */
export async function handOver(
	step: FileStep,
	items: WriteItem[],
	reached: Reached,
): Promise<{ receipts: Receipt[]; rest: WriteItem[] }> {
	const { ledger, definition, ref, port } = step;
	const fresh = items.filter(({ operation, id }) => operation === 'create' && id === '');
	const isMuch = fresh.length >= LEAST_IN_FILE && (await mayGoInFiles(ledger.db, definition));
	if (!isMuch || (await filesOf(ledger.db, ref.lane)).length >= MOST_OPEN)
		return { receipts: [], rest: items };
	const { granted, dropped } = await claimWrites(ledger, ref, fresh, port.timeoutMs, reached);
	const receipts = dropped.map(({ item, why }) => receipt({ item }, 'dropped', why));
	const rest = items.filter((item) => !fresh.includes(item));
	if (granted.length === 0) return { receipts, rest };
	const tell = (outcome: Receipt['outcome'], words: string) =>
		receipts.push(...granted.map((one) => receipt(one, outcome, words)));
	try {
		const later = orClaimAgain(ledger, ref, granted, port.timeoutMs);
		const records = granted.map(({ values }) => values);
		const handed = mayStart(ledger, granted) ? await port.hand(records, later) : null;
		if (handed === null) {
			await takeBack(ledger, granted);
			return { receipts, rest: [...rest, ...granted.map(({ item }) => item)] };
		}
		if (typeof handed === 'string') {
			await noteHanded(step, granted, handed);
			tell(
				'again',
				'Sent to Marketo in a file; the outcome is known once Marketo has processed it',
			);
			return { receipts, rest };
		}
		receipts.push(...(await settleLost(step, granted, handed.unknown)));
	} catch (error) {
		tell('again', await giveBack(ledger, ref, granted, error));
	}
	return { receipts, rest };
}

async function takeBack({ db }: Ledger, granted: Claimed[]): Promise<void> {
	await db.transaction().execute(async (transaction) => {
		for (const { plan } of granted) await takeBackSent(transaction, plan.id, 'planned');
	});
}

async function noteHanded({ ledger, ref }: FileStep, granted: Claimed[], job: string) {
	const plans = granted.map(({ plan }) => plan.id);
	await ledger.db.transaction().execute(async (db) => {
		await areInFile(db, plans);
		await noteFile(db, { lane: ref.lane, job, plans, handedAt: ledger.clock.now() });
	});
}

/** R17: nobody knows whether it arrived. Its records are sent again once it cannot any more. */
async function settleLost(step: FileStep, granted: Claimed[], reason: string): Promise<Receipt[]> {
	const { ledger, definition, ref } = step;
	const now = ledger.clock.now();
	const ids = granted.map(({ plan }) => plan.id);
	await markSent(ledger.db, ids, now, now + MAY_ARRIVE);
	const outcomes = granted.map((): WriteOutcome => ({ kind: 'unknown', reason }));
	return (await settleWrites(ledger, definition, ref, granted, outcomes)).receipts;
}

/** What became of the files that Marketo has; each is asked for now and then. */
export async function lookAtFiles(step: FileStep): Promise<Receipt[]> {
	const { ledger, definition, ref, port } = step;
	const keyField = definition.tables[0]!.idField;
	const receipts: Receipt[] = [];
	for (const file of await filesOf(ledger.db, ref.lane)) {
		const now = ledger.clock.now();
		// R40: nor does a clock that was ahead keep it from being looked at.
		if (file.lookedAt <= now && now < file.lookedAt + LOOK_EVERY) continue;
		let end: FileEnd | null;
		try {
			end = await port.look(file.job, keyField);
		} catch (error) {
			if (!(error instanceof ComeBackLater || error instanceof SetUpProblem)) throw error;
			await waitFor(ledger, ref, error);
			break;
		}
		if (end) receipts.push(...(await settleFile(step, file, end)));
		else await lookedAtFile(ledger.db, file, ledger.clock.now());
	}
	return receipts;
}

async function settleFile(step: FileStep, file: HandedFile, end: FileEnd): Promise<Receipt[]> {
	const { ledger, definition, ref } = step;
	const receipts: Receipt[] = [];
	for (let from = 0; from < file.plans.length; from += AT_ONCE) {
		const claimed = await inFileOf(step, file.plans.slice(from, from + AT_ONCE));
		const outcomes = claimed.map(({ link: { dynamicsId } }): WriteOutcome => {
			const why = end.lost ?? end.failed.get(dynamicsId);
			return why === undefined
				? { kind: 'ok', id: idByKey(dynamicsId), created: true }
				: { kind: 'again', reason: `Marketo did not accept the record from a file (${why})` };
		});
		const settled = await settleWrites(ledger, definition, ref, claimed, outcomes);
		receipts.push(...settled.receipts);
	}
	await fileIsOver(ledger.db, file);
	return receipts;
}

/** The writes of a file as they were claimed, without their values. */
async function inFileOf({ ledger, ref }: FileStep, ids: string[]): Promise<Claimed[]> {
	const plans = await plansById(ledger.db, ids);
	const waiting = [...plans.values()].filter(({ state }) => state === 'inFile');
	const links = await linksById(
		ledger.db,
		waiting.map(({ link }) => link),
	);
	return waiting.flatMap((plan) => {
		const link = links.get(plan.link);
		if (!link) return [];
		const { id, side, operation, fields } = plan;
		const item: WriteItem = {
			kind: 'write',
			page: tokenOf(ref),
			side,
			plan: id,
			operation,
			table: link.object,
			id: '',
			label: link.dynamicsId,
			changedAt: null,
			values: {},
			readAt: 0,
			preview: false,
		};
		return [{ item, plan, fields, link, values: {}, claimedAt: ledger.clock.now() }];
	});
}

/** All else is done, and Marketo is still at a file: the lane says so, and looks again in a while. */
export async function waitForFiles({ ledger, ref }: FileStep): Promise<void> {
	const { db } = ledger;
	if (!(await areFilesOpen(db, ref.lane))) return;
	if (!areFeedsDrained(await feedsOf(db, ref.lane), ref.run)) return;
	const words = 'Marketo is processing a file of new records';
	await waitFor(ledger, ref, new ComeBackLater(words, LOOK_EVERY, 'unavailable'));
}
