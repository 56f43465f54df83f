import type { WriteItem } from '../items';
import type { LaneDefinition } from '../lanes/definition';
import type { Ledger } from '../ledger/ledger';
import { linkOfRow } from '../ledger/links';
import type { MarketoPort, WriteOutcome } from '../ports';
import type { PageRef } from '../schedule/token';
import { HELD_UP, mayStart, orClaimAgain, renewClaims, type Claimed } from './claim';
import { inCallsOf } from './inCalls';
import { readAgain } from './writePeople';

/** Merges, by the row into whose person they go: those of one call together. */
export function mergesByWinner(
	{ tables }: LaneDefinition,
	writes: WriteItem[],
	{ mergeSize }: Pick<MarketoPort, 'mergeSize'>,
): WriteItem[][] {
	const merges = writes.filter(({ operation }) => operation === 'merge');
	const byWinner = Map.groupBy(merges, ({ values }) =>
		tables.map(({ idField }) => values[idField]).join(),
	);
	return [...byWinner.values()].flatMap((all) => inCallsOf(mergeSize, all));
}

/**
 * R28: one call merges the people of rows that were merged in Dynamics into the person that the row that stays is linked
 * with at this moment. Whoever was edited since they were read is decided anew (R12).
 */
export async function mergeClaimed(
	ledger: Ledger,
	definition: LaneDefinition,
	ref: PageRef,
	port: MarketoPort,
	claimed: Claimed[],
): Promise<WriteOutcome[]> {
	const outcomes = await readAgain(ledger, definition, port, claimed);
	const { values } = claimed[0]!;
	const { name: table, idField } = definition.tables.find((one) => values[one.idField])!;
	const winner = await linkOfRow(ledger.db, ref.lane, table, String(values[idField]));
	if (winner?.state !== 'active') return claimed.map(() => ({ kind: 'changedMeanwhile' }));
	let sending = claimed.filter((one) => !outcomes.has(one.plan.id));
	if (outcomes.asked) sending = await renewClaims(ledger, ref, sending, port.timeoutMs);
	if (sending.length > 0 && mayStart(ledger, sending)) {
		const outcome = await port.merge(
			winner.marketoId!,
			sending.map((one) => one.link.marketoId!),
			orClaimAgain(ledger, ref, sending, port.timeoutMs),
		);
		for (const one of sending) outcomes.set(one.plan.id, outcome);
	}
	return claimed.map((one) => outcomes.get(one.plan.id) ?? HELD_UP);
}
