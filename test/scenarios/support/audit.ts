import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { LaneMapping, PeopleMapping } from '../../../sync/mapping';
import { audit, type AuditReport } from '../../auditor/audit';
import { TABLES, type Mapped, type MappedRow, type OneWayLane } from '../../auditor/mapping';
import type { SyncWorld } from './world';

/** What the auditor has to say. It reads a file: the ledger is copied, as it is at this moment, into one of its own. */
export async function auditOf(
	world: SyncWorld,
	mapping = asRead(world.mapping),
): Promise<AuditReport> {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'audit-'));
	const ledgerFile = path.join(folder, 'ledger.sqlite');
	try {
		await world.backUp(ledgerFile);
		const oneWay = Object.entries(world.mappings).map(([lane, of]) => oneWayAsRead(lane, of));
		const { dynamics: of, marketo: and } = world.credentials;
		const [dynamics, marketo] = [of.crm, and.automation];
		return await audit({ dynamics, marketo, mapping, oneWay, ledgerFile });
	} finally {
		await rm(folder, { recursive: true });
	}
}

/** The mapping as the auditor reads it in a workflow. */
const asRead = (mapping: PeopleMapping): Mapped[] =>
	TABLES.flatMap((table) => rowsAsRead(table, mapping));

function rowsAsRead<OfTable extends string>(
	table: OfTable,
	mapping: LaneMapping,
): MappedRow<OfTable>[] {
	const { rows, emptyValues } = mapping[table]!;
	return rows.map(
		({ column, field, direction, empty = emptyValues, onlyOnCreate = false, transform = {} }) => ({
			table,
			column,
			field,
			direction,
			empty,
			onlyOnCreate,
			transform,
		}),
	);
}

function oneWayAsRead(lane: string, mapping: LaneMapping): OneWayLane {
	return {
		lane,
		mapping: Object.keys(mapping).flatMap((table) => rowsAsRead(table, mapping)),
		whenDeleted: Object.fromEntries(
			Object.entries(mapping).flatMap(([table, { whenDeleted }]) =>
				whenDeleted
					? [[table, whenDeleted.do === 'delete' ? 'delete' : { mark: whenDeleted.field }]]
					: [],
			),
		),
	};
}
