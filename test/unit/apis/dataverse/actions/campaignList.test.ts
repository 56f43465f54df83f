import { campaignListName } from '../../../../../apis/dataverse/actions/campaignList';
import { campaignListId } from '../../../../../apis/dataverse/actions/campaignState';

const CAMPAIGN = 'CA3BA160-0000-4000-8000-000000000001';

describe('campaignListId', () => {
	it('is one per campaign and kind, however the id is written', () => {
		expect(campaignListId(CAMPAIGN, 'lead')).toBe(campaignListId(CAMPAIGN.toLowerCase(), 'lead'));
		expect(campaignListId(CAMPAIGN, 'lead')).not.toBe(campaignListId(CAMPAIGN, 'contact'));
		expect(campaignListName(CAMPAIGN, 'contact')).toBe(`Mkto-contacts-${CAMPAIGN.toLowerCase()}`);
	});
});
