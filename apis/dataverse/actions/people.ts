/** The tables whose rows are people. */
export type PersonTable = 'lead' | 'contact';

/** One person in Dynamics. */
export interface Person {
	table: PersonTable;
	/** A GUID, lower case. */
	id: string;
}

/** How the tables of people are named on the wire; the same in every environment. */
export const PERSON_TABLES: Readonly<Record<PersonTable, { set: string; idColumn: string }>> = {
	lead: { set: 'leads', idColumn: 'leadid' },
	contact: { set: 'contacts', idColumn: 'contactid' },
};

/** Whether that is the logical name of a table of people. */
export function isPersonTable(name: string): name is PersonTable {
	return Object.hasOwn(PERSON_TABLES, name);
}
