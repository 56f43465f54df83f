/** Data types as describe reports them. A score is reported as an integer. */
export type FieldType =
	| 'boolean'
	| 'currency'
	| 'date'
	| 'datetime'
	| 'email'
	| 'float'
	| 'integer'
	| 'percent'
	| 'phone'
	| 'reference'
	| 'string'
	| 'text'
	| 'url';

/** A field of the lead object. */
export interface LeadField {
	/** Also the primary attribute id of the Change Data Value activities of this field. */
	readonly id: number;
	readonly displayName: string;
	/** REST API name. */
	readonly name: string;
	readonly soapName?: string;
	readonly dataType: FieldType;
	readonly length?: number;
	readonly readOnly: boolean;
	readonly isCustom: boolean;
	readonly isApiCreated: boolean;
	/** Its changes are logged as Change Score too. */
	readonly isScore: boolean;
	/** Kept on the company; not writable through a lead that is linked to one. */
	readonly ofCompany: boolean;
	/** May be used as filterType and lookupField. */
	readonly searchable: boolean;
	readonly description: string | null;
	readonly isHidden: boolean;
	readonly isHtmlEncodingInEmail: boolean;
	readonly isSensitive: boolean;
}

const SEARCHABLE_TYPES: ReadonlySet<FieldType> = new Set(['string', 'email', 'integer']);
const HTML_TYPES: ReadonlySet<FieldType> = new Set(['string', 'text', 'email', 'phone', 'url']);
const DEFAULT_LENGTHS: Partial<Record<FieldType, number>> = {
	string: 255,
	email: 255,
	phone: 255,
	url: 255,
};

/** What has to be said of a field; the rest follows from it. */
export interface FieldSketch {
	readonly id: number;
	readonly displayName: string;
	readonly name: string;
	readonly dataType: FieldType;
	readonly soapName?: string;
	readonly length?: number;
	readonly readOnly?: boolean;
	readonly isCustom?: boolean;
	readonly isApiCreated?: boolean;
	readonly isScore?: boolean;
	readonly ofCompany?: boolean;
	readonly searchable?: boolean;
	readonly description?: string | null;
	readonly isHidden?: boolean;
	readonly isHtmlEncodingInEmail?: boolean;
	readonly isSensitive?: boolean;
}

/** Completes a field: default length by type, custom fields searchable when their type allows. */
export function makeField(sketch: FieldSketch): LeadField {
	const length = sketch.length ?? DEFAULT_LENGTHS[sketch.dataType];
	const isCustom = sketch.isCustom ?? false;
	return {
		id: sketch.id,
		displayName: sketch.displayName,
		name: sketch.name,
		...(sketch.soapName !== undefined && { soapName: sketch.soapName }),
		dataType: sketch.dataType,
		...(length !== undefined && { length }),
		readOnly: sketch.readOnly ?? false,
		isCustom,
		isApiCreated: sketch.isApiCreated ?? false,
		isScore: sketch.isScore ?? false,
		ofCompany: sketch.ofCompany ?? false,
		searchable: sketch.searchable ?? (isCustom && SEARCHABLE_TYPES.has(sketch.dataType)),
		description: sketch.description ?? null,
		isHidden: sketch.isHidden ?? false,
		isHtmlEncodingInEmail: sketch.isHtmlEncodingInEmail ?? HTML_TYPES.has(sketch.dataType),
		isSensitive: sketch.isSensitive ?? false,
	};
}
