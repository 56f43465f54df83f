import { changeAssociation } from './connections';
import type { Database } from './database';
import type { Stored } from './store';

/** Name, category, the tables it is for (none: all), and the role at the other end. */
const ROLES: ReadonlyArray<
	readonly [name: string, category: number, tables: readonly string[], pair?: string]
> = [
	['Stakeholder', 1000, ['account', 'contact']],
	['Decision Maker', 1000, ['contact']],
	['Influencer', 1000, ['contact', 'lead']],
	['Economic Buyer', 1000, ['contact']],
	['Technical Buyer', 1000, ['contact']],
	['Sales Professional', 1001, ['systemuser']],
	['Friend', 3, []],
	['Former Employee', 1, ['contact'], 'Former Employer'],
	['Former Employer', 1, ['account']],
];

/** Id of the n-th connection role of the seed, counted from 1. */
export function connectionRoleId(number: number): string {
	return `c0220000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** The roles that rows can have in connections. */
export function seedConnections(database: Database): void {
	const roles = database.table('connectionrole');
	database.store(roles).load(
		ROLES.map(([name, category], index) => {
			const id = connectionRoleId(index + 1);
			return {
				id,
				values: {
					...roles.defaults,
					connectionroleid: id,
					name,
					category,
					statecode: 0,
					statuscode: 1,
				},
			};
		}),
	);
	const types = database.table('connectionroleobjecttypecode');
	const rows: Array<{ id: string; values: Record<string, Stored> }> = [];
	for (const [index, [, , tables]] of ROLES.entries()) {
		for (const table of tables) {
			const id = `c0230000-0000-4000-8000-${String(rows.length + 1).padStart(12, '0')}`;
			const values = {
				connectionroleobjecttypecodeid: id,
				connectionroleid: { id: connectionRoleId(index + 1), table: 'connectionrole' },
				associatedobjecttypecode: table,
			};
			rows.push({ id, values });
		}
	}
	database.store(types).load(rows);
	for (const [index, [, , , pair]] of ROLES.entries()) {
		const other = ROLES.findIndex(([name]) => name === pair);
		if (other < 0) continue;
		changeAssociation(database, connectionRoleId(index + 1), connectionRoleId(other + 1), true);
	}
}
