import { ActivityType } from '../activities/activity';
import type { FieldValue } from '../fields/parseValue';
import { InvalidValue, parseValue } from '../fields/parseValue';
import type { LeadField } from '../fields/field';
import type { Person } from '../people/person';
import { callOutside, type NoAnswer, type OutsideAnswer } from './outside';
import { close, type StepReport } from './report';
import { valueAt } from './responsePath';
import type { StepContext } from './stepContext';
import { fillTokens } from './tokens';
import type { Webhook } from './webhook';

/** The step was put into a batch campaign. */
const IN_BATCH = 1000;
/** The service answered without a body. */
const EMPTY_BODY = 1001;

/**
 * Calls a webhook for one person: one HTTP call, no second try. Ends the report, writes mapped
 * values and logs the activity.
 */
export async function callWebhook(
	webhook: Webhook,
	person: Person,
	report: StepReport,
	context: StepContext,
): Promise<void> {
	if (context.campaign.type === 'batch') {
		close(report, 'failed', {
			error: 'Error 1000: a webhook can be called from a trigger campaign only.',
		});
		logCall(webhook, person, context, { errorType: IN_BATCH, response: '' });
		return;
	}
	const answer = await context.slots.within(
		async () => await send(webhook, person, report, context),
	);
	if (context.stop.aborted) return;
	report.httpStatuses.push(answer.status);
	if (!answer.answered) {
		// No source tells the code of a time-out or of a lost connection.
		close(report, answer.timedOut ? 'timed out' : 'failed', { error: answer.why });
		logCall(webhook, person, context, {
			errorType: answer.timedOut ? 408 : 503,
			response: answer.why,
		});
		return;
	}
	const succeeded = answer.status >= 200 && answer.status < 300;
	if (succeeded) writeMapped(webhook, person, answer.text, report, context);
	const empty = answer.text === '';
	const errorType = empty ? EMPTY_BODY : succeeded ? undefined : answer.status;
	logCall(webhook, person, context, { errorType, response: answer.text });
	close(report, errorType === undefined ? 'done' : 'failed', {
		answer: answer.text,
		...(errorType !== undefined && {
			error: empty ? 'Error 1001: the response has no body.' : `HTTP ${answer.status}`,
		}),
	});
}

async function send(
	webhook: Webhook,
	person: Person,
	report: StepReport,
	context: StepContext,
): Promise<OutsideAnswer | NoAnswer> {
	const scope = context.tokenScope();
	const plain = webhook.encoding === 'form' ? 'form' : 'none';
	const headers = Object.fromEntries(
		Object.entries(webhook.headers).map(([name, value]) => [
			name,
			fillTokens(value, 'none', scope, person),
		]),
	);
	report.calledAt = Date.now();
	const answer = await callOutside({
		method: webhook.method,
		url: fillTokens(webhook.url, plain, scope, person),
		headers,
		...(webhook.method !== 'GET' && {
			body: fillTokens(webhook.template, webhook.encoding, scope, person),
		}),
		timeoutMs: context.behaviour.webhookTimeoutMs,
		stop: context.stop,
	});
	report.httpMs = Date.now() - report.calledAt;
	return answer;
}

function writeMapped(
	webhook: Webhook,
	person: Person,
	text: string,
	report: StepReport,
	context: StepContext,
): void {
	if (webhook.responseMapping.length === 0) return;
	let response: unknown;
	try {
		response = JSON.parse(text);
	} catch {
		report.notes.push('The response is no JSON: nothing was mapped.');
		return;
	}
	const values = new Map<LeadField, FieldValue>();
	for (const { path, field } of webhook.responseMapping) {
		const raw = valueAt(response, path);
		if (raw === undefined || raw === null) {
			report.notes.push(`${path}: nothing there.`);
			continue;
		}
		try {
			values.set(field, parseValue(field, raw, context.behaviour));
		} catch (error) {
			if (!(error instanceof InvalidValue)) throw error;
			report.notes.push(
				`${path}: ${JSON.stringify(raw)} does not fit ${field.name} (${field.dataType}).`,
			);
		}
	}
	const reason = `Changed by Smart Campaign ${context.campaign.name} action Call Webhook`;
	const source = 'Marketo Flow Action';
	const origin = { source, reason, sourceType: source, campaignId: context.campaign.id };
	context.instance.writer.change(person, values, origin, context.now());
}

function logCall(
	webhook: Webhook,
	person: Person,
	context: StepContext,
	{ errorType, response }: { errorType: number | undefined; response: string },
): void {
	const now = context.now();
	context.instance.log.add(
		{
			leadId: person.id,
			typeId: ActivityType.callWebhook,
			date: now,
			campaignId: context.campaign.id,
			primaryValueId: webhook.id,
			primaryValue: webhook.name,
			attributes: [
				{ name: 'Campaign Run ID', value: context.runId },
				{ name: 'Choice Number', value: 0 },
				{ name: 'Step ID', value: context.step },
				...(errorType === undefined ? [] : [{ name: 'Error Type', value: errorType }]),
				{ name: 'Response', value: response },
			],
		},
		now,
	);
}
