import type { Pair } from '../support/systems';
import { SyncWorld } from '../support/world';

describe('an address that another person has (R24, A11)', () => {
	let world: SyncWorld;
	let count = 0;
	beforeAll(async () => {
		world = await SyncWorld.start();
	});
	const address = () => `taken${++count}@example.com`;
	const peopleWith = async (email: string) =>
		await world.automation.people('email', [email], ['id']);
	const emailOf = async (pair: Pair) => (await world.person(pair))!.email;
	const newPair = async (email = address()) =>
		await world.pair('lead', { emailaddress1: email, jobtitle: 'Clerk' });

	it('is not given to a second one: the field needs help and names who has it, the rest goes on', async () => {
		const email = address();
		const other = await world.newPerson({ email, lastName: 'Other' });
		const lead = await newPair();
		await world.editRow(lead, { emailaddress1: email, jobtitle: 'Reader' });
		const { calls, conflicts } = await world.run();
		expect(calls.marketo.filter((call) => call === 'GET leads.json')).toHaveLength(2);
		expect(conflicts).toEqual([]);
		expect(await world.person(lead)).toMatchObject({ title: 'Reader' });
		expect(await peopleWith(email)).toHaveLength(1);
		expect(await world.help()).toMatchObject([
			{ reason: expect.stringContaining(`person ${other} has this e-mail address`) },
		]);
		const runs = await world.runs(3);
		expect(runs.flatMap(({ help }) => help)).toEqual([]);

		await world.editPerson({ ...lead, person: other }, { email: address() });
		await world.runs(2);
		expect(await emailOf(lead)).toBe(email);
		expect(await world.help()).toEqual([]);
		await world.runs(3);
		await world.expectClean();
	});

	it('is not given to the survivor of a merge either, whatever row and person come for', async () => {
		const email = address();
		const contact = await world.pair('contact', { emailaddress1: email, jobtitle: 'Clerk' });
		const survivor = await world.newPerson({ email: address(), lastName: 'Survivor' });
		const other = await world.newPerson({ email, lastName: 'Other' });
		await world.editRow(contact, { jobtitle: 'Reader' });
		await world.mergePeople({ person: survivor }, contact);
		await world.run();
		const emailOfSurvivor = async () => await emailOf({ ...contact, person: survivor });
		expect(await emailOfSurvivor()).not.toBe(email);
		expect(await peopleWith(email)).toHaveLength(1);
		expect(await world.help()).toMatchObject([
			{ reason: expect.stringContaining(`person ${other} has this e-mail address`) },
		]);
		// Nothing that sync does not know is said of the row, but its person is read for an edit.
		await world.editRow(contact, { fax: '1' });
		await world.editPerson({ ...contact, person: survivor }, { title: 'By a user' });
		await world.runs(2);
		expect(await emailOfSurvivor()).not.toBe(email);

		await world.editPerson({ ...contact, person: other }, { email: address() });
		await world.runs(2);
		expect(await emailOfSurvivor()).toBe(email);
		await world.runs(3);
		await world.expectClean();
	});

	it('is given once whoever had it is deleted', async () => {
		const email = address();
		const other = await world.newPerson({ email, lastName: 'Other' });
		const lead = await newPair();
		await world.editRow(lead, { emailaddress1: email });
		await world.run();
		expect(await emailOf(lead)).not.toBe(email);
		await world.deletePerson({ ...lead, person: other });
		await world.runs(3);
		expect(await emailOf(lead)).toBe(email);
		expect(await world.help()).toEqual([]);
		await world.runs(3);
		await world.expectClean();
	});

	it('is no reason to read two records in turn whose people have it, and of each a field is not synced', async () => {
		const email = address();
		const title = 'long '.repeat(40);
		const lead = await world.newRow('lead', { emailaddress1: email });
		const person = await world.newPerson({ email, title });
		await world.runs(2);
		const contact = await world.newRow('contact', { emailaddress1: email });
		const other = await world.newPerson({ email, title });
		await world.campaign([{ person: other, syncAs: 'contact' }]);
		await world.runs(2);
		expect(await world.person({ person: other })).toMatchObject({ dynamicsContactId: contact });
		await world.editPerson({ person }, { city: 'Lund' });
		const { calls } = await world.run();
		expect(await world.row({ table: 'lead', id: lead })).toMatchObject({ address1_city: 'Lund' });
		expect(calls.dynamics.length).toBeLessThan(12);
		for (const one of [person, other])
			await world.deletePerson({ ...(await newPair()), person: one });
		await world.runs(2);
	});

	it('goes to whoever comes first where two records of one page want it', async () => {
		const email = address();
		const [one, two] = [await newPair(), await newPair()];
		for (const lead of [one, two]) await world.editRow(lead, { emailaddress1: email });
		await world.run();
		expect(await peopleWith(email)).toHaveLength(1);
		expect(await world.help()).toHaveLength(1);
		await world.editRow(one, { emailaddress1: address() });
		await world.runs(2);
		await world.editRow(two, { emailaddress1: address() });
		await world.runs(4);
		expect(await world.help()).toEqual([]);
		await world.expectClean();
	});

	it('changes places between two records of one page', async () => {
		const [first, second] = [address(), address()];
		const [one, two] = [await newPair(first), await newPair(second)];
		await world.editRow(one, { emailaddress1: second });
		await world.editRow(two, { emailaddress1: first });
		await world.run();
		expect([await emailOf(one), await emailOf(two)]).toEqual([second, first]);
		expect(await world.help()).toEqual([]);
		await world.runs(4);
		await world.expectClean();
	});

	it('costs one more call per 300 of such writes, and none where no address is new', async () => {
		const lead = await newPair();
		await world.runs(4);
		await world.editRow(lead, { jobtitle: 'Reader' });
		expect(
			(await world.run()).calls.marketo.filter((call) => call === 'GET leads.json'),
		).toHaveLength(1);
		await world.editRow(lead, { emailaddress1: address() });
		// By ID, by address, and once more after it was written (R48).
		expect(
			(await world.run()).calls.marketo.filter((call) => call === 'GET leads.json').length,
		).toBe(3);
	});
});
