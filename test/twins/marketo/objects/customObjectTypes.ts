import { CallFailure, missing } from '../errors';
import type { FieldType } from '../fields/field';
import type { FieldRegistry } from '../fields/fieldRegistry';
import { systemFields, type Link, type ObjectField, type ObjectType } from './objectType';

/** Types that a field of a custom object can have. */
export const CUSTOM_OBJECT_TYPES = [
	'string',
	'boolean',
	'integer',
	'float',
	'link',
	'email',
	'currency',
	'date',
	'datetime',
	'phone',
	'text',
] as const;

const MAX_TYPES = 10;
const MAX_FIELDS = 50;
const MAX_ADDED = 20;
const MAX_DEDUPE = 3;
const NAME = /^[A-Za-z0-9_]+$/;
const LABEL = /^[\p{L}\p{N}_ ]+$/u;
const LENGTHS: Readonly<Partial<Record<FieldType, number>>> = {
	string: 255,
	email: 255,
	phone: 255,
};

/** A version of a type: a draft, or what is approved. */
interface Version {
	readonly displayName: string;
	readonly pluralName?: string;
	readonly description?: string;
	readonly showInLeadDetail: boolean;
	readonly fields: readonly CustomField[];
}

type CustomField = ObjectField & { readonly isDedupe: boolean };

interface CustomType {
	readonly apiName: string;
	draft?: Version;
	approved?: Version;
	/** Fields at the first approval: so many more may follow. */
	fieldsAtFirst?: number;
	createdAt?: number;
	updatedAt?: number;
}

export type State = 'draft' | 'approved' | 'approvedWithDraft';

/** The custom objects of the instance: made as drafts, used once approved. */
export class CustomObjectTypes {
	private readonly types = new Map<string, CustomType>();

	constructor(private readonly people: FieldRegistry) {}

	/** What records are written by. */
	approved(apiName: string): ObjectType | undefined {
		const type = this.types.get(apiName);
		return type?.approved && objectType(type, type.approved);
	}

	allApproved(): ObjectType[] {
		return [...this.types.keys()].flatMap((name) => this.approved(name) ?? []);
	}

	/** A type as the schema calls show it: the approved version first, or the one that is asked for. */
	described(apiName: string, state?: string): object | undefined {
		const type = this.types.get(apiName);
		if (!type) return undefined;
		if (state !== undefined && !STATES.includes(state as State)) {
			throw new CallFailure('1003', `Invalid value '${state}' for state`);
		}
		const version = state === 'draft' ? type.draft : (type.approved ?? type.draft);
		const own = stateOf(type);
		if (state === 'approved' && !type.approved) return undefined;
		if (state === 'approvedWithDraft' && own !== 'approvedWithDraft') return undefined;
		return version && showType(type, version, own);
	}

	names(): string[] {
		return [...this.types.keys()];
	}

	/** Makes a type, as a draft, or changes it. @throws CallFailure */
	sync(body: Readonly<Record<string, unknown>>, action: string): void {
		const apiName = text(body, 'apiName');
		const known = this.types.get(apiName);
		if (action === 'createOnly' && known) throw new CallFailure('1017');
		if (action === 'updateOnly' && !known) throw new CallFailure('1013');
		if (known) this.update(known, body);
		else this.create(apiName, body);
	}

	private create(apiName: string, body: Readonly<Record<string, unknown>>): void {
		const displayName = text(body, 'displayName');
		if (!NAME.test(apiName)) throw new CallFailure('1003', `Invalid apiName '${apiName}'`);
		this.checkLabel(displayName);
		if (this.types.size >= MAX_TYPES) {
			throw new CallFailure('1014', `At most ${MAX_TYPES} custom objects`);
		}
		const draft = { displayName, showInLeadDetail: false, fields: [], ...settings(body) };
		this.types.set(apiName, { apiName, draft });
	}

	private update(type: CustomType, body: Readonly<Record<string, unknown>>): void {
		const { displayName } = body;
		const draft = draftOf(type);
		if (typeof displayName === 'string' && displayName !== draft.displayName) {
			if (type.approved) throw fixed('displayName');
			this.checkLabel(displayName);
		}
		type.draft = {
			...draft,
			...(typeof displayName === 'string' && { displayName }),
			...settings(body),
		};
	}

	private checkLabel(displayName: string): void {
		if (!LABEL.test(displayName)) {
			throw new CallFailure('1003', `Invalid displayName '${displayName}'`);
		}
		const taken = [...this.types.values()].some(
			(type) => draftOf(type).displayName.toLowerCase() === displayName.toLowerCase(),
		);
		if (taken) throw new CallFailure('1017');
	}

	/** @throws CallFailure when one of the fields cannot be; none is added then */
	addFields(apiName: string, input: ReadonlyArray<Readonly<Record<string, unknown>>>): void {
		const type = this.named(apiName);
		let draft = draftOf(type);
		for (const raw of input) {
			const field = this.customField(raw);
			if (draft.fields.some(({ name }) => name === field.name)) throw new CallFailure('1017');
			if (type.approved && (field.isDedupe || field.linksTo)) throw fixed(field.name);
			draft = { ...draft, fields: [...draft.fields, field] };
		}
		const most = Math.min(MAX_FIELDS, (type.fieldsAtFirst ?? MAX_FIELDS) + MAX_ADDED);
		if (draft.fields.length > most) throw new CallFailure('1028');
		type.draft = draft;
	}

	updateField(apiName: string, fieldName: string, raw: Readonly<Record<string, unknown>>): void {
		const type = this.named(apiName);
		const draft = draftOf(type);
		const known = draft.fields.find(({ name }) => name === fieldName);
		if (!known) throw new CallFailure('1006', `Field '${fieldName}' not found`);
		const isApproved = type.approved?.fields.some(({ name }) => name === fieldName) === true;
		if (isApproved && (raw.isDedupeField !== undefined || raw.relatedTo !== undefined)) {
			throw fixed(fieldName);
		}
		const { linksTo } = known;
		const field = this.customField({
			name: known.name,
			displayName: known.displayName,
			dataType: linksTo ? 'link' : known.dataType,
			isDedupeField: known.isDedupe,
			...(known.description !== undefined && { description: known.description }),
			...(linksTo && { relatedTo: linksTo.shown }),
			...raw,
		});
		const fields = draft.fields.map((one) => (one === known ? field : one));
		type.draft = { ...draft, fields };
	}

	deleteFields(apiName: string, names: readonly string[]): void {
		const type = this.named(apiName);
		const draft = draftOf(type);
		for (const name of names) {
			const known = draft.fields.find((field) => field.name === name);
			if (!known) throw new CallFailure('1006', `Field '${name}' not found`);
			if (type.approved && (known.isDedupe || known.linksTo)) throw fixed(name);
		}
		type.draft = { ...draft, fields: draft.fields.filter(({ name }) => !names.includes(name)) };
	}

	/** @throws CallFailure when the draft is not fit to be used */
	approve(apiName: string, now: number): void {
		const type = this.named(apiName);
		if (!type.draft) throw new CallFailure('1003', `'${apiName}' has no draft`);
		const keys = type.draft.fields.filter(({ isDedupe }) => isDedupe).length;
		if (keys === 0 || keys > MAX_DEDUPE) {
			throw new CallFailure('1003', `'${apiName}' needs one to ${MAX_DEDUPE} dedupe fields`);
		}
		type.approved = type.draft;
		type.fieldsAtFirst ??= type.approved.fields.length;
		type.createdAt ??= now;
		type.updatedAt = now;
		delete type.draft;
	}

	discardDraft(apiName: string): void {
		const type = this.named(apiName);
		if (!type.draft) throw new CallFailure('1048', `'${apiName}' has no draft`);
		delete type.draft;
		if (!type.approved) this.types.delete(apiName);
	}

	/** @throws CallFailure 1022 while another one links to it */
	remove(apiName: string): void {
		const type = this.named(apiName);
		for (const other of this.types.values()) {
			if (
				other !== type &&
				draftOf(other).fields.some(({ linksTo }) => linksTo?.object === apiName)
			)
				throw new CallFailure('1022');
		}
		this.types.delete(apiName);
	}

	/** What a link field may lead to. */
	linkable(): object[] {
		const show = ({ name, displayName, dataType }: ObjectField | LinkableField) => ({
			name,
			displayName,
			dataType,
		});
		return [
			{
				name: 'lead',
				displayName: 'Lead',
				// People's fields go by their display names here.
				fields: this.linkableFields().map((field) => show({ ...field, name: field.displayName })),
			},
			{
				name: 'company',
				displayName: 'Company',
				fields: [{ name: 'Id', displayName: 'Id', dataType: 'integer' }],
			},
			...this.allApproved()
				.filter(({ fields }) => !fields.some(({ linksTo }) => linksTo))
				.map(({ name, displayName, fields, dedupeFields }) => ({
					name,
					displayName,
					fields: fields
						.filter((field) => field.name === 'marketoGUID' || dedupeFields.includes(field.name))
						.map(show),
				})),
		];
	}

	private linkableFields(): LinkableField[] {
		return this.people
			.described()
			.filter(({ dataType }) => ['string', 'email', 'integer'].includes(dataType));
	}

	private named(apiName: string): CustomType {
		const type = this.types.get(apiName);
		if (!type) throw new CallFailure('1013', `Custom object '${apiName}' not found`);
		return type;
	}

	private customField(raw: Readonly<Record<string, unknown>>): CustomField {
		const name = text(raw, 'name');
		const displayName = text(raw, 'displayName');
		const dataType = text(raw, 'dataType');
		if (!NAME.test(name)) throw new CallFailure('1003', `Invalid name '${name}'`);
		if (!LABEL.test(displayName)) {
			throw new CallFailure('1003', `Invalid displayName '${displayName}'`);
		}
		if (['marketoguid', 'createdat', 'updatedat'].includes(name.toLowerCase())) {
			throw new CallFailure('1017');
		}
		if (!(CUSTOM_OBJECT_TYPES as readonly string[]).includes(dataType)) {
			throw new CallFailure('1001', `Invalid value '${dataType}'. Required of type 'dataType'`);
		}
		const link = dataType === 'link' ? this.linkOf(raw.relatedTo) : undefined;
		const type = link?.dataType ?? (dataType as FieldType);
		const length = LENGTHS[type];
		return {
			name,
			displayName,
			dataType: type,
			...(length !== undefined && { length }),
			...(typeof raw.description === 'string' && { description: raw.description }),
			updateable: true,
			isCustom: true,
			isDedupe: raw.isDedupeField === true,
			...(link && { linksTo: link.link }),
		};
	}

	private linkOf(relatedTo: unknown): { readonly link: Link; readonly dataType: FieldType } {
		const raw = (relatedTo ?? {}) as Record<string, unknown>;
		const name = text(raw, 'name');
		const fieldName = text(raw, 'field');
		const isNamed = (one: { readonly name: string; readonly displayName: string }) =>
			[one.name, one.displayName].some((text) => text.toLowerCase() === fieldName.toLowerCase());
		const lower = name.toLowerCase();
		if (lower === 'lead') {
			const field = this.linkableFields().find(isNamed);
			if (!field) throw new CallFailure('1006', `Field '${fieldName}' not found`);
			const shown = { name: 'Lead', field: field.name };
			return { link: { object: 'lead', field: field.name, shown }, dataType: field.dataType };
		}
		if (lower === 'company') {
			if (fieldName.toLowerCase() !== 'id') {
				throw new CallFailure('1006', `Field '${fieldName}' not found`);
			}
			const shown = { name: 'Company', field: 'id' };
			return { link: { object: 'company', field: 'id', shown }, dataType: 'integer' };
		}
		const target = this.approved(name);
		if (!target) throw new CallFailure('1013', `Custom object '${name}' not found`);
		if (target.fields.some(({ linksTo }) => linksTo)) {
			throw new CallFailure('1003', `'${name}' has a link itself`);
		}
		const keys = ['marketoGUID', ...target.dedupeFields];
		const field = target.fields.find((one) => isNamed(one) && keys.includes(one.name));
		if (!field) throw new CallFailure('1006', `Field '${fieldName}' not found`);
		const shown = { name: target.name, field: field.name };
		return { link: { object: target.name, field: field.name, shown }, dataType: field.dataType };
	}
}

interface LinkableField {
	readonly name: string;
	readonly displayName: string;
	readonly dataType: FieldType;
}

const STATES: readonly State[] = ['draft', 'approved', 'approvedWithDraft'];

function stateOf({ draft, approved }: CustomType): State {
	if (!approved) return 'draft';
	return draft ? 'approvedWithDraft' : 'approved';
}

/** What changes are made to: the draft, or one that begins as what is approved. */
function draftOf({ draft, approved }: CustomType): Version {
	return (draft ?? approved)!;
}

function settings(body: Readonly<Record<string, unknown>>) {
	return {
		...(typeof body.pluralName === 'string' && { pluralName: body.pluralName }),
		...(typeof body.description === 'string' && { description: body.description }),
		...(typeof body.showInLeadDetail === 'boolean' && { showInLeadDetail: body.showInLeadDetail }),
	};
}

function text(body: Readonly<Record<string, unknown>>, name: string): string {
	const value = body[name];
	if (typeof value !== 'string' || value.trim() === '')
		throw new CallFailure('1002', missing(name));
	return value;
}

function fixed(what: string): CallFailure {
	return new CallFailure('1003', `'${what}' cannot be changed once the object is approved`);
}

function objectType(type: CustomType, version: Version): ObjectType {
	const { fields } = version;
	const dedupeFields = fields.filter(({ isDedupe }) => isDedupe).map(({ name }) => name);
	const links = fields.filter(({ linksTo }) => linksTo).map(({ name }) => name);
	const alone = links.filter((name) => dedupeFields.length > 1 || !dedupeFields.includes(name));
	// A type that was never approved has no ID yet.
	const idField = type.createdAt === undefined ? [] : [['marketoGUID']];
	return {
		name: type.apiName,
		displayName: version.displayName,
		...(version.description !== undefined && { description: version.description }),
		idField: 'marketoGUID',
		dedupeFields,
		searchableFields: [dedupeFields, ...idField, ...alone.map((name) => [name])],
		fields: [
			...systemFields('marketoGUID', 'Marketo GUID'),
			...fields.map((field) => (field.isDedupe ? { ...field, required: true } : field)),
		],
		defaultFields: dedupeFields,
		noun: 'Object',
		isCustom: true,
		createdAt: type.createdAt ?? 0,
		updatedAt: type.updatedAt ?? 0,
	};
}

function showType(type: CustomType, version: Version, state: State): object {
	const shown = describeObject(objectType(type, version));
	const { name: _name, ...rest } = shown;
	const isDraft = version === type.draft;
	return {
		state,
		version: isDraft ? 'draft' : 'approved',
		...rest,
		displayName: version.displayName,
		...(version.pluralName !== undefined && { pluralName: version.pluralName }),
		apiName: type.apiName,
		...(type.createdAt === undefined && { idField: null, createdAt: null, updatedAt: null }),
	};
}

/** A type as describe shows it. */
export function describeObject(type: ObjectType): Record<string, unknown> {
	const iso = (time: number) => `${new Date(time).toISOString().slice(0, 19)}Z`;
	const links = type.fields.filter(({ linksTo }) => linksTo);
	return {
		name: type.name,
		...(type.displayName !== undefined && { displayName: type.displayName }),
		...(type.description !== undefined && { description: type.description }),
		createdAt: iso(type.createdAt),
		updatedAt: iso(type.updatedAt),
		idField: type.idField,
		dedupeFields: type.dedupeFields,
		searchableFields: type.searchableFields,
		...(type.isCustom && {
			relationships: links.map(({ name, linksTo }) => ({
				field: name,
				type: 'child',
				relatedTo: linksTo!.shown,
			})),
		}),
		fields: type.fields.map((field) => ({
			name: field.name,
			displayName: field.displayName,
			...(field.description !== undefined && { description: field.description }),
			dataType: field.dataType,
			...(field.length !== undefined && { length: field.length }),
			updateable: field.updateable,
			crmManaged: false,
		})),
	};
}
