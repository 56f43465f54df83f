import type { LaneDefinition } from '../lanes/definition';
import type { Ledger } from '../ledger/ledger';
import { linksOfPeople } from '../ledger/links';
import type { MarketoPort, WriteOutcome } from '../ports';
import type { PageRef } from '../schedule/token';
import type { Claimed } from './claim';
import { IN_USE } from './deletes';
import { readAgain, sendRest } from './writePeople';

/**
 * R29: deletes people whose row was deleted, as that was chosen. Whoever was edited since they were read is decided anew
 * (R12), and so is whoever has another row by now.
 */
export async function deleteClaimed(
	ledger: Ledger,
	definition: LaneDefinition,
	ref: PageRef,
	port: MarketoPort,
	claimed: Claimed[],
): Promise<WriteOutcome[]> {
	const outcomes = await readAgain(ledger, definition, port, claimed);
	const people = claimed.flatMap(({ link }) => link.marketoId ?? []);
	const others = await linksOfPeople(ledger.db, ref.lane, people, [...IN_USE]);
	for (const { plan, link } of claimed) {
		if (
			link.state !== 'goneInDynamics' ||
			others.some(({ id, marketoId }) => id !== link.id && marketoId === link.marketoId)
		)
			outcomes.set(plan.id, { kind: 'changedMeanwhile' });
	}
	return await sendRest(
		{ ledger, ref, port, claimed, outcomes },
		async (sending, mayStart) =>
			await port.remove(
				sending.map(({ link }) => link.marketoId!),
				mayStart,
			),
	);
}
