import type { IDataObject, INode, INodeParameterResourceLocator } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import type { DynamicsTable } from '../../sync/items';
import type {
	Direction,
	EmptyRule,
	MappingRow,
	PeopleMapping,
	TableMapping,
	Transform,
	Winner,
} from '../../sync/mapping';

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

/** A mapping that cannot be used as it stands: which row, and how to mend it. */
export class MappingProblem extends Error {
	constructor(
		message: string,
		readonly remedy: string,
	) {
		super(message);
	}
}

/**
 * The field mapping as *Resolve Sync Conflict* holds it in its parameters. Pure; the same for the node
 * itself and for the nodes before it, which read its columns there.
 *
 * @throws MappingProblem where two rows write one field, a rule has no row, or a transform cannot go back (R19)
 */
export function mappingOf(parameters: IDataObject): PeopleMapping {
	return { lead: tableOf(parameters, 'lead'), contact: tableOf(parameters, 'contact') };
}

/** As `mappingOf`, with the error as n8n shows it. */
export function nodeMapping(node: INode, parameters: IDataObject): PeopleMapping {
	try {
		return mappingOf(parameters);
	} catch (error) {
		if (!(error instanceof MappingProblem)) throw new NodeOperationError(node, error as Error);
		throw new NodeOperationError(node, error.message, { description: error.remedy });
	}
}

/** The mapping of the one *Resolve Sync Conflict* behind a node. */
export function mappingBehind(context: {
	getNode(): INode;
	getChildNodes(
		name: string,
		options?: { includeNodeParameters?: boolean },
	): Array<{ type: string; name: string; parameters?: object }>;
}): PeopleMapping {
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
	return nodeMapping(context.getNode(), (resolve[0]!.parameters ?? {}) as IDataObject);
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
	refuseDoubles(rows, table);
	const rules = (parameters[`${table}SpecialRules`] as { rules?: Rule[] } | undefined)?.rules ?? [];
	for (const rule of rules) applyRule(rows, rule, table);
	return {
		rows,
		ifBothChanged: (parameters[`${table}IfBothChanged`] as Winner | undefined) ?? 'native',
		emptyValues: (parameters[`${table}EmptyValues`] as EmptyRule | undefined) ?? 'copy',
	};
}

function valueOf(picked: Pair['column']): string {
	if (picked === undefined || picked === null) return '';
	return String(typeof picked === 'object' ? (picked.value ?? '') : picked).trim();
}

function refuseDoubles(rows: MappingRow[], table: string) {
	for (const side of ['column', 'field'] as const) {
		const seen = new Set<string>();
		for (const row of rows) {
			if (!seen.has(row[side])) {
				seen.add(row[side]);
				continue;
			}
			const what = side === 'column' ? 'Dynamics column' : 'Marketo field';
			throw new MappingProblem(
				`The ${what} ${row[side]} stands in two rows of the field mapping for ${table}s`,
				'Keep one of the two rows: with both, nobody could say which value is meant',
			);
		}
	}
}

function applyRule(rows: MappingRow[], rule: Rule, table: string) {
	const column = valueOf(rule.column);
	if (!column) return;
	const row = rows.find((candidate) => candidate.column === column);
	if (!row) {
		throw new MappingProblem(
			`A special rule for ${table}s names the column ${column}, which is in no row of the field mapping`,
			'Add the row, or remove the rule',
		);
	}
	if (rule.winner && rule.winner !== 'default') row.winner = rule.winner;
	if (rule.emptyValues && rule.emptyValues !== 'default') row.empty = rule.emptyValues;
	if (rule.onlyOnCreate) row.onlyOnCreate = true;
	const transform = transformOf(rule.transform ?? {});
	if (Object.keys(transform).length === 0) return;
	row.transform = transform;
	const oneWayOnly =
		transform.truncate !== undefined ||
		transform.constant !== undefined ||
		transform.defaultWhenEmpty !== undefined;
	if (oneWayOnly && row.direction === 'both') {
		throw new MappingProblem(
			`The change of value for ${column} cannot be undone on the way back, but its row goes both ways`,
			'Move the row to one of the two One Way groups, or remove Truncate To, Constant and Default When Empty',
		);
	}
}

function transformOf(picked: IDataObject): Transform {
	const transform: Transform = {};
	if (picked.trim === true) transform.trim = true;
	if (picked.letterCase && picked.letterCase !== 'keep')
		transform.letterCase = picked.letterCase as Transform['letterCase'];
	if (picked.choiceBy === 'value') transform.choiceBy = 'value';
	if (picked.invert === true) transform.invert = true;
	if (Number(picked.truncate) > 0) transform.truncate = Number(picked.truncate);
	if (picked.constant !== undefined && picked.constant !== '')
		transform.constant = picked.constant as string;
	if (picked.defaultWhenEmpty !== undefined && picked.defaultWhenEmpty !== '')
		transform.defaultWhenEmpty = picked.defaultWhenEmpty as string;
	return transform;
}
