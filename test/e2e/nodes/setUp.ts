import path from 'node:path';
import type { CredentialIds } from '../harness/credentialPicker';
import type { Execution } from '../harness/n8nServer';
import { ROOT } from '../harness/tools';
import type { NodesScene } from './nodesScene';

const PEOPLE_SYNC = path.join(ROOT, 'workflows/people-sync.json');

const checklist = ({ data }: Execution) =>
	(data!.resultData.runData.Checklist?.[0]?.data?.main?.[0] ?? []).map(({ json }) => json);

/** The branch *Set Up* of the shipped workflow, as a person presses it. */
export function setUp(scene: NodesScene): void {
	const press = async (credentials: CredentialIds) => {
		const { id } = await scene.n8n.importWorkflow(PEOPLE_SYNC, credentials);
		return await scene.n8n.runManually(id, 'Set Up');
	};

	it('creates what is missing and shows both systems in one table, by one press', async () => {
		const execution = await press(scene.world.credentials);
		expect(execution.status).toBe('success');
		const ran = Object.keys(execution.data!.resultData.runData);
		expect(ran).not.toContain('Get Dynamics Changes');
		const lines = checklist(execution);
		expect(new Set(lines.map(({ system }) => system))).toEqual(
			new Set(['Marketo', 'Dynamics 365']),
		);
		expect(lines.length).toBeGreaterThan(25);
		expect(lines.filter(({ status }) => status !== 'ok')).toEqual([]);
	});

	it('says what is to do where it cannot create or read something, and ends all the same', async () => {
		const lacking = await scene.n8n.createCredential('Lacking', 'marketoApi', {
			endpoint: scene.world.twins.line.marketo.url,
			clientId: 'without-lead-read',
			clientSecret: 'secret-without-lead-read',
		});
		const execution = await press({
			...(await scene.picked({
				clientId: '5ca1ab1e-0000-4000-8000-000000000005',
				clientSecret: 'no-lead-write',
			})),
			marketoApi: lacking,
		});
		expect(execution.status).toBe('success');
		const toDo = checklist(execution).filter(({ status }) => status === 'to do');
		expect(toDo.map(({ check }) => check)).toEqual(
			expect.arrayContaining([
				'Permission Read-Only Lead',
				'Permission Read-Write Lead',
				'Privileges: Lead',
			]),
		);
		for (const { remedy } of toDo) expect(remedy).not.toBe('');
	});
}
