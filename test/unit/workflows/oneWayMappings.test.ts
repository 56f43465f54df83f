import { readFileSync } from 'node:fs';
import path from 'node:path';

import { NodeHelpers, type INode, type IWorkflowBase } from 'n8n-workflow';

import { VERSIONS } from '../../../nodes/ResolveSyncConflict/ResolveSyncConflict.node';
import { laneMappingOf } from '../../../nodes/shared/mappingParameters';

/** How many rows its mappings have at least. */
const WORKFLOWS = { 'companies-and-owners-sync.json': 6, 'opportunities-sync.json': 1 };

const nodesIn = (file: string): INode[] =>
	(
		JSON.parse(
			readFileSync(path.join(__dirname, '../../../workflows', file), 'utf8'),
		) as IWorkflowBase
	).nodes;
const resolves = Object.entries(WORKFLOWS).flatMap(([file, least]) => {
	const nodes = nodesIn(file);
	return nodes
		.filter(({ type }) => type.endsWith('.resolveSyncConflict'))
		.map((node) => [node.name, node, nodes, least] as const);
});
const { description } = VERSIONS[2];

describe.each(resolves)('%s', (_, resolve, nodes, least) => {
	it('is kept whole when n8n takes the parameters in and when it saves them', () => {
		const tables = Object.values(laneMappingOf(resolve.parameters));
		expect(tables.flatMap(({ rows }) => rows).length).toBeGreaterThanOrEqual(least);
		for (const withDefaults of [true, false]) {
			const kept = NodeHelpers.getNodeParameters(
				description.properties,
				resolve.parameters,
				withDefaults,
				false,
				resolve,
				description,
			)!;
			expect(laneMappingOf(kept)).toEqual(laneMappingOf(resolve.parameters));
		}
	});

	it('is shown without an issue, and without what belongs to other tables', () => {
		const { properties } = description;
		const parameters = NodeHelpers.getNodeParameters(
			properties,
			resolve.parameters,
			true,
			false,
			resolve,
			description,
		)!;
		const node = { ...resolve, parameters };
		expect(NodeHelpers.getNodeParametersIssues(properties, node, description)).toBeNull();
		expect(Object.keys(parameters).filter((name) => /^(lead|contact)/.test(name))).toEqual([]);
	});

	it('is set to the same as the trigger in front of it', () => {
		const triggers = nodes.filter(({ type }) => type.endsWith('.marketoDynamicsSyncTrigger'));
		const lanes = triggers.map(({ parameters }) => parameters.lane);
		expect(lanes).toContain(resolve.parameters.lane);
	});
});
