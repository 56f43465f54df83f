import type { INodeParameters } from 'n8n-workflow';

import { PACKAGE } from '../harness/packageFolder';
import type { NodesScene } from './nodesScene';

/** Signing in, and the node as the editor and a run by hand use it. */
export function dynamics(scene: NodesScene): void {
	const line = () => scene.world.twins.line.dynamics;
	const app = (number: number, clientSecret: string) => ({
		clientId: `5ca1ab1e-0000-4000-8000-00000000000${number}`,
		clientSecret,
	});

	it.each([
		['the URL of the environment', () => ({})],
		[
			'the URL of a page of the app',
			() => ({ environmentUrl: `${line().url}/main.aspx?appid=1&etn=lead` }),
		],
		['the URL of the Web API', () => ({ environmentUrl: `${line().url}/api/data/v9.2/` })],
		[
			'user name and password',
			() => ({ signInWith: 'password', username: 'user1@twin.example', password: 'twin-password' }),
		],
	])('signs in with %s', async (_what, more) => {
		const { id } = await scene.newCredential(more() as INodeParameters);
		expect(await scene.n8n.testCredential(id)).toMatchObject({ status: 'OK' });
	});

	it.each([
		['a wrong secret', /client secret is wrong/, () => ({ clientSecret: 'not-the-secret-4711' })],
		['an expired secret', /client secret has expired/, () => app(7, 'expired-secret')],
		[
			'an unknown tenant',
			/no such tenant/,
			() => ({
				tenantId: 'nobody.example',
				tokenUrl: line().tokenUrl.replace(line().tenantId, 'nobody.example'),
			}),
		],
		['no application user', /no application user/, () => app(2, 'no-user')],
		['no security role', /no security role/, () => app(3, 'no-role')],
		['no URL', /not an environment URL/, () => ({ environmentUrl: 'contoso' })],
		[
			'something else that answers',
			/is not a Dynamics 365 environment/,
			() => ({ environmentUrl: scene.n8n.url }),
		],
		[
			'a place where nothing answers',
			/Could not reach 127\.0\.0\.1:9: it refuses the connection/,
			() => ({ environmentUrl: 'http://127.0.0.1:9' }),
		],
	])('tells %s in words, without the secret', async (_what, words, more) => {
		const { id } = await scene.newCredential(more() as INodeParameters);
		const { status, message } = await scene.n8n.testCredential(id);
		expect([status, message]).toEqual(['Error', expect.stringMatching(words)]);
		expect(message + scene.n8n.log).not.toContain('4711');
	});

	it('reads, and goes on with a new token when the old one has ended', async () => {
		const workflow = await scene.n8n.importWorkflow(
			workflowOf({ resource: 'lead', operation: 'getAll', limit: 3 }),
			await scene.picked(),
		);
		for (let round = 0; round < 2; round++) {
			const execution = await scene.n8n.runManually(workflow.id, 'By Hand');
			expect(execution.status).toBe('success');
			const [run] = execution.data!.resultData.runData.Leads ?? [];
			expect(run?.data?.main?.[0]).toHaveLength(3);
			await scene.dynamics.expire('accessToken');
		}
	});

	it('fills columns and pickers in the editor', async () => {
		const node = { name: `${PACKAGE}.microsoftDynamics365`, version: 1 };
		const credentials = await scene.picked();
		const mapper = await scene.n8n.dynamic<{ fields: Array<{ id: string }> }>({
			kind: 'resource-mapper-fields',
			methodName: 'getCreateColumns',
			node,
			path: 'parameters.columns',
			parameters: { resource: 'lead', operation: 'create' },
			credentials,
		});
		expect(mapper.fields.map((field) => field.id)).toContain('emailaddress1');
		const owners = await scene.n8n.dynamic<{ results: Array<{ name: string; value: string }> }>({
			kind: 'resource-locator-results',
			methodName: 'searchLookup',
			node,
			path: 'parameters.lookups.lookup[0].row',
			parameters: {
				resource: 'lead',
				operation: 'create',
				lookups: { lookup: [{ column: 'ownerid' }] },
			},
			credentials,
			filter: 'alex',
		});
		expect(owners.results).toContainEqual({
			name: expect.stringMatching(/^Alex Baker .* systemuser$/) as string,
			value: expect.stringMatching(/^systemuser\(/) as string,
		});
	});
}

function workflowOf(parameters: INodeParameters) {
	return {
		name: 'Leads',
		nodes: [
			{
				id: 'a',
				name: 'By Hand',
				type: 'n8n-nodes-base.manualTrigger',
				typeVersion: 1,
				position: [0, 0] as [number, number],
				parameters: {},
			},
			{
				id: 'b',
				name: 'Leads',
				type: `${PACKAGE}.microsoftDynamics365`,
				typeVersion: 1,
				position: [200, 0] as [number, number],
				parameters,
			},
		],
		connections: { 'By Hand': { main: [[{ node: 'Leads', type: 'main' as const, index: 0 }]] } },
		settings: { executionOrder: 'v1' as const },
	};
}
