import { inChunks } from '../../lists/inChunks';
import type { WriteItem } from '../items';
import type { LaneDefinition } from '../lanes/definition';
import type { Ledger } from '../ledger/ledger';
import { linkOfRow } from '../ledger/links';
import type { MarketoPort, WriteOutcome } from '../ports';
import type { PageRef } from '../schedule/token';
import type { Claimed } from './claim';
import { readAgain, sendRest } from './writePeople';

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
	return [...byWinner.values()].flatMap((all) => inChunks(all, mergeSize));
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
	return await sendRest({ ledger, ref, port, claimed, outcomes }, async (sending, mayStart) => {
		const people = sending.map((one) => one.link.marketoId!);
		const outcome = await port.merge(winner.marketoId!, people, mayStart);
		return sending.map(() => outcome);
	});
}
