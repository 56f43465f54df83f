import type { AnswerItem } from '../items';
import { OtherSystem } from '../schedule/systems';
import { logForPerson } from '../ledger/activityLog';
import { releaseClaims } from '../ledger/claims';
import { settleSubjects } from '../ledger/due';
import { needsHelp } from '../ledger/help';
import { actionSubject } from '../ledger/subject';
import { PEOPLE } from '../lanes/people';
import { writeLog } from '../page/personLog';
import { ComeBackLater, SetUpProblem, type MarketoPort } from '../ports';
import {
	AT_ONCE,
	BY_CAMPAIGN,
	close,
	closeAll,
	fail,
	NOT_LINKED,
	openBatch,
	SOON_MS,
	wait,
	type AtOnce,
	type Batch,
	type PersonAction,
	type Result,
} from './batch';
import { linkOrReserve } from './linkOrReserve';
import { claimMailboxes, claimPeople, findRows, leaveLinked, readPeople } from './findRows';
import { lookAgain, MOST_LOOKS, pauseAfter, requestsById } from '../ledger/requests';
import { makeRows } from './makeRows';
import { writeBack } from './writeBack';

/**
 * *Sync Person to Dynamics*: everybody who is not linked yet is linked with the row that is there, or gets
 * one. Repeating it does nothing more. At most 300 people; 1 read and 1 write in Marketo, 1 to 4 calls to
 * Dynamics for all of them. Answers in the order asked for; never throws for a person or a vendor's error.
 */
export async function syncPeople(parts: AtOnce, actions: PersonAction[]): Promise<AnswerItem[]> {
	const batch = await openBatch(parts, actions, BY_CAMPAIGN);
	try {
		for (const step of [
			leaveLinked,
			claimPeople,
			readPeople,
			claimMailboxes,
			findRows,
			linkOrReserve,
			makeRows,
		]) {
			if (batch.open.size > 0) await step(batch);
		}
		await writeBack(batch);
	} catch (error) {
		closeAll(batch, interrupted(error));
		if (!isKnown(error)) throw error;
	} finally {
		await releaseClaims(parts.ledger.db, [batch.holder]);
	}
	await putBack(batch, actions);
	await tell(batch);
	const at = new Date(parts.ledger.clock.now()).toISOString();
	return actions.map((action) => answerItem(action, batch, at));
}

function isKnown(error: unknown): error is ComeBackLater | SetUpProblem | OtherSystem {
	return (
		error instanceof ComeBackLater || error instanceof SetUpProblem || error instanceof OtherSystem
	);
}

/** A call did not happen, or its end is not known: what was reserved is asked for with the next try. */
function interrupted(error: unknown): Result {
	if (error instanceof SetUpProblem || error instanceof OtherSystem)
		return fail('NOT_SET_UP', error.message, error.remedy);
	return wait(
		error instanceof Error ? error.message : String(error),
		error instanceof ComeBackLater ? error.afterMs : 0,
	);
}

/** Who could not be settled yet is looked at again later, until it is too often. */
async function putBack(batch: Batch, actions: PersonAction[]): Promise<void> {
	const { ledger } = batch;
	const waiting = actions.filter(
		(action) => action.request && batch.results.get(action.person)!.outcome === 'waiting',
	);
	for (const { id, person, looks } of await requestsById(
		ledger.db,
		waiting.map((action) => action.request!),
	)) {
		const { reason, afterMs, patient = false } = batch.results.get(person)!;
		const look = looks + 1;
		if (patient || look < MOST_LOOKS)
			await lookAgain(ledger, ledger.db, id, pauseAfter(look, afterMs || SOON_MS), !patient);
		else
			close(
				batch,
				person,
				fail(
					'NOT_DONE',
					`It failed after ${look} tries: ${reason}`,
					'Remove the cause, then choose Retry',
				),
			);
	}
}

/** What failed stands among the records that need help, and in the person's activity log, once (R25). */
async function tell(batch: Batch<MarketoPort>): Promise<void> {
	const { ledger, marketo } = batch;
	const logged = await ledger.db.transaction().execute(async (db) => {
		const people: string[] = [];
		for (const [person, result] of batch.results) {
			const subject = actionSubject(person);
			if (result.outcome === 'waiting' || result.errorCode === NOT_LINKED) continue;
			if (result.outcome !== 'failed') {
				await settleSubjects(db, PEOPLE, [subject]);
				if (result.outcome === 'created') people.push(person);
				continue;
			}
			const { errorCode: code, reason, remedy } = result;
			const label = batch.candidates.get(person)!.label;
			const news = await needsHelp(ledger, db, {
				lane: PEOPLE,
				subject,
				code,
				reason,
				remedy,
				run: AT_ONCE,
				label,
				side: 'dynamics',
			});
			if (!news || code === 'PERSON_NOT_FOUND' || code === 'NOT_SET_UP') continue;
			await logForPerson(db, {
				lane: PEOPLE,
				person,
				at: ledger.clock.now(),
				subject: 'Sync Person to Dynamics failed',
				field: '',
				reason,
				remedy,
			});
			people.push(person);
		}
		return people;
	});
	// Entries that could not be written now go out with the next page of the sync.
	if (logged.length > 0)
		await writeLog(ledger, PEOPLE, marketo, { people: logged }).catch(() => {});
}

function answerItem(action: PersonAction, batch: Batch, at: string): AnswerItem {
	const { afterMs: _, patient: __, mayNot: ___, ...told } = batch.results.get(action.person)!;
	return {
		kind: 'answer',
		request: action.request,
		table: 'person',
		id: action.person,
		label: batch.candidates.get(action.person)!.label,
		changedAt: at,
		success: told.outcome === 'waiting' ? null : told.outcome !== 'failed',
		...told,
		values: action.values,
	};
}
