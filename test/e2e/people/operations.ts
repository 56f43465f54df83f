import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '../harness/tools';
import { waitFor } from '../harness/waiting';
import { memoryLost } from './memoryLost';
import { byHand, itemsOf, operate, resultOf, step, TO_STEP } from './operate';
import type { Scene } from './scene';

/** Each operation of the node *Marketo Dynamics Sync*, with what is different afterwards. */
export function operations(scene: Scene): void {
	const oneRecord = (id: string | number) => ({
		record: { __rl: true, mode: 'id', value: String(id) },
	});

	it('Show Status says what the sync does', async () => {
		await scene.world.sync();
		await scene.world.betweenRuns();
		expect(await operate(scene, 'sync', 'showStatus')).toMatchObject({
			lane: 'People',
			status: 'Up to date',
		});
	});

	it('Pause lets no run begin, and Resume goes on with what changed meanwhile', async () => {
		const { make, done } = scene.work();
		await make();
		expect(await operate(scene, 'sync', 'pause')).toMatchObject({ status: 'Paused' });
		await waitFor(() => scene.world.lane.state().run === null, {
			what: 'the end of the present page',
		});
		const runs = scene.world.lane.runs().length;
		await sleep(7_000);
		expect(scene.world.lane.runs()).toHaveLength(runs);
		expect((await operate(scene, 'sync', 'syncNow')).notes).toMatch(/paused/);
		await operate(scene, 'sync', 'resume');
		await waitFor(() => scene.world.lane.runs().length > runs, { what: 'a run' });
		await done();
	});

	it('Sync Now starts a run, and waits for its end where it is told to', async () => {
		await scene.world.betweenRuns();
		const called = Date.now();
		const status = await operate(scene, 'sync', 'syncNow', { wait: true });
		expect(status.status).toBe('Up to date');
		expect(Date.parse(status.lastRun!)).toBeGreaterThanOrEqual(called);
		expect(Date.parse(status.lastRunEnded!)).toBeGreaterThanOrEqual(Date.parse(status.lastRun!));
		await scene.world.betweenRuns();
		expect((await operate(scene, 'sync', 'syncNow')).notes).toMatch(/within seconds/);
	});

	it('Explain tells what became of an edit', async () => {
		const lead = scene.take('lead');
		const before = await itemsOf(scene, 'record', 'explain', oneRecord(lead.id));
		await scene.world.together(
			async () => await scene.world.editRow(lead, { jobtitle: 'To be explained' }),
		);
		const after = await itemsOf(scene, 'record', 'explain', oneRecord(lead.person));
		expect(after[0]).toMatchObject({
			dynamicsId: lead.id,
			marketoId: String(lead.person),
			dynamicsLink: expect.stringContaining(`etn=lead&id=${lead.id}`),
			what: expect.stringMatching(
				/has been linked with Marketo person.*Nothing about it is waiting/,
			),
		});
		expect(after.length).toBeGreaterThan(before.length);
		expect(after[1]).toMatchObject({
			newValue: 'To be explained',
			field: expect.stringMatching(/title/),
		});
	});

	it('Retry tries a refused value again, after the reason is gone', async () => {
		const lead = scene.take('lead');
		await scene.world.dynamics.post('plugin', {
			table: 'lead',
			column: 'jobtitle',
			on: ['update'],
			do: 'refuse',
			value: 'Refused at first',
			message: "The column 'jobtitle' must not say this.",
		});
		await scene.world.together(
			async () => await scene.world.editPerson(lead, { title: 'Refused at first' }),
		);
		await scene.world.dynamics.remove('plugin');
		await scene.world.sync();
		expect(await scene.world.row(lead)).not.toMatchObject({ jobtitle: 'Refused at first' });
		const retried = await operate(scene, 'record', 'retry', { what: 'one', ...oneRecord(lead.id) });
		expect(retried).toMatchObject({ fields: 1 });
		await scene.world.sync();
		expect(await scene.world.row(lead)).toMatchObject({ jobtitle: 'Refused at first' });
		await scene.world.expectClean();
	});

	it('Sync Again reads a record again', async () => {
		const contact = scene.take('contact');
		await scene.world.sync();
		await scene.world.betweenRuns();
		const { emailaddress1: email } = await scene.world.row(contact);
		await scene.world.forgetCalls();
		// The look-up of who else has the row's address brings the person along: nobody is asked for twice.
		const bothRead = async () => {
			const calls = async (of: 'dynamics' | 'marketo') =>
				(await scene.world[of].calls()).log.map((call) => JSON.stringify(call));
			const isPersonRead = (await calls('marketo')).some(
				(call) => call.includes('leads.json') && call.includes(encodeURIComponent(String(email))),
			);
			return [(await calls('dynamics')).some((call) => call.includes(contact.id)), isPersonRead];
		};
		await scene.world.lane.oneRun();
		expect(await bothRead()).toEqual([false, false]);
		await operate(scene, 'record', 'syncAgain', oneRecord(contact.id));
		await scene.world.sync();
		expect(await bothRead()).toEqual([true, true]);
		await scene.world.expectClean();
	});

	it('Forget drops a partner, and the record is matched anew', async () => {
		const contact = scene.take('contact');
		const link = () =>
			scene.world.lane.ask<{ state: string; marketo_id: string | null; bases: unknown }>(
				`select state, marketo_id, bases from link where dynamics_id = '${contact.id}'`,
			)[0];
		await operate(scene, 'sync', 'pause');
		await waitFor(() => scene.world.lane.state().run === null, {
			what: 'the end of the present page',
		});
		expect(link()).toMatchObject({ state: 'active', marketo_id: String(contact.person) });
		await operate(scene, 'record', 'forget', oneRecord(contact.id));
		expect(link()).toMatchObject({ state: 'unlinked', marketo_id: null, bases: null });
		await operate(scene, 'sync', 'resume');
		await scene.world.sync();
		expect(link()).toMatchObject({ state: 'active', marketo_id: String(contact.person) });
		expect(await scene.world.peopleOf('contact', contact.id)).toHaveLength(1);
		await scene.world.expectClean();
	});

	it('operations.json has them ready: each step runs alone by its own button, with the credential of the sync', async () => {
		const { n8n, world, lane } = scene.world;
		const file = path.join(ROOT, 'workflows/operations.json');
		const { id } = await n8n.importWorkflow(file, world.credentials);
		const press = async (name: string) => {
			const { data } = await n8n.runStep(id, name);
			const { runData, error } = data!.resultData;
			expect([name, error?.message]).toEqual([name, undefined]);
			expect(Object.keys(runData)).toEqual(['Press a Step, Not This', name]);
			return runData[name]![0]!.data!.main![0]![0]!.json;
		};
		expect(await press('Pause')).toMatchObject({ status: expect.stringMatching(/^Paused/) });
		expect(await press('Show Status')).toMatchObject({
			status: expect.stringMatching(/^Paused/),
		});
		expect(await press('Resume')).toMatchObject({ notes: expect.stringMatching(/^Resumed/) });
		expect(await press('Retry All That Need Help')).toHaveProperty('message');
		// Of Restore nothing happens before somebody has chosen a copy.
		const { data } = await n8n.runStep(id, 'Restore');
		expect(data!.resultData.error?.message).toMatch(/copy/i);
		// Nor is the memory moved where nobody has said where to.
		const moved = await n8n.runStep(id, "Move the Sync's Memory");
		expect(moved.data!.resultData.error?.message).toMatch(/^No database is set/);
		await waitFor(() => lane.state().paused === 0, { what: 'the sync going on' });
		await n8n.removeWorkflow(id);
	});

	it('a member without a credential of either system is refused, in words', async () => {
		const lead = scene.take('lead');
		const none = { accessWith: 'none' };
		await expect(
			operate(scene, 'record', 'explain', { ...none, ...oneRecord(lead.id) }),
		).rejects.toThrow(/needs a credential for the Dynamics 365 or Marketo that the sync connects/);
		await expect(operate(scene, 'sync', 'pause', none)).rejects.toThrow(/needs a credential/);
		await expect(
			operate(scene, 'record', 'explain', { accessWith: 'marketo', ...oneRecord(lead.id) }),
		).resolves.toMatchObject({ event: 'Current status' });
	});

	it('Take Over moves the sync to another workflow, and back', async () => {
		const { n8n, lane } = scene.world;
		const original = await scene.world.workflow();
		const withStep = {
			...original,
			name: 'A second copy',
			nodes: [...original.nodes, byHand, step({ resource: 'sync', operation: 'takeOver' })],
			connections: { ...original.connections, ...TO_STEP },
		};
		const copy = await n8n.importWorkflow(withStep, scene.world.world.credentials);
		await n8n.unpublish(lane.workflow);
		expect((await resultOf(scene, copy.id)).notes).toMatch(
			new RegExp(`instead of.*${lane.workflow}`),
		);
		await n8n.publish(copy.id);
		const { make, done } = scene.work();
		await make();
		await done();
		expect(lane.state().workflow).toBe(copy.id);

		await n8n.unpublish(copy.id);
		const { nodes, connections } = await n8n.workflow(copy.id);
		await n8n.updateWorkflow(lane.workflow, { ...original, nodes, connections });
		await resultOf(scene, lane.workflow);
		await n8n.updateWorkflow(lane.workflow, original);
		await n8n.publish(lane.workflow);
		await scene.world.sync();
		expect(lane.state().workflow).toBe(lane.workflow);
		await scene.world.expectClean();
	});

	memoryLost(scene);
}
