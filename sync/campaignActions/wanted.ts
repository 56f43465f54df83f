import { inChunks } from '../../lists/inChunks';
import type { Receipt, WantedItem } from '../items';
import { logForPerson } from '../ledger/activityLog';
import { releaseClaims } from '../ledger/claims';
import { enqueue, settleSubjects } from '../ledger/due';
import { retryLater } from '../ledger/failures';
import { needsHelp } from '../ledger/help';
import { problemMet, problemOver } from '../ledger/laneProblem';
import { findLane } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import type { Db } from '../ledger/schema';
import { actionSubject, recordSubject } from '../ledger/subject';
import type { LaneDefinition } from '../lanes/definition';
import { PERSON } from '../lanes/people';
import { acceptWrites } from '../page/claim';
import { applyDynamics } from '../page/apply';
import { waitFor } from '../page/turnedAway';
import { firstLook } from '../page/waitForSight';
import { sealOf } from '../page/wanted';
import { ComeBackLater, MayNotCreate, SetUpProblem, type DynamicsMaker } from '../ports';
import { ownSubscription, stepOf, stopAtOthers } from '../schedule/systems';
import { assertCurrent, currentLane, type PageRef } from '../schedule/token';
import { closeAll, openBatch, OVER, wait, type By, type Result } from './batch';
import {
	claimMailboxes,
	claimPeople,
	findRows,
	leaveLinked,
	refuseSharedMailboxes,
	takePeople,
} from './findRows';
import { linkOrReserve } from './linkOrReserve';
import { makeRows } from './makeRows';

/** People worked on together: as many as Dynamics is asked for by e-mail in one call. */
const TOGETHER = 300;

/**
 * *Update Dynamics*: writes, and then a row for whom the page wants to have one (R59), in the same way as *Sync Person
 * to Dynamics* makes it. Never throws for a record or a vendor's error.
 * @throws NotThisPage when the page was over before anything was written; OtherSystem (R44)
 */
export async function updateDynamics(
	ledger: Ledger,
	definition: LaneDefinition,
	items: unknown[],
	port: DynamicsMaker,
): Promise<Receipt[]> {
	const receipts = await applyDynamics(ledger, definition, items, port);
	const wanted = items.filter(
		(item): item is WantedItem => (item as WantedItem)?.kind === 'wanted',
	);
	const { ref, preview } = acceptWrites(ledger, items);
	if (!ref || preview || wanted.length === 0) return receipts;
	await assertCurrent(ledger.db, ledger, ref);
	const isMeant = (one: WantedItem) => one.seal === sealOf(ledger.key, one);
	const changed = wanted.filter((one) => !isMeant(one));
	receipts.push(...changed.map((one) => receiptOf(one, 'dropped', CHANGED)));
	for (const together of inChunks(wanted.filter(isMeant), TOGETHER))
		receipts.push(...(await makeFor({ ledger, definition, ref, port }, together)));
	return receipts;
}

const BY_ITSELF =
	'Within an hour of that the people who are waiting are created by themselves. Or remove the conditions under People to Create in Dynamics';

const CHANGED =
	'The values are not those that were decided; remove the node that changes them. Nothing was written';

interface Page {
	ledger: Ledger;
	definition: LaneDefinition;
	ref: PageRef;
	port: DynamicsMaker;
}

async function makeFor(page: Page, items: WantedItem[]): Promise<Receipt[]> {
	const { ledger, definition, ref, port: dynamics } = page;
	const mayGo = async (db: Db) => (await currentLane(db, ledger, ref)) !== null;
	const lane = await findLane(ledger.db, ref.lane);
	// Dynamics has just asked to come back later.
	if (lane?.waitingFor && lane.nextDue > ledger.clock.now())
		return items.map((one) => receiptOf(one, 'again', lane.waitingFor!));
	const by: By = {
		run: ref.run,
		page: ref.page,
		rule: 'New in Marketo',
		step: stepOf('Update Dynamics', false),
		isAsked: false,
		idsWithin: 0,
		mayGo,
	};
	// Known since the page has read it.
	const marketo = { subscription: (await ownSubscription(ledger.db))! };
	const batch = await openBatch(
		{ ledger, dynamics, marketo, definition, detectDuplicates: true },
		items.map(({ id, table }) => ({
			request: null,
			person: id,
			syncAs: table,
			owner: '',
			values: {},
		})),
		by,
	);
	takePeople(batch, items);
	try {
		await stopAtOthers(ledger, ref, async () => {
			if (!(await mayGo(ledger.db))) closeAll(batch, wait(OVER, 0));
			else await leaveLinked(batch);
			refuseSharedMailboxes(batch);
			for (const step of [claimPeople, claimMailboxes, findRows, linkOrReserve, makeRows])
				if (batch.open.size > 0) await step(batch);
		});
	} catch (error) {
		if (error instanceof MayNotCreate) {
			const { message: reason, remedy } = error;
			closeAll(batch, { ...wait(reason, 0), mayNot: { reason, remedy } });
		} else if (error instanceof ComeBackLater || error instanceof SetUpProblem) {
			await waitFor(ledger, ref, error);
			// Who was not settled is due as before.
			closeAll(batch, { ...wait(error.message, 0), patient: true });
		} else throw error;
	} finally {
		await releaseClaims(ledger.db, [batch.holder]);
	}
	return await ledger.db.transaction().execute(async (db) => {
		const receipts: Receipt[] = [];
		// Whoever works on the page by now has them due.
		if (!(await mayGo(db))) return items.map((one) => receiptOf(one, 'dropped', OVER));
		for (const item of items)
			receipts.push(await account(page, db, item, batch.results.get(item.id)!));
		return receipts;
	});
}

/** What became of one of them stands with the person, who is due until something has. */
async function account(
	{ ledger, ref }: Page,
	db: Db,
	item: WantedItem,
	result: Result,
): Promise<Receipt> {
	const { outcome, reason, remedy, errorCode: code, afterMs = 0, patient, mayNot } = result;
	const subject = recordSubject({ table: PERSON, id: item.id });
	const about = {
		lane: ref.lane,
		subject,
		run: ref.run,
		label: item.label,
		reason,
		comesFirst: true,
	};
	const now = ledger.clock.now();
	if (mayNot) {
		// What is wrong with all of them is said once, and keeps up nothing else.
		const nextLook = now + firstLook(ledger);
		await problemMet(
			db,
			about,
			'mayNotCreate',
			{ ...mayNot, remedy: `${mayNot.remedy}. ${BY_ITSELF}` },
			now,
			nextLook,
		);
		await enqueue(ledger, db, { ...about, dueAt: nextLook, code: 'wanted' });
		return receiptOf(item, 'again', reason);
	}
	if (outcome === 'created') await problemOver(db, ref.lane, 'mayNotCreate');
	if (outcome === 'waiting') {
		if (patient) await enqueue(ledger, db, { ...about, dueAt: now + afterMs, code: 'wanted' });
		else
			await retryLater(ledger, db, {
				...about,
				code: 'notCreated',
				remedy: 'Remove the cause, then choose Retry',
				side: 'dynamics',
				soon: afterMs,
			});
		return receiptOf(item, 'again', reason);
	}
	if (outcome !== 'failed') {
		await settleSubjects(db, ref.lane, [subject, actionSubject(item.id)]);
		return receiptOf(item, 'written', reason);
	}
	const isNews = await needsHelp(ledger, db, { ...about, code, remedy, side: 'dynamics' });
	if (isNews)
		await logForPerson(db, {
			lane: ref.lane,
			person: item.id,
			at: now,
			subject: 'Not created in Dynamics',
			field: '',
			reason,
			remedy,
		});
	return receiptOf(item, 'refused', reason);
}

function receiptOf(item: WantedItem, outcome: Receipt['outcome'], message: string): Receipt {
	const { page, side, table, id, label } = item;
	return {
		kind: 'receipt',
		page,
		side,
		plan: '',
		table,
		id,
		label,
		outcome,
		message,
		fields: [],
	};
}
