import type { DataverseColumn, DataverseTable } from '../../../apis/dataverse/metadata/table';

/** What people look at first, in this order. Tables have several hundred columns. */
const USUAL: readonly string[] = [
	'fullname',
	'name',
	'firstname',
	'lastname',
	'emailaddress1',
	'telephone1',
	'mobilephone',
	'companyname',
	'parentcustomerid',
	'jobtitle',
	'leadsourcecode',
	'address1_city',
	'address1_country',
	'accountnumber',
	'primarycontactid',
	'closeprobability',
	'actualvalue',
	'actualclosedate',
	'internalemailaddress',
	'isdisabled',
	'teamtype',
	'statecode',
	'statuscode',
	'ownerid',
	'createdon',
	'modifiedon',
];

/** Whether a column is offered without asking for it. */
export function isUsual(column: DataverseColumn): boolean {
	return USUAL.includes(column.name);
}

/** The columns that are read when nobody chose any. */
export function usualColumns(table: DataverseTable): DataverseColumn[] {
	const named = USUAL.flatMap((name) => table.columns.filter((column) => column.name === name));
	const always = table.columns.filter((column) => column.isPrimaryId || column.isPrimaryName);
	return [...new Set([...always, ...named])];
}

/** Usual ones first, then by label. */
export function byUse(a: DataverseColumn, b: DataverseColumn): number {
	const [first, second] = [USUAL.indexOf(a.name), USUAL.indexOf(b.name)];
	if (first !== second && (first >= 0 || second >= 0)) {
		return (first < 0 ? Infinity : first) - (second < 0 ? Infinity : second);
	}
	return a.label.localeCompare(b.label);
}

const sorted = new WeakMap<DataverseTable, DataverseColumn[]>();

/** All columns of a table in the order in which people look at them. */
export function columnsByUse(table: DataverseTable): DataverseColumn[] {
	let columns = sorted.get(table);
	if (!columns) {
		columns = [...table.columns].sort(byUse);
		sorted.set(table, columns);
	}
	return columns;
}
