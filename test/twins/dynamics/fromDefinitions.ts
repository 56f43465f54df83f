import { withStandardColumns } from './customTable';
import type { AlternateKey, Column, ColumnType, Lookup, Option, Schema, TableSpec } from './schema';

type Json = Record<string, unknown>;

/**
 * Tables in the shape of Microsoft's own EntityDefinitions JSON (one table, a list, or
 * `{"value":[…]}`, each with `Attributes`), merged into what the schema already has: known columns
 * are replaced, others added.
 * @throws Error when the JSON is of another shape
 */
export function tablesFromDefinitions(json: unknown, schema: Schema): TableSpec[] {
	const wrapped = (json as Json | null)?.value;
	const list = Array.isArray(json) ? json : Array.isArray(wrapped) ? wrapped : [json];
	return list.map((item) => {
		const entity = item as Json;
		if (typeof entity?.LogicalName !== 'string') {
			throw new Error('Every table definition needs a LogicalName.');
		}
		return mergeTable(entity, schema.table(entity.LogicalName)?.spec);
	});
}

function mergeTable(entity: Json, known: TableSpec | undefined): TableSpec {
	const name = entity.LogicalName as string;
	const text = (key: string, fallback: string) =>
		typeof entity[key] === 'string' ? (entity[key] as string) : fallback;
	const flag = (key: string, fallback: boolean) =>
		typeof entity[key] === 'boolean' ? (entity[key] as boolean) : fallback;
	const columns = listOf(entity.Attributes).map(columnOf);
	const lookups = listOf(entity.ManyToOneRelationships).map(lookupOf);
	const keys = listOf(entity.Keys).map(keyOf);
	const base: TableSpec = {
		name,
		schema: text('SchemaName', known?.schema ?? name),
		set: text('EntitySetName', known?.set ?? `${name}s`),
		label: labelOf(entity.DisplayName) ?? known?.label ?? name,
		labels: labelOf(entity.DisplayCollectionName) ?? known?.labels ?? `${name}s`,
		typeCode:
			typeof entity.ObjectTypeCode === 'number'
				? entity.ObjectTypeCode
				: (known?.typeCode ?? 10_000),
		id: text('PrimaryIdAttribute', known?.id ?? `${name}id`),
		primaryName: text('PrimaryNameAttribute', known?.primaryName ?? 'name'),
		ownership: text('OwnershipType', known?.ownership ?? 'UserOwned'),
		// Once on, it stays on.
		changeTracking: known?.changeTracking === true || flag('ChangeTrackingEnabled', false),
		optimisticConcurrency: flag(
			'IsOptimisticConcurrencyEnabled',
			known?.optimisticConcurrency ?? true,
		),
		custom: flag('IsCustomEntity', known?.custom ?? true),
		keys: merge(known?.keys ?? [], keys, (key) => key.name),
		lookups: merge(known?.lookups ?? [], lookups, (lookup) => lookup.navigation),
		columns: merge(known?.columns ?? [], columns, (column) => column.name),
	};
	const full = known ? base : withStandardColumns(base);
	return { ...full, lookups: withMissingLookups(full) };
}

/** Lookup columns whose relationship was not given lead where their targets say. */
function withMissingLookups(spec: TableSpec): Lookup[] {
	const have = new Set(spec.lookups.map((lookup) => lookup.column));
	const made = spec.columns
		.filter((column) => column.targets && !have.has(column.name))
		.flatMap((column) =>
			column.targets!.map((target) => ({
				column: column.name,
				navigation: column.targets!.length > 1 ? `${column.schema}_${target}` : column.schema,
				table: target,
				tableId: `${target}id`,
				relationship: `${spec.name}_${target}_${column.name}`,
			})),
		);
	return [...spec.lookups, ...made];
}

function columnOf(attribute: Json): Column {
	const type = typeOf(attribute);
	const letter = (key: string, sign: string, fallback: boolean) =>
		((attribute[key] as boolean | undefined) ?? fallback) ? sign : '-';
	const number = (key: string, name: string) =>
		typeof attribute[key] === 'number' ? { [name]: attribute[key] as number } : {};
	const required = (attribute.RequiredLevel as Json | undefined)?.Value;
	const behavior = attribute.DateTimeBehavior;
	const format = (attribute.FormatName as Json | undefined)?.Value ?? attribute.Format;
	const label = labelOf(attribute.DisplayName);
	const ranged = ['Integer', 'Decimal', 'Double', 'Money'].includes(type);
	return {
		name: String(attribute.LogicalName),
		schema: String(attribute.SchemaName ?? attribute.LogicalName),
		type,
		...(label !== undefined && { label }),
		flags: `${letter('IsValidForCreate', 'C', true)}${letter('IsValidForRead', 'R', true)}${letter('IsValidForUpdate', 'U', true)}`,
		...(typeof required === 'string' &&
			required !== 'None' && { required: required as NonNullable<Column['required']> }),
		...(typeof attribute.AttributeOf === 'string' && { of: attribute.AttributeOf }),
		...number('MaxLength', 'max'),
		...(typeof format === 'string' && !['Text', 'TextArea', 'None'].includes(format) && { format }),
		...(ranged && number('MinValue', 'min')),
		...(ranged && number('MaxValue', 'maxValue')),
		...number('Precision', 'precision'),
		...number('PrecisionSource', 'precisionSource'),
		...(typeof attribute.CalculationOf === 'string' &&
			attribute.CalculationOf && { baseOf: attribute.CalculationOf }),
		...(type === 'DateTime' && {
			behavior: ((behavior as Json | undefined)?.Value ?? behavior ?? 'UserLocal') as NonNullable<
				Column['behavior']
			>,
		}),
		...(['Lookup', 'Owner', 'Customer'].includes(type) &&
			Array.isArray(attribute.Targets) && { targets: attribute.Targets as string[] }),
		...optionsOf(attribute, type),
		...(attribute.IsCustomAttribute === true && { custom: true }),
		...(attribute.IsLogical === true && { logical: true }),
		...(attribute.IsValidODataAttribute === false && { odata: false }),
	};
}

function typeOf(attribute: Json): ColumnType {
	const named = (attribute.AttributeTypeName as Json | undefined)?.Value;
	if (typeof named === 'string') return named.replace(/Type$/, '') as ColumnType;
	const typed = /([A-Za-z]+)AttributeMetadata$/.exec(String(attribute['@odata.type'] ?? ''))?.[1];
	const type = typed ?? String(attribute.AttributeType ?? 'String');
	return (type === 'UniqueIdentifier' ? 'Uniqueidentifier' : type) as ColumnType;
}

function optionsOf(attribute: Json, type: ColumnType): Partial<Column> {
	const set = (attribute.OptionSet ?? attribute.GlobalOptionSet) as Json | null | undefined;
	if (!set) return {};
	if (type === 'Boolean') {
		const one = (key: string, value: number): Option => [
			value,
			labelOf((set[key] as Json | undefined)?.Label) ?? (value ? 'Yes' : 'No'),
		];
		return {
			options: [one('FalseOption', 0), one('TrueOption', 1)],
			default: attribute.DefaultValue === true ? 1 : 0,
		};
	}
	const options = listOf(set.Options).map((option): Option => {
		const value = Number(option.Value);
		const label = labelOf(option.Label) ?? String(value);
		const link =
			type === 'State' ? option.DefaultStatus : type === 'Status' ? option.State : undefined;
		return typeof link === 'number' ? [value, label, link] : [value, label];
	});
	const initial = attribute.DefaultFormValue;
	const usable = typeof initial === 'number' && initial >= 0 && !['State', 'Status'].includes(type);
	return {
		options,
		...(usable && { default: initial }),
		...(set.IsGlobal === true && { global: String(set.Name) }),
	};
}

function lookupOf(relationship: Json): Lookup {
	return {
		column: String(relationship.ReferencingAttribute),
		navigation: String(relationship.ReferencingEntityNavigationPropertyName),
		table: String(relationship.ReferencedEntity),
		tableId: String(relationship.ReferencedAttribute),
		relationship: String(relationship.SchemaName),
	};
}

function keyOf(key: Json): AlternateKey {
	return {
		name: String(key.LogicalName),
		schema: String(key.SchemaName ?? key.LogicalName),
		columns: (key.KeyAttributes as string[] | undefined) ?? [],
		status: (key.EntityKeyIndexStatus as AlternateKey['status'] | undefined) ?? 'Active',
	};
}

/** The English label, or whichever is shown. */
function labelOf(label: unknown): string | undefined {
	const given = label as
		| { LocalizedLabels?: Json[]; UserLocalizedLabel?: Json | null }
		| null
		| undefined;
	const english = given?.LocalizedLabels?.find((one) => one.LanguageCode === 1033);
	const chosen = english ?? given?.UserLocalizedLabel ?? given?.LocalizedLabels?.[0];
	return typeof chosen?.Label === 'string' ? chosen.Label : undefined;
}

function listOf(value: unknown): Json[] {
	return Array.isArray(value) ? (value as Json[]) : [];
}

function merge<T>(known: readonly T[], fresh: readonly T[], nameOf: (item: T) => string): T[] {
	const all = new Map(known.map((item) => [nameOf(item), item]));
	for (const item of fresh) all.set(nameOf(item), item);
	return [...all.values()];
}
