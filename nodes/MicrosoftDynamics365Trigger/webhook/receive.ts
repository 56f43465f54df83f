import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import type { Dataverse } from '../../../apis/dataverse/client';
import { DataverseProblem } from '../../../apis/dataverse/errors/problem';
import { get } from '../../../apis/dataverse/rows/get';
import type { Row } from '../../../apis/dataverse/transport/answer';
import { fromWire } from '../../../apis/dataverse/values/fromWire';
import {
	asRow,
	readMessage,
	type WebhookMessage,
} from '../../../apis/dataverse/webhooks/readMessage';
import { clientOf } from '../../MicrosoftDynamics365/shared/client';
import { deletedItem, labelOf, rowItem, selectFor, valuesOf, type ChangeItem } from '../item';
import { settingOf, type EventName, type Setting } from '../setting';
import { jsonOf, type IncomingPost } from './post';
import { MESSAGE_OF, remembered } from './registration';
import { isSecret, SECRET_HEADER } from './secret';
import { Seen } from './seen';

const seen = new Seen();

const DROPPED: IWebhookResponseData = { noWebhookResponse: true };

/**
 * A post to the webhook. Whoever does not know the secret learns nothing but that. The others are answered
 * before the row is read, as Dataverse gives up after a minute.
 */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const request = context.getRequestObject() as unknown as IncomingPost;
	const answer = (status: number) => {
		context.getResponseObject().status(status).end();
		return DROPPED;
	};
	const known = remembered(context);
	if (!known || !isSecret(request.headers[SECRET_HEADER], known.secret)) return answer(401);
	const body = await jsonOf(request);
	if ('refusal' in body) return answer(body.refusal);
	const message = readMessage(body.json);
	if (!message) return answer(400);
	const prepared = await prepare(context);
	// Dataverse tries once more.
	if (!prepared) return answer(503);
	const isFirst = seen.isFirst(deliveryKey(known.endpoint, message), Date.now());
	answer(202);
	if (!isFirst) return DROPPED;
	const { client, setting } = prepared;
	if (setting.ignoreOwn && message.userId === known.user) return DROPPED;
	if (setting.ignoreTag !== '' && message.tag === setting.ignoreTag) return DROPPED;
	const item = await itemOf(context, client, setting, message);
	return item ? { ...DROPPED, workflowData: [[{ json: item }]] } : DROPPED;
}

/** What the node is set to; the table is known for an hour, so this asks Dynamics seldom. */
async function prepare(
	context: IWebhookFunctions,
): Promise<{ client: Dataverse; setting: Setting } | undefined> {
	try {
		const client = await clientOf(context);
		return { client, setting: await settingOf(context, client) };
	} catch (problem) {
		const why = problem instanceof Error ? problem.message : String(problem);
		context.logger.error(`Microsoft Dynamics 365 Trigger: a post could not be accepted: ${why}`);
		return undefined;
	}
}

/** The item of a message; undefined where nothing of interest has happened. */
async function itemOf(
	context: IWebhookFunctions,
	client: Dataverse,
	setting: Setting,
	message: WebhookMessage,
): Promise<ChangeItem | undefined> {
	const event = eventOf(message);
	const { table } = setting;
	if (!event || !setting.events.has(event) || message.table !== table.name) return undefined;
	const before = message.before && asRow(table, message.before);
	const written = message.written && asRow(table, message.written);
	if (event === 'updated' && isUnchanged(setting, written, before)) return undefined;
	const said = { changedAt: message.at, changedBy: message.userId || null };
	if (event === 'deleted') {
		const values = before ? { before: valuesOf(setting.columns, before) } : {};
		const label = before ? labelOf(table, before) : null;
		return { ...deletedItem(setting, message.id), label, ...said, ...values };
	}
	const { row, note } = await currentRow(context, client, setting, message, written);
	return {
		...rowItem(setting, event, { ...row, [table.idColumn]: message.id }),
		...said,
		...(before && { before: valuesOf(setting.onlyWhen, before) }),
		...(note !== undefined && { note }),
	};
}

/** The row as it is now, or what the message says of it where it cannot be read. */
async function currentRow(
	context: IWebhookFunctions,
	client: Dataverse,
	setting: Setting,
	{ id }: WebhookMessage,
	written: Row | undefined,
): Promise<{ row: Row; note?: string }> {
	// Of a message that was too large, Dataverse has left the values out.
	if (written && !setting.readAgain) return { row: written };
	try {
		return { row: await get(client, setting.table.set, id, { select: selectFor(setting) }) };
	} catch (problem) {
		const row = written ?? {};
		if (problem instanceof DataverseProblem && problem.kind === 'missing') {
			return {
				row,
				note: 'The row has been deleted since; these are the values that were written.',
			};
		}
		const why = problem instanceof Error ? problem.message : String(problem);
		context.logger.warn(
			`Microsoft Dynamics 365 Trigger: row ${id} could not be read again: ${why}`,
		);
		return {
			row,
			note: `The row could not be read again (${why}); these are the values that were written.`,
		};
	}
}

/** Dataverse tells of an update as soon as a column is written, be it with the value that it had. */
function isUnchanged(
	{ onlyWhen }: Setting,
	written: Row | undefined,
	before: Row | undefined,
): boolean {
	if (onlyWhen.length === 0 || !written || !before) return false;
	const touched = valuesOf(onlyWhen, written);
	return onlyWhen.every(
		(column) => !(column.name in touched) || touched[column.name] === fromWire(column, before),
	);
}

function eventOf({ message }: WebhookMessage): EventName | undefined {
	return (Object.keys(MESSAGE_OF) as EventName[]).find((event) => MESSAGE_OF[event] === message);
}

/** A second delivery has the same system job, or at least the same cause. */
function deliveryKey(endpoint: string, message: WebhookMessage): string {
	const job = message.operationId.replace(/^[0-]*$/, '') || message.correlationId;
	return [endpoint, job, message.message, message.id].join(' ');
}
