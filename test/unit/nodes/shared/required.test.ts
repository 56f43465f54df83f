import { readdirSync } from 'node:fs';
import path from 'node:path';

import type { INodeProperties, INodeType, VersionedNodeType } from 'n8n-workflow';

const ROOT = path.join(__dirname, '../../../../nodes');

/** The parameters of all nodes of the package, in each version. */
const NODES = readdirSync(ROOT)
	.filter((folder) => folder !== 'shared')
	.flatMap((folder) => {
		const file = path.join(ROOT, folder, `${folder}.node`);
		const module =
			jest.requireActual<Record<string, new () => INodeType | VersionedNodeType>>(file);
		const node = new module[folder]!();
		const versions = 'nodeVersions' in node ? Object.values(node.nodeVersions) : [node];
		return versions.map(({ description }) => ({ folder, properties: description.properties }));
	});

/** n8n asks for it: also where a list of fields is one of fields to add. */
const isAskedFor = ({ required, type, typeOptions }: INodeProperties) =>
	required || (type === 'resourceMapper' && typeOptions?.resourceMapper?.mode === 'add');

const takesExpressions = (properties: INodeProperties[], name: string) =>
	properties.some((one) => one.name === name && !one.noDataExpression);

it('a parameter that n8n asks for hangs on none that takes an expression: n8n shows it then, whatever comes of that', () => {
	const found = NODES.flatMap(({ folder, properties }) =>
		properties.filter(isAskedFor).flatMap(({ name, displayOptions }) =>
			Object.keys(displayOptions?.show ?? {})
				.filter((by) => takesExpressions(properties, by))
				.map((by) => `${folder}: ${name} by ${by}`),
		),
	);
	expect(found).toEqual([]);
});
