import { customFields } from './customFields';
import { makeField, type FieldSketch, type FieldType, type LeadField } from './field';
import { standardFields } from './standardFields';

/** Types that the schema endpoint makes; text areas it does not. */
export const CREATABLE_TYPES = [
	'boolean',
	'currency',
	'date',
	'datetime',
	'email',
	'float',
	'integer',
	'percent',
	'phone',
	'score',
	'string',
	'url',
] as const;

const FIELD_TYPES: ReadonlySet<string> = new Set<FieldType>([
	'boolean',
	'currency',
	'date',
	'datetime',
	'email',
	'float',
	'integer',
	'percent',
	'phone',
	'reference',
	'string',
	'text',
	'url',
]);

/** All fields of the instance by REST name, in describe's order. */
export class FieldRegistry {
	private readonly byName = new Map<string, LeadField>();
	private nextId = 0;

	/** @param extra more fields in the shape of describe's answer: an array, or `{result: [...]}` */
	constructor(extra?: unknown) {
		for (const field of [...standardFields(), ...customFields()]) this.put(field);
		for (const item of describeItems(extra)) this.mergeDescribed(item);
	}

	/** A field that can be read and written; a hidden one can not. */
	get(name: string): LeadField | undefined {
		const field = this.byName.get(name);
		return field?.isHidden ? undefined : field;
	}

	/** A field whether hidden or not. */
	definition(name: string): LeadField | undefined {
		return this.byName.get(name);
	}

	/** Every field, hidden ones too. */
	all(): LeadField[] {
		return [...this.byName.values()];
	}

	/** The fields that describe shows. */
	described(): LeadField[] {
		return this.all().filter((field) => !field.isHidden);
	}

	hasDisplayName(displayName: string): boolean {
		const wanted = displayName.toLowerCase();
		return this.all().some((field) => field.displayName.toLowerCase() === wanted);
	}

	/** How many fields the schema endpoint has made. */
	apiCreatedCount(): number {
		return this.all().filter((field) => field.isApiCreated).length;
	}

	/** Makes a custom field, usable at once. */
	create(sketch: Omit<FieldSketch, 'id'>): LeadField {
		const field = makeField({ ...sketch, id: this.nextId, isCustom: true });
		this.put(field);
		return field;
	}

	replace(field: LeadField): void {
		this.put(field);
	}

	private put(field: LeadField): void {
		this.byName.set(field.name, field);
		this.nextId = Math.max(this.nextId, field.id + 1);
	}

	/** A field already there takes the described type, length and names; a new one is custom. */
	private mergeDescribed(item: DescribedField): void {
		const name = item.rest?.name;
		if (!name) return;
		const known = this.byName.get(name);
		if (known) {
			const { length: _length, ...rest } = known;
			this.put({
				...rest,
				displayName: item.displayName,
				dataType: item.dataType,
				...(item.length !== undefined && { length: item.length }),
				readOnly: item.rest?.readOnly ?? false,
			});
			return;
		}
		const taken = this.all().some((field) => field.id === item.id);
		this.put(
			makeField({
				id: item.id === undefined || taken ? this.nextId : item.id,
				displayName: item.displayName,
				name,
				...(item.soap?.name && { soapName: item.soap.name }),
				dataType: item.dataType,
				...(item.length !== undefined && { length: item.length }),
				readOnly: item.rest?.readOnly ?? false,
				isCustom: true,
				isScore: item.dataType === 'integer' && /score/i.test(item.displayName),
			}),
		);
	}
}

interface DescribedField {
	readonly id?: number;
	readonly displayName: string;
	readonly dataType: FieldType;
	readonly length?: number;
	readonly rest?: { readonly name?: string; readonly readOnly?: boolean };
	readonly soap?: { readonly name?: string };
}

function describeItems(extra: unknown): DescribedField[] {
	if (extra === undefined || extra === null) return [];
	const list = Array.isArray(extra) ? extra : (extra as { result?: unknown }).result;
	if (!Array.isArray(list)) {
		throw new Error('Marketo fields come in describe\'s shape: an array, or {"result": [...]}.');
	}
	return list.map((item: Record<string, unknown>) => {
		const dataType = item.dataType === 'score' ? 'integer' : item.dataType;
		if (typeof item.displayName !== 'string' || !FIELD_TYPES.has(String(dataType))) {
			throw new Error(`Not a field as describe shows one: ${JSON.stringify(item)}`);
		}
		return { ...item, dataType } as DescribedField;
	});
}
