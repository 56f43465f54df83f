import { COMPANIES, FIRST_NAMES, LAST_NAMES, PLACES, TITLES } from './names';
import { between, pick, seededRandom, type Random } from './random';

/** Somebody in the seed data, in neither vendor's terms. What is not there is unknown. */
export interface SeedPerson {
	/** Position in its own list, from 0. */
	readonly index: number;
	/** Which list: a Dynamics lead, a Dynamics contact, or somebody in Marketo. */
	readonly origin: 'lead' | 'contact' | 'marketo';
	readonly firstName?: string;
	readonly middleName?: string;
	readonly lastName: string;
	readonly salutation?: string;
	readonly email?: string;
	readonly company?: string;
	readonly title?: string;
	readonly phone?: string;
	readonly mobilePhone?: string;
	readonly fax?: string;
	readonly website?: string;
	readonly street?: string;
	readonly street2?: string;
	readonly city?: string;
	readonly state?: string;
	readonly postalCode?: string;
	readonly country?: string;
	readonly department?: string;
	/** YYYY-MM-DD. */
	readonly dateOfBirth?: string;
	readonly numberOfEmployees?: number;
	/** Whole currency units. */
	readonly annualRevenue?: number;
	/** 1 to 10: Dynamics' own default lead sources, in their order. */
	readonly leadSource?: number;
	/** 1 to 33: Dynamics' own default industries, in their order. */
	readonly industry?: number;
	/** 1 hot, 2 warm, 3 cold. */
	readonly rating?: number;
	readonly description?: string;
	readonly doNotEmail: boolean;
	readonly doNotBulkEmail: boolean;
	readonly doNotCall: boolean;
	/** Days before the twin's start. */
	readonly createdDaysAgo: number;
	/** In Marketo: the person in Dynamics this one was made to share an e-mail address with. */
	readonly sharesEmailWith?: { readonly origin: 'lead' | 'contact'; readonly index: number };
}

/** The Dynamics leads of a seed. A longer list starts with the shorter one. */
export function seedLeads(seed: number, count: number): SeedPerson[] {
	return Array.from({ length: count }, (_, index) => somebody(seed, 'lead', index));
}

/**
 * The Dynamics contacts of a seed. When there are leads too, contact 1 has the e-mail address of
 * lead 1 (both are full ones).
 */
export function seedContacts(seed: number, count: number, leads = 0): SeedPerson[] {
	const contacts = Array.from({ length: count }, (_, index) => somebody(seed, 'contact', index));
	const twin = contacts[1];
	if (twin && leads > 1) {
		const email = somebody(seed, 'lead', 1).email;
		if (email) contacts[1] = { ...twin, email };
	}
	return contacts;
}

/**
 * The Marketo people of a seed: about half share an e-mail address with a lead, a quarter with a
 * contact, the others are in Marketo only. Persons 0 and 1 share one lead's address; every fifth
 * of those shared is sparse; every seventh has an opt-out that Dynamics does not have.
 */
export function marketoPeople(
	seed: number,
	count: number,
	leads: readonly SeedPerson[],
	contacts: readonly SeedPerson[],
): SeedPerson[] {
	const leadsWithMail = leads.filter((lead) => lead.email);
	const leadMails = new Set(leadsWithMail.map((lead) => lead.email));
	const contactsWithMail = contacts.filter((one) => one.email && !leadMails.has(one.email));
	let nextLead = 0;
	let nextContact = 0;
	const twiceUsed = count > 1 ? leadsWithMail[0] : undefined;
	return Array.from({ length: count }, (_, index) => {
		const random = seededRandom(seed, `marketo ${index}`);
		const stranger = somebody(seed, 'marketo', index);
		const place = index % 4;
		let partner: SeedPerson | undefined;
		if (index === 1) partner = twiceUsed;
		else if (place < 2) partner = leadsWithMail[nextLead++];
		else if (place === 2) partner = contactsWithMail[nextContact++];
		if (!partner?.email || partner.origin === 'marketo') return stranger;
		return sharing(random, stranger, partner as SeedPerson & { origin: 'lead' | 'contact' });
	});
}

/** A Marketo person who is, by e-mail address, somebody in Dynamics. */
function sharing(
	random: Random,
	stranger: SeedPerson,
	partner: SeedPerson & { origin: 'lead' | 'contact' },
): SeedPerson {
	const link = { origin: partner.origin, index: partner.index } as const;
	const own = { index: stranger.index, origin: 'marketo' as const, sharesEmailWith: link };
	const sparse = stranger.index % 5 === 3;
	if (sparse) {
		return {
			...own,
			lastName: partner.lastName,
			email: partner.email!,
			...(partner.company && { company: partner.company }),
			doNotEmail: false,
			doNotBulkEmail: false,
			doNotCall: false,
			createdDaysAgo: stranger.createdDaysAgo,
		};
	}
	const differs = random() < 0.4;
	return {
		...partner,
		...own,
		email: random() < 0.1 ? partner.email!.toUpperCase() : partner.email!,
		...(differs && stranger.title && { title: stranger.title }),
		...(differs && stranger.phone && { phone: stranger.phone }),
		doNotEmail: partner.doNotEmail !== (stranger.index % 7 === 5),
		doNotCall: partner.doNotCall !== (stranger.index % 11 === 7),
		createdDaysAgo: stranger.createdDaysAgo,
	};
}

/** Somebody made from seed, list and position alone, so that lists of any length agree. */
function somebody(seed: number, origin: SeedPerson['origin'], index: number): SeedPerson {
	const random = seededRandom(seed, `${origin} ${index}`);
	const firstName = pick(random, FIRST_NAMES);
	const lastName = pick(random, LAST_NAMES);
	const company = pick(random, COMPANIES);
	const place = pick(random, PLACES);
	const some = (share: number) => random() < share;
	const hasMail = some(0.93) || index < 3;
	const domain = `${asciiSlug(company) || 'sakura'}.example`;
	const local = [asciiSlug(firstName), asciiSlug(lastName)].filter(Boolean).join('.') || 'info';
	const tag = { lead: 'l', contact: 'c', marketo: 'm' }[origin];
	const separator = some(0.05) ? '+' : '.';
	const number = () => String(between(random, 1_000_000, 9_999_999));
	return {
		index,
		origin,
		lastName,
		...(some(0.95) && { firstName }),
		...(some(0.1) && { middleName: pick(random, FIRST_NAMES) }),
		...(some(0.2) && { salutation: pick(random, ['Ms.', 'Mr.', 'Dr.', 'Frau', 'Sra.']) }),
		...(hasMail && { email: `${local}${separator}${tag}${index}@${domain}` }),
		...(some(0.9) && { company }),
		...(some(0.8) && { title: pick(random, TITLES) }),
		...(some(0.75) && { phone: `${place.dial} ${number()}` }),
		...(some(0.4) && { mobilePhone: `${place.dial} ${number()}` }),
		...(some(0.1) && { fax: `${place.dial} ${number()}` }),
		...(some(0.3) && { website: `https://www.${domain}` }),
		...(some(0.7) && {
			street: `${between(random, 1, 299)} ${pick(random, LAST_NAMES)} Street`,
			...(some(0.2) && { street2: `Floor ${between(random, 1, 40)}` }),
			city: place.city,
			...(place.state && { state: place.state }),
			postalCode: place.postalCode,
		}),
		...(some(0.8) && { country: place.country }),
		...(some(0.2) && { department: pick(random, ['Sales', 'Marketing', 'Finance', 'R&D']) }),
		...(some(0.15) && { dateOfBirth: birthday(random) }),
		...(some(0.4) && { numberOfEmployees: between(random, 1, 20_000) }),
		...(some(0.4) && { annualRevenue: between(random, 10, 50_000) * 1000 }),
		...(some(0.6) && { leadSource: between(random, 1, 10) }),
		...(some(0.5) && { industry: between(random, 1, 33) }),
		...(some(0.5) && { rating: between(random, 1, 3) }),
		...(some(0.3) && { description: `Met at the fair.\nWants a call – “soon”. (${index})` }),
		doNotEmail: some(0.05),
		doNotBulkEmail: some(0.08),
		doNotCall: some(0.05),
		createdDaysAgo: between(random, 1, 900),
	};
}

function birthday(random: Random): string {
	const two = (value: number) => String(value).padStart(2, '0');
	return `${between(random, 1945, 2004)}-${two(between(random, 1, 12))}-${two(between(random, 1, 28))}`;
}

/** Latin letters and digits of a name, lower case; empty for other scripts. */
function asciiSlug(name: string): string {
	return name
		.normalize('NFD')
		.replace(/[łŁ]/g, 'l')
		.replace(/[øØ]/g, 'o')
		.replace(/ß/g, 'ss')
		.toLowerCase()
		.replace(/ı/g, 'i')
		.replace(/[^a-z0-9]/g, '');
}
