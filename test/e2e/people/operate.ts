import type { N8nServer } from '../harness/n8nServer';
import { PACKAGE } from '../harness/packageFolder';
import type { World } from '../harness/world';
import type { Scene } from './scene';

export const BY_HAND = 'By Hand';
const STEP = 'Operate';

type Parameters = Record<string, string | number | boolean | object>;
type Said = Record<string, string>;

/** A step of the node *Marketo Dynamics Sync*. */
export const step = (parameters: Parameters) => ({
	id: 'operate',
	name: STEP,
	type: `${PACKAGE}.marketoDynamicsSync`,
	typeVersion: 1.1,
	position: [220, 400] as [number, number],
	parameters: parameters as never,
});

export const byHand = {
	id: 'by-hand',
	name: BY_HAND,
	type: 'n8n-nodes-base.manualTrigger',
	typeVersion: 1,
	position: [0, 400] as [number, number],
	parameters: {},
};

export const TO_STEP = { [BY_HAND]: { main: [[{ node: STEP, type: 'main' as const, index: 0 }]] } };

/** What the step in a workflow of its own says, run by hand. */
export async function operate(
	scene: Scene,
	resource: 'sync' | 'record',
	operation: string,
	more: Parameters = {},
): Promise<Said> {
	const [said] = await itemsOf(scene, resource, operation, more);
	return said!;
}

/** The same, with all items that it gives. */
export async function itemsOf(
	scene: Scene,
	resource: 'sync' | 'record',
	operation: string,
	more: Parameters = {},
): Promise<Said[]> {
	return await itemsIn(scene.world.world, resource, operation, more);
}

/** The same, in whatever n8n. */
export async function itemsIn(
	{ n8n, credentials }: Pick<World, 'n8n' | 'credentials'>,
	resource: 'sync' | 'record',
	operation: string,
	more: Parameters = {},
): Promise<Said[]> {
	const workflow = {
		name: operation,
		nodes: [byHand, step({ resource, operation, ...more })],
		connections: TO_STEP,
		settings: {},
	};
	const { id } = await n8n.importWorkflow(workflow, credentials);
	const said = await allOf(n8n, id);
	await n8n.removeWorkflow(id);
	return said;
}

/** What the step says first in a workflow that is run by hand. */
export async function resultOf(scene: Scene, workflow: string): Promise<Said> {
	return (await allOf(scene.world.n8n, workflow))[0]!;
}

async function allOf(n8n: N8nServer, workflow: string): Promise<Said[]> {
	const { data } = await n8n.runManually(workflow, BY_HAND);
	const { error, runData } = data!.resultData;
	if (error) throw new Error(`${error.message} ${error.description ?? ''}`);
	return runData[STEP]![0]!.data!.main![0]!.map(({ json }) => json as Said);
}
