import type { Row } from '../vendors/dynamics';
import type { LedgerView } from './ledgerFile';
import type { Stood, Structure } from './oneWay';
import type { OneWaySystems } from './oneWaySystems';
import { Lookups } from './seen';
import { subject } from './structure';

/** A role that somebody should have, as Dynamics tells it. */
interface Wanted {
	/** `potentialcustomer:<opportunity>` or `connection:<id>` */
	subject: string;
	opportunity: string;
	/** Lead or contact. */
	who: string;
	role: string;
	row: Row;
}

/** As many characters as Marketo takes. */
const LONGEST_ROLE = 50;
const ACTIVE = 0;

/** The roles of an opportunity by its own row: whoever is the customer, or else the contact on the form. */
function ofCustomer(id: string, row: Row): Wanted[] {
	const customer = Lookups.target(row, 'customerid');
	const contact = Lookups.target(row, 'parentcontactid');
	const about = { subject: `potentialcustomer:${id}`, opportunity: id, row };
	if (customer?.table === 'contact')
		return [{ ...about, who: customer.id, role: 'Potential Customer' }];
	return contact ? [{ ...about, who: contact.id, role: 'Contact' }] : [];
}

/** The role of whom an opportunity is connected with, seen from the opportunity. */
function ofConnection(id: string, row: Row): Wanted[] {
	const opportunity = Lookups.target(row, 'record1id');
	const who = Lookups.target(row, 'record2id');
	if (opportunity?.table !== 'opportunity' || row.statecode !== ACTIVE) return [];
	if (who?.table !== 'lead' && who?.table !== 'contact') return [];
	const name = row['_record2roleid_value@OData.Community.Display.V1.FormattedValue'];
	const role = typeof name === 'string' && name.trim() ? name.trim() : 'Stakeholder';
	return [
		{
			subject: `connection:${id}`,
			opportunity: opportunity.id,
			who: who.id,
			role: [...role].slice(0, LONGEST_ROLE).join(''),
			row,
		},
	];
}

const keyOf = (opportunity: unknown, person: unknown, role: unknown) =>
	[opportunity, person, role].map((part) => String(part as string).toLowerCase()).join(' ');

/** Everybody has the roles that Dynamics tells of, once, and no other. */
export function checkRoles(
	ledger: LedgerView<string>,
	people: LedgerView,
	{ rows, records }: OneWaySystems,
): Structure {
	const wanted = [
		...[...(rows.get('potentialcustomer') ?? [])].flatMap(([id, row]) => ofCustomer(id, row)),
		...[...(rows.get('connection') ?? [])].flatMap(([id, row]) => ofConnection(id, row)),
	];
	const persons = new Map(
		people.links.flatMap(({ dynamicsId, marketoId, state }) =>
			state === 'active' || state === 'secondary' ? [[dynamicsId, marketoId] as const] : [],
		),
	);
	const there = new Map(
		[...records.values()].map((record) => [
			keyOf(record.externalOpportunityId, record.leadId, record.role),
			record,
		]),
	);
	const links = new Map(ledger.links.map((link) => [subject(link), link]));
	const found = new Set<Row>();
	const structure: Structure = { problems: [], pairs: [] };
	for (const one of wanted) {
		const record = there.get(keyOf(one.opportunity, persons.get(one.who), one.role));
		const link = links.get(one.subject);
		if (record) {
			found.add(record);
			const pair: Stood | false = link?.state === 'active' && { link, row: one.row, record };
			if (pair) structure.pairs.push(pair);
			else if (link?.state !== 'secondary')
				structure.problems.push({
					record: one.subject,
					problem: `has its role, but the link is ${link?.state ?? 'not there'}`,
				});
		} else if (!ledger.needHelp.has(one.subject) && !ledger.waiting.has(one.subject)) {
			structure.problems.push({
				record: one.subject,
				problem: `has no role "${one.role}" in Marketo, and nothing is waited for`,
			});
		}
	}
	for (const record of there.values()) {
		if (found.has(record)) continue;
		const { externalOpportunityId, leadId, role } = record;
		structure.problems.push({
			record: `opportunity:${String(externalOpportunityId)}`,
			problem: `has a role "${String(role)}" of person ${String(leadId)} of which Dynamics does not tell`,
		});
	}
	return structure;
}
