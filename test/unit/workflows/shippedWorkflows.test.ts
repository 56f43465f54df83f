import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import type { INode, INodeType, IWorkflowBase } from 'n8n-workflow';

import packageJson from '../../../package.json';

const FOLDER = path.join(__dirname, '../../../workflows');

/** What the shipped workflows may use of n8n's own, so that nobody needs to install anything else. */
const OWN_TO_N8N = [
	'dataTable', 'emailSend', 'errorTrigger', 'filter', 'if', 'manualTrigger', 'merge', 'microsoftTeams', 'noOp', 'slack',
	'stickyNote', 'webhook',
];

const nodeName = (file: string) => {
	const name = path.basename(file, '.node.js');
	return `${packageJson.name}.${name[0]!.toLowerCase()}${name.slice(1)}`;
};
const KNOWN = new Set([
	...packageJson.n8n.nodes.map(nodeName),
	...OWN_TO_N8N.map((name) => `n8n-nodes-base.${name}`),
]);

/** Types of the nodes that people have to choose a credential in. */
const WITH_CREDENTIALS = packageJson.n8n.nodes.filter((file) => {
	const source = path.join(__dirname, '../../..', file.replace(/^dist\//, '').replace(/\.js$/, ''));
	const module = jest.requireActual<Record<string, new () => INodeType>>(source);
	const { description } = new module[path.basename(file, '.node.js')]!();
	return (description.credentials ?? []).length > 0;
}).map(nodeName);

/** What a node holds that was chosen from a list, wherever it stands in its parameters. */
function chosenFromLists(value: unknown): unknown[] {
	if (typeof value !== 'object' || value === null) return [];
	const { __rl, mode } = value as { __rl?: boolean; mode?: string };
	if (__rl) return mode === 'list' ? [value] : [];
	return Object.values(value).flatMap(chosenFromLists);
}

const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

/** Width and height in which a node and its label are drawn; labels are centred below the node. */
const BOX = { left: 50, right: 150, top: 0, bottom: 150 };

describe.each(files)('%s', (file) => {
	const text = readFileSync(path.join(FOLDER, file), 'utf8');
	const workflow = JSON.parse(text) as IWorkflowBase;
	const names = workflow.nodes.map(({ name }) => name);
	const notes = workflow.nodes.filter(({ type }) => type === 'n8n-nodes-base.stickyNote');
	const steps = workflow.nodes.filter((node) => !notes.includes(node));

	it('uses nodes of this package and of n8n itself only', () => {
		expect(workflow.nodes.map(({ type }) => type).filter((type) => !KNOWN.has(type))).toEqual([]);
	});

	it('gives every node an id and a name of its own (connections go by name)', () => {
		expect(new Set(names).size).toBe(names.length);
		expect(new Set(workflow.nodes.map(({ id }) => id)).size).toBe(names.length);
	});

	it('connects nodes that are there, and leaves no step alone', () => {
		const connected = new Set<string>();
		for (const [from, { main }] of Object.entries(workflow.connections)) {
			connected.add(from);
			for (const connection of main!.flatMap((output) => output ?? [])) {
				expect(connection.type).toBe('main');
				connected.add(connection.node);
			}
		}
		expect([...connected].filter((name) => !names.includes(name))).toEqual([]);
		expect(steps.map(({ name }) => name).filter((name) => !connected.has(name))).toEqual([]);
	});

	it('carries nothing of the machine it was made on: no credentials, data, ids or addresses', () => {
		for (const node of workflow.nodes) expect(node).not.toHaveProperty('credentials');
		expect(workflow.pinData ?? {}).toEqual({});
		for (const key of ['id', 'versionId', 'staticData', 'shared', 'tags', 'active']) {
			expect(workflow).not.toHaveProperty(key);
		}
		expect(workflow.meta ?? {}).not.toHaveProperty('instanceId');
		expect(text).not.toMatch(/https?:\/\/|localhost|127\.0\.0\.1/);
	});

	it('holds nothing chosen from a list in a node with credentials (n8n clears it when people choose theirs)', () => {
		expect(WITH_CREDENTIALS.length).toBeGreaterThan(3);
		const asking = workflow.nodes.filter(({ type }) => WITH_CREDENTIALS.includes(type));
		expect(asking.flatMap(({ name, parameters }) => chosenFromLists(parameters).map(() => name))).toEqual([]);
	});

	it('runs by connections, not by positions, and keeps successful executions out of the database', () => {
		expect(workflow.settings).toMatchObject({
			executionOrder: 'v1',
			saveDataSuccessExecution: 'none',
			saveDataErrorExecution: 'all',
		});
		expect(workflow.settings).not.toHaveProperty('errorWorkflow');
	});

	it('hands items from one node of the sync to the next without a step in between (edits would be lost)', () => {
		const ours = (name: string) =>
			workflow.nodes.find((node) => node.name === name)!.type.startsWith(packageJson.name);
		for (const [from, { main }] of Object.entries(workflow.connections)) {
			// What starts an operation on the whole sync hands on no records; nor does a checklist.
			const isStart = /\.(manualTrigger|errorTrigger|merge)$/.test(workflow.nodes.find(({ name }) => name === from)!.type);
			if (ours(from) || isStart || !workflow.nodes.some(({ type }) => type.endsWith('.resolveSyncConflict'))) continue;
			expect(main!.flatMap((output) => output ?? []).filter(({ node }) => ours(node))).toEqual([]);
		}
	});

	it('has one manual start at most: Import from File drops a second one without a word', () => {
		const starts = workflow.nodes.filter(({ type }) => type === 'n8n-nodes-base.manualTrigger');
		expect(starts.length).toBeLessThanOrEqual(1);
	});

	it('draws no node over another, and none over the edge or the words of a note', () => {
		const box = ({ position: [x, y] }: INode) => ({
			left: x - BOX.left,
			right: x + BOX.right,
			top: y - BOX.top,
			bottom: y + BOX.bottom,
		});
		const overlap = (one: ReturnType<typeof box>, other: ReturnType<typeof box>) =>
			one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
		steps.forEach((one, at) => {
			for (const other of steps.slice(at + 1)) {
				expect([one.name, other.name, overlap(box(one), box(other))]).toEqual([one.name, other.name, false]);
			}
			for (const note of notes) {
				const { width, height } = note.parameters as { width: number; height: number };
				const [x, y] = note.position;
				const words = { left: x, right: x + width, top: y, bottom: y + 90 };
				const edges = { left: x, right: x + width, top: y, bottom: y + height };
				const own = box(one);
				const within =
					own.left >= edges.left && own.right <= edges.right && own.top >= edges.top && own.bottom <= edges.bottom;
				expect([one.name, note.name, overlap(own, words)]).toEqual([one.name, note.name, false]);
				expect([one.name, note.name, within || !overlap(own, edges)]).toEqual([one.name, note.name, true]);
			}
		});
	});
});

describe('Set Up and Preview of people-sync.json', () => {
	const { nodes, connections } = JSON.parse(
		readFileSync(path.join(FOLDER, 'people-sync.json'), 'utf8'),
	) as IWorkflowBase;
	const after = (name: string) => (connections[name]?.main ?? []).flatMap((output) => output ?? []);
	const reached = (start: string, until: string): string[] =>
		start === until ? [] : [start, ...after(start).flatMap(({ node }) => reached(node, until))];
	const branch = new Set(reached('Set Up and Preview', 'Preview Mapping'));

	it('creates what is missing, then checks both systems into one table, then previews', () => {
		expect([...branch].sort()).toEqual([
			'Checklist',
			'Prepare Marketo',
			'Set Up and Preview',
			'Validate Dynamics',
			'Validate Marketo',
		]);
		const inputs = [...after('Validate Marketo'), ...after('Validate Dynamics')];
		expect(inputs.map(({ node, index }) => [node, index])).toEqual([
			['Checklist', 0],
			['Checklist', 1],
		]);
		expect(after('Checklist').map(({ node }) => node)).toEqual(['Preview Mapping']);
		const { parameters } = nodes.find(({ name }) => name === 'Preview Mapping')!;
		expect(parameters).toMatchObject({ resource: 'sync', operation: 'previewMapping' });
	});

	it('goes on where Prepare fails: the checklist says why', () => {
		const prepare = nodes.find(({ name }) => name === 'Prepare Marketo')!;
		expect(prepare.onError).toBe('continueRegularOutput');
	});

	it('is no part of what the published workflow starts', () => {
		const starts = nodes.filter(({ type }) => /Trigger$/.test(type) && !type.endsWith('.manualTrigger'));
		const others = starts.flatMap(({ name }) => reached(name, ''));
		expect(others.length).toBeGreaterThan(10);
		expect(others.filter((name) => branch.has(name) || name === 'Preview Mapping')).toEqual([]);
	});
});

describe('Restore of operations.json', () => {
	const { nodes } = JSON.parse(readFileSync(path.join(FOLDER, 'operations.json'), 'utf8')) as IWorkflowBase;
	const named = (name: string) => nodes.find((node) => node.name === name)!;

	it('is ready but for the copy, which somebody chooses: pressed by mistake it restores nothing', () => {
		expect(named('Restore').parameters).toEqual({
			resource: 'sync',
			operation: 'restore',
			accessWith: 'dynamics',
		});
	});

	it('has the steps before and after it in a note beside it, by the names of the steps that are there', () => {
		const { position, parameters } = named('Note: Restore');
		expect(Math.abs(position[1] - named('Restore').position[1])).toBeLessThan(200);
		const words = String(parameters.content);
		expect(words.match(/\*(Pause|Adopt Present State|Resume)\*/g)).toEqual([
			'*Pause*',
			'*Adopt Present State*',
			'*Resume*',
		]);
		for (const step of ['Pause', 'Show Status', 'Resume']) expect(named(step)).toBeDefined();
	});
});

describe("Move the Sync's Memory of operations.json", () => {
	const { nodes } = JSON.parse(
		readFileSync(path.join(FOLDER, 'operations.json'), 'utf8'),
	) as IWorkflowBase;
	const named = (name: string) => nodes.find((node) => node.name === name)!;

	it('only shows what would be moved: pressed by mistake it moves nothing', () => {
		expect(named("Move the Sync's Memory").parameters).toEqual({
			resource: 'sync',
			operation: 'moveMemory',
			accessWith: 'dynamics',
			moveTo: 'postgres',
			onlyShow: true,
		});
	});

	it('has the steps before and after it in a note beside it, by the names of the steps that are there', () => {
		const { position, parameters } = named("Note: Move the Sync's Memory");
		expect(Math.abs(position[1] - named("Move the Sync's Memory").position[1])).toBeLessThan(200);
		const steps = String(parameters.content).match(/\*(Pause|Show Status|Resume)\*/g);
		expect(steps).toEqual(['*Pause*', '*Show Status*', '*Resume*']);
	});
});

describe('Tell the Team of people-sync.json', () => {
	const { nodes, connections } = JSON.parse(
		readFileSync(path.join(FOLDER, 'people-sync.json'), 'utf8'),
	) as IWorkflowBase;
	const channels = connections['Tell the Team']!.main![0]!.map(({ node }) => nodes.find(({ name }) => name === node)!);

	it('offers the ways that n8n has, each off until somebody switches it on', () => {
		expect(channels.map(({ type, disabled }) => [type, disabled])).toEqual([
			['n8n-nodes-base.emailSend', true],
			['n8n-nodes-base.slack', true],
			['n8n-nodes-base.microsoftTeams', true],
		]);
	});

	it('sends subject and text, and tries again where a message does not get through: it is handed out once', () => {
		for (const { parameters, ...node } of channels) {
			expect(JSON.stringify(parameters)).toMatch(/\$json\.subject.*\$json\.text/s);
			expect(node).toMatchObject({ retryOnFail: true, maxTries: 5 });
		}
	});

	it('is asked whenever the trigger has news, and when n8n could not start the trigger', () => {
		const before = Object.entries(connections).flatMap(([from, { main }]) =>
			main!.flatMap((output, index) =>
				(output ?? []).filter(({ node }) => node === 'Tell the Team').map(() => [from, index]),
			),
		);
		expect(before).toEqual([
			['When a Sync Is Due', 1],
			['When Something Fails', 0],
		]);
	});
});

describe('the Data Tables of people-sync.json', () => {
	const { nodes, connections } = JSON.parse(
		readFileSync(path.join(FOLDER, 'people-sync.json'), 'utf8'),
	) as IWorkflowBase;

	it('lose what is closed for thirty days whenever the status is written, at least once a day, and nothing that is open', () => {
		const after = connections['Sync Status']!.main![0]!.map(({ node }) => nodes.find(({ name }) => name === node)!);
		expect(after.map(({ parameters }) => parameters)).toMatchObject([
			{ operation: 'deleteRows', dataTableId: { value: 'Sync conflicts' }, matchType: 'allConditions' },
			{ operation: 'deleteRows', dataTableId: { value: 'Sync needs help' }, matchType: 'allConditions' },
		]);
		expect(after.map(({ parameters }) => (parameters.filters as { conditions: object[] }).conditions)).toEqual(
			[
				{ keyName: 'winner', condition: 'neq', keyValue: 'nobody yet' },
				{ keyName: 'status', condition: 'eq', keyValue: 'solved' },
			].map((closed) => [
				closed,
				{ keyName: 'updatedAt', condition: 'lt', keyValue: '={{ $now.minus({ days: 30 }).toISO() }}' },
			]),
		);
		// A table that is not there yet is no failure.
		for (const node of after) expect(node).toMatchObject({ executeOnce: true, onError: 'continueRegularOutput' });
	});
});
