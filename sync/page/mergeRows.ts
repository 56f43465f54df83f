import { fingerprintOf } from '../fingerprint';
import type { RecordItem } from '../items';
import { twoWayOf } from '../lanes/definition';
import { baseOf } from '../ledger/bases';
import { basesOf, type Link } from '../ledger/links';
import { dropPlans, dropPlansOf, OWN_FIELD, type Plan } from '../ledger/plans';
import type { DynamicsPort, MayStart, WriteOutcome } from '../ports';
import { WRITE, type Fate } from './accounts';
import { twoRowsOnePerson } from './behind';
import type { Claimed } from './claim';
import { saysNothing } from './decide';
import type { Page } from './page';
import { planWrite } from './plan';
import { tableOf } from './tables';
import { unansweredTooYoung } from './unanswered';

/** Why a row is merged. */
const MERGED = 'Merged in Marketo';

/**
 * R28: the people of two rows of one table were merged in Marketo. By choice the rows are merged in Dynamics, too, into
 * that of the person who stays. Not where this one holds what its person never got: nobody merges what somebody has
 * just worked on.
 */
export async function mergeIntoTwin(
	page: Page,
	link: Link,
	row: RecordItem,
	twin: Link,
): Promise<Fate> {
	const { db, known, definition } = page;
	const named = twoRowsOnePerson(page, link, twin.dynamicsId);
	const { master } = twoWayOf(definition).standing;
	const column = tableOf(page, link.table).columns.get(master);
	if (page.whenPeopleMerged !== 'merge' || !column) return named;
	// R15: a merge without an answer is judged by reading.
	const tooYoung = unansweredTooYoung(page, known.plans.get(link.id) ?? []);
	if (tooYoung) return tooYoung;
	await dropPlansOf(db, link.id, ['planned', 'unknown']);
	if (holdsMore(page, link, row))
		return named.do === 'help'
			? {
					...named,
					reason: `${named.reason}. It has values that its person never got, so it was not merged`,
				}
			: named;
	await planWrite(page, {
		link,
		side: 'dynamics',
		operation: 'merge',
		table: link.table,
		id: row.id,
		label: row.label,
		changedAt: null,
		version: row.version ?? null,
		fields: new Map([
			[
				master,
				{
					row: OWN_FIELD,
					column,
					value: twin.dynamicsId,
					old: null,
					source: null,
					rule: MERGED,
				},
			],
		]),
		shown: {},
	});
	page.out.counts.toDynamics++;
	return WRITE;
}

/** An edit since the two were compared last, or a value of which nobody can tell. */
function holdsMore(page: Page, link: Link, { values }: RecordItem): boolean {
	const { key } = page.ledger;
	const bases = basesOf(page.ledger, link, 'dynamics');
	return tableOf(page, link.table).live.some(({ row, column }) => {
		const value = values[row.column];
		if (row.direction === 'toDynamics' || value === undefined) return false;
		const base = baseOf(bases, row.column);
		if (base) return base.hash !== fingerprintOf(key, column, 'dynamics', value);
		return !saysNothing(column, 'dynamics', value);
	});
}

/** R15: the row was merged into another one. A merge of ours that had no answer has arrived, or is not wanted any more. */
export async function settleMerge({ db, known }: Page, link: Link): Promise<void> {
	const isMerge = ({ side, operation }: Plan) => side === 'dynamics' && operation === 'merge';
	const plans = (known.plans.get(link.id) ?? []).filter(isMerge);
	await dropPlans(
		db,
		plans.map(({ id }) => id),
	);
}

/** Dynamics takes no version with a merge: the row is read once more right before (R12). */
export async function mergeRow(
	port: DynamicsPort,
	{ link, plan, values }: Claimed,
	master: string,
	mayStart: MayStart,
): Promise<WriteOutcome> {
	if (link.state !== 'secondary') return { kind: 'changedMeanwhile' };
	const { table, dynamicsId } = link;
	const [there] = await port.readByIds(table, [], [dynamicsId]);
	if (!there) return { kind: 'missing' };
	if (there.version !== plan.version) return { kind: 'changedMeanwhile' };
	const target = String(values[master]);
	return await port.merge({ table, target, subordinate: dynamicsId }, mayStart);
}
