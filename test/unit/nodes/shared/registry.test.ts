import { NodeOperationError, type ICredentialType, type INodeType } from 'n8n-workflow';

import { Marketo } from '../../../../nodes/Marketo/Marketo.node';
import { MarketoDynamicsSync } from '../../../../nodes/MarketoDynamicsSync/MarketoDynamicsSync.node';
import { MicrosoftDynamics365 } from '../../../../nodes/MicrosoftDynamics365/MicrosoftDynamics365.node';
import { runNode } from '../support/n8nContext';

const NONE = {
	type: { name: 'none', displayName: 'None', properties: [] } satisfies ICredentialType,
	data: {},
};

async function run(
	nodeType: INodeType,
	parameters: { resource: string; operation: string },
): Promise<unknown> {
	return await runNode({ nodeType, parameters, credential: NONE });
}

// Whoever fills in the drop-downs cannot choose so; an older workflow, a script or an agent can.
describe.each([
	['Marketo', new Marketo(), 'person', 'Person'],
	['Microsoft Dynamics 365', new MicrosoftDynamics365(), 'lead', 'Lead'],
	['Marketo Dynamics Sync', new MarketoDynamicsSync(), 'sync', 'Sync'],
] as const)('%s', (_, node, resource, shown) => {
	it('says in words that there is no such operation', async () => {
		const failure = run(node, { resource, operation: 'vanish' });
		await expect(failure).rejects.toBeInstanceOf(NodeOperationError);
		await expect(failure).rejects.toMatchObject({
			message: `There is no operation "vanish" for "${shown}"`,
			description: 'Choose resource and operation again',
		});
	});

	it('says in words that there is no such resource', async () => {
		const failure = run(node, { resource: 'ghost', operation: 'get' });
		await expect(failure).rejects.toBeInstanceOf(NodeOperationError);
		await expect(failure).rejects.toMatchObject({
			message: 'There is no resource "ghost"',
			description: 'Choose resource and operation again',
		});
	});
});
