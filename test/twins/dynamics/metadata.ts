import type { Database } from './database';
import { DataverseError, queryError } from './errors';
import { filterJson, parseExpands, selectJson } from './jsonQuery';
import {
	columnJson,
	hasOptions,
	keyJson,
	metadataType,
	relationshipJson,
	tableJson,
	type Json,
} from './metadataJson';
import { guidOf } from './privileges';
import { edmType } from './values';
import { isLookup, propertyOf, type Column, type Table } from './schema';
import type { ApiAnswer, ApiCall, Session } from './session';

const CAST = /^Microsoft\.Dynamics\.CRM\.(\w+Metadata)$/;

/**
 * `EntityDefinitions…`: tables, columns (also cast to a type, with option sets), relationships and
 * keys. There is no paging, as in Dataverse.
 * @param segments path segments, percent-decoded
 */
export function readMetadata(
	database: Database,
	segments: readonly string[],
	call: ApiCall,
	session: Session,
): ApiAnswer {
	const [first = '', second, third, fourth] = segments;
	const key = keyIn(first);
	if (second === undefined) {
		checkSelect(call.query.get('$select'), tableJson(database.table('lead')), 'EntityMetadata');
	}
	if (key === undefined) {
		const tables = database.schema.tables;
		return list(session, 'EntityDefinitions', tables.map(tableJson), call, (item) =>
			expandTable(database.table(String(item.LogicalName)), call.query.get('$expand')),
		);
	}
	const table = database.schema.tables.find(
		(candidate) => candidate.name === key || guidOf(`table ${candidate.name}`) === key,
	);
	if (!table) {
		throw new DataverseError(
			404,
			'0x80060888',
			`Could not find an entity with name ${key} in the metadata cache.`,
		);
	}
	const base = `EntityDefinitions('${table.name}')`;
	if (second === undefined) {
		return single(session, 'EntityDefinitions', {
			...selectJson(tableJson(table), call.query.get('$select'), ['MetadataId']),
			...expandTable(table, call.query.get('$expand')),
		});
	}
	const name = second.replace(/\(.*$/, '');
	switch (name) {
		case 'Attributes':
			return readColumns(table, base, second, third, fourth, call, session);
		case 'ManyToOneRelationships':
			return list(session, `${base}/${name}`, relationships(table), call);
		case 'OneToManyRelationships':
			return list(session, `${base}/${name}`, pointingAt(database, table), call);
		case 'ManyToManyRelationships':
			return list(session, `${base}/${name}`, [], call);
		case 'Keys':
			return list(session, `${base}/Keys`, keys(table), call);
		default: {
			const value = tableJson(table)[name];
			if (value === undefined)
				throw queryError(`Resource not found for the segment '${second}'.`, '0x8006088a');
			return single(session, `${base}/${name}`, { value });
		}
	}
}

function readColumns(
	table: Table,
	base: string,
	segment: string,
	third: string | undefined,
	fourth: string | undefined,
	call: ApiCall,
	session: Session,
): ApiAnswer {
	const key = keyIn(segment);
	const cast = CAST.exec(third ?? '')?.[1];
	if (third !== undefined && cast === undefined && third !== '$count') {
		throw queryError(`Resource not found for the segment '${third}'.`, '0x8006088a');
	}
	const expand = call.query.get('$expand');
	if (expand && !cast && parseExpands(expand).has('OptionSet')) {
		throw queryError(
			"Could not find a property named 'OptionSet' on type 'Microsoft.Dynamics.CRM.AttributeMetadata'.",
		);
	}
	if (cast === 'EnumAttributeMetadata') {
		throw queryError(
			'The type Microsoft.Dynamics.CRM.EnumAttributeMetadata is abstract.',
			'0x80060888',
		);
	}
	const wanted = table.spec.columns
		.map((column, index) => ({ column, index }))
		.filter(({ column }) => !cast || metadataType(column) === cast);
	const example = cast ? wanted[0] : undefined;
	checkSelect(
		call.query.get('$select'),
		columnJson(table, example?.column ?? NO_DETAILS, 0),
		cast ?? 'AttributeMetadata',
	);
	const show = ({ column, index }: (typeof wanted)[number]) => {
		const { OptionSet: options, ...rest } = columnJson(table, column, index);
		return { json: rest, extras: hasOptions(column) ? expandOptions(options as Json, expand) : {} };
	};
	const context = `${base}/Attributes${cast ? `/Microsoft.Dynamics.CRM.${cast}` : ''}`;
	if (third === '$count') {
		const headers = { 'Content-Type': 'text/plain' };
		return { status: 200, headers, body: String(table.spec.columns.length) };
	}
	if (key === undefined) {
		const shown = wanted.map(show);
		const extrasOf = new Map(shown.map(({ json, extras }) => [json.MetadataId, extras]));
		const rows = shown.map(({ json }) => (cast ? withoutType(json) : json));
		return list(session, context, rows, call, (item) => extrasOf.get(item.MetadataId) ?? {});
	}
	const found = wanted.find(
		({ column }) => column.name === key || guidOf(`column ${table.name}.${column.name}`) === key,
	);
	if (!found) {
		throw new DataverseError(
			404,
			'0x80060888',
			`Could not find an attribute with name ${key} on ${table.name}.`,
		);
	}
	const { json, extras } = show(found);
	if (fourth === 'OptionSet' || fourth === 'GlobalOptionSet') {
		const options = columnJson(table, found.column, found.index).OptionSet as Json;
		return single(session, `${context}('${key}')/${fourth}`, options);
	}
	return single(session, context, {
		...selectJson(cast ? withoutType(json) : json, call.query.get('$select'), ['MetadataId']),
		...extras,
	});
}

/** A column that has only what all columns have. */
const NO_DETAILS: Column = { name: '', schema: '', type: 'Virtual', flags: '---' };

function checkSelect(select: string | null, example: Json, type: string): void {
	for (const name of (select ?? '').split(',').map((part) => part.trim())) {
		if (name === '' || name in example) continue;
		throw queryError(
			`Could not find a property named '${name}' on type 'Microsoft.Dynamics.CRM.${type}'.`,
		);
	}
}

/** With a cast the type is known and not said again. */
function withoutType(json: Json): Json {
	const { '@odata.type': _type, ...rest } = json;
	return rest;
}

function expandOptions(options: Json, expand: string | null): Json {
	const extras: Json = {};
	for (const [name, inner] of parseExpands(expand)) {
		const select = inner.get('$select') ?? null;
		const shown = selectJson(options, select, ['MetadataId']);
		if (name === 'OptionSet') extras.OptionSet = shown;
		else if (name === 'GlobalOptionSet') extras.GlobalOptionSet = options.IsGlobal ? shown : null;
	}
	return extras;
}

function expandTable(table: Table, expand: string | null): Json {
	const extras: Json = {};
	for (const [name, inner] of parseExpands(expand)) {
		const items = {
			Attributes: () =>
				table.spec.columns.map((column, index) => {
					const { OptionSet: _options, ...rest } = columnJson(table, column, index);
					return rest;
				}),
			Keys: () => keys(table),
			ManyToOneRelationships: () => relationships(table),
			OneToManyRelationships: () => [],
			ManyToManyRelationships: () => [],
		}[name];
		if (!items) {
			throw queryError(
				`Could not find a property named '${name}' on type 'Microsoft.Dynamics.CRM.EntityMetadata'.`,
			);
		}
		const filter = inner.get('$filter');
		const test = filter ? filterJson(filter) : () => true;
		extras[name] = items()
			.filter(test)
			.map((item) => selectJson(item, inner.get('$select') ?? null, ['MetadataId']));
	}
	return extras;
}

function relationships(table: Table): Json[] {
	return table.spec.lookups.map((lookup) => relationshipJson(table, lookup));
}

function pointingAt(database: Database, table: Table): Json[] {
	return database.schema.tables.flatMap((other) =>
		other.spec.lookups
			.filter((lookup) => lookup.table === table.name)
			.map((lookup) => relationshipJson(other, lookup)),
	);
}

function keys(table: Table): Json[] {
	return table.spec.keys.map((key) => keyJson(table, key));
}

function list(
	session: Session,
	context: string,
	items: readonly Json[],
	call: ApiCall,
	extras: (item: Json) => Json = () => ({}),
): ApiAnswer {
	const { query } = call;
	for (const option of ['$top', '$orderby', '$skip']) {
		if (query.has(option)) {
			throw new DataverseError(400, '0x80060888', `The query parameter ${option} is not supported`);
		}
	}
	const filter = query.get('$filter');
	const found = filter ? items.filter(filterJson(filter)) : items;
	const select = query.get('$select');
	return {
		status: 200,
		records: found.length,
		body: {
			'@odata.context': `${session.root}$metadata#${context}${select ? `(${select})` : ''}`,
			...(query.get('$count') === 'true' && { '@odata.count': found.length }),
			value: found.map((item) => ({
				...selectJson(item, select, ['MetadataId']),
				...extras(item),
			})),
		},
	};
}

function single(session: Session, context: string, item: Json): ApiAnswer {
	return {
		status: 200,
		body: { '@odata.context': `${session.root}$metadata#${context}/$entity`, ...item },
	};
}

/** `X(LogicalName='lead')`, `X('lead')` or `X(<GUID>)`: what stands inside. */
function keyIn(segment: string): string | undefined {
	const inside = /\(([^]*)\)$/.exec(segment)?.[1];
	if (inside === undefined) return undefined;
	return inside.replace(/^(LogicalName|MetadataId|Name)\s*=\s*/, '').replace(/^'|'$/g, '');
}

/** The service document: all entity sets. */
export function serviceDocument(database: Database, session: Session): object {
	const sets = database.schema.tables.map(({ set }) => ({
		name: set,
		kind: 'EntitySet',
		url: set,
	}));
	return {
		'@odata.context': `${session.root}$metadata`,
		value: [{ name: 'EntityDefinitions', kind: 'EntitySet', url: 'EntityDefinitions' }, ...sets],
	};
}

/** `$metadata`: the tables as an OData model. */
export function csdl(database: Database): string {
	const types = database.schema.tables.map((table) => {
		const properties = table.readable.map(
			(column) => `<Property Name="${propertyOf(column)}" Type="${edmType(column)}"/>`,
		);
		const links = table.spec.lookups
			.filter((lookup) => database.schema.table(lookup.table))
			.map((lookup) => {
				const column = table.column(lookup.column);
				const constraint =
					column && isLookup(column)
						? `<ReferentialConstraint Property="_${lookup.column}_value" ReferencedProperty="${lookup.tableId}"/>`
						: '';
				return `<NavigationProperty Name="${lookup.navigation}" Type="mscrm.${lookup.table}" Nullable="false">${constraint}</NavigationProperty>`;
			});
		return `<EntityType Name="${table.name}"><Key><PropertyRef Name="${table.id}"/></Key>${properties.join('')}${links.join('')}</EntityType>`;
	});
	const sets = database.schema.tables.map((table) => {
		const tracked = table.spec.changeTracking
			? '<Annotation Term="Org.OData.Capabilities.V1.ChangeTracking"><Record><PropertyValue Property="Supported" Bool="true"/></Record></Annotation>'
			: '';
		return `<EntitySet Name="${table.set}" EntityType="Microsoft.Dynamics.CRM.${table.name}">${tracked}</EntitySet>`;
	});
	return `<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices><Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">${types.join('')}<EntityContainer Name="System">${sets.join('')}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`;
}
