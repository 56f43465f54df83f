import { addToCampaign } from '../../../apis/dataverse/actions/campaign';
import type { OperationDefinition } from '../../shared/operation';
import { PERSON_RESOURCES } from '../resources';
import { CAMPAIGN, inCampaigns } from '../shared/campaignReference';
import { PERSON } from '../shared/personReference';

export const addToCampaignOperation: OperationDefinition = {
	value: 'addToCampaign',
	name: 'Add to Campaign',
	action: (resource) => `Add a ${resource.toLowerCase()} to a campaign`,
	description: 'Add a record to a campaign, through a marketing list that is created for it',
	resources: [...PERSON_RESOURCES],
	properties: [...PERSON, CAMPAIGN],
	execute: inCampaigns(addToCampaign, 'added'),
};
