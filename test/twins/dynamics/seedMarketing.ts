import type { Database } from './database';
import { Marketing } from './marketing';
import { personId, SYNC_USER_ID } from './principals';
import type { Reference, Stored } from './store';
import { isoSeconds } from './text';

const DAY = 86_400_000;

/** Name, status and status reason. */
const CAMPAIGNS = [
	['Spring Launch', 0, 2],
	['Partner Webinar', 0, 0],
	['Trade Fair 2024', 1, 6],
	['Newsletter', 0, 1],
	['Old Roadshow', 1, 6],
] as const;

/** Name, kind of members, locked, dynamic. The first belongs to the first campaign. */
const LISTS = [
	['VIP Guests', 4, false, false],
	['Press Contacts', 2, true, false],
	['Everybody in Berlin', 4, false, true],
] as const;

/** Id of the n-th campaign of the seed, counted from 1. */
export function campaignId(number: number): string {
	return `ca3ba160-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** Id of the n-th marketing list of the seed, counted from 1. */
export function listId(number: number): string {
	return `71157000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** Campaigns, active and not, and lists that people made: one with a member, one locked, one dynamic. */
export function seedMarketing(database: Database, now: number): void {
	const user = (id: string): Reference => ({ id, table: 'systemuser' });
	const born: Record<string, Stored> = {
		createdon: isoSeconds(now - 100 * DAY),
		modifiedon: isoSeconds(now - 100 * DAY),
		createdby: user(SYNC_USER_ID),
		modifiedby: user(SYNC_USER_ID),
		ownerid: user(personId(1)),
		owninguser: user(personId(1)),
	};
	const campaigns = database.table('campaign');
	database.store(campaigns).load(
		CAMPAIGNS.map(([name, statecode, statuscode], index) => ({
			id: campaignId(index + 1),
			values: {
				...campaigns.defaults,
				...born,
				campaignid: campaignId(index + 1),
				name,
				statecode,
				statuscode,
			},
		})),
	);
	const lists = database.table('list');
	database.store(lists).load(
		LISTS.map(([listname, createdfromcode, lockstatus, type], index) => ({
			id: listId(index + 1),
			values: {
				...lists.defaults,
				...born,
				listid: listId(index + 1),
				listname,
				createdfromcode,
				membertype: createdfromcode,
				lockstatus,
				type,
				membercount: 0,
				statecode: 0,
				statuscode: 0,
			},
		})),
	);
	const marketing = new Marketing(database);
	const vip = database.store(lists).get(listId(1))!;
	marketing.addItem(database.store(campaigns).get(campaignId(1))!, vip);
	const leads = database.table('lead');
	const [first] = database.store(leads).idsAfter();
	if (first !== undefined) marketing.addMember(vip, database.store(leads).get(first)!, leads);
}
