import { guidOf } from './privileges';
import { isLookup, type Column, type Lookup, type Option, type Table } from './schema';

/** A piece of metadata as JSON. */
export type Json = Record<string, unknown>;

const TYPE = '#Microsoft.Dynamics.CRM.';

/** Names of the metadata types a column can be cast to. */
const METADATA_TYPES: Readonly<Record<string, string>> = {
	BigInt: 'BigIntAttributeMetadata',
	Boolean: 'BooleanAttributeMetadata',
	Customer: 'LookupAttributeMetadata',
	DateTime: 'DateTimeAttributeMetadata',
	Decimal: 'DecimalAttributeMetadata',
	Double: 'DoubleAttributeMetadata',
	EntityName: 'EntityNameAttributeMetadata',
	Image: 'ImageAttributeMetadata',
	Integer: 'IntegerAttributeMetadata',
	Lookup: 'LookupAttributeMetadata',
	Memo: 'MemoAttributeMetadata',
	Money: 'MoneyAttributeMetadata',
	MultiSelectPicklist: 'MultiSelectPicklistAttributeMetadata',
	Owner: 'LookupAttributeMetadata',
	Picklist: 'PicklistAttributeMetadata',
	State: 'StateAttributeMetadata',
	Status: 'StatusAttributeMetadata',
	String: 'StringAttributeMetadata',
};

export function metadataType(column: Column): string | undefined {
	return METADATA_TYPES[column.type];
}

function label(text: string | undefined): Json {
	if (text === undefined) return { LocalizedLabels: [], UserLocalizedLabel: null };
	const one = {
		Label: text,
		LanguageCode: 1033,
		IsManaged: true,
		MetadataId: guidOf(`label ${text}`),
		HasChanged: null,
	};
	return { LocalizedLabels: [one], UserLocalizedLabel: one };
}

function managed(value: unknown, name: string, changeable = true): Json {
	return { Value: value, CanBeChanged: changeable, ManagedPropertyLogicalName: name };
}

/** `EntityMetadata` without its lists. */
export function tableJson(table: Table): Json {
	const { spec } = table;
	return {
		ActivityTypeMask: 0,
		AutoRouteToOwnerQueue: false,
		CanTriggerWorkflow: true,
		EntityHelpUrlEnabled: false,
		EntityHelpUrl: null,
		IsDocumentManagementEnabled: false,
		IsOneNoteIntegrationEnabled: false,
		IsInteractionCentricEnabled: false,
		IsKnowledgeManagementEnabled: false,
		IsSLAEnabled: false,
		IsBPFEntity: false,
		AutoCreateAccessTeams: false,
		IsActivity: false,
		IsActivityParty: ['account', 'contact', 'lead', 'systemuser'].includes(spec.name),
		IsRetrieveAuditEnabled: false,
		IsAvailableOffline: true,
		IsChildEntity: false,
		IsAIRUpdated: true,
		IconLargeName: null,
		IconMediumName: null,
		IconSmallName: null,
		IconVectorName: null,
		IsCustomEntity: spec.custom,
		IsBusinessProcessEnabled: spec.ownership === 'UserOwned',
		SyncToExternalSearchIndex: true,
		IsOptimisticConcurrencyEnabled: spec.optimisticConcurrency,
		ChangeTrackingEnabled: spec.changeTracking,
		IsImportable: true,
		IsIntersect: false,
		IsManaged: !spec.custom,
		IsEnabledForCharts: true,
		IsEnabledForTrace: false,
		IsValidForAdvancedFind: true,
		DaysSinceRecordLastModified: 0,
		MobileOfflineFilters: '',
		IsReadingPaneEnabled: true,
		IsQuickCreateEnabled: true,
		LogicalName: spec.name,
		ObjectTypeCode: spec.typeCode,
		OwnershipType: spec.ownership,
		PrimaryNameAttribute: spec.primaryName,
		PrimaryImageAttribute: table.column('entityimage') ? 'entityimage' : null,
		PrimaryIdAttribute: spec.id,
		RecurrenceBaseEntityLogicalName: null,
		ReportViewName: `Filtered${spec.schema}`,
		SchemaName: spec.schema,
		IntroducedVersion: '5.0.0.0',
		IsStateModelAware: table.column('statecode') !== undefined,
		EnforceStateTransitions: false,
		ExternalName: null,
		EntityColor: '#0071C5',
		LogicalCollectionName: spec.set,
		ExternalCollectionName: null,
		CollectionSchemaName: spec.set.charAt(0).toUpperCase() + spec.set.slice(1),
		EntitySetName: spec.set,
		IsEnabledForExternalChannels: false,
		IsPrivate: false,
		UsesBusinessDataLabelTable: false,
		IsLogicalEntity: false,
		HasNotes: true,
		HasActivities: true,
		HasFeedback: false,
		IsSolutionAware: false,
		TableType: 'Standard',
		CreatedOn: '1900-01-01T00:00:00Z',
		ModifiedOn: '2026-01-01T00:00:00Z',
		DataProviderId: null,
		DataSourceId: null,
		MetadataId: guidOf(`table ${spec.name}`),
		HasChanged: null,
		Description: label(undefined),
		DisplayName: label(spec.label),
		DisplayCollectionName: label(spec.labels),
		IsAuditEnabled: managed(true, 'canmodifyauditsettings'),
		IsValidForQueue: managed(false, 'canmodifyqueuesettings'),
		IsConnectionsEnabled: managed(true, 'canmodifyconnectionsettings'),
		IsCustomizable: managed(true, 'iscustomizable', false),
		IsRenameable: managed(true, 'isrenameable', false),
		IsMappable: managed(true, 'ismappable', false),
		IsDuplicateDetectionEnabled: managed(true, 'canmodifyduplicatedetectionsettings'),
		CanCreateAttributes: managed(true, 'cancreateattributes', false),
		CanCreateForms: managed(true, 'cancreateforms', false),
		CanCreateViews: managed(true, 'cancreateviews', false),
		CanCreateCharts: managed(true, 'cancreatecharts', false),
		CanBeRelatedEntityInRelationship: managed(true, 'canberelatedentityinrelationship', false),
		CanBePrimaryEntityInRelationship: managed(true, 'canbeprimaryentityinrelationship', false),
		CanBeInManyToMany: managed(true, 'canbeinmanytomany', false),
		CanModifyAdditionalSettings: managed(true, 'canmodifyadditionalsettings'),
		CanChangeTrackingBeEnabled: managed(true, 'canchangetrackingbeenabled'),
		Privileges: ['Create', 'Read', 'Write', 'Delete', 'Assign', 'Share', 'Append', 'AppendTo'].map(
			(right) => {
				const name = `prv${right}${spec.schema}`;
				return {
					CanBeBasic: true,
					CanBeDeep: true,
					CanBeGlobal: true,
					CanBeLocal: true,
					CanBeEntityReference: false,
					CanBeParentEntityReference: false,
					Name: name,
					PrivilegeId: guidOf(name),
					PrivilegeType: right,
				};
			},
		),
		Settings: [],
	};
}

/** A column's metadata, with its option set in place. */
export function columnJson(table: Table, column: Column, index: number): Json {
	const typed = metadataType(column);
	const virtual = column.type === 'MultiSelectPicklist' || column.type === 'Image';
	const writable = column.flags.includes('C') || column.flags.includes('U');
	return {
		...(typed && { '@odata.type': `${TYPE}${typed}` }),
		AttributeOf: column.of ?? null,
		AttributeType: virtual ? 'Virtual' : column.type,
		ColumnNumber: index + 1,
		DeprecatedVersion: null,
		IntroducedVersion: column.custom ? '1.0.0.0' : '5.0.0.0',
		EntityLogicalName: table.name,
		IsCustomAttribute: column.custom ?? false,
		IsPrimaryId: column.name === table.id,
		IsValidODataAttribute: column.odata !== false,
		IsPrimaryName: column.name === table.spec.primaryName,
		IsValidForCreate: column.flags[0] === 'C',
		IsValidForRead: column.flags[1] === 'R',
		IsValidForUpdate: column.flags[2] === 'U',
		CanBeSecuredForRead: writable,
		CanBeSecuredForCreate: writable,
		CanBeSecuredForUpdate: writable,
		IsSecured: column.secured === true,
		IsRetrievable: false,
		IsFilterable: false,
		IsSearchable: false,
		IsManaged: !column.custom,
		LinkedAttributeId: null,
		LogicalName: column.name,
		IsValidForForm: column.label !== undefined,
		IsRequiredForForm: false,
		IsValidForGrid: column.label !== undefined,
		SchemaName: column.schema,
		ExternalName: null,
		IsLogical: column.logical ?? false,
		IsDataSourceSecret: false,
		InheritsFrom: null,
		CreatedOn: '1900-01-01T00:00:00Z',
		ModifiedOn: '2026-01-01T00:00:00Z',
		SourceType: null,
		AutoNumberFormat: null,
		MetadataId: guidOf(`column ${table.name}.${column.name}`),
		HasChanged: null,
		AttributeTypeName: { Value: `${column.type}Type` },
		Description: label(undefined),
		DisplayName: label(column.label),
		IsAuditEnabled: managed(true, 'canmodifyauditsettings'),
		IsGlobalFilterEnabled: managed(false, 'canmodifyglobalfiltersettings'),
		IsSortableEnabled: managed(false, 'canmodifyissortablesettings'),
		IsCustomizable: managed(true, 'iscustomizable', false),
		IsRenameable: managed(true, 'isrenameable', false),
		IsValidForAdvancedFind: managed(true, 'canmodifysearchsettings'),
		RequiredLevel: managed(column.required ?? 'None', 'canmodifyrequirementlevelsettings'),
		CanModifyAdditionalSettings: managed(true, 'canmodifyadditionalsettings'),
		Settings: [],
		...details(table, column),
	};
}

function details(table: Table, column: Column): Json {
	const range = { MinValue: column.min ?? null, MaxValue: column.maxValue ?? null };
	switch (column.type) {
		case 'String':
			return {
				MaxLength: column.max ?? 100,
				DatabaseLength: (column.max ?? 100) * 2,
				Format: column.format ?? 'Text',
				FormatName: { Value: column.format ?? 'Text' },
				ImeMode: 'Auto',
				YomiOf: column.yomiOf ?? null,
				IsLocalizable: false,
				FormulaDefinition: '',
				SourceTypeMask: 0,
			};
		case 'Memo':
			return {
				MaxLength: column.max ?? 2000,
				Format: 'TextArea',
				FormatName: { Value: column.format ?? 'TextArea' },
				ImeMode: 'Auto',
				IsLocalizable: false,
			};
		case 'Integer':
			return {
				...range,
				Format: column.format ?? 'None',
				FormulaDefinition: '',
				SourceTypeMask: 0,
			};
		case 'BigInt':
			return { MinValue: -9223372036854776000, MaxValue: 9223372036854776000 };
		case 'Decimal':
		case 'Double':
			return { ...range, Precision: column.precision ?? 2, ImeMode: 'Disabled', SourceTypeMask: 0 };
		case 'Money':
			return {
				...range,
				Precision: column.precision ?? 2,
				PrecisionSource: column.precisionSource ?? 2,
				CalculationOf: column.baseOf ?? null,
				IsBaseCurrency: column.baseOf !== undefined,
				ImeMode: 'Disabled',
				SourceTypeMask: 0,
			};
		case 'DateTime':
			return {
				Format: column.format ?? 'DateAndTime',
				DateTimeBehavior: { Value: column.behavior ?? 'UserLocal' },
				CanChangeDateTimeBehavior: managed(false, 'canchangedatetimebehavior'),
				ImeMode: 'Inactive',
				MinSupportedValue: '1753-01-01T00:00:00Z',
				MaxSupportedValue: '9999-12-30T23:59:59Z',
				SourceTypeMask: 0,
			};
		case 'Lookup':
		case 'Customer':
		case 'Owner':
			return { Targets: column.targets ?? [], Format: 'None' };
		case 'Boolean':
			return { DefaultValue: column.default === 1, OptionSet: optionSetJson(table, column) };
		case 'Picklist':
		case 'State':
		case 'Status':
		case 'MultiSelectPicklist':
			return {
				DefaultFormValue: column.default ?? (column.type === 'State' ? 0 : -1),
				...(column.type === 'Picklist' && {
					ParentPicklistLogicalName: null,
					ChildPicklistLogicalNames: [],
				}),
				OptionSet: optionSetJson(table, column),
			};
		default:
			return {};
	}
}

function optionSetJson(table: Table, column: Column): Json {
	const base = {
		MetadataId: guidOf(`options ${column.global ?? `${table.name}_${column.name}`}`),
		HasChanged: null,
		IsCustomOptionSet: column.custom ?? false,
		IsGlobal: column.global !== undefined,
		IsManaged: !column.custom,
		Name: column.global ?? `${table.name}_${column.name}`,
		ExternalTypeName: '',
		OptionSetType: column.type === 'MultiSelectPicklist' ? 'Picklist' : column.type,
		IntroducedVersion: '5.0.0.0',
		ParentOptionSetName: null,
		Description: label(undefined),
		DisplayName: label(column.label),
		IsCustomizable: managed(true, 'iscustomizable', false),
	};
	const options = (column.options ?? []).map((option) => optionJson(column, option));
	if (column.type !== 'Boolean') return { ...base, Options: options };
	return { ...base, FalseOption: options[0], TrueOption: options[1] };
}

function optionJson(column: Column, [value, text, link]: Option): Json {
	return {
		...(column.type === 'State' && { '@odata.type': `${TYPE}StateOptionMetadata` }),
		...(column.type === 'Status' && { '@odata.type': `${TYPE}StatusOptionMetadata` }),
		Value: value,
		Color: null,
		IsManaged: !column.custom,
		ExternalValue: '',
		ParentValues: [],
		Tag: null,
		IsHidden: false,
		MetadataId: null,
		HasChanged: null,
		...(column.type === 'State' && { DefaultStatus: link, InvariantName: text }),
		...(column.type === 'Status' && { State: link, TransitionData: null }),
		Label: label(text),
		Description: label(undefined),
	};
}

export function keyJson(table: Table, key: Table['spec']['keys'][number]): Json {
	return {
		DisplayName: label(key.name),
		LogicalName: key.name,
		SchemaName: key.schema,
		EntityLogicalName: table.name,
		KeyAttributes: key.columns,
		IsCustomizable: managed(true, 'iscustomizable', false),
		IsManaged: false,
		IntroducedVersion: '1.0.0.0',
		EntityKeyIndexStatus: key.status,
		IsSynchronous: false,
		IsSecondaryKey: false,
		AsyncJob: null,
		MetadataId: guidOf(`key ${table.name}.${key.name}`),
		HasChanged: null,
	};
}

export function relationshipJson(table: Table, lookup: Lookup): Json {
	return {
		'@odata.type': `${TYPE}OneToManyRelationshipMetadata`,
		ReferencedAttribute: lookup.tableId,
		ReferencedEntity: lookup.table,
		ReferencingAttribute: lookup.column,
		ReferencingEntity: table.name,
		IsHierarchical: false,
		EntityKey: null,
		ReferencedEntityNavigationPropertyName: lookup.relationship,
		ReferencingEntityNavigationPropertyName: lookup.navigation,
		RelationshipBehavior: 1,
		IsCustomRelationship: table.column(lookup.column)?.custom ?? false,
		IsValidForAdvancedFind: true,
		SchemaName: lookup.relationship,
		SecurityTypes: 'Append',
		IsManaged: true,
		RelationshipType: 'OneToManyRelationship',
		IntroducedVersion: '5.0.0.0',
		MetadataId: guidOf(`relationship ${lookup.relationship} ${lookup.navigation}`),
		HasChanged: null,
		IsCustomizable: managed(true, 'iscustomizable', false),
		CascadeConfiguration: {
			Assign: 'NoCascade',
			Delete: 'RemoveLink',
			Archive: 'NoCascade',
			Merge: 'NoCascade',
			Reparent: 'NoCascade',
			Share: 'NoCascade',
			Unshare: 'NoCascade',
			RollupView: 'NoCascade',
		},
	};
}

/** True for columns whose metadata has an option set to expand. */
export function hasOptions(column: Column): boolean {
	return column.options !== undefined && !isLookup(column);
}
