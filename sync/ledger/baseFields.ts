import type { Selectable } from 'kysely';
import type { DynamicsTable, Side } from '../items';
import type { PeopleMapping } from '../mapping';
import { rowVersion } from '../mappingHash';
import type { BaseField, Bases } from './bases';
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
	private readonly fields = new Map<number, BaseField & { key: string }>();
	/** Numbers of those in force. */
	private readonly numbers = new Map<string, number>();

	private constructor(private readonly versions: Map<string, string>) {}

	static async load(db: Db): Promise<BaseFields> {
		const mappings = await db.selectFrom('mapping').select(['lane', 'mapping']).execute();
		const fields = new BaseFields(versionsOf(mappings));
		for (const row of await db.selectFrom('base_field').selectAll().orderBy('id').execute())
			fields.add({ ...row, id: Number(row.id) });
		return fields;
	}

	private add({ id, lane, table_name, side, name, made_by }: Selectable<BaseFieldTable>) {
		const key = keyOf({ lane, table: table_name }, { side, name });
		this.fields.set(id, { side, name, key });
		if (made_by === (this.versions.get(key) ?? made_by)) this.numbers.set(key, id);
	}

	knows(number: number): boolean {
		return this.fields.has(number);
	}

	/** Undefined where it is not in force. */
	fieldOf(number: number): BaseField | undefined {
		const field = this.fields.get(number);
		return field && this.numbers.get(field.key) === number ? field : undefined;
	}

	numberOf(owner: BaseOwner, field: BaseField): number | undefined {
		return this.numbers.get(keyOf(owner, field));
	}

	/** Numbers the fields of these bases that have no number yet. */
	async number(db: Db, owner: BaseOwner, bases: Record<Side, Bases>): Promise<void> {
		for (const side of ['dynamics', 'marketo'] as const) {
			for (const name of bases[side].keys()) {
				if (this.numberOf(owner, { side, name }) === undefined)
					await this.insert(db, owner, { side, name });
			}
		}
	}

	private async insert(db: Db, owner: BaseOwner, { side, name }: BaseField): Promise<void> {
		const made_by = this.versions.get(keyOf(owner, { side, name })) ?? '';
		const row = { lane: owner.lane, table_name: owner.table, side, name, made_by };
		await db
			.insertInto('base_field')
			.values(row)
			.onConflict((c) => c.columns(['lane', 'table_name', 'side', 'name', 'made_by']).doNothing())
			.execute();
		const { id } = await db
			.selectFrom('base_field')
			.select('id')
			.where('lane', '=', owner.lane)
			.where('table_name', '=', owner.table)
			.where('side', '=', side)
			.where('name', '=', name)
			.where('made_by', '=', made_by)
			.executeTakeFirstOrThrow();
		this.add({ ...row, id: Number(id) });
	}
}

/** A transaction asks once: what it has numbered itself may be taken back with it, and belongs to nobody else. */
const ofTransactions = new WeakMap<Db, BaseFields>();

export async function baseFields(db: Db): Promise<BaseFields> {
	const found = ofTransactions.get(db) ?? (await BaseFields.load(db));
	if (db.isTransaction) ofTransactions.set(db, found);
	return found;
}

/** Another mapping is in force from here on, or somebody else has numbered more. */
export function forgetBaseFields(db: Db): void {
	ofTransactions.delete(db);
}

type Pinned = Array<{ lane: string; mapping: string }>;

let last = { of: '', versions: new Map<string, string>() };

/** Of all mapped columns and fields. The last answer is kept: mappings change by the day, transactions come by the second. */
function versionsOf(mappings: Pinned): Map<string, string> {
	const of = JSON.stringify(mappings);
	if (last.of !== of) {
		const versions = mappings.flatMap(({ lane, mapping }) =>
			versionsIn(lane, JSON.parse(mapping) as PeopleMapping),
		);
		last = { of, versions: new Map(versions) };
	}
	return last.versions;
}

function versionsIn(lane: string, mapping: PeopleMapping): Array<[string, string]> {
	return (Object.keys(mapping) as DynamicsTable[]).flatMap((table) =>
		mapping[table].rows.flatMap((row): Array<[string, string]> => {
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
