import {
	labelText,
	type AttributeDefinition,
	type AttributeDetails,
	type EntityDefinition,
	type OptionSetDefinition,
	type RelationshipDefinition,
} from './definitions';
import type { Binding, Choice, ColumnType, DataverseColumn, DateBehavior } from './table';

const KNOWN_TYPES: ReadonlySet<string> = new Set<ColumnType>([
	'String',
	'Memo',
	'Integer',
	'BigInt',
	'Decimal',
	'Double',
	'Money',
	'Boolean',
	'DateTime',
	'Picklist',
	'MultiSelectPicklist',
	'State',
	'Status',
	'Lookup',
	'Customer',
	'Owner',
	'Uniqueidentifier',
]);

const LOOKUPS: ReadonlySet<ColumnType> = new Set<ColumnType>(['Lookup', 'Customer', 'Owner']);

export interface ColumnSources {
	attributes: AttributeDefinition[];
	/** Of all typed forms together. */
	details: AttributeDetails[];
	relationships: RelationshipDefinition[];
	/** All tables by logical name. */
	tables: ReadonlyMap<string, EntityDefinition>;
}

/**
 * The columns of a table that can be read or written as values. Left out are the helpers that belong to
 * another column (names of lookups, parts of images) and what the Web API cannot carry.
 */
export function columnsFrom(sources: ColumnSources): DataverseColumn[] {
	const details = new Map(sources.details.map((detail) => [detail.LogicalName, detail]));
	return sources.attributes
		.filter((attribute) => !attribute.AttributeOf && attribute.IsValidODataAttribute !== false)
		.flatMap((attribute) => {
			const type = typeOf(attribute);
			if (!type) return [];
			return [columnFrom(attribute, type, details.get(attribute.LogicalName), sources)];
		})
		.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** `AttributeTypeName` first: the older `AttributeType` shows multiple choices as "Virtual". */
export function typeOf(attribute: AttributeDefinition): ColumnType | undefined {
	const name = attribute.AttributeTypeName?.Value?.replace(/Type$/, '') ?? attribute.AttributeType;
	return name !== undefined && KNOWN_TYPES.has(name) ? (name as ColumnType) : undefined;
}

function columnFrom(
	attribute: AttributeDefinition,
	type: ColumnType,
	detail: AttributeDetails | undefined,
	sources: ColumnSources,
): DataverseColumn {
	const column: DataverseColumn = {
		name: attribute.LogicalName,
		label: labelText(attribute.DisplayName) ?? attribute.LogicalName,
		type,
		required: (attribute.RequiredLevel?.Value ?? 'None') as DataverseColumn['required'],
		canRead: attribute.IsValidForRead !== false,
		canCreate: attribute.IsValidForCreate === true,
		canUpdate: attribute.IsValidForUpdate === true,
		isCustom: attribute.IsCustomAttribute === true,
		isPrimaryId: attribute.IsPrimaryId === true,
		isPrimaryName: attribute.IsPrimaryName === true,
	};
	if (attribute.IsSecured === true) column.isSecured = true;
	const format = detail?.FormatName?.Value ?? detail?.Format;
	if (format) column.format = format;
	if (typeof detail?.MaxLength === 'number') column.maxLength = detail.MaxLength;
	if (typeof detail?.MinValue === 'number') column.min = detail.MinValue;
	if (typeof detail?.MaxValue === 'number') column.max = detail.MaxValue;
	if (typeof detail?.Precision === 'number' && !detail.PrecisionSource)
		column.precision = detail.Precision;
	if (type === 'DateTime') {
		column.dateBehavior = (detail?.DateTimeBehavior?.Value ?? 'UserLocal') as DateBehavior;
	}
	const choices = choicesIn(detail?.OptionSet) ?? choicesIn(detail?.GlobalOptionSet);
	if (choices) column.choices = choices;
	if (LOOKUPS.has(type)) addLookup(column, detail, sources);
	return column;
}

function choicesIn(set: OptionSetDefinition | null | undefined): Choice[] | undefined {
	const options =
		set?.Options ??
		(set?.TrueOption && set.FalseOption ? [set.FalseOption, set.TrueOption] : undefined);
	return options?.map((option): Choice => {
		const label = labelText(option.Label) ?? String(option.Value);
		const labels = option.Label?.LocalizedLabels?.flatMap(({ Label: one }) => one || []) ?? [];
		const also = [...new Set(labels)].filter((one) => one !== label);
		return {
			value: option.Value,
			label,
			...(also.length > 0 && { also }),
			...(typeof option.State === 'number' && { state: option.State }),
		};
	});
}

function addLookup(
	column: DataverseColumn,
	detail: AttributeDetails | undefined,
	{ relationships, tables }: ColumnSources,
): void {
	const own = relationships.filter(
		(relationship) => relationship.ReferencingAttribute === column.name,
	);
	const targets = detail?.Targets ?? own.map((relationship) => relationship.ReferencedEntity);
	column.targets = targets;
	column.bindings = targets.flatMap((table): Binding[] => {
		const target = tables.get(table);
		// An owner is one relationship to the abstract table "owner" for users and teams alike.
		const relationship =
			own.find((candidate) => candidate.ReferencedEntity === table) ??
			own.find((candidate) => candidate.ReferencedEntity === 'owner');
		const navigation = relationship?.ReferencingEntityNavigationPropertyName;
		if (!target || !navigation) return [];
		const { EntitySetName: set, PrimaryIdAttribute: idColumn } = target;
		return [{ navigation, table, set, idColumn, nameColumn: target.PrimaryNameAttribute ?? null }];
	});
}
