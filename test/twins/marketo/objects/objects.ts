import { ActivityType } from '../activities/activity';
import type { ActivityLog } from '../activities/activityLog';
import { CallFailure, RecordSkip } from '../errors';
import type { FieldRegistry } from '../fields/fieldRegistry';
import type { FieldValue } from '../fields/parseValue';
import type { TwinBehaviour } from '../options';
import type { PeopleStore } from '../people/peopleStore';
import type { Person } from '../people/person';
import { CustomObjectTypes } from './customObjectTypes';
import { ObjectStore, type ObjectRecord } from './objectStore';
import { companyType, opportunityType, roleType, salesPersonType } from './standardObjects';
import type { ObjectField } from './objectType';
import type { ObjectChange, ObjectRules } from './syncObjects';

const STANDARD = ['companies', 'opportunities', 'roles', 'salesPersons'] as const;
export type StandardObject = (typeof STANDARD)[number];

/** Everything but people, and what it has to do with people and with each other. */
export class Objects {
	readonly companies: ObjectStore;
	readonly salesPersons: ObjectStore;
	readonly opportunities: ObjectStore;
	readonly roles: ObjectStore;
	readonly types: CustomObjectTypes;
	private readonly custom = new Map<string, ObjectStore>();
	/** Owners of companies that are gone: they go on being in use. */
	private readonly ownersOfTheGone = new Set<string>();
	readonly rules: Readonly<Record<StandardObject, ObjectRules>>;

	constructor(
		private readonly people: PeopleStore,
		fields: FieldRegistry,
		private readonly log: ActivityLog,
		private readonly behaviour: TwinBehaviour,
		now: number,
	) {
		this.companies = new ObjectStore(companyType(fields.all(), now), 3001);
		this.salesPersons = new ObjectStore(salesPersonType(now), 5001);
		this.opportunities = new ObjectStore(opportunityType(now));
		this.roles = new ObjectStore(roleType(now));
		this.types = new CustomObjectTypes(fields);
		people.companyValue = (person, name) => this.companyValue(person, name);
		this.rules = {
			companies: {
				check: (values) => this.checkParent(values, 'externalSalesPersonId', this.salesPersons),
				mayRemove: (record) => this.freeCompany(record),
				removed: ({ values }) => {
					const owner = values.externalSalesPersonId;
					if (owner !== undefined) this.ownersOfTheGone.add(String(owner).toLowerCase());
				},
			},
			salesPersons: { mayRemove: (record) => this.freeSalesPerson(record) },
			opportunities: {
				check: (values) => this.checkParent(values, 'externalCompanyId', this.companies),
				written: (record, changes, created, now) => {
					if (!created && changes.length > 0) this.logUpdate(record, changes, now);
				},
				mayRemove: ({ values }) => {
					const names = ['externalOpportunityId'];
					if (this.roles.find(names, [values.externalOpportunityId]).length > 0) {
						throw new RecordSkip('1022');
					}
				},
			},
			roles: {
				check: (values) => this.checkLinks(values),
				written: (record, _changes, created, now) => {
					if (created) this.logRole(ActivityType.addToOpportunity, record, now);
				},
				removed: (record, now) => this.logRole(ActivityType.removeFromOpportunity, record, now),
			},
		};
	}

	/** Records of an approved custom object. */
	customStore(name: string): ObjectStore | undefined {
		const type = this.types.approved(name);
		if (!type) return undefined;
		const store = this.custom.get(type.name) ?? new ObjectStore(type);
		store.type = type;
		this.custom.set(type.name, store);
		return store;
	}

	/** The records of an object by its name under `/__twin/objects`. */
	named(name: string): ObjectStore | undefined {
		const standard = STANDARD.find((one) => one === name);
		return standard === undefined ? this.customStore(name) : this[standard];
	}

	/** How many records each object has. */
	counts(): Record<string, number> {
		const names = [...STANDARD, ...this.types.allApproved().map(({ name }) => name)];
		return Object.fromEntries(names.map((name) => [name, this.named(name)?.size ?? 0]));
	}

	readonly customRules: ObjectRules = {
		check: (values) => this.checkLinks(values),
	};

	dropCustom(name: string): void {
		this.custom.delete(name);
	}

	/** The sales person who owns a person. */
	ownerOf(person: Person): ObjectRecord | undefined {
		const id = person.values.externalSalesPersonId;
		if (id === undefined || id === null) return undefined;
		return this.salesPersons.find(['externalSalesPersonId'], [id])[0];
	}

	/** People who are gone take their roles along; those of a merged person go to the winner. */
	dropPerson(id: number, now: number, winnerId?: number): void {
		for (const role of this.roles.find(['leadId'], [id])) {
			const { externalOpportunityId, role: name } = role.values;
			const taken =
				winnerId !== undefined &&
				this.roles.find(
					['externalOpportunityId', 'leadId', 'role'],
					[externalOpportunityId, winnerId, name],
				).length > 0;
			if (winnerId === undefined || taken) this.roles.remove(role);
			else this.roles.write(role, { leadId: winnerId }, now);
		}
		if (winnerId === undefined) return;
		for (const store of this.custom.values()) {
			for (const { name, linksTo } of store.type.fields) {
				if (linksTo?.object !== 'lead' || linksTo.field !== 'id') continue;
				for (const record of store.find([name], [id]))
					store.write(record, { [name]: winnerId }, now);
			}
		}
	}

	/** @throws CallFailure 718 when an opportunity names a sales person who is not there */
	checkOwners(input: ReadonlyArray<Readonly<Record<string, unknown>>>): void {
		for (const { externalSalesPersonId: id } of input) {
			if (id === undefined || id === null || id === '') continue;
			if (this.salesPersons.find(['externalSalesPersonId'], [id]).length === 0) {
				throw new CallFailure('718', `ExternalSalesPersonID '${String(id)}' not found`);
			}
		}
	}

	/** Parents that people, companies and opportunities may name before they are there, or not. */
	private checkParent(
		values: ReadonlyMap<ObjectField, FieldValue>,
		name: string,
		parents: ObjectStore,
	): void {
		if (this.behaviour.unknownParents === 'accepted') return;
		for (const [field, value] of values) {
			if (field.name !== name || value === null) continue;
			if (parents.find([name], [value]).length === 0) {
				throw new RecordSkip('1013', 'Record not found');
			}
		}
	}

	/** The same for a person. */
	checkPerson(values: Iterable<readonly [{ readonly name: string }, FieldValue]>): void {
		if (this.behaviour.unknownParents === 'accepted') return;
		for (const [{ name }, value] of values) {
			const parents = {
				externalCompanyId: this.companies,
				externalSalesPersonId: this.salesPersons,
			}[name];
			if (parents && value !== null && parents.find([name], [value]).length === 0) {
				throw new RecordSkip('1013', 'Record not found');
			}
		}
	}

	private checkLinks(values: ReadonlyMap<ObjectField, FieldValue>): void {
		for (const [{ linksTo }, value] of values) {
			if (!linksTo || value === null) continue;
			const { object, field } = linksTo;
			if (object === 'lead') {
				if (this.people.find(field, value).length === 0) throw new RecordSkip('1004');
				continue;
			}
			const store = this.storeNamed(object);
			if (!store || store.find([field], [value]).length === 0) {
				throw new RecordSkip('1013', `${store?.type.noun ?? 'Object'} not found`);
			}
		}
	}

	private storeNamed(object: string): ObjectStore | undefined {
		if (object === 'company') return this.companies;
		if (object === 'opportunity') return this.opportunities;
		return this.customStore(object);
	}

	private freeCompany({ values }: ObjectRecord): void {
		const id = values.externalCompanyId;
		const opportunities = this.opportunities.find(['externalCompanyId'], [id]);
		if (opportunities.length > 0 || this.people.find('externalCompanyId', id).length > 0) {
			throw new RecordSkip('1022');
		}
	}

	private freeSalesPerson({ values }: ObjectRecord): void {
		const name = 'externalSalesPersonId';
		const id = values[name];
		const inUse =
			this.people.find(name, id).length > 0 ||
			this.companies.find([name], [id]).length > 0 ||
			this.opportunities.find([name], [id]).length > 0 ||
			this.ownersOfTheGone.has(String(id).toLowerCase());
		if (inUse) throw new RecordSkip('1022');
	}

	/** What a person inherits from the company; undefined without one. */
	private companyValue(person: Person, name: string): FieldValue | undefined {
		const id = person.values.externalCompanyId;
		if (id === undefined || id === null) return undefined;
		const [company] = this.companies.find(['externalCompanyId'], [id]);
		return company && this.companies.read(company, name);
	}

	private logRole(typeId: number, { values }: ObjectRecord, now: number): void {
		const [opportunity] = this.opportunities.find(
			['externalOpportunityId'],
			[values.externalOpportunityId],
		);
		this.log.add(
			{
				leadId: Number(values.leadId),
				typeId,
				date: now,
				...opportunityIn(opportunity),
				attributes: [
					{ name: 'Is Primary', value: values.isPrimary ?? false },
					{ name: 'Role', value: values.role },
				],
			},
			now,
		);
	}

	/** Everybody with a role sees that an opportunity has changed. */
	private logUpdate(
		opportunity: ObjectRecord,
		changes: readonly ObjectChange[],
		now: number,
	): void {
		const roles = this.roles.find(
			['externalOpportunityId'],
			[opportunity.values.externalOpportunityId],
		);
		const leadIds = new Set(roles.map((role) => Number(role.values.leadId)));
		for (const leadId of leadIds) {
			for (const { name, before, after } of changes) {
				const label = this.opportunities.type.fields.find((field) => field.name === name);
				this.log.add(
					{
						leadId,
						typeId: ActivityType.updateOpportunity,
						date: now,
						...opportunityIn(opportunity),
						attributes: [
							{ name: 'Attribute Name', value: label?.displayName },
							{ name: 'New Value', value: after },
							{ name: 'Old Value', value: before },
						],
					},
					now,
				);
			}
		}
	}
}

function opportunityIn(record: ObjectRecord | undefined) {
	if (!record) return {};
	return { primaryValueId: record.key, primaryValue: String(record.values.name) };
}
