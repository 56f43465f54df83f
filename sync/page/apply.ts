import { atOnce } from '../../lists/atOnce';
import { inChunks } from '../../lists/inChunks';
import type { Receipt, Side, WriteItem } from '../items';
import { type PageRef, assertCurrent, currentLane } from '../schedule/token';
import {
	assertOwn,
	reachedDynamics,
	reachedMarketo,
	stepOf,
	stopAtOthers,
	type Reached,
	type Step,
} from '../schedule/systems';
import type { Ledger } from '../ledger/ledger';
import { failuresOfPlans, isLastTry } from '../ledger/failures';
import type { Db } from '../ledger/schema';
import {
	ComeBackLater,
	type DynamicsPort,
	type MarketoObjectPort,
	type MarketoPort,
	type MayStart,
	type WriteOutcome,
} from '../ports';
import { twoWayOf, type LaneDefinition } from '../lanes/definition';
import { acceptWrites, claimWrites, HELD_UP, mayStart, orClaimAgain, type Claimed } from './claim';
import { deactivation } from './deletes';
import { deleteClaimed } from './deletePeople';
import { mergeClaimed, mergesByWinner } from './mergePeople';
import { mergeRow } from './mergeRows';
import { handOver, lookAtFiles, noteWhatWasThere, waitForFiles } from './files';
import { writeLog } from './personLog';
import { receipt, settleWrites } from './settle';
import { giveBack, waitFor } from './turnedAway';
import { updatePeople, lookupFieldOf, createPeople } from './writePeople';

/** Rounds of "one field refused, send the rest": each leaves a field behind, so it ends. */
const MOST_ROUNDS = 12;
/** Calls that what failed before is spread over (R46). */
const CALLS_OF_FAILED = 4;
/** Calls in a row without an answer after which no more are made. */
const MOST_SILENT = 3;
/** Calls under way together: all of a page of 1,200. Of those that either system is given one stays for people who are asked for at once. */
export const CALLS_AT_ONCE: Record<Side, number> = { marketo: 4, dynamics: 3 };

/** One system, as writes go out to it. */
interface Target {
	side: Side;
	port: Pick<MarketoPort, 'batchSize' | 'timeoutMs'>;
	/** Calls under way together. */
	callsAtOnce: number;
	/** Which system it is; asked before anything is claimed for it. @throws ComeBackLater, SetUpProblem */
	reach(by: Step): Promise<Reached> | Reached;
}

type Write = (claimed: Claimed[], mayStart: MayStart) => Promise<WriteOutcome[]>;

const NAMES: Record<Side, string> = { dynamics: 'Update Dynamics', marketo: 'Update Marketo' };

/**
 * *Update Dynamics*: claims, writes and settles call by call. Never throws for a record or a vendor's error.
 * @throws NotThisPage when the page was over before anything was written; OtherSystem (R44)
 */
export async function applyDynamics(
	ledger: Ledger,
	definition: LaneDefinition,
	items: unknown[],
	port: DynamicsPort,
): Promise<Receipt[]> {
	await refuseOldPage(ledger, items, 'dynamics');
	const target: Target = {
		side: 'dynamics',
		port,
		callsAtOnce: CALLS_AT_ONCE.dynamics,
		reach: async (by) => await reachedDynamics(port, by),
	};
	const rowOf = ({ link, plan }: Claimed) => ({
		table: link.table,
		id: link.dynamicsId,
		version: plan.version ?? '',
	});
	const writeValues =
		(valuesOf: (one: Claimed) => WriteItem['values']): Write =>
		async (claimed, mayStart) =>
			await port.update(
				claimed.map((one) => ({ ...rowOf(one), values: valuesOf(one) })),
				mayStart,
			);
	// R29: rows whose person was deleted; whoever has somebody else by now stays.
	const ends: Array<[WriteItem['operation'], Write]> = [
		['deactivate', writeValues(({ link }) => deactivation(definition, link))],
		['delete', async (claimed, mayStart) => await port.remove(claimed.map(rowOf), mayStart)],
	];
	const send = async (some: unknown[], write: Write) =>
		await apply(ledger, definition, some, target, write);
	// With the updates goes what is no write: a preview shows by it which system is reached.
	const isMerge = (item: unknown) => operationOf(item) === 'merge';
	const isEnd = (item: unknown) =>
		isMerge(item) || ends.some(([operation]) => operationOf(item) === operation);
	const updates = items.filter((item) => !isEnd(item));
	const receipts = await send(
		updates,
		writeValues(({ values }) => values),
	);
	for (const [operation, write] of ends) {
		const some = items.filter((item) => operationOf(item) === operation);
		receipts.push(...(await send(some, async (...call) => await writeToOrphans(write, ...call))));
	}
	const { master } = twoWayOf(definition).standing;
	// One after the other: what goes into a row may have taken in another one.
	const alone = {
		...target,
		port: { batchSize: 1, timeoutMs: port.timeoutMs },
		callsAtOnce: 1,
	};
	const merge: Write = async ([one], mayStart) => [await mergeRow(port, one!, master, mayStart)];
	receipts.push(...(await apply(ledger, definition, items.filter(isMerge), alone, merge)));
	return receipts;
}

/** A campaign may have linked a row in the meantime: that one is decided anew. */
async function writeToOrphans(
	write: Write,
	claimed: Claimed[],
	mayStart: MayStart,
): Promise<WriteOutcome[]> {
	const orphans = claimed.filter(({ link }) => link.state === 'goneInMarketo');
	const outcomes = orphans.length > 0 ? await write(orphans, mayStart) : [];
	return claimed.map((one): WriteOutcome => {
		const at = orphans.indexOf(one);
		if (at < 0) return { kind: 'changedMeanwhile' };
		return outcomes[at] ?? { kind: 'unknown', reason: 'No answer for this record' };
	});
}

function marketoTarget(port: Target['port'] & Pick<MarketoPort, 'subscription'>): Target {
	return {
		side: 'marketo',
		port,
		callsAtOnce: CALLS_AT_ONCE.marketo,
		reach: (by) => reachedMarketo(port, by),
	};
}

/** *Update Marketo*: as above; what was read too long ago is read again first (R12). Then the activity log. */
export async function applyMarketo(
	ledger: Ledger,
	definition: LaneDefinition,
	items: unknown[],
	port: MarketoPort,
): Promise<Receipt[]> {
	const { ref, writes, preview } = acceptWrites(ledger, items);
	if (!ref) return [];
	await refuseOldPage(ledger, items, 'marketo');
	const target = marketoTarget(port);
	const receipts = await apply(
		ledger,
		definition,
		items.filter((item) => operationOf(item) === 'update'),
		target,
		async (claimed) => await updatePeople(ledger, definition, ref, port, claimed),
	);
	const creates = writes.filter((item) => item.operation === 'create');
	const lookupFields = [
		twoWayOf(definition).email.field,
		...definition.tables.map(({ idField }) => idField),
	];
	for (const lookupField of lookupFields) {
		const alike = creates.filter((item) => lookupFieldOf(definition, item.values) === lookupField);
		receipts.push(
			...(await apply(
				ledger,
				definition,
				alike,
				target,
				async (claimed, mayStart) => await createPeople(port, definition, claimed, mayStart),
			)),
		);
	}
	// After the updates: whatever the winner was to get stands there by then, and is kept.
	for (const call of mergesByWinner(definition, writes, port))
		receipts.push(
			...(await apply(
				ledger,
				definition,
				call,
				target,
				async (claimed) => await mergeClaimed(ledger, definition, ref, port, claimed),
			)),
		);
	receipts.push(
		...(await apply(
			ledger,
			definition,
			writes.filter(({ operation }) => operation === 'delete'),
			target,
			async (claimed) => await deleteClaimed(ledger, definition, ref, port, claimed),
		)),
	);
	if (!preview) await logInPage(ledger, ref, port);
	return receipts;
}

/** *Update Marketo* of a lane that goes one way: created or updated by the row's id. */
export async function applyObjects(
	ledger: Ledger,
	definition: LaneDefinition,
	items: unknown[],
	port: MarketoObjectPort,
): Promise<Receipt[]> {
	const { ref, writes, preview } = acceptWrites(ledger, items);
	if (!ref) return [];
	await refuseOldPage(ledger, items, 'marketo');
	const target = marketoTarget(port);
	const files = preview || !port.files ? null : { ledger, definition, ref, port: port.files };
	const reached = reachedMarketo(port, stepOf(NAMES.marketo, preview));
	const receipts: Receipt[] = [];
	if (files)
		await stopAtOthers(ledger, ref, async () => {
			await assertOwn(ledger.db, reached);
			receipts.push(...(await lookAtFiles(files)));
		});
	const send = async (items: WriteItem[], write: Write) =>
		receipts.push(...(await apply(ledger, definition, items, target, write)));
	const of = (operation: WriteItem['operation']) =>
		writes.filter((item) => item.operation === operation);
	// First what goes: another record may take its place.
	await send(
		of('delete'),
		async (claimed, mayStart) =>
			await port.remove(
				claimed.map((one) => one.item.id),
				definition.tables[0]!.idField,
				mayStart,
			),
	);
	const rest = writes.filter(({ operation }) => operation !== 'delete');
	// Tables that become one object share its key.
	for (const idField of new Set(definition.tables.map((table) => table.idField))) {
		const valuesOf = (claimed: Claimed[]) => claimed.map((one) => one.values);
		const alike = rest.filter((item) => item.values[idField]);
		const upserts = alike.filter(({ operation }) => operation !== 'mark');
		const handed =
			files &&
			(await stopAtOthers(ledger, ref, async () => await handOver(files, upserts, reached)));
		receipts.push(...(handed?.receipts ?? []));
		await send(handed?.rest ?? upserts, async (claimed, mayStart) => {
			const outcomes = await port.upsert(valuesOf(claimed), idField, mayStart);
			if (files) await noteWhatWasThere(files, claimed, outcomes);
			return outcomes;
		});
		await send(
			alike.filter(({ operation }) => operation === 'mark'),
			async (claimed, mayStart) => await port.update(valuesOf(claimed), idField, mayStart),
		);
	}
	if (files) await waitForFiles(files);
	return receipts;
}

async function logInPage(ledger: Ledger, ref: PageRef, port: MarketoPort): Promise<void> {
	const reached = reachedMarketo(port, stepOf(NAMES.marketo, false));
	const mayGo = async (db: Db): Promise<boolean> => {
		if (!(await currentLane(db, ledger, ref))) return false;
		await assertOwn(db, reached);
		return true;
	};
	await stopAtOthers(
		ledger,
		ref,
		async () => await writeLog(ledger, ref.lane, port, { run: ref.run, mayGo }),
	).catch(async (error: unknown) => {
		if (!(error instanceof ComeBackLater)) throw error;
		await waitFor(ledger, ref, error);
	});
}

/**
 * An old execution that somebody retries is told so. Asked once, before the first call: what is left of a
 * page that ends in the middle is dropped, and said in its receipts.
 */
async function refuseOldPage(ledger: Ledger, items: unknown[], side: Side): Promise<void> {
	const { ref, writes, preview } = acceptWrites(ledger, items);
	if (ref && !preview && writes.some((item) => item.side === side))
		await assertCurrent(ledger.db, ledger, ref);
}

/** Undefined where it is no write. */
function operationOf(item: unknown): WriteItem['operation'] | undefined {
	const { kind, operation } = (item ?? {}) as Partial<WriteItem>;
	return kind === 'write' ? operation : undefined;
}

async function apply(
	ledger: Ledger,
	definition: LaneDefinition,
	items: unknown[],
	target: Target,
	write: Write,
): Promise<Receipt[]> {
	const { ref, writes, preview } = acceptWrites(ledger, items);
	if (!ref) return [];
	const { side } = target;
	const mine = writes.filter((item) => item.side === side);
	const astray = writes
		.filter((item) => item.side !== side)
		.map((item) =>
			receipt(
				{ item },
				'dropped',
				`This is a write for ${item.side}; connect it to the other update node`,
			),
		);
	// A preview has nothing to write, and shows that the step's credential leads to the right system.
	if (mine.length === 0 && !preview) return astray;
	let reached: Reached;
	try {
		reached = await target.reach(stepOf(NAMES[side], preview));
	} catch (error) {
		if (preview) throw error;
		const why = await giveBack(ledger, ref, [], error);
		return [...astray, ...mine.map((item) => receipt({ item }, 'again', why))];
	}
	if (preview) {
		await assertOwn(ledger.db, reached);
		return [
			...astray,
			...mine.map((item) => receipt({ item }, 'preview', 'Preview: nothing was written')),
		];
	}
	return [
		...astray,
		...(await stopAtOthers(
			ledger,
			ref,
			async () => await writeAll(ledger, definition, ref, mine, target, reached, write),
		)),
	];
}

/**
 * Each call is claimed right before it is sent and settled as soon as it is answered, whatever the others under way do.
 * Once the system has turned one away, or stays silent, no other is begun.
 */
async function writeAll(
	ledger: Ledger,
	definition: LaneDefinition,
	ref: PageRef,
	mine: WriteItem[],
	{ side, port, callsAtOnce }: Target,
	reached: Reached,
	write: Write,
): Promise<Receipt[]> {
	let silent = 0;
	let stopped: string | null = null;
	const send = async (call: WriteItem[]): Promise<Receipt[]> => {
		const receipts: Receipt[] = [];
		let batch = call;
		for (let round = 0; batch.length > 0 && round < MOST_ROUNDS; round++) {
			if (silent >= MOST_SILENT)
				stopped ??= await giveBack(ledger, ref, [], noAnswers(ledger, side));
			if (stopped !== null) return [...receipts, ...notSent(batch, stopped)];
			const { granted, dropped } = await claimWrites(ledger, ref, batch, port.timeoutMs, reached);
			for (const one of dropped) receipts.push(receipt({ item: one.item }, 'dropped', one.why));
			if (granted.length === 0) break;
			let outcomes: WriteOutcome[];
			try {
				const later = orClaimAgain(ledger, ref, granted, port.timeoutMs);
				outcomes = mayStart(ledger, granted)
					? await write(granted, later)
					: granted.map(() => HELD_UP);
			} catch (error) {
				const why = await giveBack(ledger, ref, granted, error);
				stopped ??= why;
				return [
					...receipts,
					...notSent(
						granted.map((one) => one.item),
						why,
					),
				];
			}
			silent = outcomes.every(({ kind }) => kind === 'unknown') ? silent + 1 : 0;
			const settled = await settleWrites(ledger, definition, ref, granted, outcomes);
			receipts.push(...settled.receipts);
			batch = settled.again.map((one) => ({ ...one.item, values: leftOver(one) }));
		}
		return receipts;
	};
	const { together, apart } = await callsOf(ledger, ref, mine, side, port.batchSize);
	const receipts = [
		...(await atOnce(together, callsAtOnce, send)),
		...(await atOnce(apart, 1, send)),
	];
	return receipts.flat();
}

function notSent(items: WriteItem[], why: string): Receipt[] {
	return items.map((item) => receipt({ item }, 'again', why));
}

/**
 * R46: what failed before goes after all others and apart from them, in a few calls, and each alone at its last
 * try: one record that cuts its call does so in smaller and smaller company, and nobody needs help for its sake.
 */
async function callsOf(
	{ db }: Ledger,
	{ lane }: PageRef,
	mine: WriteItem[],
	side: Side,
	batchSize: number,
): Promise<{ together: WriteItem[][]; apart: WriteItem[][] }> {
	const plans = mine.map(({ plan }) => plan);
	const failures = await failuresOfPlans(db, lane, plans, side);
	const healthy: WriteItem[] = [];
	const failed: WriteItem[] = [];
	const alone: WriteItem[] = [];
	for (const item of mine) {
		const times = failures.get(item.plan) ?? 0;
		if (times === 0) healthy.push(item);
		else (isLastTry(times) ? alone : failed).push(item);
	}
	const few = Math.ceil(Math.min(failed.length, batchSize) / CALLS_OF_FAILED);
	return {
		together: inChunks(healthy, batchSize),
		apart: [...inChunks(failed, few), ...alone.map((item) => [item])],
	};
}

/** One record may cut its call, and another by chance; then it is the system. */
function noAnswers({ timing }: Ledger, side: Side): ComeBackLater {
	const system = side === 'dynamics' ? 'Dynamics' : 'Marketo';
	return new ComeBackLater(
		`${system} left ${MOST_SILENT} calls in a row without an answer`,
		timing.retry,
		'unavailable',
	);
}

function leftOver(one: Claimed): WriteItem['values'] {
	return Object.fromEntries(
		Object.entries(one.item.values).filter(([name]) => name in one.fields || !(name in one.values)),
	);
}
