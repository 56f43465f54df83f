import { fingerprintOf } from '../fingerprint';
import type { WriteItem } from '../items';
import { type LaneDefinition, twoWayOf } from '../lanes/definition';
import { keptColumns } from '../ledger/columns';
import type { Ledger } from '../ledger/ledger';
import type { MarketoPort, MayStart, Refusal, WriteOutcome } from '../ports';
import type { PageRef } from '../schedule/token';
import { type Claimed, renewClaims, mayStart, orClaimAgain, HELD_UP } from './claim';

/** R23: with an e-mail `createOnly` by e-mail; without one by the Dynamics id the person will carry. */
export function lookupFieldOf(definition: LaneDefinition, values: WriteItem['values']): string {
	const { field } = twoWayOf(definition).email;
	if (values[field]) return field;
	return definition.tables.find(({ idField }) => values[idField])!.idField;
}

export async function updatePeople(
	ledger: Ledger,
	definition: LaneDefinition,
	ref: PageRef,
	port: MarketoPort,
	claimed: Claimed[],
): Promise<WriteOutcome[]> {
	const outcomes = await readAgain(ledger, definition, port, claimed);
	return await sendRest(
		{ ledger, ref, port, claimed, outcomes },
		async (sending, mayStart) =>
			await port.update(
				sending.map((one) => ({ id: one.link.marketoId!, values: one.values })),
				mayStart,
			),
	);
}

const NO_ANSWER: WriteOutcome = { kind: 'unknown', reason: 'No answer for this person' };

/**
 * Sends those of whom reading them again has not told what becomes of them, unless the page has ended in the meantime.
 *
 * @param send makes the call; answers in the order of those it is given
 */
export async function sendRest(
	{
		ledger,
		ref,
		port,
		claimed,
		outcomes,
	}: {
		ledger: Ledger;
		ref: PageRef;
		port: Pick<MarketoPort, 'timeoutMs'>;
		claimed: Claimed[];
		outcomes: Outcomes;
	},
	send: (sending: Claimed[], mayStart: MayStart) => Promise<WriteOutcome[]>,
): Promise<WriteOutcome[]> {
	let sending = claimed.filter((one) => !outcomes.has(one.plan.id));
	if (outcomes.asked) sending = await renewClaims(ledger, ref, sending, port.timeoutMs);
	if (sending.length > 0 && mayStart(ledger, sending)) {
		const answers = await send(sending, orClaimAgain(ledger, ref, sending, port.timeoutMs));
		for (const [index, one] of sending.entries())
			outcomes.set(one.plan.id, answers[index] ?? NO_ANSWER);
	}
	return claimed.map((one) => outcomes.get(one.plan.id) ?? HELD_UP);
}

/** Outcomes by plan, as far as they are known without the write; `asked` where that took a call. */
export class Outcomes extends Map<string, WriteOutcome> {
	asked = false;
}

/**
 * R12: Marketo has no conditional write. Unless the page's read is fresh, people are read once more; a
 * person with a field that has left its expected value is decided again, both sides read.
 */
export async function readAgain(
	ledger: Ledger,
	definition: LaneDefinition,
	port: MarketoPort,
	claimed: Claimed[],
): Promise<Outcomes> {
	const outcomes = new Outcomes();
	const stale = claimed.filter((one) => ledger.clock.now() - one.item.readAt > ledger.timing.fresh);
	if (stale.length === 0) return outcomes;
	outcomes.asked = true;
	const columns = await keptColumns(ledger.db, definition.object);
	const fields = [...new Set(stale.flatMap((one) => Object.keys(one.fields)))];
	const refusals = new Map<string, Refusal>();
	const people = await port.readBy(
		'id',
		stale.map((one) => one.link.marketoId!),
		['id', ...fields],
		(id, refusal) => refusals.set(id, refusal),
	);
	const found = new Map(people.map((person) => [person.id, person]));
	for (const one of stale) {
		const person = found.get(one.link.marketoId!);
		const moved = Object.entries(one.fields).some(([name, field]) => {
			const column = columns.get(name);
			return (
				column &&
				person &&
				field.old !== null &&
				fingerprintOf(ledger.key, column, 'marketo', person.values[name]) !== field.old
			);
		});
		const refusal = refusals.get(one.link.marketoId!);
		if (refusal) outcomes.set(one.plan.id, { kind: 'refused', refusal });
		else if (!person) outcomes.set(one.plan.id, { kind: 'missing' });
		else if (moved) outcomes.set(one.plan.id, { kind: 'changedMeanwhile' });
	}
	return outcomes;
}

/** One call makes people of one kind; whoever lost the e-mail to a refusal is made with the next page. */
export async function createPeople(
	port: MarketoPort,
	definition: LaneDefinition,
	claimed: Claimed[],
	mayStart: MayStart,
): Promise<WriteOutcome[]> {
	const lookupField = lookupFieldOf(definition, claimed[0]!.values);
	const alike = claimed.filter((one) => lookupFieldOf(definition, one.values) === lookupField);
	const answers = await port.create(
		alike.map((one) => one.values),
		lookupField,
		mayStart,
	);
	return claimed.map((one) => {
		const index = alike.indexOf(one);
		if (index < 0)
			return { kind: 'again', reason: 'The person is created without the e-mail that was refused' };
		return answers[index] ?? NO_ANSWER;
	});
}
