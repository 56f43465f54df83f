import { fingerprintOf } from '../fingerprint';
import type { Receipt, Side, WriteItem } from '../items';
import type { PageRef } from '../schedule/token';
import {
	assertOwn,
	reachedDynamics,
	reachedMarketo,
	stepOf,
	stopAtOthers,
	type Reached,
	type Step,
} from '../schedule/systems';
import { assertCurrent, currentLane } from '../schedule/token';
import type { Ledger } from '../ledger/ledger';
import { keptColumns } from '../ledger/columns';
import { enqueue } from '../ledger/due';
import { changeLaneInRun } from '../ledger/lanes';
import { takeBackSent } from '../ledger/plans';
import type { Db } from '../ledger/schema';
import {
	ComeBackLater,
	SetUpProblem,
	type DynamicsPort,
	type MarketoObjectPort,
	type MarketoPort,
	type WriteOutcome,
} from '../ports';
import { twoWayOf, type LaneDefinition } from '../lanes/definition';
import { acceptWrites, claimWrites, mayStart, renewClaims, type Claimed } from './claim';
import { linkSubject } from '../ledger/subject';
import { writeLog } from './personLog';
import { receipt, settleWrites } from './settle';

/** Rounds of "one field refused, send the rest": each leaves a field behind, so it ends. */
const MOST_ROUNDS = 12;

/** One system, as writes go out to it. */
interface Target {
	side: Side;
	port: Pick<MarketoPort, 'batchSize' | 'timeoutMs'>;
	/** Which system it is; asked before anything is claimed for it. @throws ComeBackLater, SetUpProblem */
	reach(by: Step): Promise<Reached> | Reached;
}

type Write = (claimed: Claimed[]) => Promise<WriteOutcome[]>;

const NAMES: Record<Side, string> = { dynamics: 'Update Dynamics', marketo: 'Update Marketo' };

/**
 * *Update Dynamics*: claims, writes and settles batch by batch. Never throws for a record or a vendor's error.
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
		reach: async (by) => await reachedDynamics(port, by),
	};
	return await apply(
		ledger,
		definition,
		items,
		target,
		async (claimed) =>
			await port.update(
				claimed.map((one) => ({
					table: one.link.table,
					id: one.link.dynamicsId,
					version: one.plan.version ?? '',
					values: one.values,
				})),
			),
	);
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
	const target: Target = { side: 'marketo', port, reach: (by) => reachedMarketo(port, by) };
	const receipts = await apply(
		ledger,
		definition,
		onlyUpdates(items),
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
				async (claimed) => await createPeople(port, definition, claimed),
			)),
		);
	}
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
	const { ref, writes } = acceptWrites(ledger, items);
	if (!ref) return [];
	await refuseOldPage(ledger, items, 'marketo');
	const target: Target = { side: 'marketo', port, reach: (by) => reachedMarketo(port, by) };
	const receipts: Receipt[] = [];
	for (const { idField } of definition.tables) {
		const alike = writes.filter((item) => item.values[idField]);
		const write: Write = async (claimed) =>
			await port.upsert(
				claimed.map((one) => one.values),
				idField,
			);
		receipts.push(...(await apply(ledger, definition, alike, target, write)));
	}
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
		async () => await writeLog(ledger, ref.lane, port, { mayGo }),
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

function onlyUpdates(items: unknown[]): unknown[] {
	return (items as WriteItem[]).filter(
		(item) => item?.kind === 'write' && item.operation === 'update',
	);
}

/** R23: with an e-mail `createOnly` by e-mail; without one by the Dynamics id the person will carry. */
function lookupFieldOf(definition: LaneDefinition, values: WriteItem['values']): string {
	const { field } = twoWayOf(definition).email;
	if (values[field]) return field;
	return definition.tables.find(({ idField }) => values[idField])!.idField;
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
	if (mine.length === 0) return astray;
	let reached: Reached;
	try {
		reached = await target.reach(stepOf(NAMES[side], preview));
	} catch (error) {
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

async function writeAll(
	ledger: Ledger,
	definition: LaneDefinition,
	ref: PageRef,
	mine: WriteItem[],
	{ port }: Target,
	reached: Reached,
	write: Write,
): Promise<Receipt[]> {
	const receipts: Receipt[] = [];
	for (let from = 0; from < mine.length; from += port.batchSize) {
		let batch = mine.slice(from, from + port.batchSize);
		for (let round = 0; batch.length > 0 && round < MOST_ROUNDS; round++) {
			const { granted, dropped } = await claimWrites(ledger, ref, batch, port.timeoutMs, reached);
			for (const one of dropped) receipts.push(receipt({ item: one.item }, 'dropped', one.why));
			if (granted.length === 0) break;
			let outcomes: WriteOutcome[];
			try {
				outcomes = mayStart(ledger, granted) ? await write(granted) : granted.map(() => heldUp);
			} catch (error) {
				const why = await giveBack(ledger, ref, granted, error);
				return [
					...receipts,
					...[...granted.map((one) => one.item), ...mine.slice(from + port.batchSize)].map((item) =>
						receipt({ item }, 'again', why),
					),
				];
			}
			const settled = await settleWrites(ledger, definition, ref, granted, outcomes);
			receipts.push(...settled.receipts);
			batch = settled.again.map((one) => ({ ...one.item, values: leftOver(one) }));
		}
	}
	return receipts;
}

function leftOver(one: Claimed): WriteItem['values'] {
	return Object.fromEntries(
		Object.entries(one.item.values).filter(([name]) => name in one.fields || !(name in one.values)),
	);
}

/** The call did not happen (quota, set-up): the plans were not sent after all, and the lane waits. */
async function giveBack(
	ledger: Ledger,
	ref: PageRef,
	granted: Claimed[],
	error: unknown,
): Promise<string> {
	const known = error instanceof ComeBackLater || error instanceof SetUpProblem;
	await ledger.db.transaction().execute(async (db) => {
		for (const one of granted) {
			const state = known ? 'planned' : 'unknown';
			await takeBackSent(db, one.plan.id, state);
			if (known) continue;
			await enqueue(ledger, db, {
				lane: ref.lane,
				subject: linkSubject(one.link),
				dueAt: ledger.clock.now() + ledger.timing.unansweredGrace,
				code: 'unanswered',
				reason: messageOf(error),
				run: ref.run,
				label: one.item.label,
			});
		}
	});
	if (known) await waitFor(ledger, ref, error);
	else throw error;
	return messageOf(error);
}

/** The lane says when and why it goes on (R40). */
export async function waitFor(
	ledger: Ledger,
	ref: PageRef,
	error: ComeBackLater | SetUpProblem,
): Promise<void> {
	const pause = error instanceof ComeBackLater ? error.afterMs : ledger.timing.retry;
	const until = ledger.clock.now() + pause;
	const words = error instanceof SetUpProblem ? `${error.message}. ${error.remedy}` : error.message;
	await changeLaneInRun(ledger.db, ref.lane, ref.run, { waitingFor: words, nextDue: until });
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

async function updatePeople(
	ledger: Ledger,
	definition: LaneDefinition,
	ref: PageRef,
	port: MarketoPort,
	claimed: Claimed[],
): Promise<WriteOutcome[]> {
	const outcomes = await readAgain(ledger, definition, port, claimed);
	let sending = claimed.filter((one) => !outcomes.has(one.plan.id));
	if (outcomes.asked) sending = await renewClaims(ledger, ref, sending, port.timeoutMs);
	if (sending.length > 0 && mayStart(ledger, sending)) {
		const answers = await port.update(
			sending.map((one) => ({ id: one.link.marketoId!, values: one.values })),
		);
		for (const [index, one] of sending.entries())
			outcomes.set(
				one.plan.id,
				answers[index] ?? { kind: 'unknown', reason: 'No answer for this person' },
			);
	}
	return claimed.map((one) => outcomes.get(one.plan.id) ?? heldUp);
}

/** Outcomes by plan, as far as they are known without the write; `asked` where that took a call. */
class Outcomes extends Map<string, WriteOutcome> {
	asked = false;
}

const heldUp: WriteOutcome = { kind: 'again', reason: 'This n8n process was held up for too long' };

/**
 * R12: Marketo has no conditional write. Unless the page's read is fresh, people are read once more; a
 * person with a field that has left its expected value is decided again, both sides read.
 */
async function readAgain(
	ledger: Ledger,
	definition: LaneDefinition,
	port: MarketoPort,
	claimed: Claimed[],
): Promise<Outcomes> {
	const outcomes = new Outcomes();
	const stale = claimed.filter((one) => ledger.clock.now() - one.item.readAt > ledger.timing.fresh);
	if (stale.length === 0) return outcomes;
	outcomes.asked = true;
	const columns = await keptColumns(ledger.db, definition.object);
	const fields = [...new Set(stale.flatMap((one) => Object.keys(one.fields)))];
	const people = await port.readBy(
		'id',
		stale.map((one) => one.link.marketoId!),
		['id', ...fields],
	);
	const found = new Map(people.map((person) => [person.id, person]));
	for (const one of stale) {
		const person = found.get(one.link.marketoId!);
		const moved = Object.entries(one.fields).some(([name, field]) => {
			const column = columns.get(name);
			return (
				column &&
				person &&
				field.old !== null &&
				fingerprintOf(ledger.key, column, 'marketo', person.values[name]) !== field.old
			);
		});
		if (!person) outcomes.set(one.plan.id, { kind: 'missing' });
		else if (moved) outcomes.set(one.plan.id, { kind: 'changedMeanwhile' });
	}
	return outcomes;
}

/** One call makes people of one kind; whoever lost the e-mail to a refusal is made with the next page. */
async function createPeople(
	port: MarketoPort,
	definition: LaneDefinition,
	claimed: Claimed[],
): Promise<WriteOutcome[]> {
	const lookupField = lookupFieldOf(definition, claimed[0]!.values);
	const alike = claimed.filter((one) => lookupFieldOf(definition, one.values) === lookupField);
	const answers = await port.create(
		alike.map((one) => one.values),
		lookupField,
	);
	return claimed.map((one) => {
		const index = alike.indexOf(one);
		if (index < 0)
			return { kind: 'again', reason: 'The person is made without the e-mail that was refused' };
		return answers[index] ?? { kind: 'unknown', reason: 'No answer for this person' };
	});
}
