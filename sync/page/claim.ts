import { fingerprint } from '../fingerprint';
import type { Table, WriteHead, WriteItem } from '../items';
import { assertOwn, type Reached } from '../schedule/systems';
import {
	assertSameLedger,
	currentLane,
	NotThisPage,
	readToken,
	type PageRef,
} from '../schedule/token';
import { keptColumns, type Columns } from '../ledger/columns';
import { changeLane } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { linksById, type Link } from '../ledger/links';
import {
	markSent as markPlansSent,
	plansById,
	type Plan,
	type PlannedFields,
} from '../ledger/plans';
import type { Db } from '../ledger/schema';
import { normalForm } from '../normalForm';
import type { MayStart, WriteOutcome } from '../ports';

/** R8: a call starts this soon after its claim; a process that was held up in between has lost it. Milliseconds. */
export const START_WITHIN = 10_000;

/** A write that may go out now: its plan is current and its intentions are marked as sent. */
export interface Claimed {
	item: WriteItem;
	plan: Plan;
	fields: PlannedFields;
	link: Link;
	/** What is sent: the item's values, less the fields that were refused meanwhile. */
	values: WriteItem['values'];
	/** When it was claimed; its call starts at once or not at all. */
	claimedAt: number;
}

export interface ClaimResult {
	granted: Claimed[];
	/** Not (any more) to be written, with the reason in plain words. */
	dropped: Array<{ item: WriteItem; why: string }>;
}

/** The writes of an apply node's input, all of one page of this ledger. */
export function acceptWrites(
	ledger: Ledger,
	items: unknown[],
): { ref: PageRef | null; writes: WriteItem[]; preview: boolean } {
	const ours = (items as Array<WriteHead | WriteItem>).filter(
		(item) => item?.kind === 'write' || item?.kind === 'page',
	);
	const first = ours[0];
	if (!first) return { ref: null, writes: [], preview: false };
	const ref = readToken(first.page);
	assertSameLedger(ledger, ref);
	if (ours.some((item) => item.page !== first.page)) {
		throw new NotThisPage(
			'The items come from different executions of the sync',
			'Connect this node directly to "Resolve Sync Conflict"',
		);
	}
	return {
		ref,
		writes: ours.filter((item): item is WriteItem => item.kind === 'write'),
		preview: ours.some((item) => item.preview),
	};
}

/**
 * R8: right before the call, in one transaction: the page is current, the system is the ledger's (R44), the
 * plans are as planned, the items are what was planned; then the intentions are marked as sent and the lease
 * is renewed for at least as long as the call may take.
 * @throws OtherSystem
 */
export async function claimWrites(
	ledger: Ledger,
	ref: PageRef,
	writes: WriteItem[],
	timeoutMs: number,
	reached: Reached,
): Promise<ClaimResult> {
	return await ledger.db.transaction().execute(async (db) => {
		const now = ledger.clock.now();
		if (!(await currentLane(db, ledger, ref))) {
			return {
				granted: [],
				dropped: writes.map((item) => ({
					item,
					why: 'This execution of the sync is over; nothing was written',
				})),
			};
		}
		await assertOwn(db, reached);
		const columns = new Map<Table, Columns>();
		const plans = await plansById(
			db,
			writes.map(({ plan }) => plan),
		);
		const links = await linksById(
			db,
			[...plans.values()].map(({ link }) => link),
		);
		const granted: Claimed[] = [];
		const dropped: ClaimResult['dropped'] = [];
		for (const item of writes) {
			const plan = plans.get(item.plan);
			const link = plan && links.get(plan.link);
			if (
				!plan ||
				!link ||
				plan.state !== 'planned' ||
				plan.run !== ref.run ||
				plan.page !== ref.page
			) {
				dropped.push({ item, why: 'This write is no longer planned; nothing was written' });
				continue;
			}
			const { fields } = plan;
			const table = item.side === 'dynamics' ? link.table : link.object;
			const known = columns.get(table) ?? (await keptColumns(db, table));
			columns.set(table, known);
			const changed = Object.keys(fields).find((name) => {
				const column = known.get(name);
				return (
					!column ||
					fingerprint(ledger.key, normalForm(column, item.side, item.values[name])) !==
						fields[name]!.new
				);
			});
			if (changed) {
				dropped.push({
					item,
					why: `The value of ${changed} is not the one that was decided; remove the node that changes it. Nothing was written`,
				});
				continue;
			}
			granted.push({ item, plan, fields, link, values: only(item.values, fields), claimedAt: now });
		}
		await markSent(
			db,
			granted.map((one) => one.plan.id),
			ref,
			ledger,
			timeoutMs,
		);
		return { granted, dropped };
	});
}

/** False where the process was held up since the claim: somebody else may be at work by now. */
export function mayStart(ledger: Ledger, claimed: Claimed[]): boolean {
	return claimed.every((one) => ledger.clock.now() <= one.claimedAt + START_WITHIN);
}

/**
 * R8: for the port, which may have to wait for the shared budget, or for a vendor that turned it away. A call that
 * comes to start late is claimed again, and stays where any of its writes is not this run's any more.
 */
export function orClaimAgain(
	ledger: Ledger,
	ref: PageRef,
	claimed: Claimed[],
	timeoutMs: number,
): MayStart {
	let present = claimed;
	return async () => {
		if (mayStart(ledger, present)) return true;
		present = await renewClaims(ledger, ref, claimed, timeoutMs);
		return present.length === claimed.length;
	};
}

/** What becomes of writes whose process was held up. */
export const HELD_UP: WriteOutcome = {
	kind: 'again',
	reason: 'This n8n process was held up for too long',
};

/** Claims anew what was claimed, after a read that took its time. What is not this run's any more is left out. */
export async function renewClaims(
	ledger: Ledger,
	ref: PageRef,
	claimed: Claimed[],
	timeoutMs: number,
): Promise<Claimed[]> {
	return await ledger.db.transaction().execute(async (db) => {
		if (!(await currentLane(db, ledger, ref))) return [];
		const now = ledger.clock.now();
		const plans = await plansById(
			db,
			claimed.map(({ plan }) => plan.id),
		);
		const mine = claimed.filter((one) => plans.get(one.plan.id)?.state === 'sent');
		await markSent(
			db,
			mine.map((one) => one.plan.id),
			ref,
			ledger,
			timeoutMs,
		);
		return mine.map((one) => ({ ...one, claimedAt: now }));
	});
}

/** The intentions are on their way, and the lease lasts as long as the call may. */
async function markSent(
	db: Db,
	ids: string[],
	ref: PageRef,
	ledger: Ledger,
	timeoutMs: number,
): Promise<void> {
	const now = ledger.clock.now();
	const over = now + START_WITHIN + timeoutMs;
	await markPlansSent(db, ids, now, over);
	await changeLane(db, ref.lane, { leaseUntil: Math.max(over, now + ledger.timing.lease) });
}

/** Planned fields alone: whatever else an item was given on its way is not written. */
function only(values: WriteItem['values'], fields: PlannedFields): WriteItem['values'] {
	return Object.fromEntries(Object.entries(values).filter(([name]) => name in fields));
}
