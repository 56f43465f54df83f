import { BUSINESS_UNIT_ID, type Database } from './database';
import type { RowEvent, Snapshot } from './events';
import { isLookup, type Column, type Table } from './schema';
import type { Changes, Reference, Row, Stored } from './store';

const XRM = 'http://schemas.microsoft.com/xrm/2011/Contracts';

interface Pair {
	readonly key: string;
	readonly value: unknown;
}

/** Ids of one operation: the same for all steps it sets off. */
export interface OperationIds {
	readonly correlation: string;
	readonly operation: string;
}

/** The body of a webhook: Microsoft's RemoteExecutionContext, as its JSON serializer writes it. */
export function executionContext(
	database: Database,
	event: RowEvent,
	step: Row,
	images: readonly Row[],
	ids: OperationIds,
): Record<string, unknown> {
	const { session, table } = event;
	const tag = session.triggering?.tag;
	const variables: Pair[] = tag === undefined ? [] : [{ key: 'tag', value: tag }];
	const common = {
		BusinessUnitId: BUSINESS_UNIT_ID,
		CorrelationId: ids.correlation,
		Depth: 1,
		InitiatingUserId: session.userId,
		IsExecutingOffline: false,
		IsInTransaction: false,
		IsOfflinePlayback: false,
		IsolationMode: 1,
		MessageName: event.message,
		Mode: 1,
		OperationCreatedOn: jsonDate(session.now, '+0000'),
		OperationId: ids.operation,
		OrganizationId: database.organizationId,
		OutputParameters: event.message === 'Create' ? [{ key: 'id', value: event.id }] : [],
		OwningExtension: reference({ id: step.id, table: 'sdkmessageprocessingstep' }, false),
	};
	const rest = {
		PrimaryEntityId: event.id,
		PrimaryEntityName: table.name,
		RequestId: null,
		SecondaryEntityName: 'none',
		UserId: session.userId,
	};
	const target: Pair = {
		key: 'Target',
		value:
			event.message === 'Delete'
				? reference({ id: event.id, table: table.name }, true)
				: entity(table, event.id, event.written, true),
	};
	return {
		...common,
		PreEntityImages: imagesOf(table, event.id, images, [0, 2], event.before),
		...rest,
		InputParameters: [target],
		OrganizationName: 'unqtwin',
		ParentContext: {
			...common,
			PreEntityImages: [],
			...rest,
			InputParameters: [target, { key: 'SuppressDuplicateDetection', value: false }],
			OrganizationName: 'Twin',
			ParentContext: null,
			PostEntityImages: [],
			SharedVariables: [
				...variables,
				{
					key: 'ChangedEntityTypes',
					value: [
						{
							__type: 'KeyValuePairOfstringstring:#System.Collections.Generic',
							key: table.name,
							value: event.message,
						},
					],
				},
			],
			Stage: 30,
		},
		PostEntityImages: [
			...primaryName(database, event),
			...imagesOf(table, event.id, images, [1, 2], event.after),
		],
		SharedVariables: variables,
		Stage: 40,
	};
}

/** What is left of a body that is too large. */
export function withoutDetails(body: Record<string, unknown>): Record<string, unknown> {
	const left = { ...body };
	for (const name of ['ParentContext', 'InputParameters', 'PreEntityImages', 'PostEntityImages']) {
		delete left[name];
	}
	return left;
}

function imagesOf(
	table: Table,
	id: string,
	images: readonly Row[],
	types: readonly number[],
	values: Snapshot | undefined,
): Pair[] {
	if (!values) return [];
	return images
		.filter(({ values: image }) => types.includes(Number(image.imagetype)))
		.map(({ values: image }) => {
			const names = String(image.attributes ?? '')
				.split(',')
				.map((name) => name.trim())
				.filter(Boolean);
			const wanted = names.length > 0 ? names : table.readable.map(({ name }) => name);
			const shown: Record<string, Stored> = {};
			for (const name of wanted) {
				const value = values[name];
				if (value !== undefined) shown[name] = value;
			}
			return { key: String(image.entityalias), value: entity(table, id, shown, false) };
		});
}

/** An asynchronous step is told the name of the row without having asked for it. */
function primaryName(database: Database, { table, id, after }: RowEvent): Pair[] {
	const name = after?.[database.table(table.name).spec.primaryName];
	if (name === undefined) return [];
	const values = { [table.spec.primaryName]: name };
	return [{ key: 'AsynchronousStepPrimaryName', value: entity(table, id, values, false) }];
}

function entity(table: Table, id: string, values: Changes, typed: boolean): object {
	const attributes = Object.entries(values)
		.filter(([name]) => name !== table.id)
		.map(([key, value]): Pair => ({ key, value: typedValue(table.column(key), value) }));
	return {
		...(typed && { __type: `Entity:${XRM}` }),
		Attributes: [...attributes, { key: table.id, value: id }],
		EntityState: null,
		FormattedValues: [],
		Id: id,
		KeyAttributes: [],
		LogicalName: table.name,
		RelatedEntities: [],
		RowVersion: null,
	};
}

function typedValue(column: Column | undefined, value: Stored | null): unknown {
	if (value === null || !column) return value;
	if (isLookup(column)) return reference(value as Reference, true);
	switch (column.type) {
		case 'DateTime':
			return jsonDate(
				Date.parse(String(value).length === 10 ? `${String(value)}T00:00:00Z` : String(value)),
			);
		case 'Picklist':
		case 'State':
		case 'Status':
			return { __type: `OptionSetValue:${XRM}`, Value: value };
		case 'Money':
			return { __type: `Money:${XRM}`, Value: value };
		case 'MultiSelectPicklist':
			return String(value)
				.split(',')
				.map((one) => ({ __type: `OptionSetValue:${XRM}`, Value: Number(one) }));
		default:
			return value;
	}
}

function reference(to: Reference, typed: boolean): object {
	return {
		...(typed && { __type: `EntityReference:${XRM}` }),
		Id: to.id,
		KeyAttributes: [],
		LogicalName: to.table,
		Name: null,
		RowVersion: null,
	};
}

function jsonDate(milliseconds: number, zone = ''): string {
	return `/Date(${milliseconds}${zone})/`;
}
