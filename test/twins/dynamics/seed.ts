import { seededGuid, seededRandom, type Random, type SeedPerson } from '../chassis';
import { computedColumns } from './computed';
import {
	BUSINESS_UNIT_ID,
	DEFAULT_TEAM_ID,
	EURO_ID,
	SALES_TEAM_ID,
	US_DOLLAR_ID,
	type Database,
} from './database';
import {
	FORMER_USER_ID,
	PEOPLE,
	personId,
	personName,
	SPECIAL_APPS,
	SYNC_APP,
	SYNC_USER_ID,
} from './principals';
import type { Table } from './schema';
import { seedAtSize, type Size } from './seedAtSize';
import { seedConnections } from './seedConnections';
import { seedMarketing } from './seedMarketing';
import type { Reference, Stored } from './store';
import { isoSeconds } from './text';

const DAY = 86_400_000;

type Values = Record<string, Stored | undefined>;

/** Fills an empty environment; people in the order given. */
export function seedDatabase(
	database: Database,
	seed: number,
	leads: readonly SeedPerson[],
	contacts: readonly SeedPerson[],
	size: Size,
	now: number,
): void {
	const start = isoSeconds(now - 1000 * DAY);
	const born = {
		createdon: start,
		modifiedon: start,
		createdby: user(SYNC_USER_ID),
		modifiedby: user(SYNC_USER_ID),
	};
	const put = (name: string, rows: { id: string; values: Values }[]) => {
		const table = database.table(name);
		database
			.store(table)
			.load(
				rows.map(({ id, values }) => ({ id, values: known(table, { ...values, [table.id]: id }) })),
			);
	};
	put('transactioncurrency', [
		{ id: US_DOLLAR_ID, values: currency('US Dollar', 'USD', '$', 1, born) },
		{ id: EURO_ID, values: currency('Euro', 'EUR', '€', 0.92, born) },
	]);
	put('businessunit', [{ id: BUSINESS_UNIT_ID, values: { ...born, name: 'Twin' } }]);
	put('organization', [
		{
			id: database.organizationId,
			values: {
				...born,
				name: 'Twin',
				expirechangetrackingindays: 7,
				languagecode: 1033,
				localeid: 1033,
				isauditenabled: false,
				isduplicatedetectionenabled: true,
				basecurrencyid: { id: US_DOLLAR_ID, table: 'transactioncurrency' },
			},
		},
	]);
	put('systemuser', users(born));
	put('team', teams(born, database.organizationId));
	const accountIds = seedAccounts(database, seed, [...leads, ...contacts], now);
	seedPeople(database, 'lead', seed, leads, accountIds, now);
	seedPeople(database, 'contact', seed, contacts, accountIds, now);
	seedMarketing(database, now);
	seedConnections(database);
	seedAtSize(database, seed, size, (name, id, index, values) => {
		const table = database.table(name);
		// Versions and times of change go up together.
		const born = stamps(now - 800 * DAY + index * 60_000, index);
		return { id, values: finish(database, table, id, born, { ...table.defaults, ...values }) };
	});
}

function currency(name: string, code: string, symbol: string, rate: number, born: Values): Values {
	return {
		...born,
		currencyname: name,
		isocurrencycode: code,
		currencysymbol: symbol,
		exchangerate: rate,
		currencyprecision: 2,
		statecode: 0,
		statuscode: 1,
	};
}

function users(born: Values): { id: string; values: Values }[] {
	const unit = { id: BUSINESS_UNIT_ID, table: 'businessunit' };
	const base = {
		...born,
		businessunitid: unit,
		isdisabled: false,
		setupuser: false,
		isintegrationuser: false,
	};
	const people = PEOPLE.map(([firstname, lastname], index) => ({
		id: personId(index + 1),
		values: {
			...base,
			firstname,
			lastname,
			fullname: `${firstname} ${lastname}`,
			internalemailaddress: personName(index + 1),
			domainname: personName(index + 1),
			windowsliveid: personName(index + 1),
			title: index < 3 ? 'Sales Manager' : 'Account Manager',
			accessmode: 0,
			islicensed: true,
			azureactivedirectoryobjectid: personId(index + 1).replace(/^0c0ffee0/, '0b7ec700'),
			...(index > 0 && { parentsystemuserid: user(personId(1)) }),
		} as Values,
	}));
	const former = {
		id: FORMER_USER_ID,
		values: {
			...base,
			firstname: 'Kay',
			lastname: 'Former',
			fullname: 'Kay Former',
			internalemailaddress: 'former@twin.example',
			domainname: 'former@twin.example',
			accessmode: 0,
			islicensed: false,
			isdisabled: true,
		} as Values,
	};
	const apps = [
		{ id: SYNC_USER_ID, key: SYNC_APP.clientId as string, name: 'Marketing Sync' },
		...SPECIAL_APPS.flatMap((app) =>
			app.userId === undefined ? [] : [{ id: app.userId, key: app.key, name: `App ${app.secret}` }],
		),
	];
	const appUsers = apps.map(({ id, key, name }) => ({
		id,
		values: {
			...base,
			firstname: '#',
			lastname: name,
			fullname: `# ${name}`,
			domainname: `${key}@twin.example`,
			internalemailaddress: `${key}@twin.example`,
			accessmode: 4,
			islicensed: false,
			applicationid: key,
			azureactivedirectoryobjectid: id.replace(/^0c0ffee0/, '0b7ec700'),
		} as Values,
	}));
	return [...people, former, ...appUsers];
}

function teams(born: Values, organizationid: string): { id: string; values: Values }[] {
	const base = {
		...born,
		businessunitid: { id: BUSINESS_UNIT_ID, table: 'businessunit' },
		administratorid: user(personId(1)),
		teamtype: 0,
		membershiptype: 0,
		systemmanaged: false,
		organizationid,
	};
	return [
		{ id: DEFAULT_TEAM_ID, values: { ...base, name: 'Twin', isdefault: true } },
		{
			id: SALES_TEAM_ID,
			values: {
				...base,
				name: 'Inside Sales',
				isdefault: false,
				emailaddress: 'sales@twin.example',
			},
		},
	];
}

function seedAccounts(
	database: Database,
	seed: number,
	people: readonly SeedPerson[],
	now: number,
): Map<string, string> {
	const table = database.table('account');
	const random = seededRandom(seed, 'accounts');
	const names = [...new Set(people.flatMap((person) => person.company ?? []))].sort();
	const ids = new Map(names.map((name) => [name, seededGuid(random)]));
	const rows = names.map((name, index) => ({
		id: ids.get(name)!,
		values: finish(database, table, ids.get(name)!, stamps(now - (900 - index) * DAY, index), {
			...table.defaults,
			name,
			accountnumber: `A-${String(index + 1).padStart(5, '0')}`,
			websiteurl: `https://www.company${index}.example`,
			revenue: (index + 1) * 250_000,
			numberofemployees: (index + 1) * 40,
			industrycode: (index % 33) + 1,
		}),
	}));
	database.store(table).load(rows);
	return ids;
}

function seedPeople(
	database: Database,
	name: 'lead' | 'contact',
	seed: number,
	people: readonly SeedPerson[],
	accountIds: ReadonlyMap<string, string>,
	now: number,
): void {
	const table = database.table(name);
	const random = seededRandom(seed, `${name} rows`);
	const made = people.map((person) => {
		const id = seededGuid(random);
		const created = now - person.createdDaysAgo * DAY;
		const values: Values = {
			...table.defaults,
			...common(person),
			...(name === 'lead' ? leadOnly(person) : contactOnly(person, accountIds)),
			...custom(random, person),
		};
		return {
			id,
			created,
			values: finish(database, table, id, stamps(created, person.index), values),
		};
	});
	// Row versions and the time of change go up together, as in a database that has lived.
	made.sort((left, right) => left.created - right.created);
	database.store(table).load(made);
}

function common(person: SeedPerson): Values {
	return {
		firstname: person.firstName,
		middlename: person.middleName,
		lastname: person.lastName,
		salutation: person.salutation,
		emailaddress1: person.email,
		jobtitle: person.title,
		telephone1: person.phone,
		mobilephone: person.mobilePhone?.slice(0, 20),
		fax: person.fax,
		websiteurl: person.website,
		address1_line1: person.street,
		address1_line2: person.street2,
		address1_city: person.city,
		address1_stateorprovince: person.state,
		address1_postalcode: person.postalCode,
		address1_country: person.country,
		description: person.description,
		donotemail: person.doNotEmail,
		donotbulkemail: person.doNotBulkEmail,
		donotphone: person.doNotCall,
	};
}

function leadOnly(person: SeedPerson): Values {
	const closed = person.index % 17 === 11;
	return {
		subject: person.company ? `Interest from ${person.company}` : 'Interest',
		companyname: person.company,
		numberofemployees: person.numberOfEmployees,
		revenue: person.annualRevenue,
		leadsourcecode: person.leadSource,
		industrycode: person.industry,
		leadqualitycode: person.rating,
		statecode: closed ? 2 : 0,
		statuscode: closed ? 4 : 1,
		...(person.index % 5 === 2 && { estimatedamount: 1000 + person.index * 10 }),
		...(person.index % 6 === 1 && { estimatedclosedate: '2027-03-31' }),
	};
}

function contactOnly(person: SeedPerson, accountIds: ReadonlyMap<string, string>): Values {
	const account = person.company === undefined ? undefined : accountIds.get(person.company);
	const inactive = person.index % 19 === 7;
	return {
		department: person.department,
		birthdate: person.dateOfBirth,
		parentcustomerid: account === undefined ? undefined : { id: account, table: 'account' },
		statecode: inactive ? 1 : 0,
		statuscode: inactive ? 2 : 1,
		...(person.index % 9 === 4 && { annualincome: 40_000 + person.index * 100 }),
		...(person.index % 4 === 3 && { gendercode: 1 + (person.index % 2) }),
	};
}

function custom(random: Random, person: SeedPerson): Values {
	const some = (share: number) => random() < share;
	return {
		new_region: some(0.5) ? (person.country ?? 'EMEA') : undefined,
		new_score: some(0.4) ? Math.floor(random() * 100) : undefined,
		new_stage: some(0.4) ? 100000000 + Math.floor(random() * 5) : undefined,
		new_interests: some(0.3) ? ['1,3', '2', '1,2,4'][Math.floor(random() * 3)] : undefined,
		new_probability: some(0.3) ? Math.floor(random() * 10_000) / 100 : undefined,
		new_newsletter: some(0.3),
		new_firstcontact: some(0.3) ? `2024-0${1 + Math.floor(random() * 9)}-15` : undefined,
		new_lastwebvisit: some(0.3) ? `2025-0${1 + Math.floor(random() * 9)}-20T08:15:30Z` : undefined,
		new_notes: some(0.1) ? 'Line one\r\nLine “two” & more\r\n' : undefined,
	};
}

function stamps(created: number, index: number): Values {
	const owner =
		index % 13 === 5
			? { id: SALES_TEAM_ID, table: 'team' }
			: user(personId(1 + (index % PEOPLE.length)));
	const by = user(personId(1 + (index % 4)));
	return {
		createdon: isoSeconds(created),
		modifiedon: isoSeconds(created),
		createdby: by,
		modifiedby: by,
		ownerid: owner,
		statecode: 0,
		statuscode: 1,
	};
}

function finish(
	database: Database,
	table: Table,
	id: string,
	born: Values,
	values: Values,
): Record<string, Stored> {
	const all = known(table, { ...born, ...values, [table.id]: id });
	for (const [name, value] of Object.entries(computedColumns(database, table, all))) {
		if (value !== null) all[name] = value;
	}
	return all;
}

/** What the table has a column for and that is not null; texts cut to the column's length. */
function known(table: Table, values: Values): Record<string, Stored> {
	const kept: Record<string, Stored> = {};
	for (const [name, value] of Object.entries(values)) {
		const column = table.column(name);
		if (value === undefined || !column) continue;
		kept[name] = typeof value === 'string' && column.max ? value.slice(0, column.max) : value;
	}
	return kept;
}

function user(id: string): Reference {
	return { id, table: 'systemuser' };
}
