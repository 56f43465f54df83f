/** The parts of Dataverse's metadata answers that we ask for, as the Web API spells them. */

export interface Label {
	UserLocalizedLabel?: { Label?: string; LanguageCode?: number } | null;
	LocalizedLabels?: Array<{ Label?: string; LanguageCode?: number }>;
}

export interface EntityDefinition {
	LogicalName: string;
	EntitySetName: string;
	PrimaryIdAttribute: string;
	PrimaryNameAttribute: string | null;
	DisplayName?: Label;
	ChangeTrackingEnabled?: boolean;
	IsOptimisticConcurrencyEnabled?: boolean;
}

export interface AttributeDefinition {
	LogicalName: string;
	AttributeType?: string;
	AttributeTypeName?: { Value?: string } | null;
	DisplayName?: Label;
	RequiredLevel?: { Value?: string };
	IsValidForCreate?: boolean;
	IsValidForRead?: boolean;
	IsValidForUpdate?: boolean;
	IsPrimaryId?: boolean;
	IsPrimaryName?: boolean;
	IsCustomAttribute?: boolean;
	IsValidODataAttribute?: boolean;
	AttributeOf?: string | null;
	IsSecured?: boolean;
}

export interface OptionDefinition {
	Value: number;
	Label?: Label;
	/** Of a status only. */
	State?: number;
}

export interface OptionSetDefinition {
	Options?: OptionDefinition[];
	TrueOption?: OptionDefinition;
	FalseOption?: OptionDefinition;
}

/** What only the typed forms of an attribute tell; each type fills in its own part. */
export interface AttributeDetails {
	LogicalName: string;
	MaxLength?: number;
	FormatName?: { Value?: string } | null;
	Format?: string | null;
	MinValue?: number;
	MaxValue?: number;
	Precision?: number;
	/** Of money: where its digits are set: 0 by `Precision`, 1 for the organization, 2 by the currency of the row. */
	PrecisionSource?: number;
	DateTimeBehavior?: { Value?: string };
	Targets?: string[];
	OptionSet?: OptionSetDefinition | null;
	GlobalOptionSet?: OptionSetDefinition | null;
}

export interface RelationshipDefinition {
	ReferencingAttribute: string;
	ReferencingEntityNavigationPropertyName: string | null;
	ReferencedEntity: string;
}

export interface KeyDefinition {
	LogicalName: string;
	KeyAttributes: string[];
	EntityKeyIndexStatus: string;
}

/** English where there is no label in the user's own language. */
const ENGLISH = 1033;

/** A label as people see it, or undefined where there is none. */
export function labelText(label: Label | undefined): string | undefined {
	const english = label?.LocalizedLabels?.find((one) => one.LanguageCode === ENGLISH);
	return (
		label?.UserLocalizedLabel?.Label ||
		english?.Label ||
		label?.LocalizedLabels?.[0]?.Label ||
		undefined
	);
}
