import type { INode } from 'n8n-workflow';
import type { NodesScene } from './nodesScene';

/** What no operation of ours does, people do with n8n's *HTTP Request* and a credential that is there anyway. */
export function httpRequest(scene: NodesScene): void {
	const START = 'By Hand';

	/** What the vendor answered, or the error. */
	const asked = async (type: 'microsoftDynamics365Api' | 'marketoApi', url: string) => {
		const request: INode = {
			id: 'request',
			name: 'HTTP Request',
			type: 'n8n-nodes-base.httpRequest',
			typeVersion: 4.2,
			position: [220, 0],
			parameters: {
				url,
				authentication: 'predefinedCredentialType',
				nodeCredentialType: type,
				options: {},
			},
			credentials: { [type]: scene.world.credentials[type]! },
		};
		const start: INode = {
			id: 'start',
			name: START,
			type: 'n8n-nodes-base.manualTrigger',
			typeVersion: 1,
			position: [0, 0],
			parameters: {},
		};
		const { id } = await scene.n8n.importWorkflow({
			name: `HTTP Request with ${type}`,
			nodes: [start, request],
			connections: { [START]: { main: [[{ node: request.name, type: 'main', index: 0 }]] } },
			settings: { executionOrder: 'v1' },
		});
		const { error, runData } = (await scene.n8n.runManually(id, START)).data!.resultData;
		return error?.message ?? runData[request.name]?.[0]?.data?.main?.[0]?.[0]?.json;
	};

	it('signs in to Dynamics and to Marketo (Predefined Credential Type)', async () => {
		const { dynamics, marketo } = scene.world.twins.line;
		expect(
			await asked('microsoftDynamics365Api', `${dynamics.url}/api/data/v9.2/WhoAmI`),
		).toMatchObject({ UserId: expect.any(String) as string });
		expect(await asked('marketoApi', `${marketo.url}/rest/v1/leads/describe.json`)).toMatchObject({
			success: true,
		});
	});

	it('sends no token to another host', async () => {
		const { dynamics, marketo } = scene.world.twins.line;
		expect(
			await asked('microsoftDynamics365Api', `${marketo.url}/rest/v1/leads/describe.json`),
		).toMatch(/is not sent to/);
		expect(await asked('marketoApi', `${dynamics.url}/api/data/v9.2/WhoAmI`)).toMatch(
			/may get our token/,
		);
	});
}
