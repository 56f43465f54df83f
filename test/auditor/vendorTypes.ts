import type { DynamicsVendor, Row } from '../vendors/dynamics';
import type { MarketoVendor } from '../vendors/marketo';

/** What a value is, in words of neither vendor. */
export type Kind = 'text' | 'email' | 'yesNo' | 'number' | 'day' | 'moment' | 'choice' | 'id';

export interface Column {
	kind: Kind;
	/** Name in a query and in an answer; differs from the logical name for lookups. */
	wireName: string;
	/** Digits after the point. */
	precision?: number;
}

interface Attribute {
	LogicalName: string;
	AttributeType: string;
	AttributeTypeName?: { Value: string };
	Format?: string | null;
	FormatName?: { Value: string } | null;
	Precision?: number;
}

interface Described {
	dataType: string;
	rest?: { name: string };
}

function kindOfAttribute(attribute: Attribute): Kind {
	if (attribute.AttributeTypeName?.Value === 'MultiSelectPicklistType') return 'choice';
	switch (attribute.AttributeType) {
		case 'Boolean':
			return 'yesNo';
		case 'Integer':
		case 'BigInt':
		case 'Decimal':
		case 'Double':
		case 'Money':
			return 'number';
		case 'DateTime':
			return attribute.Format === 'DateOnly' ? 'day' : 'moment';
		case 'Picklist':
		case 'State':
		case 'Status':
			return 'choice';
		case 'Lookup':
		case 'Owner':
		case 'Customer':
		case 'Uniqueidentifier':
			return 'id';
		default:
			return attribute.FormatName?.Value.toLowerCase() === 'email' ? 'email' : 'text';
	}
}

const LOOKUPS = new Set(['Lookup', 'Owner', 'Customer']);

/** The columns of a table, as its metadata describes them. */
export async function columnsOf(
	dynamics: DynamicsVendor,
	table: string,
): Promise<Map<string, Column>> {
	const { value } = await dynamics.get<{ value: Attribute[] }>(
		`EntityDefinitions(LogicalName='${table}')/Attributes`,
	);
	return new Map(
		value.map((attribute) => [
			attribute.LogicalName,
			{
				kind: kindOfAttribute(attribute),
				wireName: LOOKUPS.has(attribute.AttributeType)
					? `_${attribute.LogicalName}_value`
					: attribute.LogicalName,
				...(attribute.Precision !== undefined && { precision: attribute.Precision }),
			},
		]),
	);
}

const KINDS_OF_FIELDS: Record<string, Kind> = {
	boolean: 'yesNo',
	integer: 'number',
	float: 'number',
	currency: 'number',
	percent: 'number',
	score: 'number',
	reference: 'number',
	date: 'day',
	datetime: 'moment',
	email: 'email',
};

/** What a field holds, by the name that describe has for its type. */
export const kindOfField = (dataType: string): Kind => KINDS_OF_FIELDS[dataType] ?? 'text';

/** The fields of the person, as describe gives them. */
export async function fieldsOf(marketo: MarketoVendor): Promise<Map<string, Kind>> {
	const described = await marketo.get<Described>('leads/describe.json');
	return new Map(
		described.flatMap(({ rest, dataType }) =>
			rest ? [[rest.name, kindOfField(dataType)] as const] : [],
		),
	);
}

/** What Dynamics itself shows people for a choice. */
export const labelIn = (row: Row, { wireName }: Column): unknown =>
	row[`${wireName}@OData.Community.Display.V1.FormattedValue`];
