import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { INode, INodeTypeDescription, IWorkflowBase } from 'n8n-workflow';
import { Browser } from './harness/browser';
import { credentialSlots, type CredentialIds } from './harness/credentialPicker';
import type { Execution } from './harness/n8nServer';
import { ROOT } from './harness/tools';
import { waitFor } from './harness/waiting';
import { Editor, type Opening } from './scenario/editor';
import { PeopleWorld } from './scenario/peopleWorld';

const TRIGGER = 'When a Sync Is Due';
const RESOLVE = 'Resolve Sync Conflict';
const KINDS = ['microsoftDynamics365Api', 'marketoApi'];

type Workflow = Pick<IWorkflowBase, 'name' | 'nodes' | 'connections' | 'settings'>;

const nodeNamed = ({ nodes }: Pick<Workflow, 'nodes'>, name: string) =>
	nodes.find((node) => node.name === name)!;

/** A collection in which nothing is set n8n writes down as an empty one, once somebody saves the workflow. */
const filledIn = ({ parameters }: INode) =>
	Object.fromEntries(
		Object.entries(parameters).filter(([, value]) => JSON.stringify(value) !== '{}'),
	);

/** How many items *Resolve Sync Conflict* gave each of its outputs. */
const decided = (execution: Execution) =>
	execution.data!.resultData.runData[RESOLVE]![0]!.data!.main!.map((items) => items?.length);

describe('credentials in the editor', () => {
	let people: PeopleWorld;
	let browser: Browser;
	let editor: Editor;
	let shipped: Workflow;
	let types: INodeTypeDescription[];
	/** Two of each kind, so that there is something to choose. */
	let credentials: [CredentialIds, CredentialIds];

	beforeAll(async () => {
		shipped = JSON.parse(
			await readFile(path.join(ROOT, 'workflows/people-sync.json'), 'utf8'),
		) as Workflow;
		people = await PeopleWorld.start(['--leads', '30', '--contacts', '20', '--people', '20']);
		const { n8n, world } = people;
		types = await n8n.nodeTypes();
		const others: CredentialIds = {};
		for (const kind of KINDS)
			others[kind] = await n8n.createCredential(
				`Another ${kind}`,
				kind,
				world.credentialData[kind]!,
			);
		credentials = [world.credentials, others];
		browser = await Browser.open({ width: 1440, height: 950 });
		browser.page.setDefaultTimeout(60_000);
		editor = await Editor.signIn(browser, n8n);
	});
	afterAll(async () => {
		await browser?.close();
		await people?.stop();
	});

	const mapping = async (id: string) => filledIn(nodeNamed(await people.n8n.workflow(id), RESOLVE));

	/** Picks a credential, another one and the first again in each slot of a node, as a person does. */
	async function pickInNode(id: string, node: INode): Promise<Opening[]> {
		const kinds = credentialSlots(node, types).map(({ name }) => name);
		const picked: Opening[] = [];
		await editor.openNode(node.name);
		for (const round of [...credentials, credentials[0]]) {
			for (const [at, kind] of kinds.entries()) {
				picked.push(
					await editor.pickCredential(editor.credentialPickers.nth(at), round[kind]!.name),
				);
			}
		}
		await editor.closeNode();
		await waitFor(
			async () => {
				const { credentials: saved } = nodeNamed(await people.n8n.workflow(id), node.name);
				return kinds.every((kind) => saved?.[kind]?.id === credentials[0][kind]!.id);
			},
			{ what: `the credentials of ${node.name} being saved` },
		);
		return picked;
	}

	it('are not what the lists of the mapping hang on: an empty one says which step to execute, and is full after that', async () => {
		const { id } = await people.n8n.importWorkflow({ ...shipped, name: 'Lists' }, credentials[0]);
		await editor.openWorkflow(id);
		await editor.openNode(RESOLVE);
		await editor.addRow('leadBothWays');
		const column = editor.columns('leadBothWays').last();
		const field = editor.fields('leadBothWays').last();
		// Prepare has filled this one; it has run, the step has not.
		await editor.choose(field, 'job t', 'Job Title · text 255 · title · mapped');
		expect(await editor.openEmptyList(column)).toContain(
			'Execute the step "Get Dynamics Changes" once, then open this list again',
		);
		await browser.page.keyboard.press('Escape');
		await editor.closeNode();
		await editor.openNode('Get Dynamics Changes');
		await editor.executeStep();
		await editor.closeNode();
		await editor.openNode(RESOLVE);
		await editor.openList(column);
		expect(await editor.searchList('jobtitle')).toContain(
			'Job Title · text 100 · jobtitle · mapped',
		);
		await browser.page.keyboard.press('Escape');
		await editor.closeNode();
	});

	it('are picked and changed in every node of the shipped workflow, and the mapping stays as it is, byte for byte', async () => {
		const { id } = await people.n8n.importWorkflow({ ...shipped, name: 'Just Imported' });
		const before = await mapping(id);
		await editor.openWorkflow(id);
		// Those that tell the team have kinds of their own, and no part in the sync.
		const asking = shipped.nodes.filter((node) =>
			credentialSlots(node, types).some(({ name }) => KINDS.includes(name)),
		);
		expect(asking.map(({ name }) => name)).toEqual(
			expect.arrayContaining([
				'Get Dynamics Changes',
				'Get Marketo Changes',
				'Update Dynamics',
				'Update Marketo',
			]),
		);
		for (const node of asking) {
			const picked = await pickInNode(id, node);
			const quick = picked.map(({ milliseconds, work }) => Math.min(milliseconds, work));
			console.log(`Picking credentials in ${node.name}: ${quick.join(', ')} ms`);
			const asked = picked.flatMap(({ calls }) =>
				calls.filter((call) => call.includes('dynamic-node-parameters')),
			);
			expect([node.name, asked.length]).toEqual([node.name, 0]);
			expect([node.name, Math.max(...quick) < 2_000]).toEqual([node.name, true]);
		}
		const after = await mapping(id);
		expect(after).toEqual(before);
		expect(JSON.stringify(after)).toBe(JSON.stringify(before));
	});

	it('chosen in an operation fills its list of records with names', async () => {
		const file = path.join(ROOT, 'workflows/operations.json');
		const { id } = await people.n8n.importWorkflow(file);
		await editor.openWorkflow(id);
		await editor.openNode('Explain');
		const name = credentials[0].microsoftDynamics365Api!.name;
		await editor.pickCredential(editor.credentialPickers.first(), name);
		await editor.openList(browser.page.getByTestId('resource-locator-record'));
		const [lead] = (await editor.searchList('a')).filter((one) => one.startsWith('Lead · '));
		expect(lead).toMatch(/^Lead · \S+ .* · \S+@\S+/);
		await browser.page.keyboard.press('Escape');
		await editor.closeNode();
	});

	it('that 0.1 kept in Resolve Sync Conflict do no harm: the workflow runs, opens, is changed and saved with all its rows', async () => {
		const chosen = Object.fromEntries(KINDS.map((kind) => [kind, credentials[0][kind]!]));
		const nodes = shipped.nodes.map((node) =>
			node.name === RESOLVE ? { ...node, credentials: chosen } : node,
		);
		const { id } = await people.n8n.importWorkflow(
			{ ...shipped, name: 'Of 0.1', nodes },
			credentials[0],
		);
		const imported = nodeNamed(await people.n8n.workflow(id), RESOLVE);
		expect(imported.credentials).toEqual(chosen);
		const untouched = await people.n8n.runManually(id, TRIGGER);
		expect(untouched.status).toBe('success');

		await editor.openWorkflow(id);
		await editor.openNode(RESOLVE);
		const field = editor.fields('leadBothWays').nth(5);
		expect(await editor.shown(field)).toBe('Job Title · text 255 · title');
		await editor.saved(
			async () =>
				await editor.choose(field, 'salutation', 'Salutation · text 255 · salutation · mapped'),
		);
		await editor.saved(
			async () => await editor.choose(field, 'job t', 'Job Title · text 255 · title'),
		);
		await editor.closeNode();
		const saved = nodeNamed(await people.n8n.workflow(id), RESOLVE);
		expect(saved).not.toHaveProperty('credentials');
		expect(filledIn(saved)).toEqual(filledIn(imported));
		expect(decided(await people.n8n.runManually(id, TRIGGER))).toEqual(decided(untouched));
	});
});
