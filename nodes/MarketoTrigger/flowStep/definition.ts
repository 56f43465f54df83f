import type { Attribute, FlowAction } from './actions';

/**
 * The service definition of an action (Adobe, Self-Service Flow Steps 1.0, `getServiceDefinition`).
 *
 * @param canAskDynamics whether choices that come from Dynamics can be offered
 */
export function serviceDefinition(
	action: FlowAction,
	canAskDynamics: boolean,
): Record<string, unknown> {
	const { apiName, name, filterName, triggerName, description, attributes, answers } = action;
	return {
		apiName,
		i18n: { en_US: { name, filterName, triggerName, description } },
		primaryAttribute: attributes[0]!.name,
		invocationPayloadDef: {
			globalAttributes: [],
			flowAttributes: attributes.map((attribute) => ({
				...described(attribute),
				...picklist(attribute, canAskDynamics),
			})),
			fields: [
				{
					serviceAttribute: 'email',
					suggestedMarketoAttribute: 'email',
					description: { en_US: 'E-mail address, shown with the request' },
					dataType: 'email',
					required: false,
				},
			],
			headers: [],
			userDrivenMapping: false,
			programContext: false,
			campaignContext: true,
			// Tells trigger campaigns, which are answered at once, from batch campaigns.
			triggerContext: true,
			programMemberContext: false,
			subscriptionContext: true,
			myTokenContext: [],
		},
		callbackPayloadDef: {
			attributes: answers.map(described),
			fields: [],
			userDrivenMapping: false,
		},
	};
}

function described({ name, label, description, type }: Attribute): Record<string, unknown> {
	return {
		apiName: name,
		dataType: type,
		i18n: { en_US: { name: label, description, uiTooltip: description } },
	};
}

function picklist(
	{ choices, onlyChoices = false }: Attribute,
	canAskDynamics: boolean,
): Record<string, boolean> {
	const hasPicklist = Array.isArray(choices) || (choices !== undefined && canAskDynamics);
	return { hasPicklist, enforcePicklistSelect: hasPicklist && onlyChoices };
}
