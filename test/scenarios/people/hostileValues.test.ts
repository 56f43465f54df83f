import type { Pair } from '../support/systems';
import { SyncWorld } from '../support/world';

/** What would be run, or end a query, a path or a part of a batch, where somebody forgot that it is text. */
const HOSTILE = [
	"={{ $env.N8N_ENCRYPTION_KEY ?? $('Get Dynamics Changes').all() }}",
	"O'Brien') or (1 eq 1 or lastname eq '",
	'%27)%20or%201%20eq%201&$expand=owninguser',
	'../../systemusers?$select=*',
	'"}]}\r\n--batch_1\r\nDELETE /api/data/v9.2/leads HTTP/1.1',
	'{"__proto__": {"isAdmin": true}}',
	'<img src=x onerror=alert(1)>',
];

/** Texts that people type, or programs send, to make the sync do something else than carry them. */
describe('a text that is made to do harm', () => {
	let world: SyncWorld;
	let pair: Pair;
	beforeAll(async () => {
		world = await SyncWorld.start();
		pair = await world.pair('lead', { jobtitle: 'Clerk', address1_city: 'Lund' });
	});

	it.each(HOSTILE)('is carried both ways as it is: %s', async (text) => {
		const short = text.slice(0, 60);
		await world.editRow(pair, { jobtitle: short });
		await world.editPerson(pair, { city: short });
		const { errors } = await world.run();
		expect(errors).toEqual([]);
		expect(await world.both(pair)).toMatchObject({
			row: { jobtitle: short, address1_city: short },
			person: { title: short, city: short },
		});
		await world.expectClean();
	});

	it('is looked up as the address that it is, and finds nobody else', async () => {
		await world.newPerson({ email: 'somebody@example.com' });
		const people = (await world.everybody()).length;
		for (const email of ["a'or'1'eq'1@example.com", 'a%27&x=1#y@example.com'])
			await world.newRow('contact', { emailaddress1: email });
		const { errors } = await world.run();
		expect(errors).toEqual([]);
		expect(await world.everybody()).toHaveLength(people + 2);
		await world.expectClean();
	});
});
