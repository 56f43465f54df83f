import { setTimeout as sleep } from 'node:timers/promises';
import { Chance } from '../../simulation/world/chance';
import { PEOPLE_PASSWORD, personName } from '../../twins/dynamics/principals';
import { DynamicsVendor, type Row } from '../../vendors/dynamics';
import type { SoakPlace } from './soakPlace';

/** Between two edits: as fast as a dozen busy people. */
const PAUSE_MS = 400;
/** What a fault of a system takes away from a person, who then does it again. */
const AGAIN_MS = 700;
const MOST_TRIES = 60;

/** A lead whose values only one side edits: which is in the end what both have to hold. */
interface Watched {
	lead: string;
	person: number;
	/** Name of the column, and of its field. */
	column: string;
	field: string;
	value: string;
}

/** What is done by one side alone, and by both to one field. */
const BY_DYNAMICS = { column: 'jobtitle', field: 'title' };
const BY_MARKETO = { column: 'address1_city', field: 'city' };
const BY_BOTH = { column: 'telephone1', field: 'phone' };

const LINK_FIELD = 'dynamicsLeadId';

/** People who work in both systems all the time, and remember what has to come of it. */
export class Hands {
	private readonly chance: Chance;
	private readonly watched = new Map<string, Watched>();
	/** E-mail addresses of leads that were made here: each has to be one person in the end. */
	private readonly made: string[] = [];
	private readonly deleted = new Set<string>();
	private readonly unsubscribed = new Set<string>();
	private done = 0;
	private isOn = false;
	private working: Promise<void> = Promise.resolve();

	private constructor(
		private readonly place: SoakPlace,
		private readonly links: ReadonlyArray<[string, number]>,
		seed: number,
	) {
		this.chance = new Chance(seed);
	}

	static async at(place: SoakPlace, seed: number): Promise<Hands> {
		// Nothing is written to a closed lead (R49).
		const open = await place.crm.all('leads?$select=leadid&$filter=statecode eq 0');
		const ids = new Set(open.map(({ leadid }) => leadid));
		const links = (await place.links('lead')).filter(([lead]) => ids.has(lead));
		return new Hands(place, links, seed);
	}

	start(): void {
		this.isOn = true;
		this.working = (async () => {
			while (this.isOn) {
				await this.one();
				await sleep(PAUSE_MS);
			}
		})();
	}

	/** Ends with the edit that is under way; answers how many there were. */
	async stop(): Promise<number> {
		this.isOn = false;
		await this.working;
		return this.done;
	}

	private async one(): Promise<void> {
		const [lead, person] = this.chance.pick(this.links);
		const kind = this.chance.below(100);
		this.done++;
		const value = `Soak ${this.done}`;
		if (kind < 6) return await this.newLead();
		if (kind < 8) return await this.deleteLead(lead);
		if (this.deleted.has(lead)) return;
		if (kind < 12) {
			await this.edit(person, { unsubscribed: true });
			this.unsubscribed.add(lead);
		} else if (kind < 48) {
			await this.update(lead, { [BY_DYNAMICS.column]: value });
			this.watch({ lead, person, ...BY_DYNAMICS, value });
		} else if (kind < 84) {
			await this.edit(person, { [BY_MARKETO.field]: value });
			this.watch({ lead, person, ...BY_MARKETO, value });
		} else {
			await this.update(lead, { [BY_BOTH.column]: `+49 30 ${this.done}` });
			if (kind >= 92) await this.edit(person, { [BY_BOTH.field]: `+49 40 ${this.done}` });
		}
	}

	private watch(one: Watched): void {
		this.watched.set(`${one.lead} ${one.column}`, one);
	}

	private async newLead(): Promise<void> {
		const email = `made${this.done}@soak.example`;
		await this.again(async (crm) => {
			// An answer that was lost: who looks before the next try makes nobody twice.
			const found = await crm.all(`leads?$select=leadid&$filter=emailaddress1 eq '${email}'`);
			if (found.length > 0) return;
			const lastname = `Made ${this.done}`;
			await crm.create('leads', { lastname, subject: 'Soak', emailaddress1: email });
		});
		this.made.push(email);
	}

	private async deleteLead(lead: string): Promise<void> {
		if (this.deleted.size * 10 > this.links.length) return;
		this.deleted.add(lead);
		await this.again(async (crm) => {
			const found = await crm.all(`leads?$select=leadid&$filter=leadid eq ${lead}`);
			if (found.length > 0) await crm.delete('leads', lead);
		});
	}

	private async update(lead: string, values: Row): Promise<void> {
		await this.again(async (crm) => await crm.update('leads', lead, values));
	}

	/** At Marketo's screen, where no fault of its API gets in the way. */
	private async edit(id: number, values: Row): Promise<void> {
		await this.place.marketo.post('edit', { id, values });
	}

	/** Does it until it is done, each time signed in again. */
	private async again(act: (crm: DynamicsVendor) => Promise<void>): Promise<void> {
		const person = { name: personName(1), password: PEOPLE_PASSWORD };
		for (let tries = 1; ; tries++) {
			try {
				const { dynamics } = this.place.world.twins.line;
				return await act(new DynamicsVendor({ ...dynamics, person }));
			} catch (cause) {
				if (tries === MOST_TRIES) throw cause;
				await sleep(AGAIN_MS);
			}
		}
	}

	/** What has not come of the edits, one line each. */
	async missing(): Promise<string[]> {
		const { crm, people } = this.place;
		const missing: string[] = [];
		const columns = `leadid,${BY_DYNAMICS.column},${BY_MARKETO.column},donotbulkemail`;
		const rows = new Map(
			(await crm.all(`leads?$select=${columns}`)).map((row) => [String(row.leadid), row]),
		);
		const fields = ['id', 'title', 'city', 'unsubscribed', LINK_FIELD];
		const ids = this.links.map(([, person]) => person);
		const found = await people.people('id', ids, fields);
		const persons = new Map(found.map((person) => [person.id, person]));
		for (const { lead, person, column, field, value } of this.watched.values()) {
			if (this.deleted.has(lead)) continue;
			const [here, there] = [rows.get(lead)?.[column], persons.get(person)?.[field]];
			if (here !== value || there !== value)
				missing.push(`${lead} ${column}: ${value}, but ${String(here)} and ${String(there)}`);
		}
		for (const lead of this.unsubscribed)
			if (!this.deleted.has(lead) && rows.get(lead)?.donotbulkemail !== true)
				missing.push(`${lead} has unsubscribed, and Dynamics does not know`);
		const made = await people.people('email', this.made, ['id', 'email']);
		for (const email of this.made) {
			const count = made.filter((person) => person.email === email).length;
			if (count !== 1) missing.push(`${email}: ${count} people`);
		}
		return missing;
	}
}
