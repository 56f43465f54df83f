import { readFileSync } from 'node:fs';
import path from 'node:path';

import { NodeHelpers, type IWorkflowBase } from 'n8n-workflow';

import { ResolveSyncConflict } from '../../../nodes/ResolveSyncConflict/ResolveSyncConflict.node';
import { laneMappingOf } from '../../../nodes/shared/mappingParameters';

const file = path.join(__dirname, '../../../workflows/companies-and-owners-sync.json');
const { nodes } = JSON.parse(readFileSync(file, 'utf8')) as IWorkflowBase;
const resolves = nodes.filter(({ type }) => type.endsWith('.resolveSyncConflict'));
const { description } = new ResolveSyncConflict();

describe.each(resolves.map((node) => [node.name, node] as const))('%s', (_, resolve) => {
	it('is kept whole when n8n takes the parameters in and when it saves them', () => {
		const tables = Object.values(laneMappingOf(resolve.parameters));
		expect(tables.flatMap(({ rows }) => rows).length).toBeGreaterThan(5);
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
