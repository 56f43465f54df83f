import type { IDataObject, INode, INodeParameterResourceLocator } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import type { Condition, Conditions } from '../../sync/condition';
import type { DynamicsTable, PeopleTable } from '../../sync/items';
import type {
	Direction,
	EmptyRule,
	LaneMapping,
	MappingRow,
	PeopleMapping,
	TableMapping,
	Transform,
	WhenDeleted,
	WhenPersonDeleted,
	WhenRowDeleted,
	Winner,
} from '../../sync/mapping';
import {
	assertSameLane,
	chosenCustomTable,
	chosenLane,
	CUSTOM_TABLE,
	LANES,
	type OfferedLane,
} from './lanes';

/** The parameters of a custom table's mapping begin with this, whatever the table. */
const CUSTOM = 'custom';

export const RESOLVE_TYPE = 'resolveSyncConflict';

/** The three groups of the field mapping, by parameter name after the table's. */
export const GROUPS: Array<{ suffix: string; direction: Direction }> = [
	{ suffix: 'BothWays', direction: 'both' },
	{ suffix: 'ToMarketo', direction: 'toMarketo' },
	{ suffix: 'ToDynamics', direction: 'toDynamics' },
];

interface Pair {
	column?: INodeParameterResourceLocator | string;
	field?: INodeParameterResourceLocator | string;
}

interface Rule {
	column?: INodeParameterResourceLocator | string;
	winner?: Winner | 'default';
	emptyValues?: EmptyRule | 'default';
	onlyOnCreate?: boolean;
	transform?: IDataObject;
}

/**
 * The field mapping as *Resolve Sync Conflict* holds it in its parameters. Pure; the same for the node
 * itself and for the nodes before it, which read its columns there.
 * Rows that cannot be worked are in it: which ones, and why, says `liveRows`.
 */
export function mappingOf(parameters: IDataObject): PeopleMapping {
	return { lead: personTable(parameters, 'lead'), contact: personTable(parameters, 'contact') };
}

/** As above, of whatever the node is set to sync. */
export function laneMappingOf(parameters: IDataObject): LaneMapping {
	const { lane = 'people' } = parameters as { lane?: OfferedLane | typeof CUSTOM_TABLE };
	if (lane === CUSTOM_TABLE) {
		const custom = chosenCustomTable(parameters);
		return custom ? { [custom.table]: tableOf(parameters, CUSTOM) } : {};
	}
	if (lane === 'people') return mappingOf(parameters);
	const { tables } = LANES[lane];
	return Object.fromEntries(tables.map(({ name }) => [name, tableOf(parameters, name)]));
}

/** Of *Resolve Sync Conflict*: who is created in Dynamics without being asked (R59). */
export const CREATE_PARAMETER = 'createInDynamics';

interface ToCreate {
	people?: { condition?: Partial<Condition>[] };
	createAs?: PeopleTable;
	match?: Conditions['match'];
}

function personTable(parameters: IDataObject, table: PeopleTable): TableMapping {
	const {
		people,
		createAs = 'lead',
		match = 'all',
	} = (parameters[CREATE_PARAMETER] ?? {}) as ToCreate;
	const conditions = conditionsOf(people?.condition);
	const isMeant = createAs === table && conditions.length > 0;
	return {
		...tableOf(parameters, table),
		...(isMeant && { createdFrom: { conditions, match } }),
	};
}

/** As the conditions control keeps them. One that names nothing is among them: without it, others would be meant. */
export function conditionsOf(set: Partial<Condition>[] = []): Condition[] {
	return set.map(({ column = '', operator = 'eq', value = '' }) => ({ column, operator, value }));
}

interface BeforeResolve {
	getNode(): INode;
	getChildNodes(
		name: string,
		options?: { includeNodeParameters?: boolean },
	): Array<{ type: string; name: string; parameters?: object }>;
}

/** The mapping of the one *Resolve Sync Conflict* behind a node that works for this lane. */
export function mappingBehind(context: BeforeResolve, lane: string): LaneMapping {
	const { name, parameters } = resolveBehind(context);
	const chosen = chosenLane(context.getNode(), parameters);
	assertSameLane(context.getNode(), lane, chosen, name);
	return laneMappingOf(parameters);
}

/** The mapping of the leads and contacts that a node leads to; undefined where it leads to none. */
export function peopleMappingBehind(
	context: Pick<BeforeResolve, 'getNode' | 'getChildNodes'>,
): PeopleMapping | undefined {
	const behind = context.getChildNodes(context.getNode().name, { includeNodeParameters: true });
	const [resolve] = behind.filter(({ type }) => type.endsWith(`.${RESOLVE_TYPE}`));
	return resolve && mappingOf((resolve.parameters ?? {}) as IDataObject);
}

/** The lane of a node that says what to sync: which table, where it is any, says *Resolve Sync Conflict* behind it. */
export function laneOfNode(context: BeforeResolve): string {
	const { lane } = context.getNode().parameters as { lane?: string };
	if (lane !== CUSTOM_TABLE) return chosenLane(context.getNode(), { lane });
	return chosenLane(context.getNode(), resolveBehind(context).parameters);
}

function resolveBehind(context: BeforeResolve): { name: string; parameters: IDataObject } {
	const behind = context.getChildNodes(context.getNode().name, { includeNodeParameters: true });
	const resolve = behind.filter(({ type }) => type.endsWith(`.${RESOLVE_TYPE}`));
	if (resolve.length !== 1) {
		throw new NodeOperationError(
			context.getNode(),
			resolve.length === 0
				? 'No "Resolve Sync Conflict" node follows this one'
				: 'Several "Resolve Sync Conflict" nodes follow this one',
			{
				description:
					'Connect this node to one Resolve Sync Conflict node: the field mapping is kept there. Easiest is to start from the shipped workflow',
			},
		);
	}
	return { name: resolve[0]!.name, parameters: (resolve[0]!.parameters ?? {}) as IDataObject };
}

function tableOf(parameters: IDataObject, table: DynamicsTable): TableMapping {
	const rows: MappingRow[] = [];
	for (const { suffix, direction } of GROUPS) {
		const group = parameters[`${table}${suffix}`] as { rows?: Pair[] } | undefined;
		for (const pair of group?.rows ?? []) {
			const column = valueOf(pair.column);
			const field = valueOf(pair.field);
			// With an unfinished row n8n runs no more than the steps before, which fill the list to finish it from.
			if (!column || !field) continue;
			rows.push({ id: `${column}>${field}`, column, field, direction });
		}
	}
	const rules = (parameters[`${table}SpecialRules`] as { rules?: Rule[] } | undefined)?.rules ?? [];
	const strayRules = rules.flatMap((rule) => applyRule(rows, rule) ?? []);
	const whenDeleted = whenDeletedOf(parameters, table);
	return {
		rows,
		...(whenDeleted && { whenDeleted }),
		...deletesOf(parameters, table),
		...(parameters[`${table}EditsInMarketo`] === 'find' && { findEdits: true as const }),
		ifBothChanged: (parameters[`${table}IfBothChanged`] as Winner | undefined) ?? 'native',
		emptyValues: (parameters[`${table}EmptyValues`] as EmptyRule | undefined) ?? 'copy',
		...(strayRules.length > 0 && { strayRules }),
	};
}

const WHEN_ROW_DELETED: readonly unknown[] = ['ignore', 'unlink', 'delete'];
const WHEN_PERSON_DELETED: readonly unknown[] = ['unlink', 'deactivate', 'delete'];

/** What is not chosen is left out: the mapping of a workflow from before there was a choice is the same as ever. */
function deletesOf(
	parameters: IDataObject,
	table: DynamicsTable,
): Pick<TableMapping, 'whenRowDeleted' | 'whenPersonDeleted'> {
	const row = parameters[`${table}WhenRowDeleted`];
	const person = parameters[`${table}WhenPersonDeleted`];
	return {
		...(WHEN_ROW_DELETED.includes(row) && { whenRowDeleted: row as WhenRowDeleted }),
		...(WHEN_PERSON_DELETED.includes(person) && { whenPersonDeleted: person as WhenPersonDeleted }),
	};
}

/** Undefined: the record in Marketo stays, as before there was a choice. */
function whenDeletedOf(parameters: IDataObject, table: DynamicsTable): WhenDeleted | undefined {
	const choice = parameters[`${table}WhenDeleted`];
	if (choice === 'delete') return { do: 'delete' };
	const field = valueOf(parameters[`${table}DeletedField`] as Pair['field']);
	return choice === 'mark' && field ? { do: 'mark', field } : undefined;
}

function valueOf(picked: Pair['column']): string {
	if (picked === undefined || picked === null) return '';
	return String(typeof picked === 'object' ? (picked.value ?? '') : picked).trim();
}

/** Answers the rule's column where no row has it. */
function applyRule(rows: MappingRow[], rule: Rule): string | null {
	const column = valueOf(rule.column);
	const ofRule = rows.filter((candidate) => candidate.column === column);
	const winner = rule.winner === 'default' ? undefined : rule.winner;
	const empty = rule.emptyValues === 'default' ? undefined : rule.emptyValues;
	const transform = transformOf(rule.transform ?? {});
	for (const row of ofRule) {
		const contradictions = [
			...(differ(row.winner, winner) ? ['If Both Changed'] : []),
			...(differ(row.empty, empty) ? ['Empty Values'] : []),
			...(haveDifferent(row.transform, transform) ? ['Change the Value'] : []),
		];
		if (contradictions.length > 0)
			row.contradictions = [...new Set([...(row.contradictions ?? []), ...contradictions])];
		if (winner) row.winner = winner;
		if (empty) row.empty = empty;
		if (rule.onlyOnCreate) row.onlyOnCreate = true;
		if (Object.keys(transform).length > 0) row.transform = { ...row.transform, ...transform };
	}
	return column && ofRule.length === 0 ? column : null;
}

const differ = (one: unknown, other: unknown) =>
	one !== undefined && other !== undefined && one !== other;

const haveDifferent = (one: Transform = {}, other: Transform) =>
	Object.entries(other).some(([name, value]) => differ(one[name as keyof Transform], value));

function transformOf(picked: IDataObject): Transform {
	const transform: Transform = {};
	if (picked.trim === true) transform.trim = true;
	if (picked.letterCase && picked.letterCase !== 'keep')
		transform.letterCase = picked.letterCase as Transform['letterCase'];
	if (picked.choiceBy === 'value') transform.choiceBy = 'value';
	if (picked.invert === true) transform.invert = true;
	if (picked.noIsUnset === true) transform.noIsUnset = true;
	const zone = String(picked.zone ?? '').trim();
	if (zone) transform.zone = zone;
	if (Number(picked.truncate) > 0) transform.truncate = Number(picked.truncate);
	if (picked.constant !== undefined && picked.constant !== '')
		transform.constant = picked.constant as string;
	if (picked.defaultWhenEmpty !== undefined && picked.defaultWhenEmpty !== '')
		transform.defaultWhenEmpty = picked.defaultWhenEmpty as string;
	return transform;
}
