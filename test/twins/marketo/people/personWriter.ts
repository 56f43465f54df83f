import { ActivityType } from '../activities/activity';
import type { ActivityLog } from '../activities/activityLog';
import type { LeadField } from '../fields/field';
import type { FieldRegistry } from '../fields/fieldRegistry';
import { logValue, type FieldValue } from '../fields/parseValue';
import { byEmailStatus, EmailStatus } from './emailStatus';
import { FieldBlocks } from './fieldBlocks';
import { apiAttributes, type Origin } from './origin';
import type { PeopleStore } from './peopleStore';
import type { Person } from './person';

/** Checked values by field. */
export type Values = ReadonlyMap<LeadField, FieldValue>;

/** Behaviour that can be chosen. */
export interface WriteRules {
	/**
	 * Whether the opt-out of an address holds for everybody who has it, later too; `silent` leaves no
	 * entry in the log where it is applied to a new person.
	 */
	readonly durableUnsubscribe: 'off' | 'logged' | 'silent';
}

/** Writes people and keeps the activity log, whoever makes the change. */
export class PersonWriter {
	readonly blocks = new FieldBlocks();
	private readonly emailStatus = new EmailStatus();

	constructor(
		private readonly people: PeopleStore,
		private readonly fields: FieldRegistry,
		private readonly log: ActivityLog,
		private readonly rules: () => WriteRules,
	) {}

	/** Creates a person; the log gets New Lead and no change of single fields. */
	create(values: Values, origin: Origin, now: number, partitionId: number): Person {
		const stored = Object.fromEntries([...values].map(([field, value]) => [field.name, value]));
		const { durableUnsubscribe } = this.rules();
		const optsOut = durableUnsubscribe !== 'off' && this.emailStatus.isOptedOut(stored.email);
		if (optsOut && durableUnsubscribe === 'silent') stored.unsubscribed = true;
		const person = this.people.insert(stored, now, partitionId);
		this.log.add(
			{
				leadId: person.id,
				typeId: ActivityType.newLead,
				date: now,
				primaryValueId: person.id,
				attributes: [
					{ name: 'Created Date', value: new Date(now).toISOString().slice(0, 10) },
					{ name: 'Source Type', value: origin.sourceType },
					...apiAttributes(origin),
				],
			},
			now,
		);
		if (optsOut) this.setFlag(person, true, now);
		else if (stored.unsubscribed === true) this.settleStatus(person, true, now);
		return person;
	}

	/**
	 * Writes the values that differ from what is there. Without any nothing happens: no log entry,
	 * `updatedAt` as before. `updatedAt` follows standard fields only. What an administrator has
	 * blocked stays as it is.
	 * @returns the fields that changed
	 */
	change(person: Person, values: Values, origin: Origin, now: number): LeadField[] {
		const changed = this.write(person, values, origin, now);
		const names = changed.map((field) => field.name);
		if (names.includes('unsubscribed')) {
			this.settleStatus(person, person.values.unsubscribed === true, now);
		} else if (names.includes('email') && this.rules().durableUnsubscribe !== 'off') {
			this.setFlag(person, this.emailStatus.isOptedOut(person.values.email), now);
		}
		return changed;
	}

	private write(person: Person, values: Values, origin: Origin, now: number): LeadField[] {
		const changed: LeadField[] = [];
		for (const [field, value] of values) {
			const before = this.people.read(person, field.name);
			if (before === value) continue;
			const filled = person.values[field.name] !== undefined;
			if (this.blocks.holds(field.name, origin.source, filled)) continue;
			this.people.set(person, field.name, value);
			changed.push(field);
			this.logChange(person, field, before, value, origin, now);
		}
		if (changed.length > 0) person.changedAt = now;
		if (changed.some((field) => !field.isCustom)) person.updatedAt = now;
		return changed;
	}

	/** An opt-out, or its end, is remembered for the address, and goes to all who have it. */
	private settleStatus(person: Person, unsubscribed: boolean, now: number): void {
		const { email } = person.values;
		this.emailStatus.set(email, unsubscribed);
		if (this.rules().durableUnsubscribe === 'off' || typeof email !== 'string') return;
		for (const other of this.people.find('email', email)) {
			if (other !== person) this.setFlag(other, unsubscribed, now);
		}
	}

	private setFlag(person: Person, unsubscribed: boolean, now: number): void {
		const flag = this.fields.definition('unsubscribed')!;
		this.write(person, new Map([[flag, unsubscribed]]), byEmailStatus(unsubscribed), now);
	}

	/** Deletes a person. */
	remove(person: Person, now: number): void {
		this.people.remove(person.id);
		this.logDelete(person, now);
	}

	/**
	 * Merges losers into the winner: the winner keeps what it has and takes over what it lacks, the
	 * first loser first. The losers' history becomes the winner's.
	 */
	merge(
		winner: Person,
		losers: readonly Person[],
		origin: Origin,
		now: number,
		logsDelete: boolean,
	): void {
		const taken = new Map<LeadField, FieldValue>();
		for (const loser of losers) {
			for (const [name, value] of Object.entries(loser.values)) {
				const field = this.fields.definition(name);
				if (!field || value === null || taken.has(field)) continue;
				const own = winner.values[name];
				if (own === undefined || own === null) taken.set(field, value);
			}
		}
		for (const loser of losers) {
			this.people.remove(loser.id);
			if (logsDelete) this.logDelete(loser, now);
			this.log.move(loser.id, winner.id);
		}
		const changed = this.change(winner, taken, origin, now);
		this.log.add(
			{
				leadId: winner.id,
				typeId: ActivityType.mergeLeads,
				date: now,
				primaryValueId: winner.id,
				primaryValue: this.nameOf(winner),
				attributes: [
					{ name: 'Master Updated', value: changed.length > 0 },
					{ name: 'Merge IDs', value: losers.map((loser) => loser.id).join(', ') },
					{ name: 'Merge Source', value: origin.source },
					{ name: 'Merged in Sales', value: false },
				],
			},
			now,
		);
	}

	nameOf(person: Person): string {
		const { firstName, lastName, email } = person.values;
		return [firstName, lastName].filter(Boolean).join(' ') || String(email ?? '');
	}

	private logDelete(person: Person, now: number): void {
		this.log.add(
			{
				leadId: person.id,
				typeId: ActivityType.deleteLead,
				date: now,
				primaryValueId: person.id,
				primaryValue: this.nameOf(person),
			},
			now,
		);
	}

	private logChange(
		person: Person,
		field: LeadField,
		before: FieldValue,
		after: FieldValue,
		origin: Origin,
		now: number,
	): void {
		const oldValue = logValue(field, before);
		const newValue = logValue(field, after);
		const common = {
			leadId: person.id,
			date: now,
			primaryValueId: field.id,
			primaryValue: field.displayName,
			...(origin.campaignId !== undefined && { campaignId: origin.campaignId }),
		};
		const values = [
			{ name: 'New Value', value: newValue },
			{ name: 'Old Value', value: oldValue },
		];
		if (field.isScore) {
			const step = Number(after ?? 0) - Number(before ?? 0);
			const attributes = [
				{ name: 'Change Value', value: step < 0 ? String(step) : `+${step}` },
				...values,
				{ name: 'Reason', value: origin.reason },
			];
			this.log.add({ ...common, typeId: ActivityType.changeScore, attributes }, now);
		}
		this.log.add(
			{
				...common,
				typeId: ActivityType.changeDataValue,
				attributes: [
					...values,
					{ name: 'Reason', value: origin.reason },
					{ name: 'Source', value: origin.source },
				],
				change: { id: field.id, name: field.name, newValue, oldValue },
			},
			now,
		);
	}
}
