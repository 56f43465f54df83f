import type { CredentialIds } from './credentialPicker';
import type { N8nServer } from './n8nServer';
import { PACKAGE } from './packageFolder';

const BY_HAND = 'By Hand';

const workflow = {
	name: 'Prepare Marketo',
	nodes: [
		{
			id: 'by-hand',
			name: BY_HAND,
			type: 'n8n-nodes-base.manualTrigger',
			typeVersion: 1,
			position: [0, 0] as [number, number],
			parameters: {},
		},
		{
			id: 'prepare',
			name: 'Prepare',
			type: `${PACKAGE}.marketo`,
			typeVersion: 1,
			position: [220, 0] as [number, number],
			parameters: { resource: 'setup', operation: 'prepare' },
		},
	],
	connections: { [BY_HAND]: { main: [[{ node: 'Prepare', type: 'main' as const, index: 0 }]] } },
	settings: { executionOrder: 'v1' as const },
};

/** Does once what an admin does once: *Marketo, Setup, Prepare*, by a workflow that goes again. */
export async function prepareMarketo(n8n: N8nServer, credentials: CredentialIds): Promise<void> {
	const { id } = await n8n.importWorkflow(workflow, credentials);
	const execution = await n8n.runManually(id, BY_HAND);
	if (execution.status !== 'success') {
		const { error } = execution.data!.resultData;
		throw new Error(`Preparing Marketo ended as ${execution.status}: ${error?.message}`);
	}
	await n8n.removeWorkflow(id);
}
