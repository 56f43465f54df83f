import { marketoPeople, seedContacts, seedLeads } from '../../../twins/chassis';

describe('seed people', () => {
	const leads = seedLeads(1, 1000);
	const contacts = seedContacts(1, 500, 1000);
	const people = marketoPeople(1, 200, leads, contacts);
	const mail = (email: string | undefined) => email?.toLowerCase();

	it('is the same for the same seed, whatever the length of the list', () => {
		expect(seedLeads(1, 10)).toEqual(leads.slice(0, 10));
		expect(seedLeads(2, 10)).not.toEqual(leads.slice(0, 10));
		expect(marketoPeople(1, 200, leads, contacts)).toEqual(people);
	});

	it('shares e-mail addresses: about half with leads, a quarter with contacts', () => {
		const shared = (origin: string) =>
			people.filter((person) => person.sharesEmailWith?.origin === origin);
		expect(shared('lead')).toHaveLength(100);
		expect(shared('contact')).toHaveLength(50);
		for (const person of shared('lead')) {
			expect(mail(person.email)).toBe(mail(leads[person.sharesEmailWith!.index]!.email));
		}
		for (const person of shared('contact')) {
			expect(mail(person.email)).toBe(mail(contacts[person.sharesEmailWith!.index]!.email));
		}
	});

	it('has two people with one address that a lead has too', () => {
		expect(mail(people[0]!.email)).toBe(mail(people[1]!.email));
		expect(mail(people[0]!.email)).toBe(mail(leads[0]!.email));
	});

	it('has one address that a lead and a contact share', () => {
		expect(contacts[1]!.email).toBe(leads[1]!.email);
	});

	it('has sparse people whose partner is a full one', () => {
		const sparse = people.filter(
			(person) => person.sharesEmailWith && !person.firstName && !person.phone,
		);
		expect(sparse.length).toBeGreaterThan(10);
	});

	it('has opt-outs that are set on one side only', () => {
		const different = people.filter((person) => {
			const { origin, index } = person.sharesEmailWith ?? {};
			if (origin === undefined) return false;
			const partner = (origin === 'lead' ? leads : contacts)[index!]!;
			return partner.doNotEmail !== person.doNotEmail || partner.doNotCall !== person.doNotCall;
		});
		expect(different.length).toBeGreaterThan(10);
	});

	it('has people without an address and names that are not ASCII', () => {
		expect(leads.filter((lead) => !lead.email).length).toBeGreaterThan(20);
		// eslint-disable-next-line no-control-regex
		expect(leads.filter((lead) => /[^\x00-\x7f]/.test(lead.lastName)).length).toBeGreaterThan(100);
	});

	it('gives every lead an address of its own', () => {
		const addresses = leads.flatMap((lead) => mail(lead.email) ?? []);
		expect(new Set(addresses).size).toBe(addresses.length);
	});
});
