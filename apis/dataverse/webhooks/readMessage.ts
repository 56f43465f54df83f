import { isObject } from '../../wire/json';
import { wireName, type DataverseColumn, type DataverseTable } from '../metadata/table';
import type { Row } from '../transport/answer';
import { isGuid } from '../transport/odata';
import { BEFORE } from './register';

/** Attributes as a webhook brings them, by logical name, each still in its own dress. */
export type Attributes = Record<string, unknown>;

/** What a webhook was told: the parts of Microsoft's RemoteExecutionContext that are of use. */
export interface WebhookMessage {
	/** `Create`, `Update`, `Delete`, … */
	message: string;
	/** Logical name. */
	table: string;
	/** Of the row, lower case. */
	id: string;
	/** Who set it off. */
	userId: string;
	/** Of the system job that posts; the same when it posts again. */
	operationId: string;
	correlationId: string;
	/** ISO 8601, or null. */
	at: string | null;
	/** What was written; undefined where it was left out, or for a deletion. */
	written: Attributes | undefined;
	/** Values before the change, where the step asks for them. */
	before: Attributes | undefined;
	/** `?tag=` of the call that set it off. */
	tag: string | undefined;
}

/** Reads the body of a post; undefined where it is something else. */
export function readMessage(body: unknown): WebhookMessage | undefined {
	if (!isObject(body)) return undefined;
	const { MessageName, PrimaryEntityName, PrimaryEntityId } = body;
	if (typeof MessageName !== 'string' || typeof PrimaryEntityName !== 'string') return undefined;
	if (typeof PrimaryEntityId !== 'string' || !isGuid(PrimaryEntityId)) return undefined;
	return {
		message: MessageName,
		table: PrimaryEntityName,
		id: PrimaryEntityId.toLowerCase(),
		userId: textIn(body.InitiatingUserId).toLowerCase(),
		operationId: textIn(body.OperationId).toLowerCase(),
		correlationId: textIn(body.CorrelationId).toLowerCase(),
		at: momentIn(body.OperationCreatedOn) ?? null,
		written: attributesIn(valueIn(body.InputParameters, 'Target')),
		before: attributesIn(valueIn(body.PreEntityImages, BEFORE)),
		tag: tagIn(body),
	};
}

/**
 * Attributes in the form in which the Web API gives a row, so that both are read alike. Columns that the
 * table does not have are left out.
 */
export function asRow(table: DataverseTable, attributes: Attributes): Row {
	const row: Row = {};
	for (const column of table.columns) {
		if (column.name in attributes) row[wireName(column)] = plain(column, attributes[column.name]);
	}
	return row;
}

/** Dates come as `/Date(ms)/`, lookups, choices and amounts inside an object of their own type. */
function plain(column: DataverseColumn, value: unknown): unknown {
	if (value === null || value === undefined) return null;
	if (typeof value === 'string') {
		if (column.type === 'DateTime') return momentIn(value)?.replace(/\.\d+Z$/, 'Z') ?? value;
		return value;
	}
	if (Array.isArray(value)) return value.map((one) => String(inside(one))).join(',');
	return inside(value);
}

function inside(value: unknown): unknown {
	if (!isObject(value)) return value;
	return 'Value' in value ? value.Value : value.Id;
}

function attributesIn(entity: unknown): Attributes | undefined {
	if (!isObject(entity) || !Array.isArray(entity.Attributes)) return undefined;
	return Object.fromEntries(pairsIn(entity.Attributes));
}

function valueIn(pairs: unknown, key: string): unknown {
	return pairsIn(pairs).find(([name]) => name === key)?.[1];
}

function pairsIn(pairs: unknown): Array<[string, unknown]> {
	if (!Array.isArray(pairs)) return [];
	return pairs.filter(isObject).map(({ key, value }) => [String(key), value]);
}

/** The tag stands with the operation that the call asked for, which may be an outer one. */
function tagIn(body: Record<string, unknown>): string | undefined {
	for (let context: unknown = body, depth = 0; isObject(context) && depth < 10; depth++) {
		const tag = valueIn(context.SharedVariables, 'tag');
		if (typeof tag === 'string') return tag;
		context = context.ParentContext;
	}
	return undefined;
}

/** `/Date(1506409448000-0700)/`: milliseconds in UTC; the offset only says how somebody saw them. */
function momentIn(value: unknown): string | undefined {
	const milliseconds =
		typeof value === 'string' ? /^\/Date\((-?\d+)(?:[+-]\d{4})?\)\/$/.exec(value)?.[1] : undefined;
	const date = milliseconds === undefined ? undefined : new Date(Number(milliseconds));
	return date && !Number.isNaN(date.getTime()) ? date.toISOString() : undefined;
}

function textIn(value: unknown): string {
	return typeof value === 'string' ? value : '';
}
