import type { FieldEdit, RecordItem, Side } from '../items';
import type { Bases } from '../ledger/bases';
import { copiedBases, type Link } from '../ledger/links';
import type { Plan } from '../ledger/plans';
import type { Refusal } from '../ledger/refusals';
import { overwrittenBy, type Overwritten } from './echo';
import type { Page } from './page';
import { judgeUnanswered, type Unanswered } from './unanswered';

/** One linked pair, as this page knows it. `row` null: not read; its row version vouches for it (R5). */
export interface Pair {
	readonly page: Page;
	readonly link: Link;
	readonly row: RecordItem | null;
	readonly person: RecordItem;
	readonly plans: Plan[];
	readonly refusals: Refusal[];
	/** As the ledger has them, with what has arrived unanswered since; moved as rows are carried out. */
	readonly bases: Record<Side, Bases>;
	/** What the two records tell of writes without an answer (R15). */
	readonly unanswered: Unanswered;
	/** Edits that our own writes replaced unseen, by field (R13). */
	readonly overwritten: Map<string, Overwritten>;
	/** Until when the log may still show that nothing was overwritten after all; 0: nothing is in doubt. */
	readonly doubtUntil: number;
}

/** What the page knows of a pair, with both sides as they were read. */
export function pairOf(
	page: Page,
	link: Link,
	row: RecordItem | null,
	person: RecordItem,
	plans: Plan[],
): Pair {
	const bases = copiedBases(page.ledger, link);
	const records = { dynamics: row, marketo: person };
	const unanswered = judgeUnanswered(page, link, records, plans, bases);
	const refusals = page.known.refusals.get(link.id) ?? [];
	const about = { page, link, row, person, refusals, bases, unanswered };
	const asAnswered = plans.map((plan) => asIfAnswered(plan, unanswered));
	return { ...about, plans: asAnswered, ...editsReplaced(page, asAnswered, person.edits ?? []) };
}

/** R15: a write that is seen to have arrived in Marketo is one that was answered: what it replaced is awaited (R13). */
function asIfAnswered(plan: Plan, { outcomes }: Unanswered): Plan {
	const hasArrived = plan.side === 'marketo' && outcomes.get(plan.id) === 'arrived';
	return hasArrived ? { ...plan, state: 'echo' } : plan;
}

/** R13: what our writes replaced unseen, as far as the log can tell by now. */
function editsReplaced(
	{ ledger, fields, log }: Page,
	plans: Plan[],
	edits: FieldEdit[],
): Pick<Pair, 'overwritten' | 'doubtUntil'> {
	const echoes = plans.filter((plan) => plan.side === 'marketo' && plan.state !== 'planned');
	const overwritten = overwrittenBy(ledger, fields, echoes, edits);
	let doubtUntil = 0;
	for (const [name, { by }] of overwritten) {
		const overAt = by.overAt ?? 0;
		if (overAt <= log.certainTo) continue;
		// The true echo may be late, and this edit a user's who came back to our value.
		overwritten.delete(name);
		doubtUntil = Math.max(doubtUntil, overAt + log.overlap);
	}
	return { overwritten, doubtUntil };
}
