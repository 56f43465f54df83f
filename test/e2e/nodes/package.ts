import packageJson from '../../../package.json';
import { PACKAGE } from '../harness/packageFolder';
import type { NodesScene } from './nodesScene';

/** Nodes, icons and credentials are there, under the names that workflows use. */
export function packageInstalled(scene: NodesScene): void {
	const ours = async () =>
		(await scene.n8n.nodeTypes()).filter(({ name }) => name.startsWith(`${PACKAGE}.`));

	it('loads every node that package.json lists, under the name that workflows use', async () => {
		const names = new Set((await ours()).map(({ name }) => name.toLowerCase()));
		for (const file of packageJson.n8n.nodes) {
			const [className] = file.split('/').pop()!.split('.');
			expect(names).toContain(`${PACKAGE}.${className!}`.toLowerCase());
		}
	});

	it('shows an icon for each of them, in light and dark', async () => {
		for (const { name, iconUrl } of await ours()) {
			const { light, dark } = iconUrl as { light: string; dark: string };
			for (const icon of [light, dark]) {
				const answer = await fetch(`${scene.n8n.url}/${icon}`);
				expect([name, answer.status]).toEqual([name, 200]);
				expect(await answer.text()).toContain('<svg');
			}
		}
	});

	it('takes memory and disk that can be measured (benchmarks do)', async () => {
		expect(await scene.n8n.rss()).toBeGreaterThan(50_000_000);
		expect(await scene.n8n.dbSize()).toBeGreaterThan(100_000);
	});

	it('signs in to both systems with the credentials that were made', async () => {
		for (const type of ['microsoftDynamics365Api', 'marketoApi']) {
			expect(await scene.n8n.testCredential(scene.world.credentials[type]!.id)).toMatchObject({
				status: 'OK',
			});
		}
	});

	it('says in words what is wrong with a credential, without its secret', async () => {
		const { marketo } = scene.world.twins.line;
		const { id } = await scene.n8n.createCredential('Wrong', 'marketoApi', {
			endpoint: marketo.url,
			clientId: marketo.clientId,
			clientSecret: 'not-the-secret-4711',
		});
		const { status, message } = await scene.n8n.testCredential(id);
		expect(status).toBe('Error');
		expect(message.length).toBeGreaterThan(20);
		expect(message + scene.n8n.log).not.toContain('not-the-secret-4711');
	});

	it("names each permission that Marketo's API user lacks", async () => {
		const { id } = await scene.n8n.createCredential('Lacking', 'marketoApi', {
			endpoint: scene.world.twins.line.marketo.url,
			clientId: 'without-activity-read',
			clientSecret: 'secret-without-activity-read',
		});
		const { message } = await scene.n8n.testCredential(id);
		expect(message).toContain('lacks: Read-Only Activity, Read-Write Activity. Select them');
	});
}
