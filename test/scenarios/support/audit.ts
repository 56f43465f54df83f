import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { PeopleMapping } from '../../../sync/mapping';
import { audit, type AuditReport } from '../../auditor/audit';
import { TABLES, type Mapped } from '../../auditor/mapping';
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
		return await audit({ dynamics: world.crm, marketo: world.automation, mapping, ledgerFile });
	} finally {
		await rm(folder, { recursive: true });
	}
}

/** The mapping as the auditor reads it in a workflow. */
function asRead(mapping: PeopleMapping): Mapped[] {
	return TABLES.flatMap((table) => {
		const { rows, emptyValues } = mapping[table];
		return rows.map(
			({
				column,
				field,
				direction,
				empty = emptyValues,
				onlyOnCreate = false,
				transform = {},
			}) => ({ table, column, field, direction, empty, onlyOnCreate, transform }),
		);
	});
}
