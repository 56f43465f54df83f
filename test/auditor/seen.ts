import type { DynamicsVendor, Row } from '../vendors/dynamics';
import type { Column, Kind } from './vendorTypes';

/**
 * Columns of a mapping that the table itself does not have, in the auditor's own reading of their names: made of
 * others (`statecode.won`), or seen through a lookup (`ownerid.email`).
 */

/** All annotations: labels, and the table that a lookup leads to. */
export const ANNOTATED = { prefer: 'odata.include-annotations="*"' };

/** Columns that say what came of something, by the one that says what was expected of it. */
const ONCE_CLOSED: Record<string, string> = {
	estimatedvalue: 'actualvalue',
	estimatedvalue_base: 'actualvalue_base',
	estimatedclosedate: 'actualclosedate',
};
const MAILBOXES: Record<string, string> = {
	systemuser: 'internalemailaddress',
	team: 'emailaddress',
};
/** Whether an opportunity has a contact of its own, beside stakeholders. */
const PRIMARY = 'customerid.contact.primary';
const OPEN = 0;
const WON = 1;

interface Definition {
	EntitySetName: string;
	PrimaryIdAttribute: string;
}

/** Where the rows of a table are, and by which column they are told apart. */
export async function definitionOf(dynamics: DynamicsVendor, table: string): Promise<Definition> {
	return await dynamics.get<Definition & Row>(
		`EntityDefinitions(LogicalName='${table}')?$select=EntitySetName,PrimaryIdAttribute`,
	);
}

/** Rows that lookups lead to; a table is read once, when somebody is looked for in it. */
export class Lookups {
	private readonly tables = new Map<string, Promise<Map<string, Row>>>();

	constructor(private readonly dynamics: DynamicsVendor) {}

	/** The table and the ID that a lookup of a row names. */
	static target(row: Row, lookup: string): { table: string; id: string } | undefined {
		const id = row[`_${lookup}_value`];
		const table = row[`_${lookup}_value@Microsoft.Dynamics.CRM.lookuplogicalname`];
		if (typeof id !== 'string') return undefined;
		return { table: String(table), id: id.toLowerCase() };
	}

	async rowOf(row: Row, lookup: string): Promise<[table: string, row: Row] | undefined> {
		const target = Lookups.target(row, lookup);
		if (!target) return undefined;
		const { table, id } = target;
		if (!this.tables.has(table)) this.tables.set(table, this.read(table));
		const found = (await this.tables.get(table)!).get(id);
		return found && [table, found];
	}

	private async read(table: string): Promise<Map<string, Row>> {
		const { EntitySetName, PrimaryIdAttribute } = await definitionOf(this.dynamics, table);
		const rows = await this.dynamics.all(EntitySetName, ANNOTATED);
		return new Map(rows.map((row) => [String(row[PrimaryIdAttribute]).toLowerCase(), row]));
	}
}

/** The columns of the table that such a name needs. */
export function neededFor(name: string): string[] {
	const [own = '', by] = name.split('.');
	if (by === 'current') return [own, ONCE_CLOSED[own] ?? own, 'statecode'];
	if (name === 'customerid.account') return [own, 'parentaccountid', 'parentcontactid'];
	if (name === PRIMARY) return [own, 'parentcontactid'];
	return [own];
}

/** What it holds, in which kind. */
export function seenAs(name: string, columns: Map<string, Column>): Column | undefined {
	const [own = '', by] = name.split('.');
	const column = columns.get(own);
	if (!by || !column) return column;
	const kinds: Record<string, Kind> = { closed: 'yesNo', won: 'yesNo', email: 'email' };
	if (by === 'current') return { ...column, wireName: name };
	if (name === PRIMARY) return { kind: 'yesNo', wireName: name };
	const kind = name === 'customerid.account' ? 'id' : (kinds[by] ?? 'text');
	return { kind, wireName: name };
}

/** The value of such a column in a row. */
export async function seenIn(row: Row, name: string, lookups: Lookups): Promise<unknown> {
	const [own = '', by = '', custom] = name.split('.');
	if (by === 'closed') return row[own] !== OPEN;
	if (by === 'won') return row[own] === WON;
	if (by === 'current') {
		const actual = row.statecode === OPEN ? null : row[ONCE_CLOSED[own] ?? own];
		return actual ?? row[own];
	}
	if (name === 'customerid.account') return await accountOf(row, lookups);
	if (name === PRIMARY) {
		const customer = Lookups.target(row, 'customerid');
		return customer?.table === 'contact' || Lookups.target(row, 'parentcontactid') !== undefined;
	}
	if (by === 'name') return row[`_${own}_value@OData.Community.Display.V1.FormattedValue`] ?? null;
	const [table, found] = (await lookups.rowOf(row, own)) ?? [];
	if (!found || !table) return null;
	if (by === 'email') return found[MAILBOXES[table] ?? 'emailaddress1'] ?? null;
	return (custom ? by === table && found[custom] : found[by]) ?? null;
}

/** The account that an opportunity is with: its customer, or else that of the form, or else that of its contact. */
async function accountOf(row: Row, lookups: Lookups): Promise<string | null> {
	const customer = Lookups.target(row, 'customerid');
	if (customer?.table === 'account') return customer.id;
	const ofContact = async (lookup: string) => {
		const [table, contact] = (await lookups.rowOf(row, lookup)) ?? [];
		const of = contact && Lookups.target(contact, 'parentcustomerid');
		return table === 'contact' && of?.table === 'account' ? of.id : undefined;
	};
	return (
		(await ofContact('customerid')) ??
		Lookups.target(row, 'parentaccountid')?.id ??
		(await ofContact('parentcontactid')) ??
		null
	);
}
