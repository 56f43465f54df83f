import { credentialData } from '../harness/world';
import { startTwins, type Twins } from '../harness/twins';
import { waitFor } from '../harness/waiting';
import { TwinControl } from '../scenario/twinControl';
import { operate } from './operate';
import type { Scene } from './scene';

const CREDENTIALS = ['marketoApi', 'microsoftDynamics365Api'] as const;

/** An admin fills in another subscription or environment. What each step of a page does then: `test/scenarios/people/otherSystems.test.ts`. */
export function otherSystem(scene: Scene): void {
	let sandbox: Twins;

	beforeAll(async () => {
		const identity = [
			'--munchkin-id',
			'987-ZYX-654',
			'--organization-id',
			'5a4db0c5-0000-4000-8000-000000000044',
		];
		sandbox = await startTwins([...'--leads 60 --contacts 40 --people 40'.split(' '), ...identity]);
	});
	afterAll(async () => await sandbox?.stop());

	it.each(CREDENTIALS)(
		'%s: stops before anything is written there, says so, and goes on once it is right again',
		async (type) => {
			const { world } = scene;
			const { n8n, credentials, twins } = world.world;
			const credential = credentials[type]!;
			const fillIn = async ({ line }: Pick<Twins, 'line'>) =>
				await n8n.client.rest('PATCH', `/credentials/${credential.id}`, {
					name: credential.name,
					type,
					data: credentialData(line)[type],
				});
			// Who steers the sync shows the credential of the other system, which is right all the time.
			const access = { accessWith: type === 'marketoApi' ? 'dynamics' : 'marketo' };
			const there = [sandbox.line.dynamics, sandbox.line.marketo].map(
				({ url }) => new TwinControl(url),
			);
			for (const twin of there) await twin.forgetCalls();
			const { edit, done } = scene.work();
			await operate(scene, 'sync', 'pause', access);
			await waitFor(() => world.lane.state().run === null, { what: 'the end of the present page' });
			await edit();

			await fillIn(sandbox);
			await operate(scene, 'sync', 'resume', access);
			const stopped = await waitFor(() => world.lane.state().stopped, {
				what: 'the sync stopping by itself',
			});
			expect(stopped).toMatch(/^This sync belongs to .* Nothing was written there/);
			expect(await operate(scene, 'sync', 'showStatus')).toMatchObject({
				status: expect.stringMatching(/^Stopped: This sync belongs to/),
			});
			for (const twin of there) {
				const { log } = await twin.calls();
				const written = log.filter(
					({ method, path, query }) =>
						method !== 'GET' && !/token/.test(path) && !query.includes('_method=GET'),
				);
				expect(written).toEqual([]);
			}

			await fillIn(twins);
			expect((await operate(scene, 'sync', 'resume', access)).notes).toMatch(/^Resumed/);
			await done();
		},
	);
}
