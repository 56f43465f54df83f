import { PEOPLE_PASSWORD, personName } from '../twins/dynamics/principals';
import { DynamicsVendor, type Row } from '../vendors/dynamics';
import { MarketoVendor } from '../vendors/marketo';
import { waitFor } from './harness/waiting';
import { startWorld, type World } from './harness/world';
import { PeopleLane } from './scenario/lane';

describe('sync-at-once.json beside the published sync, at its real interval of five minutes', () => {
	let world: World;
	let lane: PeopleLane;

	beforeAll(async () => {
		world = await startWorld({ twins: ['--leads', '20', '--contacts', '10', '--people', '10'] });
		lane = await PeopleLane.of(world);
		await world.n8n.publish(lane.workflow);
		await lane.runAfter(new Set(), 240_000);
		await waitFor(() => lane.state().run === null, { what: 'the end of the first run' });
	});
	afterAll(async () => await world?.stop());

	it('takes an edit in Dynamics to Marketo within seconds, and does not wake itself', async () => {
		const { dynamics, marketo } = world.twins.line;
		const crm = new DynamicsVendor({ ...dynamics, person: { name: personName(1), password: PEOPLE_PASSWORD } });
		const people = new MarketoVendor(marketo);
		const atOnce = world.workflows.find(({ file }) => file === 'sync-at-once.json')!;
		await world.n8n.publish(atOnce.id);

		const waits: number[] = [];
		for (const [table, set] of [
			['lead', 'leads'],
			['contact', 'contacts'],
		] as const) {
			const [link] = lane.ask<{ dynamics_id: string; marketo_id: string }>(
				`select dynamics_id, marketo_id from link where table_name = '${table}' and state = 'active' order by id`,
			);
			const jobtitle = `At once ${table}`;
			const began = Date.now();
			await crm.update(set, link!.dynamics_id, { jobtitle });
			await waitFor(
				async () => {
					const [person] = await people.people('id', [Number(link!.marketo_id)], ['id', 'title']);
					return person?.title === jobtitle;
				},
				{ timeout: 60_000, interval: 100, what: `the ${table} being in Marketo` },
			);
			waits.push(Date.now() - began);
		}
		console.log(`Edit in Dynamics to person changed in Marketo: ${waits.join(' ms (lead), ')} ms (contact)`);
		expect(Math.min(...waits)).toBeLessThan(30_000);

		// What the sync writes to Dynamics is told as well, but starts nothing.
		await waitFor(() => lane.state().run === null, { what: 'the end of the run' });
		const deliveries = async () => {
			const answer = await fetch(`${dynamics.url}/__twin/deliveries`);
			return ((await answer.json()) as { deliveries: Row[] }).deliveries;
		};
		const [before, runs] = [(await deliveries()).length, lane.runs().length];
		const [{ leadid }] = (await crm.get<{ value: [{ leadid: string }] }>('leads?$select=leadid&$top=1')).value;
		await new DynamicsVendor(dynamics).update('leads', leadid, { jobtitle: 'By the user of the sync' });
		const post = await waitFor(async () => (await deliveries())[before], { what: 'the post' });
		await waitFor(async () => (await deliveries())[before]!.state === 'succeeded', { what: 'its answer' });
		expect(post).toMatchObject({ table: 'lead', message: 'Update' });
		await new Promise((resolve) => setTimeout(resolve, 6_000));
		expect(lane.runs()).toHaveLength(runs);
	});
});
