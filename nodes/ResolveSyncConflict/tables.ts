/** A table of Dynamics whose mapping the node holds, in the words of the editor. */
export interface TableWords {
	table: 'lead' | 'contact';
	many: 'Leads' | 'Contacts';
	/** Who wins in Adobe's sync. */
	native: string;
	/** Methods that fill the lists. */
	columns: string;
	fields: string;
	mappedColumns: string;
}

export const TABLES: TableWords[] = [
	{
		table: 'lead',
		many: 'Leads',
		native: 'Marketo Wins',
		columns: 'searchLeadColumns',
		fields: 'searchLeadFields',
		mappedColumns: 'searchMappedLeadColumns',
	},
	{
		table: 'contact',
		many: 'Contacts',
		native: 'Dynamics Wins',
		columns: 'searchContactColumns',
		fields: 'searchContactFields',
		mappedColumns: 'searchMappedContactColumns',
	},
];
