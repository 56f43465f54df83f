import { STATUS_CODES } from 'node:http';
import { answerClosing } from './closeOpportunity';
import { answerMerge } from './merge';
import { answerQualify } from './qualifyLead';
import { linkedRow, readCollection } from './collections';
import { answerRoles } from './connections';
import { countChanges, isTracked, readChanges } from './changes';
import { BUSINESS_UNIT_ID, type Database } from './database';
import { DataverseError, payloadError, queryError } from './errors';
import { triggeringOf } from './events';
import { Marketing } from './marketing';
import { csdl, readMetadata, serviceDocument } from './metadata';
import { parsePayload } from './payload';
import type { Plugin } from './plugins';
import type { Principal } from './principals';
import { demand, guidOf, privilegeName } from './privileges';
import { checkOptions, countMany, globals, readMany } from './readMany';
import { collectionOf } from './relationships';
import { contextOf, etagOf, renderRow } from './render';
import { findId, noSuchRow, parseRowPath, type RowPath } from './rowPath';
import { isLookup, propertyOf, type Table } from './schema';
import { parseShape } from './select';
import {
	parsePreferences,
	type ApiAnswer,
	type ApiCall,
	type Preferences,
	type Session,
} from './session';
import type { Row, Stored } from './store';
import { readValue } from './filter';
import { createRow, deleteRow, updateRow, type WriteOptions } from './write';

const ACTION = 'Microsoft.Dynamics.CRM.';

/** Answers one operation of the Web API (everything but `$batch`). */
export class WebApi {
	constructor(
		private readonly database: Database,
		private readonly plugins: readonly Plugin[],
	) {}

	/** @throws DataverseError for everything Dataverse answers with an error */
	answer(call: ApiCall, session: Session): ApiAnswer {
		const preferences = parsePreferences(call.headers.prefer);
		const triggering = triggeringOf(call.query, call.headers);
		const answer = this.database.transactionAs(session.principal.key, () =>
			this.dispatch(call, { ...session, triggering }, preferences),
		);
		return {
			...answer,
			headers: {
				...(typeof answer.body === 'object' && {
					'Content-Type': 'application/json; odata.metadata=minimal',
				}),
				'OData-Version': '4.0',
				...(answer.status !== 204 &&
					preferences.applied.length > 0 && {
						'Preference-Applied': preferences.applied.join(','),
					}),
				...answer.headers,
			},
		};
	}

	private dispatch(call: ApiCall, session: Session, preferences: Preferences): ApiAnswer {
		const segments = call.path.split('/').map(decodeSegment);
		const [first = '', ...rest] = segments;
		if (first === '') return { status: 200, body: serviceDocument(this.database, session) };
		if (first === '$metadata') {
			return {
				status: 200,
				headers: { 'Content-Type': 'application/xml' },
				body: csdl(this.database),
			};
		}
		if (/^EntityDefinitions(\(|$)/.test(first)) {
			onlyMethods(call, 'GET');
			return readMetadata(this.database, segments, call, session);
		}
		const unbound = this.unboundFunction(first, call, session);
		if (unbound) return unbound;
		const marketing = new Marketing(this.database).answer(segments, call, session, preferences);
		if (marketing) return marketing;
		const special =
			answerRoles(this.database, segments, call, session, preferences) ??
			answerClosing(this.database, first, call, session, this.writeOptions(call)) ??
			answerMerge(this.database, first, call, session, this.writeOptions(call)) ??
			answerQualify(this.database, segments, call, session, this.writeOptions(call));
		if (special) return special;
		const [, set = '', key] = /^(\w+)(?:\(([^]*)\))?$/.exec(first) ?? [];
		const table = this.database.schema.ofSet(set);
		if (!table) throw noSegment(first);
		if (key === undefined) return this.collection(table, rest, call, session, preferences);
		const path = parseRowPath(table, key);
		return this.entity(table, path, rest, call, session, preferences);
	}

	private collection(
		table: Table,
		rest: readonly string[],
		call: ApiCall,
		session: Session,
		preferences: Preferences,
	): ApiAnswer {
		const [next] = rest;
		if (next === '$count') {
			onlyMethods(call, 'GET');
			demand(this.database, session, 'Read', table);
			return call.query.has('$deltatoken')
				? countChanges(this.database, table, call, session)
				: countMany(this.database, table, call, session);
		}
		if (next?.startsWith(ACTION))
			return this.multiple(table, next.slice(ACTION.length), call, session);
		if (next !== undefined) throw noSegment(next);
		onlyMethods(call, 'GET', 'POST');
		if (call.method === 'POST') return this.create(table, call, session, preferences);
		demand(this.database, session, 'Read', table);
		return isTracked(call, preferences)
			? readChanges(this.database, table, call, session, preferences)
			: readMany(this.database, table, call, session, preferences);
	}

	private entity(
		table: Table,
		path: RowPath,
		rest: readonly string[],
		call: ApiCall,
		session: Session,
		preferences: Preferences,
	): ApiAnswer {
		const [property, ending] = rest;
		if (property !== undefined) {
			return this.property(table, path, property, ending, call, session, preferences);
		}
		onlyMethods(call, 'GET', 'PATCH', 'DELETE');
		if (call.method === 'GET') return this.read(table, path, call, session, preferences);
		if (call.method === 'DELETE') return this.delete(table, path, call, session);
		return this.patch(table, path, call, session, preferences);
	}

	private read(
		table: Table,
		path: RowPath,
		call: ApiCall,
		session: Session,
		preferences: Preferences,
	): ApiAnswer {
		demand(this.database, session, 'Read', table);
		checkOptions(call.query);
		const shape = parseShape(
			this.database,
			table,
			call.query.get('$select'),
			call.query.get('$expand'),
			session,
		);
		const row = this.find(table, path);
		const etag = etagOf(row);
		// Linked rows may have changed without this one; annotations switch it off as well.
		if (
			call.headers['if-none-match'] === etag &&
			!preferences.annotated &&
			shape.expands.length === 0
		) {
			return { status: 304 };
		}
		return {
			status: 200,
			headers: { ETag: etag },
			records: 1,
			body: {
				'@odata.context': contextOf(session.root, table, shape, '/$entity'),
				...globals(this.database, preferences),
				...renderRow(this.database, table, row, shape, preferences),
			},
		};
	}

	private create(
		table: Table,
		call: ApiCall,
		session: Session,
		preferences: Preferences,
	): ApiAnswer {
		const payload = parsePayload(this.database, table, bodyOf(table, call), 'create');
		const row = createRow(this.database, table, payload, session, this.writeOptions(call));
		return this.written(table, row, call, session, preferences, true);
	}

	private patch(
		table: Table,
		path: RowPath,
		call: ApiCall,
		session: Session,
		preferences: Preferences,
	): ApiAnswer {
		const body = bodyOf(table, call);
		const options = this.writeOptions(call);
		const id = findId(this.database, table, path);
		if (id !== undefined) {
			if (call.headers['if-none-match'] === '*') throw alreadyThere();
			const row = this.find(table, path, 'WriteAccess');
			checkMatch(table, row, call.headers['if-match']);
			const payload = parsePayload(this.database, table, body, 'update');
			updateRow(this.database, table, row, payload, session, options);
			return this.written(table, row, call, session, preferences, false, path);
		}
		if (call.headers['if-match'] !== undefined) throw noSuchRow(table, path);
		const payload = parsePayload(this.database, table, body, 'create');
		const full =
			path.kind === 'id'
				? { id: path.id, changes: payload.changes }
				: { ...payload, changes: { ...payload.changes, ...path.values } };
		const row = createRow(this.database, table, full, session, options);
		return this.written(table, row, call, session, preferences, true, path);
	}

	private delete(table: Table, path: RowPath, call: ApiCall, session: Session): ApiAnswer {
		const row = this.find(table, path, 'DeleteAccess');
		checkMatch(table, row, call.headers['if-match']);
		deleteRow(this.database, table, row, session);
		return { status: 204, records: 1 };
	}

	/** The answer to a write: nothing but the link, or the row as it is now. */
	private written(
		table: Table,
		row: Row,
		call: ApiCall,
		session: Session,
		preferences: Preferences,
		created: boolean,
		path?: RowPath,
	): ApiAnswer {
		// Who addressed the row by an alternate key gets that key back, not the id.
		const key = path?.kind === 'key' ? path.text : row.id;
		const link = `${session.root}${table.set}(${key})`;
		if (!preferences.representation) {
			return {
				status: 204,
				records: 1,
				headers: { ...(created && { Location: link }), 'OData-EntityId': link },
			};
		}
		const shape = parseShape(
			this.database,
			table,
			call.query.get('$select'),
			call.query.get('$expand'),
			session,
		);
		return {
			status: created ? 201 : 200,
			records: 1,
			headers: { ETag: etagOf(row), ...(created && { Location: link }) },
			body: {
				'@odata.context': contextOf(session.root, table, shape, '/$entity'),
				...renderRow(this.database, table, row, shape, preferences),
			},
		};
	}

	/** `leads(…)/firstname`, `…/$value`, `leads(…)/parentaccountid`, `…/$ref`. */
	private property(
		table: Table,
		path: RowPath,
		name: string,
		ending: string | undefined,
		call: ApiCall,
		session: Session,
		preferences: Preferences,
	): ApiAnswer {
		if (name.startsWith(ACTION)) return this.boundFunction(table, path, name, session);
		const column = table.byProperty.get(name);
		const lookup = table.navigations.get(name);
		if (!column && !lookup) {
			return this.linked(table, path, name, ending, call, session, preferences);
		}
		if (call.method !== 'GET') {
			onlyMethods(call, 'PUT', 'DELETE', 'POST');
			const row = this.find(table, path, 'WriteAccess');
			const body = call.method === 'DELETE' ? {} : (bodyOf(table, call) as Record<string, unknown>);
			const change = lookup
				? { [`${name}@odata.bind`]: call.method === 'DELETE' ? null : body['@odata.id'] }
				: { [name]: call.method === 'DELETE' ? null : body.value };
			const payload = parsePayload(this.database, table, change, 'update');
			updateRow(this.database, table, row, payload, session, this.writeOptions(call));
			return { status: 204, records: 1 };
		}
		demand(this.database, session, 'Read', table);
		const row = this.find(table, path);
		if (column && !(lookup && !isLookup(column))) {
			const mayRead = this.database.sight.mayRead(table, column);
			const value = mayRead ? readValue(column, row) : undefined;
			if (value === undefined) return { status: 204 };
			const shown = typeof value === 'object' ? value.id : value;
			if (ending === '$value') {
				return { status: 200, headers: { 'Content-Type': 'text/plain' }, body: String(shown) };
			}
			const context = `${session.root}$metadata#${table.set}(${row.id})/${propertyOf(column)}`;
			return { status: 200, body: { '@odata.context': context, value: shown } };
		}
		const value = row.values[lookup!.column];
		if (typeof value !== 'object') return { status: 204 };
		const target = this.database.table(value.table);
		if (ending === '$ref') {
			return {
				status: 200,
				body: {
					'@odata.context': `${session.root}$metadata#$ref`,
					'@odata.id': `${session.root}${target.set}(${value.id})`,
				},
			};
		}
		return this.read(target, { kind: 'id', id: value.id }, call, session, preferences);
	}

	/** The rows behind a row: read, made (POST), put in and taken out (`$ref`). */
	private linked(
		table: Table,
		path: RowPath,
		segment: string,
		ending: string | undefined,
		call: ApiCall,
		session: Session,
		preferences: Preferences,
	): ApiAnswer {
		const [, name = '', key] = /^(\w+)(?:\(([^]*)\))?$/.exec(segment) ?? [];
		const collection = collectionOf(this.database, table, name);
		if (!collection) throw noSegment(segment);
		const parent = this.find(table, path);
		if (call.method === 'GET') {
			const from = { table, row: parent };
			return readCollection(this.database, collection, from, ending, call, session, preferences);
		}
		onlyMethods(call, 'POST', 'DELETE');
		const link = { [collection.lookup.column]: { id: parent.id, table: table.name } };
		const options = this.writeOptions(call);
		if (ending !== '$ref') {
			onlyMethods(call, 'POST');
			const body = bodyOf(collection.table, call);
			const payload = parsePayload(this.database, collection.table, body, 'create');
			const full = { ...payload, changes: { ...payload.changes, ...link } };
			const row = createRow(this.database, collection.table, full, session, options);
			return this.written(collection.table, row, call, session, preferences, true);
		}
		const given =
			call.query.get('$id') ??
			(call.method === 'POST' && (bodyOf(table, call) as Record<string, unknown>)['@odata.id']);
		const row = linkedRow(this.database, collection, key, given || undefined);
		const changes = call.method === 'POST' ? link : { [collection.lookup.column]: null };
		updateRow(this.database, collection.table, row, { changes }, session, options);
		return { status: 204, records: 1 };
	}

	/** CreateMultiple, UpdateMultiple, UpsertMultiple: all or nothing. */
	private multiple(table: Table, action: string, call: ApiCall, session: Session): ApiAnswer {
		if (!['CreateMultiple', 'UpdateMultiple', 'UpsertMultiple'].includes(action)) {
			throw noSegment(`${ACTION}${action}`);
		}
		onlyMethods(call, 'POST');
		const body = bodyOf(table, call) as { Targets?: unknown };
		if (!Array.isArray(body.Targets)) {
			throw queryError(
				`Required field 'Targets' is missing for unbound action '${action}'.`,
				'0x80040203',
			);
		}
		const options = this.writeOptions(call);
		const ids = body.Targets.map((target: unknown) => {
			checkType(table, target);
			return this.writeTarget(table, action, target as Record<string, unknown>, session, options);
		});
		if (action !== 'CreateMultiple') return { status: 204, records: ids.length };
		return {
			status: 200,
			records: ids.length,
			body: {
				'@odata.context': `${session.root}$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse`,
				Ids: ids,
			},
		};
	}

	private writeTarget(
		table: Table,
		action: string,
		target: Record<string, unknown>,
		session: Session,
		options: WriteOptions,
	): string {
		const path = targetPath(table, target);
		const id = path && findId(this.database, table, path);
		if (action === 'CreateMultiple' || (action === 'UpsertMultiple' && id === undefined)) {
			const payload = parsePayload(this.database, table, target, 'create');
			const keys: Record<string, Stored> = path?.kind === 'key' ? path.values : {};
			const full = { ...payload, changes: { ...payload.changes, ...keys } };
			return createRow(this.database, table, full, session, options).id;
		}
		if (!path) throw queryError(`The primary key of ${table.name} is missing.`, '0x80040203');
		const row = this.find(table, path, 'WriteAccess');
		const payload = parsePayload(this.database, table, target, 'update');
		updateRow(this.database, table, row, payload, session, options);
		return row.id;
	}

	private find(
		table: Table,
		path: RowPath,
		right: 'ReadAccess' | 'WriteAccess' | 'DeleteAccess' = 'ReadAccess',
	): Row {
		const id = findId(this.database, table, path);
		if (id === undefined) throw noSuchRow(table, path);
		const row = this.database.store(table).get(id)!;
		this.database.sight.demandRow(table, row, right);
		return row;
	}

	private writeOptions(call: ApiCall): WriteOptions {
		const { headers } = call;
		const bypass =
			/CustomSync/i.test(headers['mscrm.bypassbusinesslogicexecution'] ?? '') ||
			headers['mscrm.bypasscustompluginexecution']?.toLowerCase() === 'true';
		return {
			plugins: bypass ? [] : this.plugins,
			detectDuplicates: headers['mscrm.suppressduplicatedetection']?.toLowerCase() === 'false',
		};
	}

	private unboundFunction(segment: string, call: ApiCall, session: Session): ApiAnswer | undefined {
		const name = /^(\w+)(\([^]*\))?$/.exec(segment)?.[1];
		const make = name === undefined ? undefined : this.functions[name];
		if (!make) return undefined;
		if (call.method !== 'GET') {
			throw new DataverseError(
				404,
				'',
				`No HTTP resource was found that matches the request URI '${session.root}${segment}'.`,
			);
		}
		return {
			status: 200,
			body: {
				'@odata.context': `${session.root}$metadata#Microsoft.Dynamics.CRM.${name}Response`,
				...make(withValues(segment, call.query), session),
			},
		};
	}

	private readonly functions: Readonly<
		Record<string, (segment: string, session: Session) => object>
	> = {
		WhoAmI: (_, session) => ({
			BusinessUnitId: BUSINESS_UNIT_ID,
			UserId: session.userId,
			OrganizationId: this.database.organizationId,
		}),
		RetrieveVersion: () => ({ Version: '9.2.26104.00180' }),
		RetrieveCurrentOrganization: (_, session) => ({
			Detail: {
				OrganizationId: this.database.organizationId,
				FriendlyName: 'Twin',
				OrganizationVersion: '9.2.26104.00180',
				EnvironmentId: guidOf('environment'),
				DatacenterId: guidOf('datacenter'),
				Geo: 'EMEA',
				TenantId: guidOf('tenant'),
				UrlName: 'twin',
				UniqueName: 'unqtwin',
				State: 'Enabled',
				Endpoints: {
					Count: 1,
					IsReadOnly: false,
					Keys: ['WebApplication'],
					Values: [session.root.replace(/api\/data\/.*$/, '')],
				},
			},
		}),
		RetrieveTotalRecordCount: (segment) => {
			const names = [...segment.matchAll(/['"](\w+)['"]/g)].map((found) => found[1]!);
			const counts = names.map((name) => {
				const table = this.database.schema.table(name);
				if (!table)
					throw queryError(`The entity with a name = '${name}' was not found.`, '0x80041102');
				return this.database.store(table).count;
			});
			return {
				EntityRecordCountCollection: {
					Count: names.length,
					IsReadOnly: false,
					Keys: names,
					Values: counts,
				},
			};
		},
	};

	private boundFunction(table: Table, path: RowPath, name: string, session: Session): ApiAnswer {
		const called = /^Microsoft\.Dynamics\.CRM\.(\w+)(\(\))?$/.exec(name)?.[1];
		if (table.name !== 'systemuser') throw noSegment(name);
		const row = this.find(table, path);
		const principal = [...this.database.principals.values()].find((one) => one.userId === row.id);
		const answer = (body: object): ApiAnswer => ({
			status: 200,
			body: {
				'@odata.context': `${session.root}$metadata#Microsoft.Dynamics.CRM.${called}Response`,
				...body,
			},
		});
		switch (called) {
			case 'RetrieveUserPrivileges':
				return answer({ RolePrivileges: this.privilegesOf(principal) });
			case 'RetrievePrincipalAttributePrivileges':
				return answer({ AttributePrivileges: this.columnPrivilegesOf(principal) });
			default:
				throw noSegment(name);
		}
	}

	private privilegesOf(principal: Principal | undefined): object[] {
		const rights = ['Create', 'Read', 'Write', 'Delete', 'Assign', 'Append', 'AppendTo'] as const;
		const names = this.database.schema.tables.flatMap((each) =>
			rights.map((right) => privilegeName(right, each)),
		);
		const lacks = principal?.lacks ?? [];
		const held = principal?.hasRole
			? names.filter((one) => !lacks.some((lack) => matchesLack(one, lack)))
			: [];
		return held.map((one) => ({
			Depth: principal?.depth ?? 'Global',
			PrivilegeId: guidOf(one),
			BusinessUnitId: BUSINESS_UNIT_ID,
			PrivilegeName: one,
			RecordFilterId: '00000000-0000-0000-0000-000000000000',
		}));
	}

	private columnPrivilegesOf(principal: Principal | undefined): object[] {
		const allowed = (may: boolean) => (may ? 4 : 0);
		return this.database.sight
			.securedColumns(principal?.key ?? '')
			.map(({ table, column, read, write }) => ({
				AttributeId: guidOf(`column ${table}.${column}`),
				CanRead: allowed(read),
				CanCreate: allowed(write),
				CanUpdate: allowed(write),
				CanReadUnmasked: 0,
			}));
	}
}

function matchesLack(privilege: string, lack: string): boolean {
	return lack.endsWith('*') ? privilege.startsWith(lack.slice(0, -1)) : lack === privilege;
}

/** A call of a function with the values of its parameter aliases in their place: `(EntityNames=@p1)?@p1=[…]`. */
function withValues(segment: string, query: URLSearchParams): string {
	return segment.replace(/@\w+/g, (alias) => query.get(alias) ?? alias);
}

function decodeSegment(segment: string): string {
	try {
		return decodeURIComponent(segment);
	} catch {
		throw queryError(
			`Bad Request - the path segment '${segment}' is not well encoded.`,
			'0x80060888',
		);
	}
}

function noSegment(segment: string): DataverseError {
	return new DataverseError(
		404,
		'0x8006088a',
		`Resource not found for the segment '${segment.replace(/\([^]*$/, '')}'.`,
	);
}

function onlyMethods(call: ApiCall, ...methods: string[]): void {
	if (methods.includes(call.method)) return;
	throw new DataverseError(
		405,
		'0x0',
		`The requested resource does not support http method '${call.method}'.`,
		{ Allow: methods.join(', ') },
	);
}

function bodyOf(table: Table, call: ApiCall): unknown {
	if (!/json/i.test(call.headers['content-type'] ?? 'application/json')) {
		throw new DataverseError(
			415,
			'0x0',
			`The request entity's media type '${call.headers['content-type']}' is not supported for this resource. ${STATUS_CODES[415]}.`,
		);
	}
	try {
		return JSON.parse(call.body) as unknown;
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		throw payloadError(table.set, `Microsoft.OData.ODataException: ${message}`);
	}
}

function alreadyThere(): DataverseError {
	return new DataverseError(412, '0x80040237', 'A record with matching key values already exists.');
}

/** If-Match: `*` only asks that the row is there; an ETag that nobody has written since. */
function checkMatch(table: Table, row: Row, condition: string | undefined): void {
	if (condition === undefined || condition === '*') return;
	if (!table.spec.optimisticConcurrency) {
		throw new DataverseError(
			400,
			'0x8006088d',
			`Optimistic concurrency isn't enabled for entity type ${table.name}. The IfVersionMatches value of ConcurrencyBehavior can only be used if optimistic concurrency is enabled.`,
		);
	}
	if (condition === etagOf(row)) return;
	throw new DataverseError(
		412,
		'0x80060882',
		"The version of the existing record doesn't match the RowVersion property provided.",
	);
}

function checkType(table: Table, target: unknown): void {
	const type = (target as Record<string, unknown> | null)?.['@odata.type'];
	if (typeof type === 'string' && type.replace(/^#/, '') === `${ACTION}${table.name}`) return;
	throw payloadError(
		'',
		`Microsoft.OData.ODataException: An abstract type 'Microsoft.Dynamics.CRM.crmbaseentity' was found where ${ACTION}${table.name} was expected: every target needs its @odata.type.`,
	);
}

function targetPath(table: Table, target: Record<string, unknown>): RowPath | undefined {
	const id = target[table.id];
	if (typeof id === 'string') return parseRowPath(table, id);
	const link = target['@odata.id'];
	const key = typeof link === 'string' ? /\(([^]*)\)$/.exec(link)?.[1] : undefined;
	return key === undefined ? undefined : parseRowPath(table, key);
}
