import { removeFromCampaign } from '../../../apis/dataverse/actions/campaign';
import type { OperationDefinition } from '../../shared/operation';
import { PERSON_RESOURCES } from '../resources';
import { CAMPAIGN, inCampaigns } from '../shared/campaignReference';
import { PERSON } from '../shared/personReference';

export const removeFromCampaignOperation: OperationDefinition = {
	value: 'removeFromCampaign',
	name: 'Remove From Campaign',
	action: (resource) => `Remove a ${resource.toLowerCase()} from a campaign`,
	description: 'Remove a record from a campaign, if it was added by "Add to Campaign"',
	resources: [...PERSON_RESOURCES],
	properties: [...PERSON, CAMPAIGN],
	execute: inCampaigns(removeFromCampaign, 'removed'),
};
