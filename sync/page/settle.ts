import { fingerprintOf, type Fingerprint } from '../fingerprint';
import type { Receipt, Side } from '../items';
import type { PageRef } from '../schedule/token';
import type { LaneDefinition } from '../lanes/definition';
import { logForPerson } from '../ledger/activityLog';
import { releaseClaims } from '../ledger/claims';
import { UNANSWERED } from '../ledger/due';
import { forgetFailures, retryLater } from '../ledger/failures';
import { needsHelp, type NewHelp } from '../ledger/help';
import { forgetWhenDescribed } from '../ledger/columns';
import { rememberOutcome } from '../ledger/history';
import type { Ledger } from '../ledger/ledger';
import {
	comesFirst,
	dropPlans,
	OWN_FIELD,
	planAgain,
	takeBackSent,
	type PlannedFields,
} from '../ledger/plans';
import type { Db } from '../ledger/schema';
import { linkSubject } from '../ledger/subject';
import { COLUMN_CLOSED, NO_ACCESS, type WriteOutcome } from '../ports';
import type { Claimed } from './claim';
import { fieldAtFault, keepRefusedField } from './refusedField';
import { refusedReference } from './parents';
import { waitForSight } from './waitForSight';
import { loadCall, closeWritten, type CallState, written } from './written';

const EXISTS_REMEDY: Record<Side, string> = {
	dynamics:
		'Another record in Dynamics has a value that has to be unique. Find it and correct or merge it, then choose Retry',
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
				reason: 'The answer has no result for this record',
			};
			const link = call.links.get(one.plan.link);
			// The run was taken over while the call was out: the record is judged by reading, not here (I15).
			if (!link || !call.sent.has(one.plan.id)) {
				settled.receipts.push(
					receipt(
						one,
						'unknown',
						'The run was taken over in the meantime; the record is read again',
					),
				);
				continue;
			}
			await settleOne(ledger, db, ref, { ...one, link }, outcome, settled, call);
		}
		await closeWritten(ledger, db, definition, ref, call.written);
		return settled;
	});
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
	const later = {
		lane: ref.lane,
		subject,
		run: ref.run,
		label: one.item.label,
		comesFirst: comesFirst(one.plan),
	};
	const failed = { ...later, side: one.item.side };
	switch (outcome.kind) {
		case 'ok':
			await written(ledger, db, ref, one, outcome, call);
			say('written', 'Written');
			return;
		case 'refused':
			if (await refusedField(ledger, db, ref, one, outcome, settled, call)) return;
			await drop(db, one, 'refused');
			if (outcome.refusal.code === COLUMN_CLOSED) {
				// R47: which column it is, the next page asks for; the others go on.
				await forgetWhenDescribed(db, [one.link.table]);
				await retryLater(ledger, db, { ...failed, ...outcome.refusal, soon: 0 });
				say('again', `${outcome.refusal.reason}; the columns are looked at again`);
				return;
			}
			if (await isNewHelp(ledger, db, { ...failed, ...outcome.refusal })) {
				// Nobody reads the log of a person who is deleted.
				if (
					one.link.marketoId &&
					call.lane.definition.twoWay &&
					one.link.state !== 'goneInMarketo'
				) {
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
				soon: 0,
				code: 'changedMeanwhile',
				reason: 'Whenever it is written, somebody has changed the record since it was read',
				remedy:
					'Find the flow, plug-in or integration that keeps saving the record, then choose Retry',
			});
			say('again', 'Somebody changed the row in the meantime; it is read and decided again');
			return;
		case 'exists':
			await drop(db, one, 'exists already');
			await retryLater(ledger, db, {
				...failed,
				soon: 0,
				code: 'exists',
				reason: `${systemOf(one)}: ${outcome.reason}`,
				remedy: EXISTS_REMEDY[one.item.side],
			});
			say('again', `${outcome.reason}; it is looked up`);
			return;
		case 'missing':
			if (isOfGone(one)) {
				const { link } = one;
				const gone = { kind: 'ok', id: link.marketoId ?? '' } as const;
				await written(ledger, db, ref, one, gone, call);
				say(
					'written',
					`It is no longer in ${one.item.side === 'dynamics' ? 'Dynamics' : 'Marketo'}`,
				);
				return;
			}
			if (await leaveReferenceBehind(ledger, db, ref, one, settled, call, outcome.field)) return;
			await drop(db, one, 'not found');
			if (one.item.side === 'dynamics')
				await retryLater(ledger, db, {
					...failed,
					soon: 0,
					code: 'missing',
					reason: 'Dynamics does not find the row when it is written',
					remedy: 'Check whether the sync user may write this record, then choose Retry',
				});
			else
				await retryLater(ledger, db, {
					...failed,
					code: 'missing',
					reason: 'The person was not found in Marketo',
					remedy:
						'If it was merged in Marketo, choose Forget for this record, so that it is matched again',
				});
			say('again', 'The record was not found; it is looked up again');
			return;
		case 'again':
			await drop(db, one, 'tried again');
			await retryLater(ledger, db, {
				...failed,
				code: 'again',
				reason: outcome.reason,
				remedy: outcome.remedy ?? 'Nothing to do unless it persists; then look at the reason',
			});
			say('again', `${outcome.reason}; it is tried again`);
			return;
		case 'unknown': {
			await takeBackSent(db, one.plan.id, 'unknown');
			await retryLater(ledger, db, {
				...failed,
				soon: ledger.timing.unansweredGrace,
				isUnanswered: true,
				code: UNANSWERED,
				reason: outcome.reason,
				remedy:
					'Find out what makes saving this record fail (a plug-in, a very long text), then choose Retry',
			});
			say('unknown', `${outcome.reason}; it is read before anything is written again`);
		}
	}
}

/** A write that makes nothing where nothing is. */
function isOfGone({ item: { operation } }: Claimed): boolean {
	return operation === 'delete' || operation === 'mark';
}

/** R30: the sync's user may get its right back any time, so it is not left at what was refused. */
async function isNewHelp(ledger: Ledger, db: Db, help: NewHelp): Promise<boolean> {
	return help.code === NO_ACCESS
		? await waitForSight(ledger, db, help)
		: await needsHelp(ledger, db, help);
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
	if (isWorthWriting(one.item, left, call)) {
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

/** Whether anything is left but what goes along with any write: when it was made, and one way by whose id. */
function isWorthWriting(
	{ operation }: Claimed['item'],
	left: PlannedFields,
	{ lane: { definition } }: CallState,
): boolean {
	const { twoWay } = definition;
	return Object.entries(left).some(
		([name, { row }]) =>
			operation === 'create' ||
			row !== OWN_FIELD ||
			(twoWay !== null && name !== twoWay.marks.lastSync),
	);
}

/**
 * R39: what Marketo does not find may be a company or owner that the record names, where no lane writes them: that
 * field stays behind, and the rest tells whether it is the record itself.
 */
async function leaveReferenceBehind(
	ledger: Ledger,
	db: Db,
	ref: PageRef,
	one: Claimed,
	settled: Settled,
	call: CallState,
	field?: string,
): Promise<boolean> {
	if (one.item.side !== 'marketo') return false;
	const waiting = { lane: ref.lane, subject: linkSubject(one.link) };
	const sent = Object.entries(one.fields)
		.filter(([, { row }]) => row !== OWN_FIELD)
		.map(([name]) => [name, one.item.values[name] ?? null]);
	const { fields } = call.lane;
	const refusal = await refusedReference(db, waiting, Object.fromEntries(sent), fields, field);
	if (!refusal) return false;
	return await refusedField(ledger, db, ref, one, { kind: 'refused', refusal }, settled, call);
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
	if (['create', 'delete', 'deactivate'].includes(one.item.operation))
		await releaseClaims(db, [linkSubject(one.link)]);
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
