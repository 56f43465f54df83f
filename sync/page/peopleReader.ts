import { readSubject } from '../ledger/subject';
import type { Clock, MarketoPort, Person, Refusal } from '../ports';

/** Gathers who is to be read and reads them, each once; the port makes as few calls of it, and as many at once, as it may. */
export class PeopleReader {
	/** Whom Marketo refused to look up: subjects of the records that asked. */
	readonly refused = new Map<string, Refusal>();
	/** When the first of them was asked for; null: nobody was. What a call answers may be as old as that (R12). */
	begunAt: number | null = null;
	/** Field -> value -> subjects. */
	private readonly wanted = new Map<string, Map<string, string[]>>();

	constructor(
		private readonly clock: Clock,
		private readonly port: MarketoPort,
		private readonly fields: string[],
	) {}

	/** @param subject for whom it is asked */
	want(by: string, value: string, subject: string) {
		const values = this.wanted.get(by) ?? new Map<string, string[]>();
		this.wanted.set(by, values.set(value, [...(values.get(value) ?? []), subject]));
	}

	/** Whether somebody wanted this very person: not for a row, which may have found them by an e-mail or an id. */
	isMeant(person: string): boolean {
		return this.wanted.get('id')?.get(readSubject(person).id)?.includes(person) ?? false;
	}

	async read(without: ReadonlyMap<string, unknown>): Promise<Map<string, Person>> {
		const people = new Map<string, Person>();
		// By id last: whoever was found by e-mail or stored id need not be read again.
		for (const by of [...this.wanted.keys()].sort(
			(a, b) => Number(a === 'id') - Number(b === 'id'),
		)) {
			const wanted = this.wanted.get(by)!;
			const values = [...wanted.keys()].filter(
				(value) => by !== 'id' || (!people.has(value) && !without.has(value)),
			);
			if (values.length === 0) continue;
			this.begunAt ??= this.clock.now();
			const found = await this.port.readBy(by, values, this.fields, (value, refusal) => {
				for (const subject of wanted.get(value) ?? []) this.refused.set(subject, refusal);
			});
			for (const person of found) people.set(person.id, person);
		}
		return people;
	}
}
