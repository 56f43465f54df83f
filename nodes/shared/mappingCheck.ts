import type { IExecuteFunctions } from 'n8n-workflow';

import type { Side } from '../../sync/items';
import type { LaneDefinition } from '../../sync/lanes/definition';
import { pinnedMapping } from '../../sync/ledger/mappings';
import { mappedLane, type SkippedRow } from '../../sync/page/tables';
import type { System } from '../../sync/schedule/systems';
import { ok, toDo, warning, type Check } from './checklist';
import { ownLedger } from './syncMemory';
import { PEOPLE_LANE } from './vendorPorts';

/** Says of a row with something missing on one side, there; what else is wrong with rows is said with Dynamics. */
const isToldWith = (side: Side, { missing }: SkippedRow) => (missing ?? 'dynamics') === side;

/** Rows of the last run's field mapping that are left out. Asks nothing: the columns were described just before. */
export function mappingCheck(
	context: IExecuteFunctions,
	side: Side,
	systemOf: () => Promise<System>,
	lane: LaneDefinition = PEOPLE_LANE,
): Check {
	return {
		name: 'Field mapping',
		async look() {
			const ledger = await ownLedger(context, await systemOf()).catch(() => undefined);
			if (!ledger)
				return warning('The memory of the sync could not be read', 'See "Memory of the sync"');
			const pinned = await pinnedMapping(ledger.db, lane.id);
			if (!pinned) return ok('Checked after the sync has run');
			const { skipped } = await mappedLane(ledger.db, lane, pinned.mapping);
			const told = skipped.filter((row) => isToldWith(side, row));
			if (told.length === 0) return ok('No row is skipped');
			return toDo(
				told.map(({ table, row, reason }) => `Skipped for ${table}s: ${row}. ${reason}`).join('. '),
				[...new Set(told.map(({ remedy }) => remedy))].join('. '),
			);
		},
	};
}
