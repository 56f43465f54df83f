import { fingerprint, fingerprintOf } from '../fingerprint';
import type { Receipt } from '../items';
import type { PageRef } from '../lane/token';
import { provisional, readBase } from '../ledger/bases';
import type { Ledger } from '../ledger/ledger';
import { enqueue, needsHelp, retryLater, solveRefusal, wakeByEmail } from '../ledger/queue';
import { PUT_BACK, type Bases, type Db, type LinkRow, type PlannedFields } from '../ledger/schema';
import { subjectOf } from '../ledger/subject';
import { normalForm } from '../normalForm';
import type { WriteOutcome } from '../ports';
import { keptColumns } from './catalogue';
import type { Claimed } from './claim';
import { hold, logOnce, solve } from './hold';
import { EMAIL_COLUMN, EMAIL_FIELD, mailboxKey } from './mailbox';
import { noteWrites, type Wrote } from './pingPong';
import { linkSubject, plannedFields } from './pageState';

export interface Settled {
	receipts: Receipt[];
	/** Records of which one field was refused: the rest may go out once more (R36). */
	again: Claimed[];
}

/** R9: what became of each record of one call, as soon as the answer is there; one transaction. */
export async function settleWrites(ledger: Ledger, ref: PageRef, claimed: Claimed[], outcomes: WriteOutcome[]): Promise<Settled> {
	return await ledger.db.transaction().execute(async (db) => {
		const settled: Settled = { receipts: [], again: [] };
		for (const [index, one] of claimed.entries()) {
			const outcome = outcomes[index] ?? { kind: 'unknown' as const, reason: 'The answer has no part for this record' };
			const link = await db.selectFrom('link').selectAll().where('id', '=', one.plan.link).executeTakeFirst();
			const plan = await db.selectFrom('plan').select('state').where('id', '=', one.plan.id).executeTakeFirst();
			// The run was taken over while the call was out: the record is judged by reading, not here (I15).
			if (!link || plan?.state !== 'sent') {
				settled.receipts.push(receipt(one, 'unknown', 'The run was taken over meanwhile; the record is read again'));
				continue;
			}
			await settleOne(ledger, db, ref, { ...one, link }, outcome, settled);
		}
		return settled;
	});
}

async function settleOne(ledger: Ledger, db: Db, ref: PageRef, one: Claimed, outcome: WriteOutcome, settled: Settled): Promise<void> {
	const subject = linkSubject(one.link);
	const say = (kind: Receipt['outcome'], message: string) => settled.receipts.push(receipt(one, kind, message));
	const later = { subject, run: ref.run, label: one.item.label };
	switch (outcome.kind) {
		case 'ok':
			await written(ledger, db, ref, one, outcome);
			say('written', 'Written');
			return;
		case 'refused':
			if (await refusedField(ledger, db, ref, one, outcome, settled)) return;
			await drop(db, one, 'refused');
			if (await needsHelp(ledger, db, { ...later, ...outcome.refusal, side: one.item.side })) {
				if (one.link.marketo_id) {
					const { reason, remedy } = outcome.refusal;
					await logOnce(ledger, db, { person: one.link.marketo_id, subject: `${systemOf(one)} refused the record`, field: '', reason, remedy });
				}
			}
			say('refused', `${outcome.refusal.reason}. ${outcome.refusal.remedy}`);
			return;
		case 'changedMeanwhile':
			await drop(db, one, 'changed meanwhile');
			await enqueue(ledger, db, { ...later, dueAt: ledger.clock.now(), code: 'changedMeanwhile', reason: 'Somebody changed the row meanwhile' });
			say('again', 'Somebody changed the row meanwhile; it is read and decided again');
			return;
		case 'exists':
			await drop(db, one, 'exists already');
			await retrySoon(ledger, db, { ...later, code: 'exists', reason: outcome.reason, remedy: 'Look for the person in Marketo; merge duplicates, then choose Retry' });
			say('again', 'A person like this exists already; it is looked up and linked');
			return;
		case 'missing':
			await drop(db, one, 'not found');
			if (one.item.side === 'dynamics') await enqueue(ledger, db, { ...later, dueAt: ledger.clock.now(), code: 'missing', reason: 'The row was not found' });
			else await retryLater(ledger, db, { ...later, code: 'missing', reason: 'The person was not found in Marketo', remedy: 'Was it merged in Marketo? Choose Forget for this record to match it anew' });
			say('again', 'The record was not found; it is looked up again');
			return;
		case 'again':
			await drop(db, one, 'tried again');
			await retryLater(ledger, db, { ...later, code: 'again', reason: outcome.reason, remedy: 'Nothing to do unless it goes on; then look at the reason' });
			say('again', `${outcome.reason}; it is tried again`);
			return;
		case 'unknown': {
			await db.updateTable('plan').set({ state: 'unknown' }).where('id', '=', one.plan.id).execute();
			await noteOutcome(db, one, 'no answer');
			await enqueue(ledger, db, { ...later, dueAt: ledger.clock.now() + ledger.timing.unansweredGrace, code: 'unanswered', reason: outcome.reason });
			say('unknown', `${outcome.reason}; it is read before anything is written again`);
		}
	}
}

/** Tried again with the next page a few times, then later and later. */
async function retrySoon(ledger: Ledger, db: Db, due: Parameters<typeof retryLater>[2]) {
	const row = await db.selectFrom('queue').select('attempts').where('subject', '=', due.subject).executeTakeFirst();
	if ((row?.attempts ?? 0) < 2) await enqueue(ledger, db, { ...due, dueAt: ledger.clock.now() });
	else await retryLater(ledger, db, due);
}

/** Success moves link, row version and base; in Marketo provisionally, until its echo (R14). */
async function written(ledger: Ledger, db: Db, ref: PageRef, one: Claimed, outcome: Extract<WriteOutcome, { kind: 'ok' }>): Promise<void> {
	const { link, item } = one;
	const bases: Record<'dynamics' | 'marketo', Bases> = {
		dynamics: JSON.parse(link.bases_dynamics) as Bases,
		marketo: JSON.parse(link.bases_marketo) as Bases,
	};
	const fields = one.fields;
	const columns = item.side === 'dynamics' ? await keptColumns(db, link.table_name) : null;
	for (const [name, field] of Object.entries(fields)) {
		if (field.row === 'link') continue;
		if (field.row === PUT_BACK) {
			// It differs from the base as before, and goes its usual way.
			await enqueue(ledger, db, { subject: linkSubject(link), dueAt: ledger.clock.now(), code: 'putBack', reason: 'An edit was put back', run: ref.run, label: item.label });
			continue;
		}
		if (item.side === 'dynamics') {
			const column = columns!.get(name);
			const reported = column && outcome.values && name in outcome.values;
			// R14: the target's base is what the target reports.
			bases.dynamics[name] = reported ? fingerprintOf(ledger.key, column, 'dynamics', outcome.values![name]) : field.new;
			if (field.source) bases.marketo[field.source.column] = field.source.value;
		} else {
			bases.marketo[name] = provisional(field.new);
			if (field.source) bases.dynamics[field.source.column] = field.source.value;
		}
		await solve(db, link.id, item.side, name);
	}
	const created = item.operation === 'create';
	if (created) await fillEmptyBases(ledger, db, link, bases);
	const movedTo = item.side === 'dynamics' && EMAIL_COLUMN in fields ? mailboxKey(ledger.key, item.values[EMAIL_COLUMN]) : link.email_key;
	if (movedTo !== link.email_key) await wakeByEmail(ledger, db, link.email_key, linkSubject(link));
	if (item.side === 'marketo' && EMAIL_FIELD in fields) await wakeByEmail(ledger, db, fields[EMAIL_FIELD]!.old, linkSubject(link));
	await db
		.updateTable('link')
		.set({
			email_key: movedTo,
			bases_dynamics: JSON.stringify(bases.dynamics),
			bases_marketo: JSON.stringify(bases.marketo),
			wrote: JSON.stringify(noteWrites(JSON.parse(link.wrote) as Wrote, item.side, fields, await cycleOf(db, ref))),
			...(item.side === 'dynamics' ? { version: outcome.version ?? null } : {}),
			...(created ? { marketo_id: outcome.id, state: 'active' as const } : {}),
			updated_at: ledger.clock.now(),
		})
		.where('id', '=', link.id)
		.execute();
	if (created) await db.deleteFrom('claim').where('holder', '=', linkSubject(link)).execute();
	await dropOlder(db, one);
	if (item.side === 'marketo') await db.updateTable('plan').set({ state: 'echo' }).where('id', '=', one.plan.id).execute();
	else await db.deleteFrom('plan').where('id', '=', one.plan.id).execute();
	await noteOutcome(db, one, 'written');
	const person = created ? outcome.id : link.marketo_id;
	await solveRefusal(db, [linkSubject(link), ...(person ? [subjectOf('person', person)] : [])], item.side);
}

async function cycleOf(db: Db, ref: PageRef): Promise<number> {
	const lane = await db.selectFrom('lane').select('cycle').where('name', '=', ref.lane).executeTakeFirstOrThrow();
	return lane.cycle;
}

/** A person just made has nothing in the mapped fields that were not sent: that is known, not unset. */
async function fillEmptyBases(ledger: Ledger, db: Db, link: LinkRow, bases: Record<'dynamics' | 'marketo', Bases>) {
	const pinned = await db.selectFrom('mapping').select('mapping').executeTakeFirst();
	if (!pinned) return;
	const rows = (JSON.parse(pinned.mapping) as Record<string, { rows: Array<{ column: string; field: string }> }>)[link.table_name]?.rows ?? [];
	const columns = await keptColumns(db, 'person');
	for (const row of rows) {
		const column = columns.get(row.field);
		if (!column || readBase(bases.marketo, row.field)) continue;
		bases.marketo[row.field] = provisional(fingerprint(ledger.key, normalForm(column, 'marketo', null)));
	}
}

/** R15: an acknowledged write settles the field; older intentions of it are void. */
async function dropOlder(db: Db, one: Claimed) {
	const older = await db
		.selectFrom('plan')
		.selectAll()
		.where('link', '=', one.link.id)
		.where('side', '=', one.item.side)
		.where('state', '=', 'unknown')
		.where('seq', '<', one.plan.seq)
		.execute();
	for (const plan of older) {
		const left = Object.entries(plannedFields(plan)).filter(([name]) => !(name in one.fields));
		if (left.length === 0) await db.deleteFrom('plan').where('id', '=', plan.id).execute();
		else await db.updateTable('plan').set({ fields: JSON.stringify(Object.fromEntries(left)) }).where('id', '=', plan.id).execute();
	}
}

/** R10, R36: the refused field loses its intention and stays behind; the rest goes out once more. */
async function refusedField(ledger: Ledger, db: Db, ref: PageRef, one: Claimed, outcome: Extract<WriteOutcome, { kind: 'refused' }>, settled: Settled): Promise<boolean> {
	const name = Object.keys(one.fields).find((field) => field.toLowerCase() === outcome.refusal.field?.toLowerCase());
	const refused = name ? one.fields[name]! : undefined;
	if (!name || !refused || refused.row === 'link') return false;
	await hold(ledger, db, {
		link: one.link,
		side: one.item.side,
		field: name,
		source: refused.source?.value ?? '',
		refusal: outcome.refusal,
		label: one.item.label,
		run: ref.run,
	});
	const left: PlannedFields = Object.fromEntries(Object.entries(one.fields).filter(([field]) => field !== name));
	if (Object.values(left).some((field) => field.row !== 'link') || (one.item.operation === 'create' && Object.keys(left).length > 0)) {
		await db.updateTable('plan').set({ state: 'planned', fields: JSON.stringify(left) }).where('id', '=', one.plan.id).execute();
		settled.again.push({ ...one, fields: left });
		return true;
	}
	await drop(db, one, 'refused');
	settled.receipts.push(receipt(one, 'refused', `${outcome.refusal.reason}. ${outcome.refusal.remedy}`));
	return true;
}

async function drop(db: Db, one: Claimed, outcome: string) {
	await db.deleteFrom('plan').where('id', '=', one.plan.id).execute();
	await noteOutcome(db, one, outcome);
}

async function noteOutcome(db: Db, one: Claimed, outcome: string) {
	await db.updateTable('history').set({ outcome }).where('plan', '=', one.plan.id).execute();
}

function systemOf(one: Claimed): string {
	return one.item.side === 'dynamics' ? `Dynamics ${one.link.table_name}` : 'Marketo';
}

export function receipt(one: { item: Claimed['item'] }, outcome: Receipt['outcome'], message: string): Receipt {
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
