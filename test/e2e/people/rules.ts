import { operate } from './operate';
import type { Scene } from './scene';

/** A rule that a person chooses in the editor. What each rule does: `test/scenarios/people/rules.test.ts`. */
export function rules(scene: Scene): void {
	it('holds from the next run: ask; Answer a Question settles it, and takes the place of the question in the Data Table', async () => {
		const lead = scene.take('lead');
		await scene.change((nodes) => {
			const rule = { column: { __rl: true, mode: 'list', value: 'mobilephone' }, winner: 'ask' };
			nodes.get('Resolve Sync Conflict')!.parameters.leadSpecialRules = { rules: [rule] };
		});
		await scene.world.together(
			() => scene.world.editRow(lead, { mobilephone: '+1 101' }),
			() => scene.world.editPerson(lead, { mobilePhone: '+1 102' }),
		);
		expect(await scene.world.row(lead)).toMatchObject({ mobilephone: '+1 101' });
		expect(await scene.world.person(lead, 'mobilePhone')).toMatchObject({ mobilePhone: '+1 102' });
		const asked = async () =>
			(await scene.world.tableRows('Sync conflicts', lead.id)).filter(({ field }) =>
				String(field).includes('mobilephone'),
			);
		expect(await asked()).toMatchObject([
			{ winner: 'nobody yet', rule: 'Ask', dynamicsValue: '+1 101', marketoValue: '+1 102' },
		]);

		const [{ conflictId }] = (await asked()) as [{ conflictId: string }];
		const question = { __rl: true, mode: 'id', value: conflictId };
		const answer = { accessWith: 'dynamics', question, answer: 'another', value: '+1 103' };
		await scene.world.betweenRuns();
		// It is an edit that waits for no round.
		const said = await operate(scene, 'record', 'answer', answer);
		expect(said.message).toBe(
			'Written to Dynamics; it is synced to Marketo when the sync next runs.',
		);
		await scene.world.sync();
		expect(await scene.world.row(lead)).toMatchObject({ mobilephone: '+1 103' });
		expect(await scene.world.person(lead, 'mobilePhone')).toMatchObject({ mobilePhone: '+1 103' });
		expect(await asked()).toMatchObject([{ winner: 'dynamics', rule: 'Answered by an edit' }]);
		await scene.world.expectClean();
	});
	it('is shown by Preview Mapping as it is drafted; nothing is written and the published one goes on', async () => {
		const { n8n, lane } = scene.world;
		const published = await scene.world.workflow();
		const drafted = structuredClone(published);
		const resolve = drafted.nodes.find(({ name }) => name === 'Resolve Sync Conflict')!;
		const upper = {
			column: { __rl: true, mode: 'list', value: 'jobtitle' },
			transform: { letterCase: 'upper' },
		};
		resolve.parameters.leadSpecialRules = { rules: [upper] };
		await n8n.unpublish(lane.workflow);
		await n8n.updateWorkflow(lane.workflow, drafted);
		await scene.world.forgetCalls();
		const { status, data } = await n8n.runManually(lane.workflow, 'Set Up and Preview');
		expect(status).toBe('success');
		expect(await scene.world.writeCalls()).toEqual([]);
		const [toDynamics] = data!.resultData.runData['Resolve Sync Conflict']![0]!.data!.main!;
		const [summary, ...lines] = toDynamics!.map(({ json }) => json);
		expect(summary!.field).toMatch(
			/^Of \d+ linked records this field mapping would update \d+ leads? /,
		);
		expect(lines.length).toBeGreaterThan(3);
		for (const { field, oldValue, newValue } of lines) {
			expect(field).toBe('Job Title (jobtitle)');
			expect(newValue).toBe(String(oldValue).toUpperCase());
		}
		await scene.save(published);
		await scene.world.sync();
		await scene.world.expectClean();
	});
}
