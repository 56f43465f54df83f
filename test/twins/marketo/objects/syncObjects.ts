import { CallFailure, invalidFor, missing, reason, RecordSkip, type Reason } from '../errors';
import { InvalidValue, parseValue, type FieldValue, type ValueRules } from '../fields/parseValue';
import type { ObjectRecord, ObjectStore } from './objectStore';
import { fieldOf, type ObjectField } from './objectType';

export const OBJECT_ACTIONS = ['createOrUpdate', 'createOnly', 'updateOnly'] as const;
export type ObjectAction = (typeof OBJECT_ACTIONS)[number];
export type DedupeBy = 'dedupeFields' | 'idField';

/** How the records of a call are to be written. */
export interface ObjectOrder {
	readonly action: ObjectAction;
	readonly dedupeBy: DedupeBy;
}

export type ObjectChange = ReturnType<ObjectStore['write']>[number];

/** What an object has to do with others. */
export interface ObjectRules {
	/** @throws RecordSkip when a record cannot be written so */
	readonly check?: (values: ReadonlyMap<ObjectField, FieldValue>) => void;
	readonly written?: (
		record: ObjectRecord,
		changes: readonly ObjectChange[],
		created: boolean,
		now: number,
	) => void;
	/** @throws RecordSkip when something depends on the record */
	readonly mayRemove?: (record: ObjectRecord) => void;
	readonly removed?: (record: ObjectRecord, now: number) => void;
}

/** One record's outcome, without its place in the call. */
export type ObjectResult = Readonly<Record<string, unknown>> & { readonly status: string };

/** The order of a body. @throws CallFailure for what does not go together */
export function orderOf(body: Readonly<Record<string, unknown>>): ObjectOrder {
	const action = OBJECT_ACTIONS.find((one) => one === (body.action ?? 'createOrUpdate'));
	if (!action) {
		throw new CallFailure(
			'1001',
			`Invalid value '${String(body.action)}'. Required of type 'SyncAction'`,
		);
	}
	const dedupeBy = dedupeByOf(body.dedupeBy, 'dedupeBy');
	if (dedupeBy === 'idField' && action !== 'updateOnly') {
		throw new CallFailure('1003', `dedupeBy 'idField' is not valid for action '${action}'`);
	}
	return { action, dedupeBy };
}

/** `dedupeFields` unless said otherwise. @throws CallFailure 1003 */
export function dedupeByOf(value: unknown, name: string): DedupeBy {
	if (value === undefined || value === null || value === 'dedupeFields') return 'dedupeFields';
	if (value === 'idField') return 'idField';
	throw new CallFailure('1003', `Invalid value '${String(value)}' for ${name}`);
}

/** Writes the records of one call one after the other; a key that was in it already is 1036. */
export class ObjectSync {
	private readonly seen = new Set<string>();

	constructor(
		private readonly store: ObjectStore,
		private readonly order: ObjectOrder,
		private readonly values: ValueRules,
		private readonly rules: ObjectRules,
		private readonly now: number,
	) {}

	/** Writes a record as a whole or not at all. */
	write(record: Readonly<Record<string, unknown>>): ObjectResult {
		return outcome(() => this.writeOrThrow(record));
	}

	private writeOrThrow(record: Readonly<Record<string, unknown>>): ObjectResult {
		const { type } = this.store;
		const { action, dedupeBy } = this.order;
		const known = findRecord(this.store, record, dedupeBy, this.seen);
		if (action === 'createOnly' && known) throw new RecordSkip('1017');
		if (action === 'updateOnly' && !known) throw new RecordSkip('1013', `${type.noun} not found`);
		const values = this.checked(record, known);
		this.rules.check?.(values);
		const plain = Object.fromEntries([...values].map(([field, value]) => [field.name, value]));
		if (known) this.keepKeysApart(known, plain);
		const target = known ?? this.store.insert({}, this.now);
		const changes = this.store.write(target, plain, this.now);
		this.rules.written?.(target, changes, known === undefined, this.now);
		return { status: known ? 'updated' : 'created', [type.idField]: this.store.idOf(target) };
	}

	/** A key that is changed must not become another record's. @throws RecordSkip 1017 */
	private keepKeysApart(known: ObjectRecord, values: Record<string, FieldValue>): void {
		const names = this.store.type.dedupeFields;
		if (!names.some((name) => name in values)) return;
		const key = names.map((name) => (name in values ? values[name] : known.values[name]));
		if (this.store.find(names, key).some((other) => other !== known)) throw new RecordSkip('1017');
	}

	/** The values of a record. @throws RecordSkip with the first thing wrong */
	private checked(
		record: Readonly<Record<string, unknown>>,
		known: ObjectRecord | undefined,
	): Map<ObjectField, FieldValue> {
		const { type } = this.store;
		const values = new Map<ObjectField, FieldValue>();
		for (const [name, raw] of Object.entries(record)) {
			const field = fieldOf(type, name);
			if (!field) throw new RecordSkip('1006', `Field '${name}' not found`);
			if (field.name === type.idField && this.order.dedupeBy === 'idField') continue;
			if (field.system) throw new RecordSkip('1003', `Field '${field.name}' is read only`);
			const value = valueOf(field, raw, this.values);
			const isKey = type.dedupeFields.includes(field.name) && !field.updateable;
			if (known && isKey && value !== this.store.read(known, field.name)) {
				if (this.order.dedupeBy === 'idField') {
					throw new RecordSkip('1003', `Field '${field.name}' is read only`);
				}
				// The key as it was first written stays, whatever the letter case it was found by.
				continue;
			}
			if (field.required && value === null) throw new RecordSkip('1002', missing(field.name));
			values.set(field, value);
		}
		const absent = type.fields.find((field) => field.required && !values.has(field));
		if (!known && absent) throw new RecordSkip('1002', missing(absent.name));
		return values;
	}
}

/** Deletes one record by its key. */
export function deleteRecord(
	store: ObjectStore,
	record: Readonly<Record<string, unknown>>,
	deleteBy: DedupeBy,
	rules: ObjectRules,
	now: number,
): ObjectResult {
	return outcome(() => {
		const known = findRecord(store, record, deleteBy);
		if (!known) throw new RecordSkip('1013', `${store.type.noun} not found`);
		rules.mayRemove?.(known);
		const id = store.idOf(known);
		store.remove(known);
		rules.removed?.(known, now);
		return { [store.type.idField]: id, status: 'deleted' };
	});
}

/** The record that a key means. @throws RecordSkip 1002 without a whole key, 1036 for one seen before */
function findRecord(
	store: ObjectStore,
	record: Readonly<Record<string, unknown>>,
	dedupeBy: DedupeBy,
	seen?: Set<string>,
): ObjectRecord | undefined {
	const { type } = store;
	const names = dedupeBy === 'idField' ? [type.idField] : type.dedupeFields;
	const values = names.map((name) => {
		const value = memberOf(record, name);
		if (value === undefined || value === null || value === '') {
			throw new RecordSkip('1002', missing(name));
		}
		return value;
	});
	const key = JSON.stringify(values.map((value) => String(value).trim().toLowerCase()));
	if (seen?.has(key)) throw new RecordSkip('1036');
	seen?.add(key);
	return store.find(names, values)[0];
}

/** A member by its name, letter case aside. */
export function memberOf(record: Readonly<Record<string, unknown>>, name: string): unknown {
	if (name in record) return record[name];
	const lower = name.toLowerCase();
	return Object.entries(record).find(([other]) => other.toLowerCase() === lower)?.[1];
}

function valueOf(field: ObjectField, raw: unknown, rules: ValueRules): FieldValue {
	try {
		return parseValue(field, raw, rules);
	} catch (error) {
		if (!(error instanceof InvalidValue)) throw error;
		throw new RecordSkip('1003', invalidFor(field.name, raw));
	}
}

function outcome(work: () => ObjectResult): ObjectResult {
	try {
		return work();
	} catch (error) {
		if (!(error instanceof RecordSkip)) throw error;
		return skippedObject(error.reason);
	}
}

export function skippedObject(why: Reason): ObjectResult {
	return { status: 'skipped', reasons: [reason(why.code, why.message)] };
}
