import type { RecordItem } from '../items';
import { failureIsOver } from '../ledger/due';
import { rememberOutcome } from '../ledger/history';
import { changeLink, type EditTimes, type Link } from '../ledger/links';
import { dropPlans, type Plan } from '../ledger/plans';
import { linkSubject } from '../ledger/subject';
import { DONE, WRITE, type Fate } from './accounts';
import { carryOut, type Drafts } from './carryOut';
import { compare, pairOf, type Compared, type Pair } from './compare';
import { dropEchoed } from './echo';
import { timesToKeep } from './editTimes';
import { draftLinkFields } from './linkFields';
import { emailKeyOf, type Page } from './page';
import { noteOtherSync } from './otherSync';
import { planWrite } from './plan';
import { tableOf } from './tables';
import { unansweredTooYoung } from './unanswered';

/**
 * Compares one linked pair field by field, moves the bases that need no write (R7) and plans the
 * writes. `row` null: the Dynamics row was not read; its row version vouches for it (R5).
 */
export async function workPair(
	page: Page,
	link: Link,
	row: RecordItem | null,
	person: RecordItem,
): Promise<Fate> {
	const plans = page.known.plans.get(link.id) ?? [];
	const tooYoung = unansweredTooYoung(page, plans);
	if (tooYoung) return tooYoung;
	const pair = pairOf(page, link, row, person, plans);
	const rows = compare(pair);
	if (rows.some(({ verdict }) => verdict.do === 'read')) {
		// Both sides are read together in the next page; nothing of this pair is decided from half of it.
		const reason = 'Both sides are read together';
		return { do: 'wait', until: page.now, code: 'readBoth', reason, unjudged: true };
	}
	noteOtherSync(pair, rows);
	const drafts: Drafts = { dynamics: new Map(), marketo: new Map(), shown: {} };
	for (const one of rows) await carryOut(pair, one, drafts);
	for (const [field, draft] of draftLinkFields(page, link, row, person))
		drafts.marketo.set(field, draft);
	const isSettling = pair.doubtUntil > 0 || rows.some(({ verdict }) => verdict.do === 'wait');
	const { ifBothChanged } = tableOf(page, link.table).mapping;
	await savePair(pair, timesToKeep(ifBothChanged, rows));
	await dropAnswered(pair, isSettling);
	await planWrites(pair, drafts);
	await closeFailures(pair, drafts);
	if (isSettling) {
		const until = Math.max(
			page.now + page.ledger.timing.unansweredGrace,
			pair.doubtUntil,
			...rows.map((one) => settledAt(pair, one)),
		);
		const reason = 'Marketo may still be logging an edit';
		return { do: 'wait', until, code: 'settling', reason, unjudged: pair.doubtUntil > 0 };
	}
	return drafts.dynamics.size + drafts.marketo.size > 0 ? WRITE : DONE;
}

/** R14: when the log will have shown whether an edit put there what stands in Marketo. */
function settledAt({ page, bases }: Pair, { verdict, live }: Compared): number {
	const base = bases.marketo.get(live.row.field);
	if (verdict.do !== 'wait' || base?.kind !== 'unconfirmed' || !base.suspect) return 0;
	return base.suspect.since + page.log.overlap;
}

/** R6, R7: the bases that moved, and the row version they belong to. */
async function savePair({ page, link, row, bases }: Pair, editTimes: EditTimes): Promise<void> {
	await changeLink(page.db, link, {
		bases,
		editTimes,
		keyId: page.ledger.key.id,
		version: row?.version ?? link.version,
		...(row
			? {
					emailKey: emailKeyOf(page, row),
					generation: page.generations.get(row.table) ?? link.generation,
				}
			: {}),
		updatedAt: page.now,
	});
}

/** Whether what became of a write without an answer was told by what was read of its system. */
function isJudged({ state, side }: Plan, row: RecordItem | null): boolean {
	return state === 'unknown' && (side === 'marketo' || row !== null);
}

/** Unanswered plans were judged by what was read; echoes that came are no longer awaited. */
async function dropAnswered(
	{ page, row, person, plans, doubtUntil, unanswered }: Pair,
	isSettling: boolean,
): Promise<void> {
	const judged = plans.filter(
		(plan) =>
			isJudged(plan, row) ||
			// R48: the log had its time, and the person was looked at.
			(plan.state === 'echo' && !isSettling && (plan.overAt ?? 0) <= page.log.certainTo),
	);
	for (const { id } of judged) {
		const outcome = unanswered.outcomes.get(id);
		if (outcome) await rememberOutcome(page.db, [id], outcome);
	}
	await dropPlans(
		page.db,
		judged.map(({ id }) => id),
	);
	if (doubtUntil === 0) await dropEchoed(page, plans, person);
}

/**
 * R46: what had no answer is judged by now, and what had to be decided again (412) was; where nothing is to be written
 * there any more, the failure is over.
 */
async function closeFailures({ page, link, row, plans }: Pair, drafts: Drafts): Promise<void> {
	for (const side of ['dynamics', 'marketo'] as const) {
		const wasJudged = plans.some((plan) => plan.side === side && isJudged(plan, row));
		if ((wasJudged || row?.because === 'due') && drafts[side].size === 0)
			await failureIsOver(page.db, page.ref.lane, linkSubject(link), side);
	}
}

async function planWrites({ page, link, row, person }: Pair, drafts: Drafts): Promise<void> {
	const about = {
		link,
		operation: 'update' as const,
		label: row?.label ?? person.label,
		shown: drafts.shown,
	};
	if (drafts.dynamics.size > 0) {
		await planWrite(page, {
			...about,
			side: 'dynamics',
			id: link.dynamicsId,
			table: link.table,
			changedAt: person.changedAt,
			version: row?.version ?? link.version,
			fields: drafts.dynamics,
		});
		page.out.counts.toDynamics++;
	}
	if (drafts.marketo.size > 0) {
		await planWrite(page, {
			...about,
			side: 'marketo',
			id: person.id,
			table: page.definition.object,
			changedAt: row?.changedAt ?? null,
			version: null,
			fields: drafts.marketo,
		});
		page.out.counts.toMarketo++;
	}
}
