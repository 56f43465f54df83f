import { CUSTOM_TABLE, type OfferedLane } from '../shared/lanes';

/** A table of Dynamics (`custom`: whichever is chosen) whose mapping the node holds, in the words of the editor. */
export interface TableWords {
	table: string;
	/** With what it is shown. */
	lane: OfferedLane | typeof CUSTOM_TABLE;
	many: string;
	/** Who wins in Adobe's sync; null where nothing goes from Marketo to Dynamics. */
	native: string | null;
	/** It ties two records together, and goes with its row. */
	isTie?: true;
	/** Methods that fill the lists. */
	columns: string;
	fields: string;
	mappedColumns: string;
}

const words = (
	table: string,
	name: string,
	rest: Pick<TableWords, 'lane' | 'many' | 'native' | 'isTie'>,
): TableWords => ({
	table,
	...rest,
	columns: `search${name}Columns`,
	fields: `search${name}Fields`,
	mappedColumns: `searchMapped${name}Columns`,
});

export const TABLES: TableWords[] = [
	words('lead', 'Lead', { lane: 'people', many: 'Leads', native: 'Marketo Wins' }),
	words('contact', 'Contact', { lane: 'people', many: 'Contacts', native: 'Dynamics Wins' }),
	words('account', 'Account', { lane: 'companies', many: 'Accounts', native: null }),
	words('systemuser', 'User', { lane: 'owners', many: 'Users', native: null }),
	words('custom', 'Custom', { lane: CUSTOM_TABLE, many: 'Rows', native: null }),
	words('team', 'Team', { lane: 'owners', many: 'Teams', native: null }),
	words('opportunity', 'Opportunity', {
		lane: 'opportunities',
		many: 'Opportunities',
		native: null,
	}),
	words('potentialcustomer', 'PotentialCustomer', {
		lane: 'roles',
		many: 'Potential Customers',
		native: null,
		isTie: true,
	}),
	words('connection', 'Connection', {
		lane: 'roles',
		many: 'Stakeholders',
		native: null,
		isTie: true,
	}),
];
