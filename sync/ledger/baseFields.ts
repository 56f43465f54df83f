import type { Selectable } from 'kysely';
import type { DynamicsTable, Side } from '../items';
import type { LaneMapping } from '../mapping';
import { rowVersion } from '../mappingHash';
import type { BaseField, Bases, FieldNumbers } from './bases';
import type { BaseFieldTable, Db } from './schema';

/** Of which lane and table. */
export interface BaseOwner {
	lane: string;
	table: DynamicsTable;
}

/**
 * What bases are of: a column or field under one version of its mapping row, by a number that stands in the links
 * in place of both. One whose row is another by now has no name here, so its bases are unset (R50); where no row
 * is left, the one that was numbered last still counts.
 */
export class BaseFields {
	/** By number; null: not in force. */
	private readonly fields = new Map<number, BaseField | null>();
	/** Of those in force, by lane and table. */
	private readonly numbers = new Map<string, FieldNumbers>();

	static async load(db: Db): Promise<BaseFields> {
		const rows = await db
			.selectFrom('base_field')
			.leftJoin('mapping', 'mapping.lane', 'base_field.lane')
			.selectAll('base_field')
			.select('mapping.hash')
			.orderBy('base_field.id')
			.execute();
		const fields = new BaseFields();
		for (const { hash, ...row } of rows)
			fields.add({ ...row, id: Number(row.id) }, await versionsOf(db, row.lane, hash));
		return fields;
	}

	private add(
		{ id, lane, table_name, side, name, made_by }: Selectable<BaseFieldTable>,
		versions: Versions,
	) {
		const owner = { lane, table: table_name };
		const version = versions.get(keyOf(owner, { side, name })) ?? made_by;
		this.fields.set(id, version === made_by ? { side, name } : null);
		if (version !== made_by) return;
		const numbers = this.numbersOf(owner)[side];
		if (numbers.has(name)) this.fields.set(numbers.get(name)!, null);
		numbers.set(name, id);
	}

	/** Null where it is not in force. */
	fieldOf(number: number): BaseField | null {
		return this.fields.get(number) ?? null;
	}

	/** The numbers of all fields of these bases; those that have none yet get one. */
	async numbersFor(db: Db, owner: BaseOwner, bases: Record<Side, Bases>): Promise<FieldNumbers> {
		const numbers = this.numbersOf(owner);
		const news = (['dynamics', 'marketo'] as const).flatMap((side) =>
			[...bases[side].keys()]
				.filter((name) => !numbers[side].has(name))
				.map((name) => ({ side, name })),
		);
		if (news.length === 0) return numbers;
		const versions = await versionsOf(db, owner.lane);
		for (const field of news) await this.insert(db, owner, field, versions);
		return numbers;
	}

	private numbersOf({ lane, table }: BaseOwner): FieldNumbers {
		const key = `${lane} ${table}`;
		const found = this.numbers.get(key) ?? { dynamics: new Map(), marketo: new Map() };
		this.numbers.set(key, found);
		return found;
	}

	private async insert(
		db: Db,
		owner: BaseOwner,
		{ side, name }: BaseField,
		versions: Versions,
	): Promise<void> {
		const made_by = versions.get(keyOf(owner, { side, name })) ?? '';
		const row = { lane: owner.lane, table_name: owner.table, side, name, made_by };
		const { id } = await db
			.insertInto('base_field')
			.values(row)
			// Where somebody else has numbered it, that is its number.
			.onConflict((c) =>
				c.columns(['lane', 'table_name', 'side', 'name', 'made_by']).doUpdateSet(row),
			)
			.returning('id')
			.executeTakeFirstOrThrow();
		this.add({ ...row, id: Number(id) }, versions);
	}
}

/** A transaction asks once: what it has numbered itself may be taken back with it, and belongs to nobody else. */
const ofTransactions = new WeakMap<Db, BaseFields>();

export async function baseFields(db: Db): Promise<BaseFields> {
	const found = ofTransactions.get(db) ?? (await BaseFields.load(db));
	if (db.isTransaction) ofTransactions.set(db, found);
	return found;
}

/** Another mapping is in force from here on. */
export function forgetBaseFields(db: Db): void {
	ofTransactions.delete(db);
}

/** Of all columns and fields of a lane that are mapped. */
type Versions = ReadonlyMap<string, string>;

/** Of each lane's mapping that was met last: mappings change by the day, transactions come by the second. */
const lastMet = new Map<string, { hash: string | null; versions: Versions }>();

/** @param hash of the mapping in force, where it is known; null: there is none */
async function versionsOf(db: Db, lane: string, hash?: string | null): Promise<Versions> {
	const known = lastMet.get(lane);
	if (known && known.hash === hash) return known.versions;
	const pinned = await db
		.selectFrom('mapping')
		.select(['hash', 'mapping'])
		.where('lane', '=', lane)
		.executeTakeFirst();
	const mapping = pinned ? (JSON.parse(pinned.mapping) as LaneMapping) : {};
	const met = { hash: pinned?.hash ?? null, versions: new Map(versionsIn(lane, mapping)) };
	lastMet.set(lane, met);
	return met.versions;
}

function versionsIn(lane: string, mapping: LaneMapping): Array<[string, string]> {
	return Object.entries(mapping).flatMap(([table, { rows }]) =>
		rows.flatMap((row): Array<[string, string]> => {
			const version = rowVersion(row);
			return [
				[keyOf({ lane, table }, { side: 'dynamics', name: row.column }), version],
				[keyOf({ lane, table }, { side: 'marketo', name: row.field }), version],
			];
		}),
	);
}

function keyOf({ lane, table }: BaseOwner, { side, name }: BaseField): string {
	return `${lane} ${table} ${side} ${name}`;
}
