import { withQuery } from '../../wire/queryString';
import type { WireAnswer } from '../../wire/wire';
import { sendBatch } from '../batch/sendBatch';
import type { Dataverse } from '../client';
import { DataverseProblem } from '../errors/problem';
import { readProblem } from '../errors/readProblem';
import { rowIn, rowsIn } from '../transport/answer';
import { textLiteral } from '../transport/odata';
import { columnsFrom, typeOf } from './columns';
import {
	labelText,
	type AttributeDefinition,
	type AttributeDetails,
	type EntityDefinition,
	type KeyDefinition,
	type RelationshipDefinition,
} from './definitions';
import type { DataverseTable } from './table';

const ENTITY_SELECT =
	'LogicalName,EntitySetName,PrimaryIdAttribute,PrimaryNameAttribute,DisplayName,ChangeTrackingEnabled,IsOptimisticConcurrencyEnabled';

const ATTRIBUTE_SELECT =
	'LogicalName,AttributeType,AttributeTypeName,DisplayName,RequiredLevel,IsValidForCreate,IsValidForRead,IsValidForUpdate,IsPrimaryId,IsPrimaryName,IsCustomAttribute,IsValidODataAttribute,AttributeOf,IsSecured';

const CHOICES = { $select: 'LogicalName', $expand: 'OptionSet,GlobalOptionSet' };

/** Dataverse tells lengths, ranges and choices only per type, one request for each. */
const TYPED_FORMS: ReadonlyArray<[type: string, query: Record<string, string>]> = [
	['String', { $select: 'LogicalName,MaxLength,FormatName' }],
	['Memo', { $select: 'LogicalName,MaxLength' }],
	['Integer', { $select: 'LogicalName,MinValue,MaxValue' }],
	['Decimal', { $select: 'LogicalName,Precision,MinValue,MaxValue' }],
	['Double', { $select: 'LogicalName,Precision,MinValue,MaxValue' }],
	['Money', { $select: 'LogicalName,Precision,PrecisionSource,MinValue,MaxValue' }],
	['DateTime', { $select: 'LogicalName,DateTimeBehavior,Format' }],
	['Lookup', { $select: 'LogicalName,Targets' }],
	['Boolean', CHOICES],
	['Picklist', CHOICES],
	['MultiSelectPicklist', CHOICES],
	['State', CHOICES],
	['Status', CHOICES],
];

/**
 * Everything about tables that reading and writing need: columns with types, lengths, choices and lookups with their
 * navigation properties. One call, whatever the number of tables and columns. Of a table that cannot be described, a
 * function that throws why: `missing` where there is none.
 *
 * @throws DataverseProblem where the call as a whole was refused or lost
 */
export async function readTables(
	client: Dataverse,
	logicalNames: string[],
): Promise<Map<string, () => DataverseTable>> {
	const pathsOf = logicalNames.map((logicalName) => pathsFor(logicalName));
	const requests = pathsOf.flat().map((path) => ({ method: 'GET' as const, path }));
	const answers = await sendBatch(client, requests, 'repeatable');
	return new Map(
		logicalNames.map((logicalName, at) => {
			const from = at * pathsOf[at]!.length;
			const own = answers.slice(from, from + pathsOf[at]!.length);
			return [logicalName, () => tableIn(client, own)];
		}),
	);
}

function pathsFor(logicalName: string): string[] {
	const entity = `EntityDefinitions(LogicalName=${textLiteral(logicalName)})`;
	return [
		withQuery(entity, { $select: ENTITY_SELECT }),
		withQuery(`${entity}/Attributes`, { $select: ATTRIBUTE_SELECT }),
		withQuery(`${entity}/ManyToOneRelationships`, {
			$select: 'ReferencingAttribute,ReferencingEntityNavigationPropertyName,ReferencedEntity',
		}),
		withQuery(`${entity}/Keys`, { $select: 'LogicalName,KeyAttributes,EntityKeyIndexStatus' }),
		withQuery('EntityDefinitions', {
			$select: 'LogicalName,EntitySetName,PrimaryIdAttribute,PrimaryNameAttribute',
		}),
		...TYPED_FORMS.map(([type, query]) =>
			withQuery(`${entity}/Attributes/Microsoft.Dynamics.CRM.${type}AttributeMetadata`, query),
		),
	];
}

/** @throws DataverseProblem, kind `missing` where there is no such table */
function tableIn(client: Dataverse, answers: Array<WireAnswer | undefined>): DataverseTable {
	const answerAt = (index: number) => {
		const answer = answers[index];
		if (answer?.status === 200) return answer;
		throw answer ? readProblem(answer, client.wire.now()) : cutOff();
	};
	const listAt = <Entry>(index: number): Entry[] => rowsIn(answerAt(index)) as Entry[];

	const definition = rowIn(answerAt(0)) as unknown as EntityDefinition;
	const attributes = listAt<AttributeDefinition>(1);
	const tables = new Map(listAt<EntityDefinition>(4).map((other) => [other.LogicalName, other]));
	return {
		name: definition.LogicalName,
		label: labelText(definition.DisplayName) ?? definition.LogicalName,
		set: definition.EntitySetName,
		idColumn: definition.PrimaryIdAttribute,
		nameColumn: definition.PrimaryNameAttribute ?? definition.PrimaryIdAttribute,
		changeTracking: definition.ChangeTrackingEnabled === true,
		rowVersions: definition.IsOptimisticConcurrencyEnabled === true,
		columns: columnsFrom({
			attributes,
			relationships: listAt<RelationshipDefinition>(2),
			// What is said about a type that the table does not use is of no interest, not even a refusal.
			details: TYPED_FORMS.flatMap(([type], index) =>
				attributes.some((attribute) => isOfType(attribute, type))
					? listAt<AttributeDetails>(5 + index)
					: [],
			),
			tables,
		}),
		keys: listAt<KeyDefinition>(3).map((key) => ({
			name: key.LogicalName,
			columns: key.KeyAttributes,
			active: key.EntityKeyIndexStatus === 'Active',
		})),
	};
}

/** Customers and owners are lookups, as far as the typed forms go. */
function isOfType(attribute: AttributeDefinition, form: string): boolean {
	const type = typeOf(attribute);
	return type === form || (form === 'Lookup' && (type === 'Customer' || type === 'Owner'));
}

function cutOff(): DataverseProblem {
	return new DataverseProblem({
		kind: 'again',
		status: 0,
		code: '',
		reason: 'The description of the table was cut off on its way',
		remedy: 'Try again',
	});
}
