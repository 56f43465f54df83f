import { setTimeout as sleep } from 'node:timers/promises';
import { linkedPairs, type Pair } from '../demo/edits';
import { DynamicsVendor } from '../vendors/dynamics';
import { MarketoVendor } from '../vendors/marketo';
import { describeLong } from './harness/long';
import { startWorld, type World } from './harness/world';
import { PeopleLane } from './scenario/lane';

const ENTITY_SETS = { lead: 'leads', contact: 'contacts' } as const;

describeLong('edits on both sides of a record while runs follow one another', () => {
	let world: World;

	beforeAll(async () => {
		world = await startWorld({
			fast: true,
			twins: ['--leads', '20', '--contacts', '20', '--people', '6'],
		});
	});
	afterAll(async () => await world?.stop());

	it('arrive all, also when Marketo logs them after the person was read', async () => {
		const dynamics = new DynamicsVendor(world.twins.line.dynamics);
		const marketo = new MarketoVendor(world.twins.line.marketo);
		const lane = await PeopleLane.of(world);
		await world.n8n.publish(lane.workflow);
		await lane.calm();
		const pairs = [
			...(await linkedPairs(dynamics, marketo, 'contact')),
			...(await linkedPairs(dynamics, marketo, 'lead')),
		];
		expect(pairs.length).toBeGreaterThan(30);

		// Over ten seconds, so that every moment of a run meets a pair between its two edits.
		const edit = async ({ table, dynamicsId, marketoId }: Pair, index: number) => {
			await sleep(index * 250);
			await dynamics.update(ENTITY_SETS[table], dynamicsId, { jobtitle: `Job ${index}` });
			await sleep((index * 137) % 900);
			await marketo.write('updateOnly', 'id', [{ id: marketoId, city: `City ${index}` }]);
		};
		await Promise.all(pairs.map(edit));
		await lane.calm();

		const seen = pairs.map(async ({ table, dynamicsId, marketoId }) => {
			const row = await dynamics.get(
				`${ENTITY_SETS[table]}(${dynamicsId})?$select=jobtitle,address1_city`,
			);
			const [person] = await marketo.people('id', [marketoId], ['title', 'city']);
			return [row.jobtitle, row.address1_city, person?.title, person?.city];
		});
		const wanted = pairs.map((_, n) => [`Job ${n}`, `City ${n}`, `Job ${n}`, `City ${n}`]);
		expect(await Promise.all(seen)).toEqual(wanted);
	});
});
