import { invalidFor, RecordSkip, type Reason } from '../errors';
import type { FieldRegistry } from '../fields/fieldRegistry';
import type { Objects } from '../objects/objects';
import type { TwinBehaviour } from '../options';
import { checkRecord, lookupValue, refuseCompanyFields } from './checkRecord';
import type { Origin } from './origin';
import type { Partitions } from './partitions';
import type { PeopleStore } from './peopleStore';
import type { Person } from './person';
import type { PersonWriter, Values } from './personWriter';

export const SYNC_ACTIONS = [
	'createOrUpdate',
	'createOnly',
	'updateOnly',
	'createDuplicate',
] as const;
export type SyncAction = (typeof SYNC_ACTIONS)[number];

/** How a batch of records is to be written. */
export interface SyncOrder {
	readonly action: SyncAction;
	readonly lookupField: string;
	readonly partitionName?: string;
	/** When several people match: skip with 1007, or take the one updated last (forms do). */
	readonly severalMatches?: 'skip' | 'newest';
}

export type SyncResult =
	| { readonly id: number; readonly status: 'created' | 'updated' }
	| { readonly status: 'skipped'; readonly reasons: readonly Reason[] };

/** What will be done with one record, decided before anything is written. */
export type SyncPlan =
	| { readonly kind: 'create'; readonly values: Values; readonly partitionId: number }
	| {
			readonly kind: 'update';
			readonly person: Person;
			readonly values: Values;
			readonly partitionId?: number;
	  }
	| { readonly kind: 'skip'; readonly reason: Reason };

export interface SyncParts {
	readonly people: PeopleStore;
	readonly fields: FieldRegistry;
	readonly partitions: Partitions;
	readonly writer: PersonWriter;
	readonly objects: Objects;
	readonly behaviour: TwinBehaviour;
}

/** Looks a record up and checks it; writes nothing. */
export function planRecord(
	record: Readonly<Record<string, unknown>>,
	order: SyncOrder,
	parts: SyncParts,
): SyncPlan {
	try {
		return planOrThrow(record, order, parts);
	} catch (error) {
		if (!(error instanceof RecordSkip)) throw error;
		return { kind: 'skip', reason: error.reason };
	}
}

/** Carries a plan out. */
export function applyPlan(
	plan: SyncPlan,
	origin: Origin,
	now: number,
	parts: SyncParts,
): SyncResult {
	if (plan.kind === 'skip') return skipped(plan.reason);
	if (plan.kind === 'create') {
		const person = parts.writer.create(plan.values, origin, now, plan.partitionId);
		return { id: person.id, status: 'created' };
	}
	if (!parts.people.get(plan.person.id)) return skipped(new RecordSkip('1004').reason);
	if (plan.partitionId !== undefined) plan.person.partitionId = plan.partitionId;
	parts.writer.change(plan.person, plan.values, origin, now);
	return { id: plan.person.id, status: 'updated' };
}

export function skipped(why: Reason): SyncResult {
	return { status: 'skipped', reasons: [why] };
}

function planOrThrow(
	record: Readonly<Record<string, unknown>>,
	order: SyncOrder,
	parts: SyncParts,
): SyncPlan {
	const { action } = order;
	if (action !== 'updateOnly' && record.id !== undefined) {
		throw new RecordSkip('1003', invalidFor('id', record.id));
	}
	const values = checkRecord(record, parts.fields, parts.behaviour);
	parts.objects.checkPerson(values);
	const wantedPartition = takePartition(values, parts.partitions);
	const named = partitionNamed(order, parts.partitions);
	const matches = findMatches(record, order, parts);
	const person = order.severalMatches === 'newest' ? newest(matches) : matches[0];
	if (action === 'createOnly' && person) throw new RecordSkip('1005');
	if (action === 'updateOnly' && !person) throw new RecordSkip('1004');
	if (matches.length > 1 && order.severalMatches !== 'newest') throw new RecordSkip('1007');
	if (!person) {
		refuseCompanyFields(values, false);
		const partitionId = wantedPartition ?? named ?? parts.partitions.defaultId;
		return { kind: 'create', values, partitionId };
	}
	if (named !== undefined && action === 'createOrUpdate' && person.partitionId !== named) {
		throw new RecordSkip('1010');
	}
	refuseCompanyFields(values, Boolean(person.values.externalCompanyId));
	refuseUnlinking(values, person);
	return {
		kind: 'update',
		person,
		values,
		...(wantedPartition !== undefined && { partitionId: wantedPartition }),
	};
}

function findMatches(
	record: Readonly<Record<string, unknown>>,
	{ action, lookupField }: SyncOrder,
	{ people, behaviour }: SyncParts,
): Person[] {
	if (action === 'createDuplicate') return [];
	if (action !== 'createOnly') return people.find(lookupField, lookupValue(record, lookupField));
	const key = behaviour.createOnlyDedupesBy === 'anyEmail' ? 'email' : lookupField;
	const value = record[key];
	return value === undefined || value === null || value === '' ? [] : people.find(key, value);
}

function newest(matches: readonly Person[]): Person | undefined {
	return [...matches].sort((one, other) => other.updatedAt - one.updatedAt || other.id - one.id)[0];
}

/** `leadPartitionId` among the values is a move, not a value. */
function takePartition(values: Map<unknown, unknown>, partitions: Partitions): number | undefined {
	for (const [field, value] of values as Map<{ name: string }, unknown>) {
		if (field.name !== 'leadPartitionId') continue;
		values.delete(field);
		if (value === null) return undefined;
		if (!partitions.byId(Number(value)))
			throw new RecordSkip('1003', invalidFor(field.name, value));
		return Number(value);
	}
	return undefined;
}

/** The partition the call names; it only matters where something may be created. */
function partitionNamed(order: SyncOrder, partitions: Partitions): number | undefined {
	const { action, partitionName } = order;
	if (!partitionName || (action !== 'createOnly' && action !== 'createOrUpdate')) return undefined;
	const partition = partitions.byName(partitionName);
	if (!partition) throw new RecordSkip('1008', `Access denied to partition '${partitionName}'`);
	return partition.id;
}

/** A person can be moved to another company but not be taken out of one. */
function refuseUnlinking(values: Values, person: Person): void {
	if (!person.values.externalCompanyId) return;
	for (const [field, value] of values) {
		if (field.name === 'externalCompanyId' && value === null) {
			throw new RecordSkip('1003', invalidFor(field.name, value));
		}
	}
}
