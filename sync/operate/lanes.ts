import {
	allLanes,
	changeLane as change,
	openLane,
	startSoon as startAt,
	type Lane,
	type LaneChange,
} from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import type { Db } from '../ledger/schema';
import type { Table } from '../items';
import { customTableOf } from '../lanes/customTables';
import { COMPANIES, COMPANIES_LANE } from '../lanes/companies';
import { OPPORTUNITIES, OPPORTUNITIES_LANE } from '../lanes/opportunities';
import { OWNERS, OWNERS_LANE } from '../lanes/owners';
import { PEOPLE } from '../lanes/people';
import { ROLES, ROLES_LANE } from '../lanes/roles';

export { PEOPLE };

const NAMES: Record<string, string> = {
	[PEOPLE]: 'People',
	[COMPANIES]: 'Companies',
	[OWNERS]: 'Owners',
	[OPPORTUNITIES]: 'Opportunities',
	[ROLES]: 'Opportunity roles',
};

const ONE_WAY = [COMPANIES_LANE, OWNERS_LANE, OPPORTUNITIES_LANE, ROLES_LANE];

/** All lanes, people first; of custom tables those that were ever looked at. */
export async function lanesOf(db: Db): Promise<readonly string[]> {
	const custom = (await allLanes(db)).filter(({ name }) => customTableOf(name));
	return [PEOPLE, ...ONE_WAY.map(({ id }) => id), ...custom.map(({ name }) => name)];
}

/** The tables of lanes that go one way. */
export const ONE_WAY_TABLES: readonly Table[] = ONE_WAY.flatMap(({ tables }) =>
	tables.map(({ name }) => name),
);

const PEOPLE_TABLES: readonly Table[] = ['lead', 'contact', 'person', 'action'];

/** In which lanes rows of a table are synced: one, or, of a custom table, any number. */
export async function lanesOfTable(db: Db, table: Table): Promise<readonly string[]> {
	const custom = (await lanesOf(db)).filter((lane) => customTableOf(lane)?.table === table);
	const own = ONE_WAY.find(({ tables }) => tables.some(({ name }) => name === table))?.id;
	if (own) return [own, ...custom];
	return custom.length > 0 && !PEOPLE_TABLES.includes(table) ? custom : [PEOPLE, ...custom];
}

/** The tables of a lane that goes one way. */
export function tablesOfLane(lane: string): readonly Table[] {
	const custom = customTableOf(lane);
	if (custom) return [custom.table];
	return (ONE_WAY.find(({ id }) => id === lane)?.tables ?? []).map(({ name }) => name);
}

/** What Dynamics calls a table that a lane calls something else. */
export function sourceOfTable(table: Table): Table {
	const tables = ONE_WAY.flatMap((lane) => lane.tables);
	return tables.find(({ name }) => name === table)?.source ?? table;
}

/** How a lane is called on screen. */
export function laneName(lane: string): string {
	const custom = customTableOf(lane);
	return NAMES[lane] ?? (custom ? `${custom.table} to ${custom.object}` : lane);
}

/** Changes a lane in one transaction; `by` gets it as it is. */
export async function changeLane(
	ledger: Ledger,
	lane: string,
	by: (lane: Lane, db: Db) => Promise<LaneChange>,
): Promise<void> {
	await ledger.db.transaction().execute(async (db) => {
		await change(db, lane, await by(await openLane(db, lane, ledger.clock.now()), db));
	});
}

/** What a person has put on the list need not wait for the next round; a wait for a vendor stands. */
export async function startSoon(ledger: Ledger, db: Db, lane: string): Promise<void> {
	await startAt(db, lane, ledger.clock.now());
}
