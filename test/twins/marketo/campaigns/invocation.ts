import type { Person } from '../people/person';
import type { Chunk } from './openChunks';
import type { StepContext } from './stepContext';
import type { FlowService } from './service';
import { fillTokens } from './tokens';

/** Path of all callbacks; the id of the chunk follows. */
export const CALLBACK_PATH = '/selfservice/v1/callback/';

/** Body of `/submitAsyncAction`. The batch id is that of the campaign's run: chunks of one run share it. */
export function invocationBody(chunk: Chunk, people: readonly Person[], batchid: string): object {
	const { service, context } = chunk;
	return {
		batchid,
		campaignId: context.campaign.id,
		callbackUrl: `${context.origin}${CALLBACK_PATH}${chunk.id}`,
		token: chunk.token,
		apiCallBackKey: service.callbackKey,
		context: contexts(service, context),
		objectData: people.map((person) => objectData(chunk, person)),
	};
}

function contexts(service: FlowService, { campaign, instance, tokenScope }: StepContext): object {
	const wanted = service.definition.invocationPayloadDef;
	const { myTokens } = tokenScope();
	return {
		subscription: {
			munchkinId: instance.munchkinId,
			...(wanted.subscriptionContext && { prefix: 'twin', crmSyncStatus: 'Not Enabled' }),
		},
		// Values for headers show up here as well as in the headers.
		admin: { ...service.globals, ...service.headers },
		...(wanted.campaignContext && {
			campaign: {
				commLimitEnabled: false,
				description: campaign.description ?? '',
				flowId: campaign.id,
				id: campaign.id,
				name: campaign.name,
				...(campaign.program && { parentProgramId: campaign.program.id }),
				smartListId: campaign.id,
				status: campaign.type === 'trigger' ? 'Active' : 'Single Run',
				type: campaign.type,
				workspaceId: 1,
				workspaceName: 'Default',
			},
		}),
		...(wanted.programContext && {
			program: campaign.program ? { ...campaign.program, type: 'Default' } : {},
		}),
		...(wanted.myTokenContext && {
			myTokenContext: Object.fromEntries(
				wanted.myTokenContext
					.filter((name) => name in myTokens)
					.map((name) => [name, myTokens[name]]),
			),
		}),
	};
}

function objectData({ service, context, parameters }: Chunk, person: Person): object {
	const { people } = context.instance;
	const wanted = service.definition.invocationPayloadDef;
	return {
		objectType: 'lead',
		objectContext: {
			id: person.id,
			...Object.fromEntries(
				[...service.invocation].map(([name, { field }]) => [name, people.read(person, field.name)]),
			),
		},
		flowStepContext: parameters.get(person.id) ?? {},
		...(wanted.programMemberContext && { programMemberContext: {} }),
		...(wanted.triggerContext && context.trigger && { triggeringContext: context.trigger }),
	};
}

/** Parameters as the step has them, with the tokens of this person. */
export function parametersFor(
	given: Readonly<Record<string, unknown>>,
	context: StepContext,
	person: Person,
): Record<string, unknown> {
	const scope = context.tokenScope();
	return Object.fromEntries(
		Object.entries(given).map(([name, value]) => [
			name,
			typeof value === 'string' ? fillTokens(value, 'none', scope, person) : value,
		]),
	);
}
