import { fingerprintOf, fingerprint } from '../fingerprint';
import type { LaneDefinition, TwoWay } from '../lanes/definition';
import { known, unconfirmed, baseOf } from '../ledger/bases';
import { releaseClaims } from '../ledger/claims';
import { ADDRESSED, enqueue } from '../ledger/due';
import { forgetFailures } from '../ledger/failures';
import { wakeByEmail, solveHelp } from '../ledger/help';
import { rememberOutcome } from '../ledger/history';
import { findLane } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { type Link, linksById, type LinkChange, changeLink } from '../ledger/links';
import { pinnedMapping } from '../ledger/mappings';
import {
	sentPlans,
	OWN_FIELD,
	PUT_BACK,
	dropPlans,
	awaitEcho,
	unansweredBefore,
	keepFields,
} from '../ledger/plans';
import { linksWithRefusals, solveRefusal } from '../ledger/refusals';
import type { Db } from '../ledger/schema';
import { linkSubject, subjectOf } from '../ledger/subject';
import { normalForm } from '../normalForm';
import type { WriteOutcome } from '../ports';
import type { PageRef } from '../schedule/token';
import type { Claimed } from './claim';
import { timesBeside } from './editTimes';
import { followed } from './deletes';
import { mailboxKey } from './emailKey';
import { leavePerson } from './mergedPairs';
import { notKept } from './notKept';
import { wakeChildren } from './parents';
import { noteWrites } from './pingPong';
import { keepRefusedField, logRefusedBefore, wakeWaiting } from './refusedField';
import { leaveFormer, recordRemoved } from './removed';
import { type MappedLane, mappedLane, tableOf } from './tables';

/** What the ledger knows of the records of one call, asked once for all of them. */
export interface CallState {
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

export async function loadCall(
	db: Db,
	definition: LaneDefinition,
	ref: PageRef,
	claimed: Claimed[],
): Promise<CallState> {
	const ids = claimed.map((one) => one.plan.link);
	const plans = await sentPlans(db, ids);
	return {
		links: await linksById(db, ids),
		sent: new Set(
			plans.filter(({ state }) => state === 'sent' || state === 'inFile').map(({ id }) => id),
		),
		withHeld: await linksWithRefusals(db, ids),
		withUnanswered: new Set(
			plans.filter(({ state }) => state === 'unknown').map(({ link }) => link),
		),
		lane: await mappedLane(db, definition, (await pinnedMapping(db, ref.lane))?.mapping ?? {}),
		cycle: (await findLane(db, ref.lane))!.cycle,
		written: [],
	};
}

/** Success moves link, row version and base; in Marketo provisionally, until its echo (R14). */
export async function written(
	ledger: Ledger,
	db: Db,
	ref: PageRef,
	one: Claimed,
	outcome: Extract<WriteOutcome, { kind: 'ok' }>,
	call: CallState,
): Promise<void> {
	const { link, item } = one;
	const { twoWay: bothWays } = call.lane.definition;
	if (bothWays && (item.operation === 'delete' || item.operation === 'deactivate')) {
		await noteFollowed(ledger, db, ref, one, bothWays.email.field);
		call.written.push({ one, person: null, created: false });
		return;
	}
	if (item.operation === 'delete') {
		await recordRemoved(ledger, db, ref.run, link);
		call.written.push({ one, person: null, created: false });
		return;
	}
	if (item.operation === 'merge' && item.side === 'dynamics') {
		// R45: what else the merge has changed in the row, it says when it comes in.
		await changeLink(db, link, { isInactive: true, version: null });
		call.written.push({ one, person: null, created: false });
		return;
	}
	if (item.operation === 'merge') {
		call.written.push({ one, person: link.marketoId, created: false });
		await leavePerson(ledger, db, ref.lane, link);
		return;
	}
	const { bases } = link;
	const fields = one.fields;
	const { twoWay } = call.lane.definition;
	let isMoved = false;
	for (const [name, field] of Object.entries(fields)) {
		if (field.row === OWN_FIELD) {
			const { column, value } = field.source ?? {};
			if (column === undefined || value === undefined) continue;
			const before = baseOf(bases.dynamics, column);
			isMoved ||= before !== null && before.hash !== value;
			bases.dynamics.set(column, known(value));
			continue;
		}
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
			const there = reported
				? fingerprintOf(ledger.key, column, 'dynamics', outcome.values![name])
				: field.new;
			bases.dynamics.set(name, known(there));
			if (field.source) bases.marketo.set(field.source.column, known(field.source.value));
		} else {
			if (twoWay) bases.marketo.set(name, unconfirmed(field.new));
			if (field.source) bases.dynamics.set(field.source.column, known(field.source.value));
		}
		if (call.withHeld.has(link.id)) await solveHeld(db, one, name);
		if (item.side === 'dynamics') await keepWhatDiffers(ledger, db, ref, one, outcome, call, name);
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
	if (item.side === 'marketo' && email && email.field in fields) {
		await wakeByEmail(ledger, db, ref.lane, fields[email.field]!.old, linkSubject(link));
		if (link.marketoId) await wakeWaiting(ledger, db, ref, link.marketoId);
	}
	const moved: LinkChange = {
		emailKey: movedTo,
		bases,
		editTimes: timesBeside(link.editTimes, item.side, fields),
		// Nobody has changed back yet what is new.
		...(created || !twoWay ? {} : { wrote: noteWrites(link.wrote, item.side, fields, call.cycle) }),
		// R45: of the row as it is now only what was written is known; its echo says whether a plug-in changed more.
		...(item.side === 'dynamics' ? { version: null } : {}),
		...(created ? { marketoId: outcome.id, state: 'active' as const } : {}),
		// An upsert by our own key makes again what somebody has deleted.
		...(twoWay || item.side === 'dynamics' ? {} : { marketoId: outcome.id }),
		updatedAt: ledger.clock.now(),
	};
	const former = link.marketoId;
	await changeLink(db, link, moved);
	if (isMoved && former !== null) await leaveFormer(ledger, db, ref.run, link, former);
	const person = link.marketoId;
	if (created && call.withHeld.has(link.id)) await logRefusedBefore(db, link);
	if (call.withUnanswered.has(link.id)) await dropOlder(db, one);
	call.written.push({ one, person, created });
}

/** R29: what was to follow a delete is done; its echo finds nothing that it could end once more. */
async function noteFollowed(
	ledger: Ledger,
	db: Db,
	{ lane, run }: PageRef,
	{ link, item }: Claimed,
	email: string,
): Promise<void> {
	const now = ledger.clock.now();
	const operation = item.operation === 'deactivate' ? item.operation : 'delete';
	// Others who stood in the person's way by their e-mail need not any more.
	if (item.side === 'marketo')
		await wakeByEmail(
			ledger,
			db,
			lane,
			mailboxKey(ledger.key, item.values[email] ?? null),
			linkSubject(link),
		);
	await changeLink(db, link, followed(operation, link, now));
	await releaseClaims(db, [linkSubject(link)]);
	if (link.state !== 'unlinked') return;
	await enqueue(ledger, db, {
		lane,
		subject: linkSubject(link),
		dueAt: now,
		code: 'restored',
		reason: 'The record was restored in Dynamics after its person had been deleted with it',
		run,
		label: item.label,
	});
}

async function solveHeld(db: Db, { link, item, fields }: Claimed, name: string): Promise<void> {
	await solveRefusal(db, { link: link.id, side: item.side, field: name });
	// What the source's side had refused of this field: the other side has let go of it.
	const source = fields[name]!.source?.column;
	if (source === undefined) return;
	const side = item.side === 'dynamics' ? 'marketo' : 'dynamics';
	await solveRefusal(db, { link: link.id, side, field: source });
}

/** R48: Dynamics reports another value than it was sent (a plug-in set it): nothing travels back, people are told. */
async function keepWhatDiffers(
	ledger: Ledger,
	db: Db,
	ref: PageRef,
	{ link, item, fields, values }: Claimed,
	outcome: Extract<WriteOutcome, { kind: 'ok' }>,
	call: CallState,
	name: string,
): Promise<void> {
	const column = tableOf(call.lane, link.table).columns.get(name);
	const source = fields[name]!.source?.value;
	if (!column || source === undefined || !(name in (outcome.values ?? {}))) return;
	const there = outcome.values![name]!;
	const refusal = notKept(column, 'dynamics', values[name]!, there);
	if (!refusal) return;
	await keepRefusedField(ledger, db, {
		link,
		side: 'dynamics',
		field: name,
		source,
		stood: fingerprintOf(ledger.key, column, 'dynamics', there),
		refusal,
		label: item.label,
		run: ref.run,
	});
}

/** What all writes of a call that went through have in common, told to the ledger together. */
export async function closeWritten(
	ledger: Ledger,
	db: Db,
	{ id: lane, twoWay }: LaneDefinition,
	ref: PageRef,
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
				: piece.filter((done) => done.created || isOwn(done.one)).map(({ one }) => one.plan.id);
		await dropPlans(db, over);
		if (over.length < plans.length) await awaitEcho(db, plans);
		await rememberOutcome(db, plans, 'written');
		await wakeParentsChildren(ledger, db, ref, piece);
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
		if (twoWay && side === 'marketo') await lookAtAddressed(ledger, db, ref, twoWay.email, piece);
	}
}

/** R39: of records that were made just now. */
async function wakeParentsChildren(
	ledger: Ledger,
	db: Db,
	{ lane, run }: PageRef,
	written: CallState['written'],
): Promise<void> {
	const made = written.filter(({ created }) => created).map(({ one }) => one.link);
	await wakeChildren(ledger, db, lane, made, run);
}

/**
 * R48: what a person holds that was not sent is read once. An opt-out belongs to the address: Marketo applies it
 * again to whoever is made with it, or gets it, without a word in the log.
 */
async function lookAtAddressed(
	ledger: Ledger,
	db: Db,
	{ lane, run }: PageRef,
	{ field: email }: TwoWay['email'],
	written: CallState['written'],
): Promise<void> {
	for (const { one, created } of written) {
		if (!one.link.marketoId || !(created || email in one.fields)) continue;
		await enqueue(ledger, db, {
			lane,
			subject: subjectOf(one.link.object, one.link.marketoId),
			dueAt: ledger.clock.now(),
			code: ADDRESSED,
			reason: 'Read once after its address was written',
			run,
			label: one.item.label,
		});
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

/** Whether nothing was written but what sync keeps on the person, whose changes nobody looks for. */
function isOwn({ fields }: Claimed): boolean {
	return Object.values(fields).every(({ row }) => row === OWN_FIELD);
}

/** R15: an acknowledged write settles the field; older intentions of it are void. */
async function dropOlder(db: Db, one: Claimed) {
	for (const older of await unansweredBefore(db, one.plan)) {
		const left = Object.entries(older.fields).filter(([name]) => !(name in one.fields));
		await keepFields(db, older.id, Object.fromEntries(left));
	}
}
