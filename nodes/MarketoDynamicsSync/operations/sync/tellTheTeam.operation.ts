import {
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeParameters,
} from 'n8n-workflow';

import { findLane } from '../../../../sync/ledger/lanes';
import type { Ledger } from '../../../../sync/ledger/ledger';
import { PEOPLE } from '../../../../sync/operate/lanes';
import { isFirstTold, sampleNews, takeAllNews, type News } from '../../../../sync/operate/news';
import { openNodeLedger } from '../../../shared/ledger';
import { DIGEST_AT, digestChoice, newsSetting, TELL_THE_TEAM } from '../../../shared/news';
import type { OperationDefinition } from '../../../shared/operation';
import { assertAccess } from '../../shared/access';

const HOURS = Array.from({ length: 24 }, (_, hour) => ({
	name: `At ${String(hour).padStart(2, '0')}:00`,
	value: hour,
}));

const DIGESTS = [...HOURS, { name: 'Never', value: -1 }];

/** Hands out one message where there is something to tell, for the mail, Slack or Teams step after it; else nothing. */
export const tellTheTeamOperation: OperationDefinition = {
	value: TELL_THE_TEAM,
	name: 'Tell the Team',
	action: () => 'Tell the team how the sync is doing',
	description:
		'Output a message when the sync has stopped, when its first run is done, when no run has finished for an hour, and once a day; one message per cause',
	resources: ['sync'],
	properties: [
		{
			displayName: 'Daily Digest',
			name: DIGEST_AT,
			type: 'options',
			options: DIGESTS,
			default: 8,
			description: "When to report once a day how the sync is doing, in the workflow's time zone",
		},
	],
	async execute(context, items) {
		if (context.getMode() === 'manual') return await sample(context);
		const failure = items.map(({ json }) => failedStart(json)).find(Boolean);
		const ledger = await openNodeLedger(context).catch((error: Error) => {
			if (!failure) throw error;
		});
		if (!ledger) return [message(startMessage(failure!))];
		return await news(context, ledger, failure);
	},
};

async function news(
	context: IExecuteFunctions,
	ledger: Ledger,
	failure: string | undefined,
): Promise<INodeExecutionData[]> {
	const { workflow } = (await findLane(ledger.db, PEOPLE)) ?? {};
	// Another workflow has taken the sync over: that one tells of it.
	if (workflow && workflow !== context.getWorkflow().id) return [];
	// What nobody would be sent is not told yet.
	if (!isAnybodyTold(context)) return [];
	await assertAccess(context, ledger);
	if (failure)
		return (await isFirstTold(ledger, PEOPLE, failure)) ? [message(startMessage(failure))] : [];
	const parameters = { [DIGEST_AT]: context.getNodeParameter(DIGEST_AT, 0, 8) } as INodeParameters;
	const setting = newsSetting(digestChoice(parameters, context.getTimezone()));
	return (await takeAllNews(ledger, setting)).map(message);
}

/** By hand: a message to try the way that messages take. Nothing counts as told. */
async function sample(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const ledger = await openNodeLedger(context);
	await assertAccess(context, ledger);
	if (!isAnybodyTold(context))
		context.addExecutionHints({
			message: 'No step after this one is switched on, so nobody gets this message',
			location: 'outputPane',
			type: 'warning',
		});
	return [message(await sampleNews(ledger, PEOPLE))];
}

function isAnybodyTold(context: IExecuteFunctions): boolean {
	return context.getChildNodes(context.getNode().name).some(({ disabled }) => !disabled);
}

/** Why the trigger could not be started, as n8n's Error Trigger says it; undefined for an execution that failed. */
function failedStart(json: IDataObject): string | undefined {
	const { error } = (json.trigger ?? {}) as { error?: { message?: string; cause?: Error } };
	if (!error) return undefined;
	return error instanceof NodeOperationError
		? `${error.message}. ${error.description ?? ''}`
		: String(error.message ?? error);
}

function startMessage(reason: string): News {
	return {
		about: 'stopped',
		subject: 'Sync of Marketo and Dynamics 365: not started',
		text: `n8n could not start the sync. ${reason}`,
	};
}

const message = (json: News): INodeExecutionData => ({
	json: { ...json },
	pairedItem: { item: 0 },
});
