import type { IWorkflowSettings, NodeTypeAndVersion } from 'n8n-workflow';

import type { Ledger } from '../../sync/ledger/ledger';
import { noteRunBy, type RunBy } from '../../sync/ledger/runBy';
import { keepsExecutions } from './keptExecutions';
import { newsAfter } from './news';

/** The trigger of a sync, as the type of a node ends. */
const TRIGGER_TYPE = 'marketoDynamicsSyncTrigger';

interface Around {
	getWorkflow(): { id?: string; name?: string };
	getWorkflowSettings(): IWorkflowSettings;
	getTimezone(): string;
	getChildNodes(name: string, options?: { includeNodeParameters?: boolean }): NodeTypeAndVersion[];
}

/** What a workflow, as it is published, says of the lane that it runs. */
export function publishedBy(context: Around, trigger: string): RunBy {
	const { id, name = '' } = context.getWorkflow();
	return {
		workflow: String(id),
		name,
		keepsExecutions: keepsExecutions(context.getWorkflowSettings()),
		digest: newsAfter(context, trigger),
	};
}

/**
 * Each page says so: n8n goes on with a trigger as it was started, whatever else of its workflow is published since, and
 * a step that somebody has switched on for messages is such a change.
 */
export async function notePublished(
	context: Around & {
		getNode(): { name: string };
		getParentNodes(name: string): NodeTypeAndVersion[];
	},
	{ db }: Pick<Ledger, 'db'>,
	lane: string,
): Promise<void> {
	const before = context.getParentNodes(context.getNode().name);
	const trigger = before.find(({ type }) => type.endsWith(`.${TRIGGER_TYPE}`));
	if (trigger) await noteRunBy(db, lane, publishedBy(context, trigger.name));
}
