import type { Scene } from './scene';

const CROWDED = 'info@crowded.example';
/** More people than Marketo names for one address. */
const CROWD = 1_001;
const PER_CALL = 300;

/** One address that Marketo does not look up. Every value of the kind: `test/scenarios/people/oneForAll.test.ts`. */
export function crowdedAddress(scene: Scene): void {
	it('of a new lead that a thousand people share: it needs help, named, and all others arrive in the same run', async () => {
		const { world } = scene;
		await world.sync();
		for (let at = 0; at < CROWD; at += PER_CALL) {
			const people = Array.from({ length: Math.min(PER_CALL, CROWD - at) }, (_, one) => ({
				email: CROWDED,
				lastName: `Crowd ${at + one}`,
			}));
			await world.people.write('createDuplicate', 'email', people);
		}
		await world.sync();

		const others = ['Aho', 'Berg', 'Cruz'];
		const newLead = async (lastname: string, emailaddress1: string) =>
			await world.crm.create('leads', { lastname, subject: 'Arrives', emailaddress1 });
		const made: string[] = [];
		let crowded = '';
		await world.together(async () => {
			for (const name of others)
				made.push(await newLead(name, `${name.toLowerCase()}@arrives.example`));
			crowded = await newLead('Crowded', CROWDED);
			made.push(await newLead('Dahl', 'dahl@arrives.example'));
		});
		for (const id of made) expect(await world.peopleOf('lead', id)).toHaveLength(1);
		expect(await world.peopleOf('lead', crowded)).toEqual([]);
		expect(await world.tableRows('Sync needs help', crowded)).toMatchObject([
			{
				status: 'needs help',
				recordType: 'lead',
				recordId: crowded,
				label: expect.stringContaining('Crowded'),
				reason: expect.stringContaining('Too many results match the filter'),
				remedy: expect.stringMatching(/\w/),
			},
		]);

		await world.editRow({ table: 'lead', id: crowded }, { emailaddress1: 'own@arrives.example' });
		await world.sync();
		expect(await world.peopleOf('lead', crowded)).toHaveLength(1);
		expect((await world.tableRows('Sync needs help', crowded)).map(({ status }) => status)).toEqual(
			['solved'],
		);
		await world.expectClean();
	});
}
