import { fingerprint, fingerprintOf, type Fingerprint } from '../fingerprint';
import type { Receipt, Side } from '../items';
import type { PageRef } from '../schedule/token';
import type { LaneDefinition } from '../lanes/definition';
import { logForPerson } from '../ledger/activityLog';
import { baseOf, known, unconfirmed } from '../ledger/bases';
import { releaseClaims } from '../ledger/claims';
import {
	enqueue,
	forgetFailures,
	needsHelp,
	retryLater,
	solveHelp,
	wakeByEmail,
} from '../ledger/due';
import { rememberOutcome } from '../ledger/history';
import { findLane } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { changeLink, linksById, type Link, type LinkChange } from '../ledger/links';
import { pinnedMapping } from '../ledger/mappings';
import {
	awaitEcho,
	dropPlans,
	keepFields,
	OWN_FIELD,
	planAgain,
	PUT_BACK,
	sentPlans,
	takeBackSent,
	unansweredBefore,
	type PlannedFields,
} from '../ledger/plans';
import { linksWithRefusals, solveRefusal } from '../ledger/refusals';
import type { Db } from '../ledger/schema';
import { subjectOf, linkSubject } from '../ledger/subject';
import { normalForm } from '../normalForm';
import type { WriteOutcome } from '../ports';
import type { Claimed } from './claim';
import { fieldAtFault, keepRefusedField } from './refusedField';
import { mailboxKey } from './emailKey';
import { noteWrites } from './pingPong';
import { mappedLane, tableOf, type MappedLane } from './tables';

const EXISTS_REMEDY: Record<Side, string> = {
	dynamics:
		'Another row of Dynamics holds a value that has to be unique. Find and correct or merge it, then choose Retry',
	marketo:
		'Look for the person in Marketo; merge duplicates or correct the e-mail address, then choose Retry',
};

export interface Settled {
	receipts: Receipt[];
	/** Records of which one field was refused: the rest may go out once more (R36). */
	again: Claimed[];
}

/** R9: what became of each record of one call, as soon as the answer is there; one transaction. */
export async function settleWrites(
	ledger: Ledger,
	definition: LaneDefinition,
	ref: PageRef,
	claimed: Claimed[],
	outcomes: WriteOutcome[],
): Promise<Settled> {
	return await ledger.db.transaction().execute(async (db) => {
		const settled: Settled = { receipts: [], again: [] };
		const call = await loadCall(db, definition, ref, claimed);
		for (const [index, one] of claimed.entries()) {
			const outcome = outcomes[index] ?? {
				kind: 'unknown' as const,
				reason: 'The answer has no part for this record',
			};
			const link = call.links.get(one.plan.link);
			// The run was taken over while the call was out: the record is judged by reading, not here (I15).
			if (!link || !call.sent.has(one.plan.id)) {
				settled.receipts.push(
					receipt(one, 'unknown', 'The run was taken over meanwhile; the record is read again'),
				);
				continue;
			}
			await settleOne(ledger, db, ref, { ...one, link }, outcome, settled, call);
		}
		await closeWritten(db, definition, call.written);
		return settled;
	});
}

/** What the ledger knows of the records of one call, asked once for all of them. */
interface CallState {
	links: Map<number, Link>;
	/** Plans that are still this call's. */
	sent: Set<string>;
	/** Links of which a field was left behind, and of which an older write has no answer. */
	withHeld: Set<number>;
	withUnanswered: Set<number>;
	lane: MappedLane;
	cycle: number;
	/** What went through so far; a call writes to one side. */
	written: Array<{ one: Claimed; person: string | null; created: boolean }>;
}

async function loadCall(
	db: Db,
	definition: LaneDefinition,
	ref: PageRef,
	claimed: Claimed[],
): Promise<CallState> {
	const ids = claimed.map((one) => one.plan.link);
	const plans = await sentPlans(db, ids);
	return {
		links: await linksById(db, ids),
		sent: new Set(plans.filter(({ state }) => state === 'sent').map(({ id }) => id)),
		withHeld: await linksWithRefusals(db, ids),
		withUnanswered: new Set(
			plans.filter(({ state }) => state === 'unknown').map(({ link }) => link),
		),
		lane: await mappedLane(db, definition, (await pinnedMapping(db, ref.lane))?.mapping ?? {}),
		cycle: (await findLane(db, ref.lane))!.cycle,
		written: [],
	};
}

async function settleOne(
	ledger: Ledger,
	db: Db,
	ref: PageRef,
	one: Claimed,
	outcome: WriteOutcome,
	settled: Settled,
	call: CallState,
): Promise<void> {
	const subject = linkSubject(one.link);
	const say = (kind: Receipt['outcome'], message: string) =>
		settled.receipts.push(receipt(one, kind, message));
	const later = { lane: ref.lane, subject, run: ref.run, label: one.item.label };
	const failed = { ...later, side: one.item.side };
	switch (outcome.kind) {
		case 'ok':
			await written(ledger, db, ref, one, outcome, call);
			say('written', 'Written');
			return;
		case 'refused':
			if (await refusedField(ledger, db, ref, one, outcome, settled, call)) return;
			await drop(db, one, 'refused');
			if (await needsHelp(ledger, db, { ...failed, ...outcome.refusal })) {
				if (one.link.marketoId && call.lane.definition.twoWay) {
					const { reason, remedy } = outcome.refusal;
					await logForPerson(db, {
						lane: ref.lane,
						person: one.link.marketoId,
						at: ledger.clock.now(),
						subject: `${systemOf(one)} refused the record`,
						field: '',
						reason,
						remedy,
					});
				}
			}
			say('refused', `${outcome.refusal.reason}. ${outcome.refusal.remedy}`);
			return;
		case 'changedMeanwhile':
			await drop(db, one, 'changed meanwhile');
			await retryLater(ledger, db, {
				...failed,
				soon: true,
				code: 'changedMeanwhile',
				reason: 'Whenever it is written, somebody has changed the record since it was read',
				remedy:
					'Find the flow, plug-in or integration that keeps saving the record, then choose Retry',
			});
			say('again', 'Somebody changed the row meanwhile; it is read and decided again');
			return;
		case 'exists':
			await drop(db, one, 'exists already');
			await retryLater(ledger, db, {
				...failed,
				soon: true,
				code: 'exists',
				reason: `${systemOf(one)}: ${outcome.reason}`,
				remedy: EXISTS_REMEDY[one.item.side],
			});
			say('again', `${outcome.reason}; it is looked up`);
			return;
		case 'missing':
			await drop(db, one, 'not found');
			if (one.item.side === 'dynamics')
				await retryLater(ledger, db, {
					...failed,
					soon: true,
					code: 'missing',
					reason: 'Dynamics does not find the row when it is written',
					remedy: 'May the sync user write this row? Then choose Retry',
				});
			else
				await retryLater(ledger, db, {
					...failed,
					code: 'missing',
					reason: 'The person was not found in Marketo',
					remedy: 'Was it merged in Marketo? Choose Forget for this record to match it anew',
				});
			say('again', 'The record was not found; it is looked up again');
			return;
		case 'again':
			await drop(db, one, 'tried again');
			await retryLater(ledger, db, {
				...failed,
				code: 'again',
				reason: outcome.reason,
				remedy: 'Nothing to do unless it goes on; then look at the reason',
			});
			say('again', `${outcome.reason}; it is tried again`);
			return;
		case 'unknown': {
			await takeBackSent(db, one.plan.id, 'unknown');
			await rememberOutcome(db, [one.plan.id], 'no answer');
			await enqueue(ledger, db, {
				...later,
				dueAt: ledger.clock.now() + ledger.timing.unansweredGrace,
				code: 'unanswered',
				reason: outcome.reason,
			});
			say('unknown', `${outcome.reason}; it is read before anything is written again`);
		}
	}
}

/** Success moves link, row version and base; in Marketo provisionally, until its echo (R14). */
async function written(
	ledger: Ledger,
	db: Db,
	ref: PageRef,
	one: Claimed,
	outcome: Extract<WriteOutcome, { kind: 'ok' }>,
	call: CallState,
): Promise<void> {
	const { link, item } = one;
	const { bases } = link;
	const fields = one.fields;
	const { twoWay } = call.lane.definition;
	for (const [name, field] of Object.entries(fields)) {
		if (field.row === OWN_FIELD) continue;
		if (field.row === PUT_BACK) {
			// It differs from the base as before, and goes its usual way.
			await enqueue(ledger, db, {
				lane: ref.lane,
				subject: linkSubject(link),
				dueAt: ledger.clock.now(),
				code: 'putBack',
				reason: 'An edit was put back',
				run: ref.run,
				label: item.label,
			});
			continue;
		}
		if (item.side === 'dynamics') {
			const column = tableOf(call.lane, link.table).columns.get(name);
			const reported = column && outcome.values && name in outcome.values;
			// R14: the target's base is what the target reports.
			bases.dynamics.set(
				name,
				known(
					reported
						? fingerprintOf(ledger.key, column, 'dynamics', outcome.values![name])
						: field.new,
				),
			);
			if (field.source) bases.marketo.set(field.source.column, known(field.source.value));
		} else {
			if (twoWay) bases.marketo.set(name, unconfirmed(field.new));
			if (field.source) bases.dynamics.set(field.source.column, known(field.source.value));
		}
		if (!call.withHeld.has(link.id)) continue;
		await solveRefusal(db, { link: link.id, side: item.side, field: name });
		// What the source's side had refused of this field: the other side has let go of it.
		if (field.source)
			await solveRefusal(db, {
				link: link.id,
				side: item.side === 'dynamics' ? 'marketo' : 'dynamics',
				field: field.source.column,
			});
	}
	const created = item.operation === 'create';
	if (created && twoWay) fillEmptyBases(ledger, link, call);
	const email = twoWay?.email;
	const movedTo =
		item.side === 'dynamics' && email && email.column in fields
			? mailboxKey(ledger.key, item.values[email.column])
			: link.emailKey;
	if (movedTo !== link.emailKey)
		await wakeByEmail(ledger, db, ref.lane, link.emailKey, linkSubject(link));
	if (item.side === 'marketo' && email && email.field in fields)
		await wakeByEmail(ledger, db, ref.lane, fields[email.field]!.old, linkSubject(link));
	const moved: LinkChange = {
		emailKey: movedTo,
		bases,
		// Nobody has changed back yet what is new.
		...(created || !twoWay ? {} : { wrote: noteWrites(link.wrote, item.side, fields, call.cycle) }),
		// R45: of the row as it is now only what was written is known; its echo says whether a plug-in changed more.
		...(item.side === 'dynamics' ? { version: null } : {}),
		...(created ? { marketoId: outcome.id, state: 'active' as const } : {}),
		// An upsert by our own key makes again what somebody has deleted.
		...(twoWay || item.side === 'dynamics' ? {} : { marketoId: outcome.id }),
		updatedAt: ledger.clock.now(),
	};
	await changeLink(db, link, moved);
	const person = link.marketoId;
	if (call.withUnanswered.has(link.id)) await dropOlder(db, one);
	call.written.push({ one, person, created });
}

/** What all writes of a call that went through have in common, told to the ledger together. */
async function closeWritten(
	db: Db,
	{ id: lane, twoWay }: LaneDefinition,
	written: CallState['written'],
): Promise<void> {
	for (let from = 0; from < written.length; from += 200) {
		const piece = written.slice(from, from + 200);
		const { side } = piece[0]!.one.item;
		const plans = piece.map(({ one }) => one.plan.id);
		// R13: what is new has replaced nothing; only a write over something waits for its echo, where Marketo tells changes.
		const over =
			side === 'dynamics' || !twoWay
				? plans
				: piece.filter(({ created }) => created).map(({ one }) => one.plan.id);
		await dropPlans(db, over);
		if (over.length < plans.length) await awaitEcho(db, plans);
		await rememberOutcome(db, plans, 'written');
		await releaseClaims(
			db,
			piece.filter(({ created }) => created).map(({ one }) => linkSubject(one.link)),
		);
		const subjects = piece.flatMap(({ one, person }) => [
			linkSubject(one.link),
			...(person ? [subjectOf(one.link.object, person)] : []),
		]);
		await solveHelp(db, lane, subjects, side);
		await forgetFailures(db, lane, subjects, side);
	}
}

/** A person just made has nothing in the mapped fields that were not sent: that is known, not unset. */
function fillEmptyBases(ledger: Ledger, { table, bases }: Link, call: CallState): void {
	for (const row of tableOf(call.lane, table).mapping.rows) {
		const column = call.lane.fields.get(row.field);
		if (!column || baseOf(bases.marketo, row.field)) continue;
		bases.marketo.set(
			row.field,
			unconfirmed(fingerprint(ledger.key, normalForm(column, 'marketo', null))),
		);
	}
}

/** R15: an acknowledged write settles the field; older intentions of it are void. */
async function dropOlder(db: Db, one: Claimed) {
	for (const older of await unansweredBefore(db, one.plan)) {
		const left = Object.entries(older.fields).filter(([name]) => !(name in one.fields));
		await keepFields(db, older.id, Object.fromEntries(left));
	}
}

/** R10, R36: the refused field loses its intention and stays behind; the rest goes out once more. */
async function refusedField(
	ledger: Ledger,
	db: Db,
	ref: PageRef,
	one: Claimed,
	outcome: Extract<WriteOutcome, { kind: 'refused' }>,
	settled: Settled,
	call: CallState,
): Promise<boolean> {
	const name = fieldAtFault(outcome.refusal, Object.keys(one.fields));
	const refused = name ? one.fields[name]! : undefined;
	if (!name || !refused || refused.row === OWN_FIELD) return false;
	await keepRefusedField(ledger, db, {
		link: one.link,
		side: one.item.side,
		field: name,
		source: refused.source?.value ?? '',
		stood: refused.old ?? emptyPrint(ledger, call, one, name),
		refusal: outcome.refusal,
		label: one.item.label,
		run: ref.run,
	});
	const left: PlannedFields = Object.fromEntries(
		Object.entries(one.fields).filter(([field]) => field !== name),
	);
	if (
		Object.values(left).some((field) => field.row !== OWN_FIELD) ||
		(one.item.operation === 'create' && Object.keys(left).length > 0)
	) {
		await planAgain(db, one.plan.id, left);
		settled.again.push({ ...one, fields: left });
		return true;
	}
	await drop(db, one, 'refused');
	await forgetFailures(db, ref.lane, [linkSubject(one.link)], one.item.side);
	settled.receipts.push(
		receipt(one, 'refused', `${outcome.refusal.reason}. ${outcome.refusal.remedy}`),
	);
	return true;
}

/** What a field of a person holds who is being made without it; null where nobody knows. */
function emptyPrint(
	ledger: Ledger,
	{ lane }: CallState,
	{ item }: Claimed,
	name: string,
): Fingerprint | null {
	const column = item.operation === 'create' ? lane.fields.get(name) : undefined;
	return column ? fingerprintOf(ledger.key, column, 'marketo', null) : null;
}

async function drop(db: Db, one: Claimed, outcome: string) {
	await dropPlans(db, [one.plan.id]);
	// R24: nobody is being made, so others of the same e-mail need not wait.
	if (one.item.operation === 'create') await releaseClaims(db, [linkSubject(one.link)]);
	await rememberOutcome(db, [one.plan.id], outcome);
}

function systemOf(one: Claimed): string {
	return one.item.side === 'dynamics' ? `Dynamics ${one.link.table}` : 'Marketo';
}

export function receipt(
	one: { item: Claimed['item'] },
	outcome: Receipt['outcome'],
	message: string,
): Receipt {
	const { item } = one;
	return {
		kind: 'receipt',
		page: item.page,
		side: item.side,
		plan: item.plan,
		table: item.table,
		id: item.id,
		label: item.label,
		outcome,
		message,
		fields: Object.keys(item.values),
	};
}
