import { seededGuid, seededRandom } from '../chassis';
import { mirrorOf } from './connections';
import type { Database } from './database';
import { connectionRoleId } from './seedConnections';
import type { Reference, Stored } from './store';

/** Rows that only large environments need: none unless told. */
export interface Size {
	/** Beside those of the seed's people. */
	readonly accounts: number;
	/**
	 * Two of three have an account as their potential customer, half of these with a contact; the third has a contact.
	 * Every second one has a stakeholder.
	 */
	readonly opportunities: number;
}

type NewRow = { id: string; values: Record<string, Stored> };

/** Fills tables up to a size. `finish` completes the values of a row as the seed does with its own. */
export function seedAtSize(
	database: Database,
	seed: number,
	{ accounts, opportunities }: Size,
	finish: (table: string, id: string, index: number, values: Record<string, Stored>) => NewRow,
): void {
	const random = seededRandom(seed, 'at size');
	const load = (table: string, rows: NewRow[]) => database.store(database.table(table)).load(rows);
	const idsOf = (table: string) => [...database.store(database.table(table)).idsAfter()];
	load(
		'account',
		Array.from({ length: accounts }, (_, index) =>
			finish('account', seededGuid(random), index, {
				name: `Company ${index + 1}`,
				accountnumber: `S-${String(index + 1).padStart(6, '0')}`,
				telephone1: `+1 555 ${String(index).padStart(7, '0')}`,
				numberofemployees: 1 + (index % 5_000),
				industrycode: (index % 33) + 1,
			}),
		),
	);
	if (opportunities === 0) return;
	const [companies, contacts] = [idsOf('account'), idsOf('contact')];
	const of = (table: string, ids: string[], index: number): Reference => ({
		id: ids[index % ids.length]!,
		table,
	});
	const deals = Array.from({ length: opportunities }, (_, index) => {
		const isOfContact = index % 3 === 0;
		const customer = isOfContact ? ['contact', contacts] : ['account', companies];
		return finish('opportunity', seededGuid(random), index, {
			name: `Deal ${index + 1}`,
			customerid: of(customer[0] as string, customer[1] as string[], index),
			...(index % 3 === 1 && { parentcontactid: of('contact', contacts, index) }),
			estimatedvalue: 1_000 + index,
			closeprobability: index % 101,
		});
	});
	load('opportunity', deals);
	const { spec } = database.table('opportunity');
	const contactCode = database.table('contact').spec.typeCode;
	const stakeholders = deals.filter((_, index) => index % 2 === 0);
	load(
		'connection',
		stakeholders.flatMap(({ id: deal }, index) => {
			const [one, other] = [seededGuid(random), seededGuid(random)];
			const values: Record<string, Stored> = {
				name: `Stakeholder ${index + 1}`,
				record1id: { id: deal, table: 'opportunity' },
				record1objecttypecode: spec.typeCode,
				// Nobody who is in the opportunity already.
				record2id: of('contact', contacts, 2 * index + 1),
				record2objecttypecode: contactCode,
				record2roleid: { id: connectionRoleId(3), table: 'connectionrole' },
			};
			const mirror = mirrorOf(values) as Record<string, Stored>;
			return [
				finish('connection', one, index, {
					...values,
					ismaster: true,
					relatedconnectionid: { id: other, table: 'connection' },
				}),
				finish('connection', other, index, {
					...mirror,
					ismaster: false,
					relatedconnectionid: { id: one, table: 'connection' },
				}),
			];
		}),
	);
}
