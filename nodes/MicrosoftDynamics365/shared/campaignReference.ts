import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { Membership } from '../../../apis/dataverse/actions/campaign';
import type { Person, PersonTable } from '../../../apis/dataverse/actions/people';
import type { Dataverse } from '../../../apis/dataverse/client';
import { DataverseProblem } from '../../../apis/dataverse/errors/problem';
import { refusal } from '../../../apis/dataverse/errors/refusal';
import { guid } from '../../../apis/dataverse/transport/odata';
import { clientOf } from './client';
import { inBatches, type Plan } from './inBatches';
import { personOf } from './personReference';

const GUID = '[\\da-fA-F]{8}-[\\da-fA-F]{4}-[\\da-fA-F]{4}-[\\da-fA-F]{4}-[\\da-fA-F]{12}';

/** The picker of a campaign. */
export const CAMPAIGN: INodeProperties = {
	displayName: 'Campaign',
	name: 'campaign',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	required: true,
	description: 'The campaign in Dynamics 365; it has to be active',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Choose a campaign...',
			typeOptions: { searchListMethod: 'searchCampaigns', searchable: true },
		},
		{
			displayName: 'By URL',
			name: 'url',
			type: 'string',
			placeholder:
				'e.g. https://contoso.crm4.dynamics.com/main.aspx?pagetype=entityrecord&etn=campaign&id=...',
			extractValue: { type: 'regex', regex: `[?&]id=(?:%7[bB]|\\{)?(${GUID})` },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 60c4e274-0d87-e711-80e5-00155db19e6d',
		},
	],
};

/** What was done, for the campaign that waits for an answer. */
const SAID = {
	added: { changed: 'Added to the campaign', same: 'Was already in the campaign' },
	removed: { changed: 'Removed from the campaign', same: 'Was not in the campaign' },
};

interface CampaignPlan extends Plan {
	row: Person;
	campaign: string;
}

/** Changes who is in which campaign: the people of one campaign and kind together. */
export function inCampaigns(
	change: (
		client: Dataverse,
		campaign: string,
		table: PersonTable,
		ids: string[],
	) => Promise<Membership[]>,
	changedAs: 'added' | 'removed',
) {
	return inBatches<CampaignPlan>(
		async (context, itemIndex) => ({
			row: personOf(context, itemIndex),
			campaign: campaignOf(context, itemIndex),
		}),
		async (context, plans) => {
			const client = await clientOf(context);
			const results = new Map<CampaignPlan, IDataObject | { problem: DataverseProblem }>();
			for (const group of byCampaignAndTable(plans)) {
				const { campaign, row } = group[0]!;
				const memberships = await change(
					client,
					campaign,
					row.table,
					group.map((plan) => plan.row.id),
				).catch((error: unknown) => {
					// Another campaign may be open to its people.
					if (error instanceof DataverseProblem) return group.map(() => ({ problem: error }));
					throw error;
				});
				for (const [index, plan] of group.entries()) {
					const membership = memberships[index]!;
					results.set(
						plan,
						'problem' in membership
							? membership
							: {
									campaignId: campaign,
									listId: membership.listId,
									[changedAs]: membership.changed,
									reason: SAID[changedAs][membership.changed ? 'changed' : 'same'],
								},
					);
				}
			}
			return plans.map((plan) => results.get(plan)!);
		},
	);
}

function campaignOf(context: IExecuteFunctions, itemIndex: number): string {
	const given = String(
		context.getNodeParameter('campaign', itemIndex, '', { extractValue: true }) ?? '',
	).trim();
	if (!given) throw refusal('The campaign is missing', "Choose a campaign under 'Campaign'");
	return guid(given);
}

function byCampaignAndTable(plans: CampaignPlan[]): CampaignPlan[][] {
	const groups = new Map<string, CampaignPlan[]>();
	for (const plan of plans) {
		const key = `${plan.campaign} ${plan.row.table}`;
		groups.set(key, [...(groups.get(key) ?? []), plan]);
	}
	return [...groups.values()];
}
