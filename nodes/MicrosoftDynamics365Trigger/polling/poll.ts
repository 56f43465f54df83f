import { NodeOperationError, type INodeExecutionData, type IPollFunctions } from 'n8n-workflow';

import type { Dataverse } from '../../../apis/dataverse/client';
import { query } from '../../../apis/dataverse/rows/query';
import { whoAmI } from '../../../apis/dataverse/whoAmI';
import { connect } from '../../MicrosoftDynamics365/shared/client';
import { rowItem, selectFor, type ChangeItem } from '../item';
import { scopeOf, settingOf, type Setting } from '../setting';
import { forgetRegistration } from '../webhook/registration';
import { newCursor, type Cursor } from './cursor';
import { drain } from './drain';

/** Rows that a test in the editor shows. */
const SAMPLES = 5;

/** Part of n8n's time for a poll that is used: the rest is for a call that takes long. */
const USED_TIME = 0.5;

/** Another poll of the same node of this process is still reading. */
const reading = new Set<string>();

/** What has changed since the last poll; in a test of the editor the newest rows, and nothing is kept. */
export async function poll(context: IPollFunctions): Promise<INodeExecutionData[][] | null> {
	// One context serves all polls until the workflow is published anew; the credential may change before.
	const client = await connect(context);
	const setting = await settingOf(context, client);
	assertTracked(context, setting);
	if (context.getMode() === 'manual') return output(await samples(client, setting));
	const key = `${context.getWorkflow().id} ${context.getNode().id}`;
	if (reading.has(key)) return null;
	reading.add(key);
	try {
		return output(await changes(context, client, setting));
	} finally {
		reading.delete(key);
	}
}

async function changes(
	context: IPollFunctions,
	client: Dataverse,
	setting: Setting,
): Promise<ChangeItem[]> {
	const memory = context.getWorkflowStaticData('node') as { cursor?: Cursor };
	await forgetRegistration(context, client).catch((problem: Error) =>
		context.logger.warn(
			`Microsoft Dynamics 365 Trigger: its former webhook is still there: ${problem.message}`,
		),
	);
	const scope = scopeOf(context.getNode(), client, setting);
	const known = memory.cursor?.scope === scope ? memory.cursor : undefined;
	const cursor = known ?? newCursor(scope, (await whoAmI(client)).userId.toLowerCase());
	const until = Date.now() + context.getPollBudgetMs() * USED_TIME;
	const { items, expired, problem, cursor: next } = await drain(client, setting, cursor, until);
	memory.cursor = next;
	if (problem && items.length === 0) throw problem;
	if (expired)
		context.logger.warn(`Microsoft Dynamics 365 Trigger, ${setting.table.name}: ${expired}`);
	if (problem) {
		const message = problem instanceof Error ? problem.message : String(problem);
		context.logger.warn(
			`Microsoft Dynamics 365 Trigger: continues at the next poll, because ${message}`,
		);
	}
	return items;
}

/** The newest rows, as the events would bring them. */
async function samples(client: Dataverse, setting: Setting): Promise<ChangeItem[]> {
	const dated = setting.table.columns.some(({ name }) => name === 'modifiedon');
	const rows = await query(client, setting.table.set, {
		select: selectFor(setting),
		orderBy: dated ? 'modifiedon desc' : undefined,
		limit: SAMPLES,
	});
	return rows.map((row) => ({
		...rowItem(setting, row.createdon === row.modifiedon ? 'created' : 'updated', row),
		note: 'A sample: one of the newest rows. Only the published workflow keeps track of changes.',
	}));
}

function assertTracked(context: IPollFunctions, { table }: Setting): void {
	if (table.changeTracking) return;
	throw new NodeOperationError(
		context.getNode(),
		`Change tracking is off for the table "${table.label}" (${table.name}), so it cannot be polled`,
		{
			description:
				'Switch it on: in Power Apps open the table, then Properties, Advanced options, tick "Track changes" and save. Or set \'Watch\' to Webhook',
		},
	);
}

function output(items: ChangeItem[]): INodeExecutionData[][] | null {
	return items.length > 0 ? [items.map((json) => ({ json }))] : null;
}
