import type { DynamicsVendor } from '../vendors/dynamics';
import type { MarketoVendor } from '../vendors/marketo';
import type { Mapped, Table } from '../auditor/mapping';

/** A record of Dynamics and the person it is linked with. */
export interface Pair {
	table: Table;
	dynamicsId: string;
	marketoId: number;
}

/** One value that was set in one system, and has to be found in the other. */
export interface Edit extends Pair {
	side: 'dynamics' | 'marketo';
	column: string;
	field: string;
	/** Type of the column and of the field, in the vendors' words. */
	type: string;
	value: unknown;
}

interface Attribute {
	LogicalName: string;
	AttributeType: string;
	IsValidForUpdate: boolean;
	MaxLength?: number;
	FormatName?: { Value: string };
	OptionSet?: {
		Options: { Value: number; State?: number; Label: { UserLocalizedLabel: { Label: string } } }[];
	};
}

interface Field {
	dataType: string;
	length?: number;
	rest: { name: string; readOnly: boolean };
}

const ENTITY_SETS = { lead: 'leads', contact: 'contacts' } as const;
const LINK_FIELDS = { lead: 'dynamicsLeadId', contact: 'dynamicsContactId' } as const;
/** Kinds of column whose options come only when asked for by kind. */
const WITH_OPTIONS = ['Picklist', 'State', 'Status'];

/** Pairs as both systems show them: the person carries the id of its record. */
export async function linkedPairs(
	dynamics: DynamicsVendor,
	marketo: MarketoVendor,
	table: Table,
): Promise<Pair[]> {
	const key = `${table}id`;
	// Nothing is written to a closed lead.
	const filter = table === 'lead' ? '&$filter=statecode eq 0' : '';
	const rows = await dynamics.all(`${ENTITY_SETS[table]}?$select=${key}${filter}`);
	const ids = rows.map((row) => String(row[key]));
	const people = await marketo.people(LINK_FIELDS[table], ids, ['id', LINK_FIELDS[table]]);
	return people.map((person) => ({
		table,
		dynamicsId: String(person[LINK_FIELDS[table]]),
		marketoId: person.id,
	}));
}

async function attributesOf(dynamics: DynamicsVendor, table: Table) {
	const base = `EntityDefinitions(LogicalName='${table}')/Attributes`;
	const plain = await dynamics.get<{ value: Attribute[] }>(base);
	const optionSets = new Map<string, Attribute['OptionSet']>();
	for (const kind of WITH_OPTIONS) {
		const { value } = await dynamics.get<{ value: Attribute[] }>(
			`${base}/Microsoft.Dynamics.CRM.${kind}AttributeMetadata?$select=LogicalName&$expand=OptionSet($select=Options)`,
		);
		for (const one of value) optionSets.set(one.LogicalName, one.OptionSet);
	}
	return new Map(
		plain.value.map((one) => [
			one.LogicalName,
			{ ...one, OptionSet: optionSets.get(one.LogicalName) },
		]),
	);
}

const optionsOf = ({ OptionSet }: Attribute) =>
	(OptionSet?.Options ?? []).map(({ Value, State, Label }) => ({
		value: Value,
		state: State,
		label: Label.UserLocalizedLabel.Label,
	}));

function textFor(attribute: Attribute, length: number, number: number): string {
	const format = attribute.FormatName?.Value.toLowerCase();
	if (format === 'email') return `edited-${number}@example.com`;
	if (format === 'url') return `https://example.com/${number}`;
	if (format === 'phone') return `+1 555 0${100 + number}`;
	return `Edited ${number}`.slice(0, length);
}

/** A new value for a row of the mapping, in the words of the side that is edited. */
function newValue(
	table: Table,
	side: Edit['side'],
	attribute: Attribute,
	field: Field,
	present: unknown,
	number: number,
): unknown {
	const options = optionsOf(attribute);
	switch (attribute.AttributeType) {
		case 'String':
		case 'Memo': {
			const length = Math.min(attribute.MaxLength ?? 255, field.length ?? 255);
			return textFor(attribute, length, number);
		}
		case 'Boolean':
			return present !== true;
		case 'Integer':
		case 'BigInt':
			return number;
		case 'Decimal':
		case 'Double':
		case 'Money':
			return 1000 + number + 0.5;
		case 'DateTime':
			return field.dataType === 'date' ? '2026-02-03' : '2026-02-03T04:05:06Z';
		case 'Picklist': {
			const other = options.find(({ value, label }) => value !== present && label !== present);
			return side === 'dynamics' ? other?.value : other?.label;
		}
		case 'Status': {
			const { state } = options.find(({ value }) => value === present) ?? {};
			return options.find((option) => option.value !== present && option.state === state)?.value;
		}
		case 'State':
			// A lead that is closed can no longer be edited.
			return table === 'contact'
				? options.find(({ value }) => value !== present)?.value
				: undefined;
		default:
			return undefined;
	}
}

/** What is edited: for every table, direction and pair of types, the first row of the mapping. */
function samples(
	mapping: Mapped[],
	table: Table,
	side: Edit['side'],
	attributes: Map<string, Attribute>,
	fields: Map<string, Field>,
) {
	const blocked = side === 'dynamics' ? 'toDynamics' : 'toMarketo';
	const found = new Map<string, { row: Mapped; attribute: Attribute; field: Field }>();
	for (const row of mapping) {
		const attribute = attributes.get(row.column);
		const field = fields.get(row.field);
		if (row.table !== table || row.direction === blocked || !attribute || !field) continue;
		if (side === 'dynamics' ? !attribute.IsValidForUpdate : field.rest.readOnly) continue;
		const type = `${attribute.AttributeType} / ${field.dataType}`;
		if (!found.has(type)) found.set(type, { row, attribute, field });
	}
	return [...found].map(([type, sample]) => ({ type, ...sample }));
}

/**
 * Edits at least one value of every mapped type in each direction, as people do: through the
 * vendors' own APIs, one pair each.
 */
export async function editBothSides(
	mapping: Mapped[],
	dynamics: DynamicsVendor,
	marketo: MarketoVendor,
): Promise<Edit[]> {
	const described = await marketo.get<Field>('leads/describe.json');
	const fields = new Map(described.map((field) => [field.rest.name, field]));
	const edits: Edit[] = [];
	for (const table of ['lead', 'contact'] as const) {
		const pairs = await linkedPairs(dynamics, marketo, table);
		if (pairs.length === 0) continue;
		const attributes = await attributesOf(dynamics, table);
		let next = 0;
		for (const side of ['dynamics', 'marketo'] as const) {
			for (const { type, row, attribute, field } of samples(
				mapping,
				table,
				side,
				attributes,
				fields,
			)) {
				const pair = pairs[next++ % pairs.length]!;
				const edit = { ...pair, side, column: row.column, field: row.field, type };
				const present = await read(dynamics, marketo, edit);
				const value = newValue(table, side, attribute, field, present, edits.length + 1);
				if (value === undefined) continue;
				await write(dynamics, marketo, { ...edit, value });
				edits.push({ ...edit, value });
			}
		}
	}
	return edits;
}

/** The value that an edit's own side has now. */
export async function read(
	dynamics: DynamicsVendor,
	marketo: MarketoVendor,
	{ side, table, dynamicsId, marketoId, column, field }: Omit<Edit, 'value'>,
): Promise<unknown> {
	if (side === 'dynamics') {
		const row = await dynamics.get(`${ENTITY_SETS[table]}(${dynamicsId})?$select=${column}`);
		return row[column];
	}
	const [person] = await marketo.people('id', [marketoId], [field]);
	return person?.[field];
}

async function write(
	dynamics: DynamicsVendor,
	marketo: MarketoVendor,
	{ side, table, dynamicsId, marketoId, column, field, value }: Edit,
): Promise<void> {
	if (side === 'dynamics') {
		await dynamics.update(ENTITY_SETS[table], dynamicsId, { [column]: value });
	} else {
		await marketo.write('updateOnly', 'id', [{ id: marketoId, [field]: value }]);
	}
}
