import type { Side } from '../items';
import type { Link } from '../ledger/links';
import type { DynamicsPort, MarketoPort, WriteOutcome } from '../ports';
import { reachedDynamics, reachedMarketo, type Reached, type Step } from '../schedule/systems';
import type { Raw } from '../values';

/** One field of one record in one system, as somebody reads and edits it there. */
export interface Desk {
	side: Side;
	/** Which system it is (R44). @throws ComeBackLater, SetUpProblem */
	reach(by: Step): Promise<Reached>;
	/** Null where the record is not there. */
	read(record: Link, field: string): Promise<{ value: Raw; version: string } | null>;
	/** Of Dynamics only where the row has still that version. */
	write(record: Link, field: string, value: Raw, version: string): Promise<WriteOutcome>;
}

export function dynamicsDesk(port: DynamicsPort): Desk {
	return {
		side: 'dynamics',
		reach: async (by) => await reachedDynamics(port, by),
		read: async ({ table, dynamicsId }, column) => {
			const [row] = await port.readByIds(table, [column], [dynamicsId]);
			return row ? { value: row.values[column] ?? null, version: row.version } : null;
		},
		write: async ({ table, dynamicsId: id }, column, value, version) =>
			(await port.update([{ table, id, version, values: { [column]: value } }]))[0]!,
	};
}

export function marketoDesk(port: MarketoPort): Desk {
	return {
		side: 'marketo',
		reach: async (by) => reachedMarketo(port, by),
		read: async ({ marketoId }, field) => {
			const [person] = await port.readBy('id', [marketoId ?? ''], ['id', field]);
			return person ? { value: person.values[field] ?? null, version: '' } : null;
		},
		write: async ({ marketoId }, field, value) =>
			(await port.update([{ id: marketoId ?? '', values: { [field]: value } }]))[0]!,
	};
}
