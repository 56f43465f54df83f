import type { Side } from '../../../sync/items';
import type { DynamicsVendor } from '../../vendors/dynamics';

/** In the order in which a user would publish them: parents first. */
export const LANES = ['companies', 'owners', 'people', 'opportunities', 'roles'] as const;
export type Lane = (typeof LANES)[number];

/** Rows that one call reads of a feed, at most; of roles, most of whose rows stand for none, three times as many. */
const ROWS_A_CALL = 1_200;
/** A first read ends with a look at what changed meanwhile, and one at change tracking. */
export const TO_END = 2;
/** Marketo's log: where to begin, changes, and who is gone. */
export const LOG = 3;

/** What a first copy has to read and write. */
export interface ToCopy {
	/** Of each table that is read, how many rows. */
	rows: number[];
	/** Records that come of them. */
	records: number;
	/** Lookups are seen through the rows that they point to: one call more for each that reads a feed. */
	seesThrough?: boolean;
	/** Most rows stand for no record. */
	isPartly?: boolean;
	/** People are looked up before they are made, and read once after: how many of them have an e-mail address. */
	withEmail?: number;
}

const calls = (records: number) => Math.ceil(records / 300);

/** The fewest calls in which that can be copied: 300 records a call, and the reads of the feeds. */
export function fewestCalls(copy: ToCopy): Record<Side, number> {
	const { rows, records, seesThrough = false, isPartly = false, withEmail } = copy;
	const aCall = isPartly ? 3 * ROWS_A_CALL : ROWS_A_CALL;
	const reads = rows.map((count) => Math.ceil(count / aCall));
	const feeds = reads.reduce((sum, one) => sum + Math.max(1, one) + TO_END, 0);
	const through = seesThrough ? reads.reduce((sum, one) => sum + one, 0) : 0;
	return {
		dynamics: feeds + through,
		marketo:
			withEmail === undefined
				? calls(records)
				: LOG +
					// By stored id, by e-mail, made by the one or the other, and what they hold besides.
					2 * calls(records) +
					2 * calls(withEmail) +
					calls(records - withEmail),
	};
}

/** Calls that tell what the two systems are like: as many for ten records as for a million. */
export const TO_DESCRIBE: Record<Side, number> = { dynamics: 5, marketo: 2 };

/** What Dynamics has for each lane, as another program counts it. */
export async function toCopy(crm: DynamicsVendor): Promise<Record<Lane, ToCopy>> {
	const count = async (path: string) => (await crm.all(path)).length;
	const accounts = await count('accounts?$select=accountid');
	const users = await count('systemusers?$select=systemuserid');
	const contacts = await crm.all('contacts?$select=emailaddress1');
	const isContact = new Set(contacts.map(({ contactid }) => contactid));
	const opportunities = await crm.all(
		'opportunities?$select=_customerid_value,_parentcontactid_value',
	);
	const connections = await count('connections?$select=connectionid');
	const ofPeople = opportunities.filter(
		(one) => one._parentcontactid_value || isContact.has(one._customerid_value),
	).length;
	return {
		companies: { rows: [accounts], records: accounts },
		owners: { rows: [users], records: users },
		people: {
			rows: [contacts.length, 0],
			records: contacts.length,
			withEmail: contacts.filter(({ emailaddress1 }) => emailaddress1).length,
		},
		opportunities: {
			rows: [opportunities.length],
			records: opportunities.length,
			seesThrough: true,
		},
		roles: {
			rows: [opportunities.length, connections],
			records: ofPeople + connections / 2,
			seesThrough: true,
			isPartly: true,
		},
	};
}
