import type { Row } from '../../vendors/dynamics';
import type { Pair } from '../scenario/peopleWorld';
import type { Scene } from './scene';

/** How people see in n8n what a system refuses. Which values, and what becomes of them: `test/scenarios/people/refusals.test.ts`. */
export function refusals(scene: Scene): void {
	it('stand in the Data Table with record, field, reason and remedy, and as solved once somebody corrects them', async () => {
		const [tooLong, record] = [scene.take('lead'), scene.take('lead')];
		const before = await scene.world.row(tooLong);
		const plugin = { table: 'lead', column: 'jobtitle', on: ['update'], do: 'refuse' };
		await scene.world.dynamics.post('plugin', {
			...plugin,
			value: 'Unwanted',
			message: 'Not in this company.',
		});
		await scene.world.together(
			() => scene.world.editPerson(tooLong, { title: 'x'.repeat(101), city: 'Umeå' }),
			() => scene.world.editPerson(record, { title: 'Unwanted', city: 'Umeå' }),
		);
		expect(await scene.world.row(tooLong)).toMatchObject({
			jobtitle: before.jobtitle,
			address1_city: 'Umeå',
		});
		const helpOf = async ({ id }: Pair) => await scene.world.tableRows('Sync needs help', id);
		const named = (lead: Pair, field: string, reason: RegExp): Row => ({
			status: 'needs help',
			recordType: 'lead',
			recordId: lead.id,
			field,
			reason: expect.stringMatching(reason) as string,
			remedy: expect.stringMatching(/\w/) as string,
			label: expect.stringMatching(/\w/) as string,
		});
		expect(await helpOf(tooLong)).toMatchObject([
			named(tooLong, 'jobtitle', /at most 100 characters/),
		]);
		expect(await helpOf(record)).toMatchObject([named(record, '', /Not in this company/)]);
		await scene.world.expectClean();

		await scene.world.together(
			() => scene.world.editPerson(tooLong, { title: 'Short' }),
			() => scene.world.editPerson(record, { title: 'Welcome' }),
		);
		await scene.world.dynamics.remove('plugin');
		expect(await scene.world.row(tooLong)).toMatchObject({ jobtitle: 'Short' });
		expect(await scene.world.row(record)).toMatchObject({
			jobtitle: 'Welcome',
			address1_city: 'Umeå',
		});
		for (const lead of [tooLong, record])
			expect((await helpOf(lead)).map(({ status }) => status)).toEqual(['solved']);
		const { differences } = await scene.world.expectClean();
		expect(differences).toEqual([]);
	});
}
