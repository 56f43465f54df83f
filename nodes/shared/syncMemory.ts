import type { IExecuteFunctions } from 'n8n-workflow';

import type { Ledger } from '../../sync/ledger/ledger';
import { assertOwn, isBound, type System } from '../../sync/schedule/systems';
import { ok, toDo, type Check } from './checklist';
import { openNodeLedger } from './ledger';

/** The ledger, where it can be opened and belongs to this system or to nobody yet. @throws OtherSystem, NodeOperationError */
export async function ownLedger(context: IExecuteFunctions, system: System): Promise<Ledger> {
	const ledger = await openNodeLedger(context);
	const by = { name: context.getNode().name, then: 'validate again' };
	await assertOwn(ledger.db, { ...system, by });
	return ledger;
}

/** Of another system, or of a file that cannot be opened. */
type Problem = Error & { remedy?: string; description?: string };

/** Whether what the sync remembers is about this system. */
export function memoryCheck(context: IExecuteFunctions, systemOf: () => Promise<System>): Check {
	return {
		name: 'Memory of the sync',
		async look() {
			const system = await systemOf();
			try {
				const { db } = await ownLedger(context, system);
				return ok(
					(await isBound(db))
						? 'Belongs to this system'
						: 'New: it belongs to the first two systems that it syncs',
				);
			} catch (error) {
				const { message, remedy, description } = error as Problem;
				return toDo(message, remedy ?? description ?? '');
			}
		},
	};
}
