import type { IExecuteFunctions, IWorkflowSettings } from 'n8n-workflow';

import { findLane } from '../../sync/ledger/lanes';
import { PEOPLE } from '../../sync/operate/lanes';
import { KEEPS_EXECUTIONS } from '../../sync/operate/status';
import { ok, warning, type Check } from './checklist';
import { openNodeLedger } from './ledger';

/** Whether n8n stores the executions of healthy runs. *Import from File* leaves out the settings of the shipped workflow. */
export function keepsExecutions({ saveDataSuccessExecution }: IWorkflowSettings): boolean {
	const isSet = saveDataSuccessExecution !== undefined && saveDataSuccessExecution !== 'DEFAULT';
	const saved = isSet ? saveDataSuccessExecution : process.env.EXECUTIONS_DATA_SAVE_ON_SUCCESS;
	return saved !== 'none';
}

/** A line of the checklist, in the workflow of the sync. */
export function keptExecutionsCheck(context: IExecuteFunctions): Check {
	return {
		name: 'Executions that n8n keeps',
		async look() {
			const ledger = await openNodeLedger(context).catch(() => undefined);
			const workflow = ledger && (await findLane(ledger.db, PEOPLE))?.workflow;
			if (workflow && workflow !== context.getWorkflow().id)
				return ok('Another workflow runs the sync; Show Status says whether it keeps them');
			return keepsExecutions(context.getWorkflowSettings())
				? warning(KEEPS_EXECUTIONS.found, KEEPS_EXECUTIONS.remedy)
				: ok('Healthy runs are not kept');
		},
	};
}
