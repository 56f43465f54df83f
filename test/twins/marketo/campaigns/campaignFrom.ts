import type { FieldRegistry } from '../fields/fieldRegistry';
import type { Campaign, Step } from './campaign';
import type { Attribute } from './definition';
import type { FlowService } from './service';
import { positiveOr, recordOf, textOf, textsOf, type Loose } from './shape';
import { checkTokens } from './tokens';
import type { Webhook } from './webhook';

/** Where the steps of a campaign find what they name. */
export interface StepParts {
	readonly fields: FieldRegistry;
	webhook(name: string): Webhook | undefined;
	service(name: string): FlowService | undefined;
}

/** @throws Error saying what of the campaign is wrong */
export function campaignFrom(body: Loose, id: number, parts: StepParts, now: number): Campaign {
	const type = body.type ?? 'trigger';
	if (type !== 'trigger' && type !== 'batch') throw new Error('type is trigger or batch.');
	if (!Array.isArray(body.steps))
		throw new Error('steps is a list of {webhook} or {service, parameters}.');
	const { program, people } = body;
	if (people !== undefined && !isIds(people)) throw new Error('people is a list of ids.');
	const chunkSize = positiveOr(body.chunkSize, 'chunkSize', undefined);
	return {
		id,
		name: textOf(body.name, 'name'),
		type,
		active: type === 'trigger' && body.active !== false,
		requestable: type === 'trigger' && body.requestable !== false,
		steps: body.steps.map((step: unknown, index) =>
			stepFrom(recordOf(step, `steps[${index}]`), parts),
		),
		...(body.description !== undefined && { description: String(body.description) }),
		...(program !== undefined && { program: { id, name: textOf(program, 'program') } }),
		tokens: withoutMy(textsOf(body.tokens, 'tokens')),
		...(people !== undefined && { people }),
		...(chunkSize !== undefined && { chunkSize }),
		createdAt: now,
	};
}

export function isIds(value: unknown): value is number[] {
	return Array.isArray(value) && value.every((id) => Number.isSafeInteger(id));
}

/** Names of my tokens come as `{{my.x}}`, `my.x` or `x`. */
export function withoutMy(tokens: Readonly<Record<string, string>>): Record<string, string> {
	return Object.fromEntries(
		Object.entries(tokens).map(([name, value]) => [
			name.replace(/^\{\{\s*|\s*\}\}$/g, '').replace(/^my\./i, ''),
			value,
		]),
	);
}

function stepFrom(step: Loose, parts: StepParts): Step {
	if (step.webhook !== undefined) {
		const webhook = parts.webhook(String(step.webhook));
		if (!webhook) throw new Error(`There is no webhook ${String(step.webhook)}.`);
		return { kind: 'webhook', webhook };
	}
	const service = parts.service(String(step.service));
	if (!service) throw new Error(`There is no service ${String(step.service)}.`);
	const parameters = step.parameters === undefined ? {} : recordOf(step.parameters, 'parameters');
	const { flowAttributes = [] } = service.definition.invocationPayloadDef;
	for (const [name, value] of Object.entries(parameters)) {
		const attribute = flowAttributes.find((one) => one.apiName === name);
		if (!attribute) {
			const known = flowAttributes.map((one) => one.apiName).join(', ');
			throw new Error(`${service.name} has no parameter ${name}. There are: ${known}.`);
		}
		checkParameter(attribute, value, service, parts.fields);
	}
	return { kind: 'service', service, parameters };
}

/** A text with a token may become anything; other values are looked at now. */
function checkParameter(
	attribute: Attribute,
	value: unknown,
	service: FlowService,
	fields: FieldRegistry,
): void {
	const { apiName, dataType, enforcePicklistSelect } = attribute;
	if (typeof value === 'string' && value.includes('{{')) {
		checkTokens(value, fields);
		return;
	}
	const choices = service.picklists.get(`flow ${apiName}`);
	if (choices && enforcePicklistSelect && !choices.some((one) => one.submittedValue === value)) {
		const known = choices.map((one) => JSON.stringify(one.submittedValue)).join(', ');
		throw new Error(`${apiName} is one of ${known}.`);
	}
	const fits =
		dataType === 'boolean'
			? typeof value === 'boolean'
			: dataType === 'integer' || dataType === 'float' || dataType === 'score'
				? Number.isFinite(Number(value)) && typeof value !== 'boolean' && value !== ''
				: typeof value === 'string';
	if (!fits) throw new Error(`${apiName} is a ${dataType}, not ${JSON.stringify(value)}.`);
}
