import { CallFailure, missing } from '../errors';
import { isoSeconds } from '../fields/time';

const ATTRIBUTE_TYPES = [
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
];
const MAX_TYPES = 10;
const MAX_ATTRIBUTES = 20;
const FIRST_TYPE_ID = 100_001;

export interface CustomAttribute {
	readonly apiName: string;
	readonly name: string;
	readonly description?: string;
	readonly dataType: string;
}

/** One version of a type: what a draft changes and an approval makes live. */
interface TypeVersion {
	readonly name: string;
	readonly description?: string;
	readonly triggerName: string;
	readonly filterName: string;
	readonly primaryAttribute: CustomAttribute;
	readonly attributes: readonly CustomAttribute[];
}

interface CustomType {
	readonly id: number;
	readonly apiName: string;
	readonly createdAt: number;
	updatedAt: number;
	approved?: TypeVersion;
	draft?: TypeVersion;
	deleted: boolean;
}

type Body = Readonly<Record<string, unknown>>;

/** Custom activity types: drafts, approval, attributes. */
export class CustomTypes {
	private readonly types = new Map<string, CustomType>();
	private nextId = FIRST_TYPE_ID;

	/** Metadata of every type that was not deleted. */
	list(): object[] {
		return this.alive().map((type) => header(type, type.approved ?? type.draft!));
	}

	/** Approved types in the shape of the general list of types. */
	approvedDescriptions() {
		return this.alive()
			.filter((type) => type.approved)
			.map(({ id, apiName, approved }) => ({
				id,
				apiName,
				name: approved!.name,
				description: approved!.description ?? '',
				primaryAttribute: { ...short(approved!.primaryAttribute) },
				attributes: approved!.attributes.map(short),
			}));
	}

	/** The approved version of a type by id, for adding activities. */
	approvedById(
		id: number,
	): { readonly apiName: string; readonly version: TypeVersion } | undefined {
		const type = this.alive().find((one) => one.id === id);
		return type?.approved && { apiName: type.apiName, version: type.approved };
	}

	describe(apiName: string, draft: boolean): object {
		const type = this.find(apiName);
		const version = draft ? type.draft : (type.approved ?? type.draft);
		if (!version) throw new CallFailure('1013');
		return full(type, version);
	}

	create(body: Body, now: number): object {
		const apiName = text(body, 'apiName');
		if (!/^[A-Za-z0-9]{1,255}$/.test(apiName) || !/[A-Za-z]/.test(apiName)) {
			throw new CallFailure('1001', `Invalid value '${apiName}'. Required of type 'alphanumeric'`);
		}
		const known = this.types.get(apiName);
		if (known && !known.deleted) throw new CallFailure('1017');
		if (this.alive().length >= MAX_TYPES) throw new CallFailure('1027');
		const draft: TypeVersion = {
			name: text(body, 'name'),
			...describedAs(body),
			triggerName: text(body, 'triggerName'),
			filterName: text(body, 'filterName'),
			primaryAttribute: primaryOf(body),
			attributes: [],
		};
		this.refuseTakenNames(draft, undefined);
		const type: CustomType = {
			id: this.nextId++,
			apiName,
			createdAt: now,
			updatedAt: now,
			draft,
			deleted: false,
		};
		this.types.set(apiName, type);
		return full(type, draft);
	}

	update(apiName: string, body: Body, now: number): object {
		const type = this.find(apiName);
		const before = versionToChange(type);
		const draft: TypeVersion = {
			...before,
			...(body.name !== undefined && { name: text(body, 'name') }),
			...describedAs(body),
			...(body.triggerName !== undefined && { triggerName: text(body, 'triggerName') }),
			...(body.filterName !== undefined && { filterName: text(body, 'filterName') }),
			...(body.primaryAttribute !== undefined && { primaryAttribute: primaryOf(body) }),
		};
		this.refuseTakenNames(draft, type);
		return this.saveDraft(type, draft, now);
	}

	addAttributes(apiName: string, body: Body, now: number): object {
		const type = this.find(apiName);
		const before = versionToChange(type);
		const added = attributesIn(body).map(attributeOf);
		for (const { apiName: name } of added) {
			if (before.attributes.some((one) => one.apiName === name)) throw new CallFailure('1017');
		}
		const attributes = [...before.attributes, ...added];
		if (attributes.length > MAX_ATTRIBUTES) throw new CallFailure('1028');
		return this.saveDraft(type, { ...before, attributes }, now);
	}

	updateAttributes(apiName: string, body: Body, now: number): object {
		const type = this.find(apiName);
		const before = versionToChange(type);
		const attributes = [...before.attributes];
		for (const item of attributesIn(body)) {
			const at = attributes.findIndex((one) => one.apiName === text(item, 'apiName'));
			if (at < 0) throw new CallFailure('1013');
			attributes[at] = attributeOf({ ...attributes[at], ...item });
		}
		return this.saveDraft(type, { ...before, attributes }, now);
	}

	deleteAttributes(apiName: string, body: Body, now: number): object {
		const type = this.find(apiName);
		const before = versionToChange(type);
		const names = attributesIn(body).map((item) => text(item, 'apiName'));
		for (const name of names) {
			if (!before.attributes.some((one) => one.apiName === name)) throw new CallFailure('1013');
		}
		const attributes = before.attributes.filter((one) => !names.includes(one.apiName));
		return this.saveDraft(type, { ...before, attributes }, now);
	}

	approve(apiName: string, now: number): object {
		const type = this.find(apiName);
		if (!type.draft) throw new CallFailure('709', 'There is no draft to approve');
		type.approved = type.draft;
		delete type.draft;
		type.updatedAt = now;
		return full(type, type.approved);
	}

	discardDraft(apiName: string, now: number): object {
		const type = this.find(apiName);
		if (!type.draft || !type.approved) throw new CallFailure('709', 'There is no draft to discard');
		delete type.draft;
		type.updatedAt = now;
		return full(type, type.approved);
	}

	remove(apiName: string): object {
		const type = this.find(apiName);
		type.deleted = true;
		return full(type, type.approved ?? type.draft!);
	}

	private saveDraft(type: CustomType, draft: TypeVersion, now: number): object {
		type.draft = draft;
		type.updatedAt = now;
		return full(type, draft);
	}

	private alive(): CustomType[] {
		return [...this.types.values()].filter((type) => !type.deleted);
	}

	private find(apiName: string): CustomType {
		const type = this.types.get(apiName);
		if (!type || type.deleted) throw new CallFailure('1013');
		return type;
	}

	private refuseTakenNames(version: TypeVersion, own: CustomType | undefined): void {
		for (const other of this.alive()) {
			if (other === own) continue;
			const theirs = other.draft ?? other.approved!;
			for (const name of ['name', 'triggerName', 'filterName'] as const) {
				if (theirs[name] === version[name]) throw new CallFailure('1017');
			}
		}
	}
}

function versionToChange(type: CustomType): TypeVersion {
	return type.draft ?? type.approved!;
}

function statusOf(type: CustomType): string {
	if (type.deleted) return 'deleted';
	if (!type.approved) return 'draft';
	return type.draft ? 'approved with draft' : 'approved';
}

function header(type: CustomType, version: TypeVersion): object {
	return {
		id: type.id,
		apiName: type.apiName,
		name: version.name,
		...(version.description !== undefined && { description: version.description }),
		triggerName: version.triggerName,
		filterName: version.filterName,
		createdAt: isoSeconds(type.createdAt),
		updatedAt: isoSeconds(type.updatedAt),
		status: statusOf(type),
	};
}

function full(type: CustomType, version: TypeVersion): object {
	return {
		...header(type, version),
		primaryAttribute: version.primaryAttribute,
		...(version.attributes.length > 0 && { attributes: version.attributes }),
	};
}

function short({ apiName, name, dataType }: CustomAttribute) {
	return { apiName, name, dataType };
}

function text(body: Body, name: string): string {
	const value = body[name];
	if (typeof value !== 'string' || value.trim() === '')
		throw new CallFailure('1002', missing(name));
	return value;
}

function describedAs(body: Body): { description?: string } {
	return typeof body.description === 'string' ? { description: body.description } : {};
}

function primaryOf(body: Body): CustomAttribute {
	const value = body.primaryAttribute;
	if (value === null || typeof value !== 'object') {
		throw new CallFailure('1002', missing('primaryAttribute'));
	}
	return attributeOf({ dataType: 'string', ...value });
}

function attributesIn(body: Body): Body[] {
	if (!Array.isArray(body.attributes) || body.attributes.length === 0) {
		throw new CallFailure('1002', missing('attributes'));
	}
	return body.attributes as Body[];
}

function attributeOf(item: Body): CustomAttribute {
	const dataType = text(item, 'dataType');
	if (!ATTRIBUTE_TYPES.includes(dataType)) {
		throw new CallFailure(
			'1001',
			`Invalid value '${dataType}'. Required of type '${ATTRIBUTE_TYPES.join(', ')}'`,
		);
	}
	return {
		apiName: text(item, 'apiName'),
		name: text(item, 'name'),
		...describedAs(item),
		dataType,
	};
}
