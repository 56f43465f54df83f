import path from 'node:path';
import type { CredentialIds } from '../harness/credentialPicker';
import type { Execution } from '../harness/n8nServer';
import { ROOT } from '../harness/tools';
import type { NodesScene } from './nodesScene';

const PEOPLE_SYNC = path.join(ROOT, 'workflows/people-sync.json');

const checklist = ({ data }: Execution) =>
	(data!.resultData.runData.Checklist?.[0]?.data?.main?.[0] ?? []).map(({ json }) => json);

/** *Set Up and Preview* of the shipped workflow, as a person presses it. By mouse: `test/e2e/firstHour.e2e.ts`. */
export function setUp(scene: NodesScene): void {
	const press = async (credentials: CredentialIds) => {
		const { id } = await scene.n8n.importWorkflow(PEOPLE_SYNC, credentials);
		return await scene.n8n.runManually(id, 'Set Up and Preview');
	};

	it('creates what is missing, shows both systems in one table and previews the first page, by one press', async () => {
		const execution = await press(scene.world.credentials);
		expect(execution.status).toBe('success');
		const lines = checklist(execution);
		expect(new Set(lines.map(({ system }) => system))).toEqual(
			new Set(['Marketo', 'Dynamics 365']),
		);
		expect(lines.length).toBeGreaterThan(25);
		expect(lines.filter(({ status }) => status !== 'ok')).toEqual([]);
		const [toDynamics] =
			execution.data!.resultData.runData['Resolve Sync Conflict']![0]!.data!.main!;
		expect(toDynamics![0]!.json.field).toMatch(/^This page would link \d+ record/);
	});

	it('says what is to do where it cannot create or read something, and previews nothing', async () => {
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
		const { error, runData } = execution.data!.resultData;
		expect(error!.message).toMatch(
			/^To do before the sync can start: Marketo, .*\(and \d+ more in the checklist\)$/,
		);
		expect(Object.keys(runData)).not.toContain('Get Dynamics Changes');
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
